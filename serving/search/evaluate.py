"""How well a space finds: collections put into an index, asked in every mode, and their fusion fitted."""

from __future__ import annotations

import asyncio
import heapq
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from data.text.normalform import normal_form
from models.ranking import Ranking, rank_metrics
from serving.ports import Embedder, VectorIndex
from serving.search.collection import Collection
from serving.search.filters import Filter
from serving.search.fusion import WORDS_ONLY, Candidates, Fitted, Fusion
from serving.search.golden import fit_golden
from serving.search.hybrid import Hybrid, Served
from serving.search.points import Payload, Point
from serving.search.spaces import space_of
from serving.search.sparse import Bm25

Measured = Literal["hybrid", "dense", "lexical", "bm25"]
MODES: tuple[Measured, ...] = get_args(Measured)
_TENANT, _BATCH = "evaluation", 256


class Trial:
    """A collection in a space of an index, to be asked again and again."""

    def __init__(self, collection: Collection, index: VectorIndex, embedder: Embedder, lexicon: Bm25 | None = None) -> None:
        self.collection, self._index, self._embedder = collection, index, embedder
        self._lexicon = lexicon or Bm25()
        self._hybrid = Hybrid(index, self._lexicon)
        self.space = space_of(embedder)
        self._names: dict[str, str] = {}

    async def fill(self) -> None:
        """Write the passages; must be done before anything is asked."""
        await self._index.create(self.space)
        passages = list(self.collection.passages.items())
        for at in range(0, len(passages), _BATCH):
            batch = passages[at : at + _BATCH]
            vectors = await asyncio.to_thread(self._embedder.embed, [text for _, text in batch], "passage")
            points = []
            for (name, text), dense in zip(batch, vectors, strict=True):
                accented, folded = self._lexicon.passage(text)
                payload = _payload(name, text, self.space.fingerprint)
                points.append(Point(dense=dense, accented=accented, folded=folded, payload=payload))
                self._names[points[-1].id] = name
            await self._index.upsert(self.space, points)

    async def candidates(self, queries: Mapping[str, str], depth: int = 100) -> dict[str, Candidates]:
        """What words and vectors find for each query, under the passages' own names."""
        served = Served(space=self.space, embedder=self._embedder, fusion=WORDS_ONLY)
        where = Filter(tenant=_TENANT)
        found = {}
        for name, text in queries.items():
            one = await self._hybrid.candidates(served, text, where, depth)
            found[name] = replace(one, lexical=self._named(one.lexical), dense=self._named(one.dense))
        return found

    async def fit(self) -> Fitted:
        """The fusion of the space, fitted on the collection's queries."""
        return await fit_golden(self.candidates, self.collection.queries, self.collection.qrels)

    def _named(self, found: Sequence) -> list:
        return [type(one)(self._names[one.id], one.score) for one in found]


def rank(collection: Collection, found: Mapping[str, Candidates], fusion: Fusion, *, k: int = 10) -> Ranking:
    """Measure one fusion of candidates."""
    return rank_metrics(
        collection.qrels, {name: [hit.id for hit in fusion.fuse(one, one.depth)] for name, one in found.items()}, k=k
    )


def fusion_of(mode: Measured, fitted: Fusion) -> Fusion:
    """The fusion by which a mode is measured; `bm25` has none, see `plain_bm25`."""
    return {"hybrid": fitted, "dense": Fusion(dense=1.0), "lexical": WORDS_ONLY}[mode]


def plain_bm25(collection: Collection, *, k1: float = 1.2, b: float = 0.75, depth: int = 100) -> dict[str, dict[str, float]]:
    """The anchor: BM25 over accented syllables, with the collection's own mean length and Lucene's idf.

    It shares nothing with the search that it is held against.
    """
    counts = {name: Counter(normal_form(text).split()) for name, text in collection.passages.items()}
    mean = sum(map(Counter.total, counts.values())) / len(counts)
    postings: dict[str, list[tuple[str, float]]] = {}
    for name, syllables in counts.items():
        length = k1 * (1 - b + b * syllables.total() / mean)
        for syllable, count in syllables.items():
            postings.setdefault(syllable, []).append((name, count * (k1 + 1) / (count + length)))
    run = {}
    for query, text in collection.queries.items():
        scores: dict[str, float] = {}
        for syllable in normal_form(text).split():
            held = postings.get(syllable, [])
            idf = math.log(1 + (len(counts) - len(held) + 0.5) / (len(held) + 0.5))
            for name, weight in held:
                scores[name] = scores.get(name, 0.0) + idf * weight
        run[query] = dict(heapq.nlargest(depth, scores.items(), key=lambda item: item[1]))
    return run


def _payload(name: str, text: str, fingerprint: str) -> Payload:
    return Payload(
        tenant=_TENANT,
        recording_id=name,
        transcript_id=name,
        transcript_version=1,
        passage=0,
        start_s=0.0,
        end_s=0.0,
        confidence=1.0,
        text=text,
        fingerprint=fingerprint,
    )
