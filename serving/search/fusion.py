"""Two rankings into one: how much a space's dense side counts beside its words is fitted, never guessed.

A space without fitted weights takes those of its embedder's package, or words alone. An embedder whose gain over the golden
queries a test cannot tell from chance gets no weight: a weak one then costs neither quality nor time.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from data.errors import BadParameter
from serving.search.points import Scored

Judgements = Mapping[str, Mapping[str, float]]
Measure = Callable[[Judgements, Mapping[str, Sequence[str]]], Mapping[str, float]]
"""Judgements and a run → the figure of each query."""

#: One-sided 95 %: how sure it must be that the dense side helps.
_SURE = 1.645


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """What both sides found for one query, best first; `depth` was asked of each."""

    lexical: Sequence[Scored]
    dense: Sequence[Scored]
    depth: int
    bare: bool = False
    """Whether the query has no diacritics at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fusion:
    """One way to join what words and vectors found.

    `score` adds scores that are brought to [0, 1] query by query: lexical ones by the best of them, because no shared
    term is 0; cosines between the last and the best candidate (Bruch, Gai and Ingber, 2023, An Analysis of Fusion
    Functions). `rrf` adds weight / (k + rank) (Cormack, Clarke and Buettcher, 2009).

    Raises:
        BadParameter: a weight outside [0, 1], or an impossible k, floor or depth.
    """

    kind: Literal["score", "rrf"] = "score"
    dense: float = 0.0
    """Weight of the dense side; words have the rest."""
    bare: float | None = None
    """The same for queries without any diacritics, which many embedders hardly read; None is as `dense`."""
    k: int = 60
    """Of `rrf`: how little the first ranks stand out."""
    floor: float = -1.0
    """A passage that shares no term with the query is a hit from this cosine on."""
    depth: int = 100
    """Candidates that are asked of each side."""

    def __post_init__(self) -> None:
        if self.kind not in ("score", "rrf") or not all(0 <= self.weight(bare) <= 1 for bare in (False, True)):
            weights = f"dense weights of {self.dense} and {self.bare}"
            raise BadParameter(f"no fusion {self.kind!r} with {weights}", pointer="/dense")
        if self.k < 0 or self.depth < 1 or not -1 <= self.floor <= 1:
            raise BadParameter(f"k {self.k}, floor {self.floor}, depth {self.depth}", pointer="/k")

    def weight(self, bare: bool) -> float:
        """Weight of the dense side for a query with or without diacritics; one of weight 0 need not be embedded."""
        return self.bare if bare and self.bare is not None else self.dense

    def fuse(self, found: Candidates, limit: int) -> list[Scored]:
        """The best `limit`, best first; equal scores stand in the order of their ids."""
        dense = self.weight(found.bare)
        lexical = {one.id: one.score for one in found.lexical}
        cosines = [one for one in found.dense if one.score >= self.floor or one.id in lexical] if dense else []
        if self.kind == "rrf":
            words, vectors = self._ranks(found.lexical), self._ranks(cosines)
        else:
            words, vectors = _from_zero(found.lexical), _between(cosines, found)
        scores = {id_: (1 - dense) * words.get(id_, 0.0) + dense * vectors.get(id_, 0.0) for id_ in {**words, **vectors}}
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return [Scored(id_, score) for id_, score in ranked[:limit]]

    def to_json(self) -> dict[str, Any]:
        """The fusion as JSON values."""
        return asdict(self)

    def _ranks(self, found: Sequence[Scored]) -> dict[str, float]:
        return {one.id: 1 / (self.k + rank) for rank, one in enumerate(found, 1)}


