"""Queries from running text: what each kind is, that nothing leaks between splits, and that bytes repeat."""

from __future__ import annotations

import dataclasses
import random
from pathlib import Path

import pytest

from data.errors import BadCorpus, BadManifest, ConfigError, EmptySplit
from data.pairs.lines import Block
from data.queries.asking import queries_of, said, spelt
from data.queries.build import build_queries, read_queries_config
from data.queries.config import PassageSettings
from data.queries.making import QueriesJob, cut, make, rarity_of
from data.queries.reader import KINDS, SPELLINGS, read_queries, read_queries_dataset
from data.text.normalform import fold, normal_form

CONFIG = Path(__file__).resolve().parents[2] / "configs" / "data" / "queries" / "smoke.yaml"
SENTENCES = [
    "Hà Nội là thủ đô của Việt Nam.",
    "Thành phố có 8 triệu dân và được lập năm 1010 bởi Lý Thái Tổ.",
    "Ngày 10 tháng 10 năm 1954 quân đội về tiếp quản ở Hà Nội.",
]


@pytest.fixture(scope="module")
def smoke(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("queries") / "smoke"
    build_queries(read_queries_config(CONFIG), out, workers=1)
    return out


def test_the_same_text_gives_the_same_bytes_whoever_makes_them(smoke, tmp_path):
    again = build_queries(read_queries_config(CONFIG), tmp_path / "smoke", workers=2)
    assert again["digest"] == read_queries_dataset(smoke)["digest"]
    for name in again["splits"]:
        assert (tmp_path / "smoke" / f"{name}.jsonl.gz").read_bytes() == (smoke / f"{name}.jsonl.gz").read_bytes()


def test_what_is_up_to_date_is_not_made_again_and_another_setting_is(smoke):
    before = (smoke / "train.jsonl.gz").stat().st_mtime_ns
    config = read_queries_config(CONFIG)
    build_queries(config, smoke, workers=1)
    assert (smoke / "train.jsonl.gz").stat().st_mtime_ns == before
    build_queries(dataclasses.replace(config, seed=1), smoke, workers=1)
    assert (smoke / "train.jsonl.gz").stat().st_mtime_ns != before
    build_queries(config, smoke, workers=1)


def test_no_sentence_of_one_split_stands_in_another(smoke):
    seen: dict[int, str] = {}
    for split in ("train", "dev", "test"):
        for passage in read_queries(smoke, split):
            first, last = map(int, passage.source.split("-"))
            for line in range(first, last + 1):
                assert seen.setdefault(line, split) == split


def test_every_query_says_something_and_all_kinds_and_spellings_are_there(smoke):
    found = [query for split in ("train", "dev", "test") for p in read_queries(smoke, split) for query in p.queries]
    assert {query.kind for query in found} == set(KINDS)
    assert {query.spelling for query in found} == set(SPELLINGS)
    assert all(normal_form(query.text) for query in found)


def test_what_stands_beside_a_passage_is_not_in_it():
    block = Block("train", 1, tuple(SENTENCES * 20))
    passages = make(QueriesJob(0, block, 0), PassageSettings(min_words=20, max_words=30), {}, seed=3)
    beside = [(p, q) for p in passages for q in p.queries if q.kind == "beside" and q.spelling == "written"]
    assert beside
    assert all(query.text not in passage.text for passage, query in beside)


def test_an_empty_line_ends_a_passage():
    block = Block("train", 7, (SENTENCES[0], "", SENTENCES[1], SENTENCES[2]))
    cuts = list(cut(block, PassageSettings(min_words=50, max_words=50), random.Random(0)))
    assert cuts == [(0, [SENTENCES[0]]), (2, [SENTENCES[1], SENTENCES[2]])]


def test_a_question_asks_for_what_the_sentence_tells():
    rng = random.Random(0)
    made = [query for _ in range(60) for query in queries_of(SENTENCES, {}, rng) if query.spelling == "written"]
    found = [query.text for query in made if query.kind == "question"]
    for asking in ("năm nào", "bao nhiêu", "ai", "đâu"):
        assert any(asking in text for text in found), asking
    assert "Hà Nội là gì" in {query.text for query in made if query.kind == "title"}


def test_each_spelling_is_what_it_says():
    texts = {spelling: set() for spelling in SPELLINGS}
    rng = random.Random(1)
    for _ in range(300):
        query = spelt("crop", "Quân đội có 24 xe", rng)
        texts[query.spelling].add(query.text)
    assert texts["written"] == {"Quân đội có 24 xe"}
    assert all(fold(text) == text for text in texts["unaccented"])
    assert all(normal_form(text) == text and not any(map(str.isdigit, text)) for text in texts["spoken"])
    assert len(texts["noisy"] - texts["written"]) > 3
    assert said("năm 1954", rng).startswith("năm ")


def test_the_commonest_word_is_the_least_rare():
    rarity = rarity_of(["a b a", "a c b", "d"])
    assert rarity["a"] == 0 < rarity["b"]
    assert "d" not in rarity, "a word met once is as rare as one never met"


@pytest.mark.parametrize(
    ("change", "error"), [({"texts": "[]"}, ConfigError), ({"passages": "{min_words: 9, max_words: 3}"}, ConfigError)]
)
def test_an_impossible_configuration_is_refused(change, error):
    with pytest.raises(error):
        read_queries_config(CONFIG, [f"{key}={value}" for key, value in change.items()])


def test_what_is_no_query_is_refused(smoke, tmp_path):
    with pytest.raises(BadCorpus):
        read_queries_dataset(tmp_path)
    with pytest.raises(EmptySplit):
        list(read_queries(smoke, "night"))
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "dataset.json").write_bytes((smoke / "dataset.json").read_bytes())
    (broken / "dev.jsonl.gz").write_bytes((smoke / "dev.jsonl.gz").read_bytes()[:40])
    with pytest.raises((BadCorpus, BadManifest)):
        list(read_queries(broken, "dev"))
