"""Places and figures of an embedder equal the ruler's, and batches repeat."""

from __future__ import annotations

import json
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import ConfigError, EmptySplit, ScoreError
from data.queries.reader import Passage, Query
from models.embedder.batches import Examples, Order, cut_out, without_shared
from models.embedder.config import BatchConfig, ModelConfig, Recipe
from models.embedder.judging import judge, judged_of, ndcg, rank, read_squad
from models.ranking import rank_metrics


@given(st.integers(1, 12), st.integers(1, 30), st.integers(0, 99))
def test_places_and_figures_are_those_of_the_ruler(queries, passages, seed):
    rng = np.random.default_rng(seed)
    # Few different numbers, so that scores are often equal.
    queries_ND, passages_PD = (rng.integers(0, 3, (count, 2)).astype(np.float32) for count in (queries, passages))
    answers = rng.integers(0, passages, queries).tolist()
    places_N = rank(queries_ND, passages_PD, answers)
    scores_NP = (queries_ND @ passages_PD.T).tolist()
    run = {str(n): {str(p): score for p, score in enumerate(row)} for n, row in enumerate(scores_NP)}
    ruler = rank_metrics({str(n): {str(answer): 1.0} for n, answer in enumerate(answers)}, run)
    assert ndcg(places_N).tolist() == pytest.approx(list(ruler.ndcg.values()))
    told = ruler.to_json()
    assert judge(places_N) == pytest.approx({name: told[name] for name in ("ndcg@10", "recall@10", "mrr")})


def passage(number: int, queries: int) -> Passage:
    asked = tuple(Query("crop", "written", f"hỏi {number} {turn}") for turn in range(queries))
    return Passage(id=f"0.{number}-{number}.0", text=f"đoạn {number} có vài chữ", queries=asked, source=f"{number}-{number}")


def test_queries_are_taken_evenly_over_the_passages():
    passages = [passage(number, 3) for number in range(10)]
    assert sorted(judged_of(passages, queries=10).answers) == list(range(10))
    whole = judged_of(passages, queries=1000)
    assert len(set(whole.query_ids)) == len(whole.queries) == 30
    with pytest.raises(EmptySplit):
        judged_of([], queries=3)


def test_questions_of_squad_lead_to_their_paragraph(tmp_path):
    path = tmp_path / "squad.json"
    paragraph = {"context": "Một đoạn.", "qas": [{"id": "q1", "question": "Đoạn gì?"}]}
    path.write_text(json.dumps({"data": [{"paragraphs": [{"context": "Khác.", "qas": []}, paragraph]}]}), "utf-8")
    judged = read_squad(path)
    assert (judged.query_ids, judged.answers, judged.passages[1]) == (["q1"], [1], "Một đoạn.")
    for wrong in ("[]", "{", '{"data": []}', '{"data": [{"paragraphs": [{}]}]}'):
        path.write_text(wrong, "utf-8")
        with pytest.raises(ScoreError):
            read_squad(path)


def test_the_order_goes_on_where_it_stopped_and_takes_each_passage_once_an_epoch():
    whole = list(islice(Order(10, 3, seed=1), 9))
    assert list(islice(Order(10, 3, seed=1, start=4), 5)) == whole[4:]
    first_epoch = [index for batch in whole[:3] for index, _ in batch]
    assert len(set(first_epoch)) == 9
    assert whole[:3] != whole[3:6]
    with pytest.raises(EmptySplit):
        Order(1, 3, seed=1)


def test_two_processes_share_a_step_without_a_passage_in_common():
    mine, yours = (list(islice(Order(12, 3, seed=5, rank=rank, ranks=2), 2)) for rank in (0, 1))
    taken = [index for side in (mine, yours) for batch in side for index, _ in batch]
    assert sorted(taken) == list(range(12))


def test_an_example_depends_on_its_draw_alone_and_is_cut_within_its_passage():
    examples = Examples([passage(7, 5)], BatchConfig(max_words=2), prefixes=("q: ", "p: "))
    assert examples[0, 3] == examples[0, 3]
    drawn = {examples[0, draw] for draw in range(30)}
    assert len(drawn) > 5
    assert all(query.startswith("q: hỏi") and len(text.removeprefix("p: ").split()) == 2 for query, text in drawn)


def test_a_stretch_and_the_rest_are_the_passage():
    words = [f"chữ{n}" for n in range(40)]
    for draw in range(50):
        stretch, rest = cut_out(words, np.random.default_rng(draw))
        assert 6 <= len(stretch) <= 20
        at = words.index(stretch[0])
        assert [*rest[:at], *stretch, *rest[at:]] == words


@pytest.mark.parametrize(
    ("query", "left", "why"),
    [
        ("Hà Nội mưa rất to", "mưa rất to", "whatever the case"),
        ("sông, mưa rất to", "mưa rất to", "whatever the mark"),
        ("hà nội có sông", "hà nội có sông", "one word says nothing"),
        ("trời mưa rất to", "trời mưa rất to", "nothing is shared"),
    ],
)
def test_shared_words_are_left_out(query, left, why):
    assert " ".join(without_shared(query.split(), ["Ở", "Hà", "nội,", "sông", "Hồng"])) == left, why


def test_a_query_out_of_its_passage_shares_no_place_with_it():
    text = " ".join(f"chữ{n}" for n in range(30))
    one = Passage(id="0.1-1.0", text=text, queries=(Query("crop", "written", "hỏi"),), source="1-1")
    drawn = [Examples([one], BatchConfig(cloze=0.5), prefixes=("", ""))[0, draw] for draw in range(60)]
    apart = [(query, passage) for query, passage in drawn if query != "hỏi"]
    assert 15 < len(apart) < 45
    assert all(not set(query.split()) & set(passage.split()) for query, passage in apart)


@pytest.mark.parametrize(
    ("model", "pointer"),
    [
        ({"kind": "hub"}, "/model/start_from"),
        ({"start_from": "x/y"}, "/model/start_from"),
        ({"width": 64, "dims": (32,)}, "/model/dims"),
        ({"width": 64, "dims": (64, 64)}, "/model/dims"),
    ],
)
def test_an_impossible_recipe_is_refused(model, pointer):
    with pytest.raises(ConfigError) as refusal:
        Recipe(name="x", model=ModelConfig(**model))
    assert refusal.value.pointer == pointer
