"""Hybrid search of 100,000 passages in the engine through our index, beside the same queries sent straight to the engine.

    python -m tests.bench search [--passages 100000] [--queries 200] [--limit 100] [--keep DIR] [--exact-below 0] [--m 32] …

Passages are three sentences each of the Vietnamese Wikipedia with the vectors of the shipped table, or of `--package`. How
well a graph finds neighbours depends on them: of random directions, which have no neighbours, it finds half. A raw query is
built from the same arrays and its ids and scores are read. A query asks what a hybrid query of the service does: the words
with their diacritics, and the vector. A whole answer is what the service makes of it, embedding apart: fused, ten payloads
read, highlighted. With `--keep` the index stays in a folder, and is brought into the shape of other options the next time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import lzma
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge

from models.embedder.infer import SHIPPED_TABLE, Embedder
from serving.adapters.edge_config import params_of
from serving.adapters.qdrant_edge_index import QdrantEdgeIndex, to_filter
from serving.search.filters import Filter
from serving.search.fusion import Fusion
from serving.search.hybrid import Hybrid, Served
from serving.search.points import Payload, Point, SparseVector, VectorQuery
from serving.search.space import GraphSettings, Space
from serving.search.sparse import Bm25

BATCH = 1000
TENANT = Filter(tenant="a")
BM25 = Bm25()


def main(argv: Sequence[str] = ()) -> dict[str, float]:
    parser = argparse.ArgumentParser(prog="python -m tests.bench search")
    for name, default in (("passages", 100_000), ("queries", 200), ("rounds", 5), ("limit", 100)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--package", type=Path, default=SHIPPED_TABLE)
    parser.add_argument("--keep", type=Path)
    graph = GraphSettings()
    for name in GraphSettings.__dataclass_fields__:
        kind, option = type(getattr(graph, name)), f"--{name.replace('_', '-')}"
        parser.add_argument(option, type=(lambda text: text == "true") if kind is bool else kind, default=getattr(graph, name))
    asked = parser.parse_args(argv)
    graph = GraphSettings(**{name: getattr(asked, name) for name in GraphSettings.__dataclass_fields__})
    if asked.keep is not None:
        return asyncio.run(_measure(asked.keep, asked, graph))
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measure(Path(folder), asked, graph))


async def _measure(folder: Path, asked: argparse.Namespace, graph: GraphSettings) -> dict[str, float]:
    embedder = Embedder.open(asked.package, threads=1)
    space = Space(name="bench", model=embedder.name, version=embedder.version, dim=embedder.dim, graph=graph)
    texts = list(islice(_passages(), asked.passages))
    index, filled = QdrantEdgeIndex(folder / "index"), folder / "filled.json"
    if not filled.exists():
        await index.create(space)
        vectors_ND, ids = await _fill(index, space, texts, embedder)
        np.save(folder / "vectors.npy", vectors_ND)
        filled.write_text(json.dumps(ids))
    index._open[space.name].space, shaped = space, folder / "shaped.json"
    if not shaped.exists() or GraphSettings(**json.loads(shaped.read_text())) != graph:
        began = time.monotonic()
        await index.flush()
        print(f"segments optimised in {time.monotonic() - began:.0f} s", flush=True)
        shaped.write_text(json.dumps(asdict(graph)))
    await index.close()
    vectors_ND, ids = np.load(folder / "vectors.npy"), json.loads(filled.read_text())
    disk = sum(512 * path.stat().st_blocks for path in (folder / "index").rglob("*") if path.is_file())
    questions = _questions(texts, asked.queries)
    queries = [_query(text, embedder) for text in questions]
    del texts
    before = _resident_bytes()
    index = QdrantEdgeIndex(folder / "index")
    figures = await _race(index, space, queries, asked)
    memory = _resident_bytes() - before
    await _answer(index, space, questions, queries)
    recall = await _recall(index, space, queries, vectors_ND, ids)
    await index.close()
    print(
        f"{len(ids):,} passages of {space.dim} dimensions: {disk / len(ids):,.0f} bytes of disk and"
        f" {memory / len(ids):,.0f} of memory a passage after the queries; recall@10 of dense against exact {recall:.4f};"
        f" {graph}"
    )
    if recall < 0.99:
        print("recall@10 is below 0.99")
        figures["ratio"] = 0.0
    return figures


async def _fill(index: QdrantEdgeIndex, space: Space, texts: Sequence[str], embedder: Embedder) -> tuple[np.ndarray, list[str]]:
    """Write all passages; their vectors and ids."""
    vectors: list[np.ndarray] = []
    ids: list[str] = []
    terms_s = write_s = 0.0
    for start in range(0, len(texts), BATCH):
        began = time.monotonic()
        batch = texts[start : start + BATCH]
        pairs = zip(batch, embedder.embed(batch, "passage"), strict=True)
        points = [_point(space, start + at, text, dense_D) for at, (text, dense_D) in enumerate(pairs)]
        between = time.monotonic()
        await index.upsert(space, points)
        terms_s, write_s = terms_s + between - began, write_s + time.monotonic() - between
        vectors += [point.dense for point in points]
        ids += [point.id for point in points]
        if len(ids) % (10 * BATCH) == 0 or len(ids) == len(texts):
            print(
                f"{len(ids):,} of {len(texts):,} passages: vectors and terms {terms_s:.0f} s, written in {write_s:.0f} s",
                flush=True,
            )
    return np.stack(vectors), ids


async def _race(
    index: QdrantEdgeIndex, space: Space, queries: Sequence[list[VectorQuery]], asked: argparse.Namespace
) -> dict[str, float]:
    """Ours and the engine's times, interleaved; the first round warms both and is not counted."""
    engine, where = index._open[space.name]._engine, to_filter(TENANT)
    params = params_of(space.graph, asked.limit)
    ours, raw, found, expected = [], [], [], []
    for number in range(asked.rounds + 1):
        for at, query in enumerate(queries):
            # Whoever comes second finds the caches warm, so they take turns.
            for turn in ("ours", "raw") if (at + number) % 2 else ("raw", "ours"):
                began = time.perf_counter()
                if turn == "ours":
                    found = await index.search(space, query, TENANT, asked.limit)
                    ours += [time.perf_counter() - began] * bool(number)
                else:
                    expected = _ask_engine(engine, query, where, asked.limit, params)
                    raw += [time.perf_counter() - began] * bool(number)
            assert [[one.score for one in each] for each in found] == [[score for _, score in each] for each in expected]
    (our_50, our_95), (raw_50, raw_95) = (np.percentile(times, [50, 95]) * 1000 for times in (ours, raw))
    print(
        f"hybrid, {asked.limit} of each of two vectors: p50 {our_50:.2f} ms, p95 {our_95:.2f} ms; straight to the engine p50"
        f" {raw_50:.2f} ms, p95 {raw_95:.2f} ms: {our_50 / raw_50 - 1:+.1%} at p50, {our_95 / raw_95 - 1:+.1%} at p95"
    )
    return {"ratio": raw_50 / our_50, "at_least": round(1 / 1.15, 2), "p50_ms": our_50, "p95_ms": our_95}


