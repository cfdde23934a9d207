"""How good a ranking is: nDCG, recall and reciprocal rank of each query, from graded judgements.

The definitions are those of trec_eval (linear gain, logarithm of base 2), except for ties: of equal scores the worse
passage stands first, so that a model which scores all alike earns nothing by the order of names.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import ScoreError
from models.tables import read_lines

Qrels = Mapping[str, Mapping[str, float]]
"""For each query the grade of each judged passage; above 0 is relevant, what is not named is not."""
Run = Mapping[str, Mapping[str, float] | Sequence[str]]
"""For each query the score of each passage found, or the passages themselves, best first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The figures of one run, query by query in the order of the judgements; each lies in [0, 1]."""

    k: int
    ndcg: Mapping[str, float]
    recall: Mapping[str, float]
    reciprocal_rank: Mapping[str, float]
    """One over the place of the first relevant passage, however deep it stands; 0 where none was found."""
    missing: tuple[str, ...]
    """Judged queries that the run does not hold: all their figures are 0."""
    unjudged: tuple[str, ...]
    """Queries of the run without a relevant passage: they count nowhere."""

    def to_json(self) -> dict[str, Any]:
        """The means, under the names that the field uses."""
        return {
            f"ndcg@{self.k}": _mean(self.ndcg),
            f"recall@{self.k}": _mean(self.recall),
            "mrr": _mean(self.reciprocal_rank),
            "queries": len(self.ndcg),
            "missing": len(self.missing),
            "unjudged": len(self.unjudged),
        }


def rank_metrics(qrels: Qrels, run: Run, *, k: int = 10) -> Ranking:
    """Measure a run.

    Raises:
        ScoreError: no query has a relevant passage, k is below 1, a score or grade is not finite, or a passage stands
            twice in a list.
    """
    if k < 1:
        raise ScoreError(f"a cut at {k} leaves nothing to measure")
    if any(not math.isfinite(grade) for grades in qrels.values() for grade in grades.values()):
        raise ScoreError("a grade is not finite")
    judged = {query: grades for query, grades in qrels.items() if any(grade > 0 for grade in grades.values())}
    if not judged:
        raise ScoreError("no query has a relevant passage")
    ndcg, recall, reciprocal = {}, {}, {}
    for query, grades in judged.items():
        gains = _gains(query, grades, run.get(query, ()))
        ideal = sorted((grade for grade in grades.values() if grade > 0), reverse=True)
        ndcg[query] = _dcg(gains[:k]) / _dcg(ideal[:k])
        recall[query] = sum(gain > 0 for gain in gains[:k]) / len(ideal)
        reciprocal[query] = next((1 / place for place, gain in enumerate(gains, 1) if gain > 0), 0.0)
    return Ranking(
        k=k,
        ndcg=ndcg,
        recall=recall,
        reciprocal_rank=reciprocal,
        missing=tuple(query for query in judged if query not in run),
        unjudged=tuple(query for query in run if query not in judged),
    )


def read_qrels(path: Path | str) -> dict[str, dict[str, float]]:
    """Judgements from a file of `query<TAB>passage<TAB>grade` lines.

    Raises:
        ScoreError: it cannot be read, a line has another form, or a pair is judged twice; the message names the line.
        NotUtf8: the file is not UTF-8.
    """
    qrels: dict[str, dict[str, float]] = {}
    for number, line in read_lines(Path(path)):
        try:
            query, passage, told = line.split("\t")
            grade = float(told)
        except ValueError as error:
            raise ScoreError(f"{path}:{number}: a line reads query<TAB>passage<TAB>grade") from error
        if not math.isfinite(grade):
            raise ScoreError(f"{path}:{number}: the grade is not finite")
        if passage in qrels.setdefault(query, {}):
            raise ScoreError(f"{path}:{number}: {passage!r} is judged twice for {query!r}")
        qrels[query][passage] = grade
    return qrels


def _gains(query: str, grades: Mapping[str, float], found: Mapping[str, float] | Sequence[str]) -> list[float]:
    """The gain of each passage of the run, best score first."""
    if isinstance(found, Mapping):
        if any(not math.isfinite(score) for score in found.values()):
            raise ScoreError(f"query {query!r}: a score is not finite")
        scored = [(-score, max(0.0, grades.get(passage, 0.0))) for passage, score in found.items()]
        return [gain for _, gain in sorted(scored)]
    if len(set(found)) < len(found):
        raise ScoreError(f"query {query!r}: a passage stands twice in its list")
    return [max(0.0, grades.get(passage, 0.0)) for passage in found]


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 1) for place, gain in enumerate(gains, 1))


def _mean(values: Mapping[str, float]) -> float:
    return math.fsum(values.values()) / len(values)
