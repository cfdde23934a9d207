"""A query against a space: words and meaning in one round trip, and the payloads of what is shown alone."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from data.errors import EmptyText
from data.text.normalform import fold, normal_form
from serving.ports import Embedder, VectorIndex
from serving.search.filters import Filter
from serving.search.fusion import Candidates, Fusion
from serving.search.highlight import Highlight, Marker
from serving.search.points import Payload, Point, Scored, SparseVector, VectorQuery
from serving.search.space import Space
from serving.search.sparse import Bm25, holds_number

Mode = Literal["hybrid", "lexical", "dense"]

_TRIES = 4
"""A query that so many writes in a row take hits from is answered with what is left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A space with what made its vectors and how its two sides are joined: a query sees one of them from end to end."""

    space: Space
    embedder: Embedder
    fusion: Fusion


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage that answers; `score` compares hits of one query only."""

    id: str
    score: float
    payload: Payload
    highlights: Sequence[Highlight]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A query as it is put to the index."""

    name: Literal["accented", "folded"]
    words: SparseVector
    numbers: bool
    queries: tuple[VectorQuery, ...]

    @property
    def bare(self) -> bool:
        """Whether the query has no diacritics at all."""
        return self.name == "folded"


class Hybrid:
    """Searches spaces of one index, whose lexical vectors were made by `lexicon`."""

    def __init__(self, index: VectorIndex, lexicon: Bm25 | None = None) -> None:
        self._index, self._lexicon = index, lexicon or Bm25()

    async def search(self, served: Served, text: str, where: Filter, limit: int, mode: Mode = "hybrid") -> list[Hit]:
        """The best passages for a text.

        Raises:
            EmptyText: there is no word in it.
            ForeignSpace: the space was made by another model or other rules.
        """
        asked = await self._ask(served, text, mode)
        fusion = _of_mode(served.fusion, mode)
        depth = max(limit, fusion.depth)
        for _ in range(_TRIES):
            found = await self._candidates(served, asked, where, depth, mode)
            ranked = fusion.fuse(found, limit)
            points = await self._index.read(served.space, [one.id for one in ranked], where)
            if len(points) == len(ranked):
                break
            # Between the search and the reading a transcript was replaced: what stands in its place was not looked at yet.
        scores = {one.id: one.score for one in ranked}
        marker, hits = Marker(asked.words, folded=asked.bare, numbers=asked.numbers), []
        for point in _newest(points):
            served.space.check_same(point.payload.fingerprint, f"point {point.id}")
            hits.append(Hit(id=point.id, score=scores[point.id], payload=point.payload, highlights=marker.mark(point.payload)))
        return hits

    async def candidates(self, served: Served, text: str, where: Filter, depth: int) -> Candidates:
        """What both sides find by themselves, for measuring and fitting; raises as `search`."""
        return await self._candidates(served, await self._ask(served, text, None), where, depth, None)

    async def _ask(self, served: Served, text: str, mode: Mode | None) -> Asked:
        name, words = lexical_query(text, self._lexicon)
        lexical, dense = VectorQuery(name, words), None
        if mode in (None, "dense") or (mode == "hybrid" and served.fusion.weight(name == "folded") > 0):
            embedded = await asyncio.to_thread(served.embedder.embed, [text], "query")
            dense = VectorQuery("dense", np.asarray(embedded[0], dtype=np.float32))
        if dense is None:
            queries = (lexical,)
        else:
            queries = (dense,) if mode == "dense" else (lexical, dense)
        return Asked(name=name, words=words, numbers=holds_number(text), queries=queries)

    async def _candidates(self, served: Served, asked: Asked, where: Filter, depth: int, mode: Mode | None) -> Candidates:
        space = served.space
        lists = await self._index.search(space, asked.queries, where, depth)
        found: dict[str, list[Scored]] = {query.name: one for query, one in zip(asked.queries, lists, strict=True)}
        return Candidates(lexical=found.get(asked.name, []), dense=found.get("dense", []), depth=depth, bare=asked.bare)


def lexical_query(text: str, lexicon: Bm25) -> tuple[Literal["accented", "folded"], SparseVector]:
    """The words of a query: as they are accented, or, where it has no diacritics at all, whatever accents they have.

    A query that is accented in part is taken at its word: "hai" among accented words is two, not sea (DECISIONS.md).

    Raises:
        EmptyText: there is no word in it.
    """
    if not normal_form(text):
        raise EmptyText("no word is in it", pointer="/q")
    accented, folded = lexicon.query(text)
    return ("folded", folded) if is_bare(text) else ("accented", accented)


def is_bare(text: str) -> bool:
    """Whether a query has no diacritics at all."""
    plain = normal_form(text)
    return fold(plain) == plain


def _newest(points: Sequence[Point]) -> list[Point]:
    """Without the passages of a version whose successor is being written: it is among the points already."""
    newest: dict[str, int] = {}
    for payload in (point.payload for point in points):
        newest[payload.transcript_id] = max(payload.transcript_version, newest.get(payload.transcript_id, 0))
    return [point for point in points if point.payload.transcript_version == newest[point.payload.transcript_id]]


def _of_mode(fusion: Fusion, mode: Mode) -> Fusion:
    if mode == "hybrid":
        return fusion
    return Fusion(dense=1.0 if mode == "dense" else 0.0, depth=fusion.depth)
