"""The vector index in memory: every vector is compared, so what it answers is what the other indexes should."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

import numpy as np

from serving.adapters.vector_checks import check_limit, check_space, check_start
from serving.search.filters import Filter
from serving.search.points import Point, Scored, SparseVector, VectorName, VectorQuery, check_points, check_queries
from serving.search.space import Space


class MemoryIndex:
    """A VectorIndex that is gone with its process. For tests, for golden queries and for a few ten thousand points."""

    def __init__(self) -> None:
        self._held: dict[str, _Held] = {}

    async def create(self, space: Space) -> None:
        if check_space(self._stored(space.name), space, creating=True) is None:
            self._held[space.name] = _Held(space)

    async def spaces(self) -> list[Space]:
        return [self._held[name].space for name in sorted(self._held)]

    async def drop(self, name: str) -> None:
        self._held.pop(name, None)

    async def upsert(self, space: Space, points: Sequence[Point]) -> None:
        held = self._open(space)
        check_points(space, points)
        held.points |= {point.id: point for point in points}
        held.postings.clear()

    async def delete(self, space: Space, where: Filter) -> int:
        held = self._open(space)
        gone = [point.id for point in held.matching(where)]
        for name in gone:
            del held.points[name]
        held.postings.clear()
        return len(gone)

    async def search(self, space: Space, queries: Sequence[VectorQuery], where: Filter, limit: int) -> list[list[Scored]]:
        held = self._open(space)
        check_queries(space, queries)
        check_limit(limit)
        return [held.best(query, where, limit) for query in queries]

    async def read(self, space: Space, ids: Sequence[str], where: Filter) -> list[Point]:
        points = self._open(space).points
        return [points[name] for name in dict.fromkeys(ids) if name in points and where.matches(points[name].payload)]

    async def scroll(self, space: Space, where: Filter, after: str | None, limit: int) -> list[Point]:
        check_limit(limit)
        start = check_start(after)
        behind = (point for point in self._open(space).matching(where) if start is None or point.id > start)
        return sorted(behind, key=lambda point: point.id)[:limit]

    async def count(self, space: Space, where: Filter) -> int:
        return sum(1 for _ in self._open(space).matching(where))

    async def flush(self) -> None:
        """Nothing to bring into shape."""

    async def close(self) -> None:
        """Nothing to let go of."""

    def _stored(self, name: str) -> Space | None:
        held = self._held.get(name)
        return held.space if held else None

    def _open(self, space: Space) -> _Held:
        check_space(self._stored(space.name), space)
        return self._held[space.name]


class _Held:
    """A space with its points, and its postings as long as no point comes or goes."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.points: dict[str, Point] = {}
        self.postings: dict[VectorName, _Postings] = {}

    def matching(self, where: Filter) -> Iterable[Point]:
        return (point for point in self.points.values() if where.matches(point.payload))

    def best(self, query: VectorQuery, where: Filter, limit: int) -> list[Scored]:
        points = list(self.points.values())
        if not points:
            return []
        if isinstance(query.vector, SparseVector):
            if query.name not in self.postings:
                vectors = [point.accented if query.name == "accented" else point.folded for point in points]
                self.postings[query.name] = _Postings(vectors)
            scores, touched = self.postings[query.name].score(query.vector)
        else:
            scores = np.stack([point.dense for point in points]).astype(np.float32) @ query.vector.astype(np.float32)
            touched = np.ones(len(points), bool)
        names = list(self.points)
        order = sorted(np.flatnonzero(touched).tolist(), key=lambda at: (-scores[at], names[at]))
        wanted = (at for at in order if where.matches(points[at].payload))
        return [Scored(names[at], float(scores[at])) for at in islice(wanted, limit)]


class _Postings:
    """For each term the points that hold it. N points, T different terms, E entries."""

    def __init__(self, vectors: Sequence[SparseVector]) -> None:
        ids_E = np.concatenate([vector.ids for vector in vectors])
        order_E = np.argsort(ids_E, kind="stable")
        owners_E = np.repeat(np.arange(len(vectors)), [len(vector.ids) for vector in vectors])
        self.terms_T, starts_T = np.unique(ids_E[order_E], return_index=True)
        self.bounds = np.append(starts_T, len(ids_E))
        self.owners_E = owners_E[order_E]
        self.weights_E = np.concatenate([vector.weights for vector in vectors])[order_E]
        self.size = len(vectors)

    def score(self, query: SparseVector) -> tuple[np.ndarray, np.ndarray]:
        """scores_N, and which points share a term with the query."""
        scores_N, touched_N = np.zeros(self.size), np.zeros(self.size, bool)
        for term, weight in zip(query.ids, query.weights, strict=True):
            at = np.searchsorted(self.terms_T, term)
            if at == len(self.terms_T) or self.terms_T[at] != term:
                continue
            here = slice(self.bounds[at], self.bounds[at + 1])
            held = self.bounds[at + 1] - self.bounds[at]
            idf = np.log1p((self.size - held + 0.5) / (held + 0.5))
            scores_N[self.owners_E[here]] += weight * idf * self.weights_E[here]
            touched_N[self.owners_E[here]] = True
        return scores_N, touched_N
