"""Questions in other words than the passages that answer them: nothing is shared, and nobody who answers is forgotten."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from data.__main__ import main
from data.errors import EmptySplit
from data.paraphrases.build import among, build_paraphrases, paraphrase
from data.paraphrases.handwritten import rewordings
from data.paraphrases.synonyms import concepts
from data.queries.build import read_queries_config
from data.text.normalform import fold, normal_form
from serving.search.collection import read_collection

SMOKE = Path(__file__).resolve().parents[2] / "configs" / "data" / "queries" / "smoke.yaml"
PASSAGES = {
    "both": "Chiếc máy bay rơi gần bệnh viện.",
    "both again": "Trong bệnh viện là người trên MÁY BAY ấy.",
    "one": "Một bệnh viện mới được khánh thành.",
    "asked": "Máy bay hay phi cơ đều đến bệnh viện.",
    "shared": "Vợ của vua sống ở cố đô, thương dân.",
}


def words(text: str) -> set[str]:
    return set(fold(normal_form(text)).split())


@pytest.mark.parametrize("concept", concepts(), ids=lambda concept: concept.written[0])
def test_the_two_sides_of_a_row_share_no_syllable_and_are_normal_forms(concept):
    assert not {w for text in concept.written for w in words(text)} & {w for text in concept.asked for w in words(text)}
    assert all(normal_form(text) == text for text in (*concept.written, *concept.asked))


@pytest.mark.parametrize("one", rewordings(), ids=lambda one: one.question)
def test_what_was_written_by_hand_shares_no_syllable(one):
    assert words(one.passage) and words(one.question)
    assert not words(one.passage) & words(one.question)


def test_what_was_written_by_hand_stands_in_a_crowd():
    crowd = {f"c{number}": f"đoạn văn thứ {number}" for number in range(1500)}
    made = among(crowd, seed=1)
    assert made == among(crowd, seed=1) != among(crowd, seed=2)
    assert len(made.passages) == 1000 + len(rewordings())
    for query, (answer,) in made.answers.items():
        assert any(one.question == made.queries[query] and one.passage == made.passages[answer] for one in rewordings())


def test_no_word_stands_in_two_rows():
    found = [word for concept in concepts() for word in (*concept.written, *concept.asked)]
    assert len(found) == len(set(found))


def test_a_question_shares_nothing_with_any_answer_and_finds_all_of_them():
    made = paraphrase(PASSAGES, concepts())
    assert set(made.passages) == {"both", "both again", "one", "shared"}, (
        "who says it in the asked words would be found by them"
    )
    (asked,) = [query for query, answers in made.answers.items() if set(answers) == {"both", "both again"}]
    assert made.queries[asked] == "phi cơ, nhà thương"
    for query, answers in made.answers.items():
        assert not any(words(made.queries[query]) & words(made.passages[name]) for name in answers)
    assert made == paraphrase(PASSAGES, concepts())


def test_a_set_is_written_as_a_collection_that_the_search_reads(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("\n".join([*PASSAGES.values()] * 3), "utf-8")
    config = read_queries_config(
        SMOKE, ["split.dev=0.5", "split.test=0.5", "split.block_lines=3", "passages.min_words=4", "passages.max_words=5"]
    )
    config = dataclasses.replace(config, texts=(dataclasses.replace(config.texts[0], path=text),))
    about = build_paraphrases(config, tmp_path / "set")
    assert about == json.loads((tmp_path / "set" / "dataset.json").read_text("utf-8"))
    read = read_collection(*(tmp_path / "set" / name for name in ("passages.jsonl", "queries.jsonl", "qrels.tsv")))
    assert (len(read.passages), len(read.queries)) == (about["passages"], about["queries"])
    assert sum(map(len, read.qrels.values())) == about["judgements"] >= 4
    assert "phi cơ, nhà thương" in (tmp_path / "set" / "README.md").read_text("utf-8")
    assert build_paraphrases(config, tmp_path / "set")["digest"] == about["digest"]
    by_hand = build_paraphrases(config, tmp_path / "by hand", "hand")
    assert by_hand["queries"] == len(rewordings())
    assert by_hand["passages"] > by_hand["queries"]


def test_a_text_without_two_such_things_in_a_passage_is_refused(tmp_path, capsys):
    config = read_queries_config(SMOKE, ["split.dev=0.0", "split.test=0.0"])
    with pytest.raises(EmptySplit):
        build_paraphrases(config, tmp_path / "set")
    assert not (tmp_path / "set").exists()
    command = ["paraphrases", "--config", str(SMOKE), "--out", str(tmp_path / "set")]
    assert main([*command, "--set", "split.dev=0.0", "--set", "split.test=0.0"]) == 2
    assert capsys.readouterr().err.startswith("split.empty")