def _ask_engine(engine: Any, query: list[VectorQuery], where: Any, limit: int, params: Any) -> list[list[tuple[Any, float]]]:
    requests = []
    for one in query:
        vector: Any = one.vector.tolist() if isinstance(one.vector, np.ndarray) else None
        if isinstance(one.vector, SparseVector):
            vector = edge.SparseVector(indices=one.vector.ids.tolist(), values=one.vector.weights.tolist())
        nearest = edge.Query.Nearest(vector, using=one.name)
        requests.append(edge.QueryRequest(limit=limit, query=nearest, filter=where, params=params))
    return [[(hit.id, hit.score) for hit in each] for each in engine.query_batch(edge.QueryBatchRequest(requests))]


class _Known:
    """An embedder whose vectors were made before, so that their making is not measured."""

    def __init__(self, space: Space, made: dict[str, Any]) -> None:
        self.name, self.version, self.dim, self.digest, self._made = space.model, space.version, space.dim, "", made
        self.fusion = None

    def embed(self, texts: Sequence[str], kind: str) -> np.ndarray:
        return np.stack([self._made[text] for text in texts])


async def _answer(index: QdrantEdgeIndex, space: Space, questions: Sequence[str], queries: Sequence[list[VectorQuery]]) -> None:
    """How long a whole answer takes."""
    made: dict[str, Any] = {text: query[0].vector for text, query in zip(questions, queries, strict=True)}
    served, hybrid, times = Served(space=space, embedder=_Known(space, made), fusion=Fusion(dense=0.3)), Hybrid(index), []
    for number in range(3):
        for text in questions:
            began = time.perf_counter()
            await hybrid.search(served, text, TENANT, 10)
            times += [time.perf_counter() - began] * bool(number)
    half, most = np.percentile(times, [50, 95]) * 1000
    print(f"a whole answer, fused, with ten highlighted passages: p50 {half:.2f} ms, p95 {most:.2f} ms", flush=True)