WORDS_ONLY = Fusion()
#: What is tried: sums of scores, and of ranks with the k of the paper, of Qdrant's default and two between.
GRID = (
    *(Fusion(dense=weight) for weight in (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)),
    *(Fusion(kind="rrf", dense=weight, k=k) for k in (2, 10, 30, 60) for weight in (0.1, 0.3, 0.5, 0.7)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    """The fusion that a space gets, and what was measured: means of nDCG over the golden queries."""

    fusion: Fusion
    words: float
    """Of the words alone."""
    fitted: float
    """Of the chosen fusion on the queries that it was chosen by."""
    held_out: float
    """Of the fusions chosen without the queries that they are measured on, in five parts."""
    tried: tuple[tuple[Fusion, float], ...]


def fit(
    found: Mapping[str, Candidates],
    judged: Judgements,
    measure: Measure,
    *,
    bare: Mapping[str, Candidates] | None = None,
    parts: int = 5,
    limit: int = 10,
) -> Fitted:
    """Choose the fusion of a space on golden queries.

    Queries that share a relevant passage are never parted between choosing and measuring.

    Args:
        bare: what the same queries find without their diacritics, for a weight of their own.
    Raises:
        BadParameter: no query has both candidates and a judgement.
    """
    names = [name for name in found if any(grade > 0 for grade in judged.get(name, {}).values())]
    if not names:
        raise BadParameter("no golden query has a judgement", pointer="/qrels")
    judged = {name: judged[name] for name in names}

    def figures(candidates: Mapping[str, Candidates], fusion: Fusion) -> Mapping[str, float]:
        return measure(judged, {name: [hit.id for hit in fusion.fuse(candidates[name], limit)] for name in names})

    words, tried = figures(found, WORDS_ONLY), [(fusion, figures(found, fusion)) for fusion in GRID]
    part_of = {name: _part(judged[name], parts) for name in names}
    held_out: dict[str, float] = {}
    for part in range(parts):
        others = [name for name in names if part_of[name] != part]
        best = _best(words, tried, others)[1] if others else words
        held_out |= {name: best[name] for name in names if part_of[name] == part}
    chosen, best = _best(words, tried, names)
    if chosen.dense > 0:
        chosen = replace(chosen, floor=_floor(found, judged))
        if bare is not None:
            same = [(fusion, figures(bare, fusion)) for fusion in GRID if (fusion.kind, fusion.k) == (chosen.kind, chosen.k)]
            chosen = replace(chosen, bare=_best(figures(bare, WORDS_ONLY), same, names)[0].dense)
    return Fitted(
        fusion=chosen,
        words=_mean(words, names),
        fitted=_mean(best, names),
        held_out=_mean(held_out, names),
        tried=tuple((fusion, _mean(figure, names)) for fusion, figure in tried),
    )


def _best(
    words: Mapping[str, float], tried: Sequence[tuple[Fusion, Mapping[str, float]]], names: Sequence[str]
) -> tuple[Fusion, Mapping[str, float]]:
    """The best of those that are surely better than words alone; words alone where there is none."""
    sure = [(fusion, figure) for fusion, figure in tried if _is_sure([figure[name] - words[name] for name in names])]
    return max(sure, key=lambda one: _mean(one[1], names), default=(WORDS_ONLY, words))


def _is_sure(gains: Sequence[float]) -> bool:
    count, mean = len(gains), math.fsum(gains) / len(gains)
    if count < 2:
        return False
    spread = math.sqrt(math.fsum((gain - mean) ** 2 for gain in gains) / (count - 1) / count)
    return mean > 0 and mean > _SURE * spread


def _floor(found: Mapping[str, Candidates], judged: Judgements) -> float:
    """A cosine that 95 of 100 relevant passages reach; what shares no word and is further away is no hit."""
    right = sorted(hit.score for name, grades in judged.items() for hit in found[name].dense if grades.get(hit.id, 0) > 0)
    return max(-1.0, min(1.0, round(right[len(right) // 20], 4))) if right else -1.0


def _part(grades: Mapping[str, float], parts: int) -> int:
    first = min(passage for passage, grade in grades.items() if grade > 0)
    return zlib.crc32(first.encode()) % parts


def _from_zero(found: Sequence[Scored]) -> dict[str, float]:
    top = max((one.score for one in found), default=0.0)
    return {one.id: one.score / top for one in found} if top > 0 else {one.id: 0.0 for one in found}


def _between(kept: Sequence[Scored], found: Candidates) -> dict[str, float]:
    low = min((one.score for one in found.dense), default=0.0)
    high = max((one.score for one in found.dense), default=0.0)
    return {one.id: (one.score - low) / (high - low) if high > low else 1.0 for one in kept}


def _mean(values: Mapping[str, float], names: Sequence[str]) -> float:
    return math.fsum(values[name] for name in names) / len(names)
