"""The ruler of rankings, on tables that were reckoned by hand."""

from __future__ import annotations

import math

import pytest

from data.errors import ScoreError
from models.ranking import rank_metrics, read_qrels

LOG2_3 = math.log2(3)

#: why, grades, run, k, nDCG@k, recall@k, MRR
TABLE = [
    ("the relevant one first is perfect", {"a": 1}, {"a": 2.0, "b": 1.0}, 10, 1.0, 1.0, 1.0),
    ("one place lower costs a logarithm", {"a": 1}, {"b": 2.0, "a": 1.0}, 10, 1 / LOG2_3, 1.0, 0.5),
    ("a list is best first", {"a": 1}, ["b", "a"], 10, 1 / LOG2_3, 1.0, 0.5),
    ("grades weigh linearly", {"a": 3, "b": 1}, ["b", "a"], 10, (1 + 3 / LOG2_3) / (3 + 1 / LOG2_3), 1.0, 1.0),
    ("graded and in order is perfect", {"a": 3, "b": 1}, ["a", "b"], 10, 1.0, 1.0, 1.0),
    ("of equal scores the worse stands first", {"a": 1}, {"a": 1.0, "z": 1.0}, 10, 1 / LOG2_3, 1.0, 0.5),
    ("whatever the names", {"z": 1}, {"a": 1.0, "z": 1.0}, 10, 1 / LOG2_3, 1.0, 0.5),
    ("and grades among equals", {"a": 2, "b": 1}, {"a": 1.0, "b": 1.0}, 10, (1 + 2 / LOG2_3) / (2 + 1 / LOG2_3), 1.0, 1.0),
    ("behind the cut it is not recalled, but has a rank", {"a": 1}, ["b", "c", "a"], 2, 0.0, 0.0, 1 / 3),
    ("half of two is found", {"a": 1, "b": 1}, ["a"], 10, 1 / (1 + 1 / LOG2_3), 0.5, 1.0),
    ("the ideal is cut too", {"a": 1, "b": 1}, ["a"], 1, 1.0, 0.5, 1.0),
    ("a grade of nothing is irrelevant", {"a": 1, "b": 0}, ["b", "a"], 10, 1 / LOG2_3, 1.0, 0.5),
    ("less than nothing costs nothing more", {"a": 1, "b": -2}, ["b", "a"], 10, 1 / LOG2_3, 1.0, 0.5),
    ("nothing was found", {"a": 1}, {}, 10, 0.0, 0.0, 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("why", "grades", "found", "k", "ndcg", "recall", "mrr"), TABLE, ids=[row[0] for row in TABLE])
def test_figures_are_those_reckoned_by_hand(why, grades, found, k, ndcg, recall, mrr):
    told = rank_metrics({"q": grades}, {"q": found}, k=k).to_json()
    assert (told[f"ndcg@{k}"], told[f"recall@{k}"], told["mrr"]) == pytest.approx((ndcg, recall, mrr))


def test_a_judged_query_that_is_missing_counts_as_nothing_found():
    told = rank_metrics({"q": {"a": 1}, "gone": {"a": 1}}, {"q": ["a"]})
    assert told.missing == ("gone",)
    assert told.to_json() == {"ndcg@10": 0.5, "recall@10": 0.5, "mrr": 0.5, "queries": 2, "missing": 1, "unjudged": 0}


def test_a_query_without_a_relevant_passage_counts_nowhere():
    told = rank_metrics({"q": {"a": 1}, "none": {"a": 0}}, {"q": ["a"], "none": ["a"], "stranger": ["a"]})
    assert told.unjudged == ("none", "stranger")
    assert (told.to_json()["queries"], told.to_json()["ndcg@10"]) == (1, 1.0)


@pytest.mark.parametrize(
    ("qrels", "run", "k"),
    [
        ({}, {"q": ["a"]}, 10),
        ({"q": {"a": 0}}, {"q": ["a"]}, 10),
        ({"q": {"a": math.nan}}, {"q": ["a"]}, 10),
        ({"q": {"a": 1}}, {"q": {"a": math.nan}}, 10),
        ({"q": {"a": 1}}, {"q": ["a", "a"]}, 10),
        ({"q": {"a": 1}}, {"q": ["a"]}, 0),
    ],
)
def test_what_cannot_be_measured_is_refused(qrels, run, k):
    with pytest.raises(ScoreError):
        rank_metrics(qrels, run, k=k)


def test_qrels_are_read_as_they_stand(tmp_path):
    path = tmp_path / "qrels.tsv"
    path.write_text("câu\tđoạn 1\t2\ncâu\tđoạn 2\t0\n\nkhác\tđoạn 1\t0.5\n", "utf-8")
    assert read_qrels(path) == {"câu": {"đoạn 1": 2.0, "đoạn 2": 0.0}, "khác": {"đoạn 1": 0.5}}


@pytest.mark.parametrize("text", ["q\ta\n", "q\ta\tx\n", "q\ta\tnan\n", "q\ta\t1\nq\ta\t1\n", "q a 1\n"])
def test_a_line_of_another_form_is_refused(tmp_path, text):
    path = tmp_path / "qrels.tsv"
    path.write_text(text, "utf-8")
    with pytest.raises(ScoreError):
        read_qrels(path)