async def _recall(
    index: QdrantEdgeIndex, space: Space, queries: Sequence[list[VectorQuery]], vectors_ND: np.ndarray, ids: list[str]
) -> float:
    """recall@10 of the dense vectors where ten are asked for; where a hundred are, as a hybrid query does, it is printed."""
    exact = [{ids[at] for at in np.argpartition(-(vectors_ND @ dense.vector), 10)[:10]} for dense, *_ in queries]
    recall = {}
    for limit in (100, 10):
        times, shares = [], []
        for (dense, *_), best in zip(queries, exact, strict=True):
            began = time.perf_counter()
            (found,) = await index.search(space, [dense], TENANT, limit)
            times.append(time.perf_counter() - began)
            shares.append(len(best & {one.id for one in found[:10]}) / 10)
        recall[limit] = float(np.mean(shares))
        print(f"dense, {limit} asked for: recall@10 {recall[limit]:.4f}, p50 {np.median(times) * 1000:.2f} ms", flush=True)
    return recall[10]


def _passages() -> Iterator[str]:
    if "TIENGNOI_DATA" not in os.environ:
        sys.exit("TIENGNOI_DATA names no folder of real data")
    with lzma.open(Path(os.environ["TIENGNOI_DATA"]) / "text" / "viwiki.txt.xz", "rt", encoding="utf-8") as lines:
        while sentences := [line.strip() for line in islice(lines, 3)]:
            yield " ".join(sentences)


def _questions(texts: Sequence[str], count: int) -> list[str]:
    """Eight words in a row of a passage, as a question would hold."""
    rng = np.random.default_rng(2)
    questions = []
    for at in rng.choice(len(texts), count):
        words = texts[int(at)].split()
        start = int(rng.integers(max(1, len(words) - 8)))
        questions.append(" ".join(words[start : start + 8]))
    return questions


def _query(text: str, embedder: Embedder) -> list[VectorQuery]:
    (dense,) = embedder.embed([text], "query")
    return [VectorQuery("dense", dense), VectorQuery("accented", BM25.query(text)[0])]


def _point(space: Space, number: int, text: str, dense_D: np.ndarray) -> Point:
    accented, folded = BM25.passage(text)
    payload = Payload(
        tenant="a",
        recording_id=f"r{number // 20}",
        transcript_id=f"t{number // 20}",
        transcript_version=1,
        passage=number % 20,
        start_s=0.0,
        end_s=20.0,
        confidence=0.9,
        text=text,
        fingerprint=space.fingerprint,
    )
    return Point(dense=dense_D, accented=accented, folded=folded, payload=payload)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
