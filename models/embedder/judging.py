"""Queries with one passage each that answers them, and where a model puts it."""

# N queries, P passages, D numbers in a vector.

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.errors import EmptySplit, ScoreError
from data.queries.reader import Passage

F32: TypeAlias = NDArray[np.float32]
#: Queries whose scores are held at once.
_TOGETHER = 256
#: Lines of the source text that are resampled together: of one article, mostly.
_GROUP_LINES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Queries and passages with their ids; `answers` is the place of each query's passage."""

    query_ids: Sequence[str]
    queries: Sequence[str]
    passage_ids: Sequence[str]
    passages: Sequence[str]
    answers: Sequence[int]
    groups: Sequence[str]
    """Of each query the stretch of text that it came from."""
    slices: Sequence[tuple[str, ...]]
    """Of each query what kind it is, as `kind=value`."""


def judged_of(passages: Iterable[Passage], *, queries: int) -> Judged:
    """Packaged queries: at most so many, at most one of each kind and spelling a passage, evenly over the passages.

    Raises:
        EmptySplit: there are none.
    """
    kept = list(passages)
    if not kept:
        raise EmptySplit("there is no passage to look for")
    rounds = max(len(passage.queries) for passage in kept)
    # One query of each passage, then a second of each …; which one is first changes from passage to passage.
    order = [(place, (turn + place) % rounds) for turn in range(rounds) for place in range(len(kept))]
    chosen = [(place, number) for place, number in order if number < len(kept[place].queries)][:queries]
    found = [(place, number, kept[place].queries[number]) for place, number in chosen]
    return Judged(
        query_ids=[f"{kept[place].id}#{number}" for place, number, _ in found],
        queries=[query.text for *_, query in found],
        passage_ids=[passage.id for passage in kept],
        passages=[passage.text for passage in kept],
        answers=[place for place, *_ in found],
        groups=[_stretch(kept[place]) for place, *_ in found],
        slices=[(f"kind={query.kind}", f"spelling={query.spelling}") for *_, query in found],
    )


def read_squad(path: Path | str) -> Judged:
    """Questions of a file in SQuAD's layout, each with the paragraph that it was asked of.

    Raises:
        ScoreError: it cannot be read or has another layout.
    """
    passages, questions = list[tuple[str, str]](), list[tuple[str, str, int, str]]()
    try:
        for number, article in enumerate(json.loads(Path(path).read_text("utf-8"))["data"]):
            for paragraph in article["paragraphs"]:
                place = len(passages)
                passages.append((f"p{place}", str(paragraph["context"])))
                questions += [(str(qa["id"]), str(qa["question"]), place, f"article{number}") for qa in paragraph["qas"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ScoreError(f"{path} has not the layout of SQuAD: {error}") from error
    if not questions:
        raise ScoreError(f"{path} holds no question")
    return Judged(
        query_ids=[id_ for id_, *_ in questions],
        queries=[text for _, text, *_ in questions],
        passage_ids=[id_ for id_, _ in passages],
        passages=[text for _, text in passages],
        answers=[place for *_, place, _ in questions],
        groups=[group for *_, group in questions],
        slices=[()] * len(questions),
    )


def rank(queries_ND: F32, passages_PD: F32, answers: Sequence[int]) -> NDArray[np.int64]:
    """The place of each query's passage, from 1; of equal scores it is the last (models.ranking)."""
    answers_N = np.asarray(answers)
    places_N = np.zeros(len(queries_ND), np.int64)
    for start in range(0, len(queries_ND), _TOGETHER):
        rows = slice(start, start + _TOGETHER)
        scores_NP = queries_ND[rows] @ passages_PD.T
        own_N = scores_NP[np.arange(len(scores_NP)), answers_N[rows]]
        places_N[rows] = (scores_NP >= own_N[:, None]).sum(axis=1)
    return places_N


def ndcg(places_N: NDArray[np.int64], k: int = 10) -> NDArray[np.float64]:
    """nDCG@k of each query with one relevant passage, as models.ranking has it."""
    return np.where(places_N <= k, 1 / np.log2(places_N + 1), 0.0)


def judge(places_N: NDArray[np.int64], k: int = 10) -> dict[str, float]:
    """Means over all queries, under the names that the field uses."""
    return {
        f"ndcg@{k}": float(ndcg(places_N, k).mean()),
        f"recall@{k}": float((places_N <= k).mean()),
        "mrr": float((1 / places_N).mean()),
    }


def _stretch(passage: Passage) -> str:
    text, line = passage.id.split(".")[0], passage.source.split("-")[0]
    return f"{text}:{int(line) // _GROUP_LINES}" if line.isdecimal() else passage.id
