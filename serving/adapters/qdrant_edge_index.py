"""The vector index on one machine: the Qdrant engine inside this process, one folder a space.

root/lock             held while the index is open: the engine is for one process
root/NAME/space.json  what the space is
root/NAME/shard/      the engine's files, with a write-ahead log
root/.new-*, .old-*   spaces that are being made or dropped; what a killed process left of them is removed
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import qdrant_edge as edge

from data.errors import BrokenIndex, Busy, DiskFull, TiengNoiError, UnknownSpace
from serving.adapters.edge_config import config_of, params_of
from serving.adapters.edge_optimizer import optimize_copy
from serving.adapters.vector_checks import INDEXED, check_limit, check_space, check_start, conditions, ids_only, next_id
from serving.search.filters import Filter
from serving.search.points import Payload, Point, Scored, SparseVector, VectorQuery, check_points, check_queries
from serving.search.space import Space

_BATCH = 128
"""Points of one entry of the log: while it is written no query is answered."""
#: The engine writes through memory maps, and a map that finds the disk full ends the process: stop well before.
_RESERVE_BYTES = 256 << 20
#: Places of the digits in a UUID's text; between them are hyphens.
_DIGITS = [at for at in range(36) if at not in (8, 13, 18, 23)]


class QdrantEdgeIndex:
    """A VectorIndex in a folder. Writes of a space come one by one, and queries are answered beside them.

    A search runs where it is called: the engine holds the interpreter's lock until it has found, in a thread too.

    Raises:
        Busy: another process has the folder open.
        BrokenIndex: what is there cannot be read.
    """

    def __init__(self, root: Path | str, *, reserve_bytes: int = _RESERVE_BYTES) -> None:
        self._root = Path(root)
        self._reserve_bytes = reserve_bytes
        self._root.mkdir(parents=True, exist_ok=True)
        self._lock = (self._root / "lock").open("ab")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            self._lock.close()
            raise Busy(f"another process has the index {self._root.name} open") from error
        self._creating = asyncio.Lock()
        for left in (*self._root.glob(".new-*"), *self._root.glob(".old-*")):
            shutil.rmtree(left)
        self._open = {path.parent.name: _Shard(path.parent) for path in sorted(self._root.glob("*/space.json"))}

    async def create(self, space: Space) -> None:
        async with self._creating:
            if check_space(self._stored(space.name), space, creating=True) is None:
                self._check_room(0)
                await asyncio.to_thread(self._create, space)

    async def spaces(self) -> list[Space]:
        return [self._open[name].space for name in sorted(self._open)]

    async def drop(self, name: str) -> None:
        shard = self._open.pop(name, None)
        if shard is not None:
            async with shard.writing:
                await asyncio.to_thread(self._drop, shard)

    async def upsert(self, space: Space, points: Sequence[Point]) -> None:
        shard = self._shard(space)
        check_points(space, points)
        for start in range(0, len(points), _BATCH):
            batch = points[start : start + _BATCH]
            self._check_room(sum(_bytes(point) for point in batch))
            async with shard.writing:
                self._shard(space)  # It may have been dropped while this waited.
                await asyncio.to_thread(shard.upsert, batch)

    async def delete(self, space: Space, where: Filter) -> int:
        shard = self._shard(space)
        async with shard.writing:
            self._shard(space)
            return await asyncio.to_thread(shard.delete, to_filter(where))

    async def search(self, space: Space, queries: Sequence[VectorQuery], where: Filter, limit: int) -> list[list[Scored]]:
        shard = self._shard(space)
        check_queries(space, queries)
        check_limit(limit)
        return shard.search(queries, to_filter(where), limit)

    async def read(self, space: Space, ids: Sequence[str], where: Filter) -> list[Point]:
        found = await asyncio.to_thread(self._shard(space).read, ids_only(ids))
        return [point for point in found if where.matches(point.payload)]

    async def scroll(self, space: Space, where: Filter, after: str | None, limit: int) -> list[Point]:
        shard = self._shard(space)
        check_limit(limit)
        start = check_start(after)
        if start is not None and (start := next_id(start)) is None:
            return []
        return await asyncio.to_thread(shard.scroll, to_filter(where), start, limit)

    async def count(self, space: Space, where: Filter) -> int:
        return await asyncio.to_thread(self._shard(space).count, to_filter(where))

    async def flush(self) -> None:
        for shard in list(self._open.values()):
            async with shard.writing:
                if shard.changed:
                    self._check_room(2 * _used_bytes(shard.folder))
                    await shard.optimize()

    async def close(self) -> None:
        shards, self._open = list(self._open.values()), {}
        for shard in shards:
            async with shard.writing:
                await asyncio.to_thread(shard.close)
        self._lock.close()

    def _stored(self, name: str) -> Space | None:
        shard = self._open.get(name)
        return shard.space if shard else None

    def _shard(self, space: Space) -> _Shard:
        check_space(self._stored(space.name), space)
        return self._open[space.name]

    def _create(self, space: Space) -> None:
        with _coded():
            folder = Path(tempfile.mkdtemp(prefix=".new-", dir=self._root))
            made = edge.EdgeShard.create(str(_made(folder / "shard-1")), config_of(space, 0))
            for name, kind in INDEXED.items():
                made.update(edge.UpdateOperation.create_field_index(name, _field_index(name, kind)))
            made.flush()
            made.close()
            _write_pointer(folder, space, "shard-1")
            folder.rename(self._root / space.name)
            _sync(self._root)
            self._open[space.name] = _Shard(self._root / space.name)

    def _drop(self, shard: _Shard) -> None:
        shard.close()
        folder = self._root / shard.space.name
        old = Path(tempfile.mkdtemp(prefix=".old-", dir=self._root))
        folder.rename(old / shard.space.name)
        _sync(self._root)
        shutil.rmtree(old)

    def _check_room(self, more_bytes: int) -> None:
        free = shutil.disk_usage(self._root).free
        if free < self._reserve_bytes + more_bytes:
            raise DiskFull(f"{free >> 20} MiB are free, {self._reserve_bytes >> 20} MiB are kept for the engine's own work")


class _Shard:
    """One space of the engine. Its calls block; who changes points holds `writing`."""

    def __init__(self, folder: Path) -> None:
        try:
            pointer = json.loads((folder / "space.json").read_text("utf-8"))
            self.space, self.folder = Space.from_json(pointer["space"]), folder / pointer["shard"]
            self._engine = edge.EdgeShard.load(str(self.folder), None)
        except Exception as error:
            raise _translated(error) from error
        for left in folder.glob("shard-*"):
            if left != self.folder:
                shutil.rmtree(left, ignore_errors=True)
        self.writing = asyncio.Lock()
        self.changed = True

    def upsert(self, points: Sequence[Point]) -> None:
        self.changed = True
        with _coded():
            self._engine.update(edge.UpdateOperation.upsert_points([_to_engine(point) for point in points]))

    def delete(self, where: edge.Filter) -> int:
        with _coded():
            gone = self._engine.count(edge.CountRequest(exact=True, filter=where))
            if gone:
                self.changed = True
                self._engine.update(edge.UpdateOperation.delete_points_by_filter(where))
            return gone

    def search(self, queries: Sequence[VectorQuery], where: edge.Filter, limit: int) -> list[list[Scored]]:
        asked = [at for at, query in enumerate(queries) if not _is_empty(query)]
        found: list[list[Scored]] = [[] for _ in queries]
        if asked:
            params = params_of(self.space.graph, limit)
            requests = [_request(queries[at], where, limit, params) for at in asked]
            with _coded():
                answers = self._engine.query_batch(edge.QueryBatchRequest(requests))
            hits = list(chain.from_iterable(answers))
            scored = list(map(Scored, _spelled([hit.id for hit in hits]), [hit.score for hit in hits]))
            start = 0
            for at, answer in zip(asked, answers, strict=True):
                found[at] = scored[start : start + len(answer)]
                start += len(answer)
        return found

    def read(self, ids: Sequence[str]) -> list[Point]:
        with _coded():
            records = self._engine.retrieve(list(ids), with_payload=True, with_vector=True) if ids else []
        held = {str(record.id): _from_engine(record) for record in records}
        return [held[name] for name in ids if name in held]

    def scroll(self, where: edge.Filter, start: str | None, limit: int) -> list[Point]:
        with _coded():
            request = edge.ScrollRequest(offset=start, limit=limit, filter=where, with_payload=True, with_vector=True)
            records, _ = self._engine.scroll(request)
        return [_from_engine(record) for record in records]

    def count(self, where: edge.Filter) -> int:
        with _coded():
            return self._engine.count(edge.CountRequest(exact=True, filter=where))

    async def optimize(self) -> None:
        """Replace the files by an optimised copy of them, while queries are answered from the old ones."""
        old = self.folder
        new = old.with_name(f"shard-{int(old.name.removeprefix('shard-')) + 1}")
        try:
            await asyncio.to_thread(self._make_optimized, new)
            with _coded():
                engine = edge.EdgeShard.load(str(new), None)
                _write_pointer(old.parent, self.space, new.name)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
        # Whoever reads in another thread keeps the old engine until it is done; its files stay until then.
        self._engine, self.folder, self.changed = engine, new, False
        await asyncio.to_thread(shutil.rmtree, old, ignore_errors=True)

    def _make_optimized(self, new: Path) -> None:
        with _coded():
            self._engine.flush()
            optimize_copy(self.folder, new, self.space)

    def close(self) -> None:
        with _coded():
            self._engine.flush()
            self._engine.close()


def to_filter(where: Filter) -> edge.Filter:
    """A filter in the engine's types."""
    build: dict[str, Callable[[Any], dict[str, Any]]] = {
        "is": lambda value: {"match": edge.MatchValue(value)},
        "any": lambda values: {"match": edge.MatchAny(values)},
        "from": lambda bound: {"range": edge.RangeFloat(gte=bound)},
        "until": lambda bound: {"range": edge.RangeFloat(lt=bound)},
    }
    return edge.Filter(must=[edge.FieldCondition(field, **build[how](value)) for field, how, value in conditions(where)])


def _request(query: VectorQuery, where: edge.Filter, limit: int, params: edge.SearchParams) -> edge.QueryRequest:
    vector = _sparse(query.vector) if isinstance(query.vector, SparseVector) else query.vector.tolist()
    nearest = edge.Query.Nearest(vector, using=query.name)
    return edge.QueryRequest(limit=limit, query=nearest, filter=where, params=params)


def _spelled(ids: Sequence[Any]) -> list[str]:
    """UUIDs as text, all at once: a query spells hundreds, and one by one that took a fifth as long as finding them."""
    digits_N32 = np.frombuffer((b"%032x" * len(ids)) % tuple([one.int for one in ids]), np.uint8).reshape(-1, 32)
    text_N36 = np.full((len(ids), 36), ord("-"), np.uint8)
    text_N36[:, _DIGITS] = digits_N32
    text = text_N36.tobytes().decode("ascii")
    return [text[start : start + 36] for start in range(0, len(text), 36)]


def _is_empty(query: VectorQuery) -> bool:
    return isinstance(query.vector, SparseVector) and not len(query.vector.ids)


def _field_index(name: str, kind: str) -> Any:
    if kind == "keyword":
        return edge.KeywordIndexParams(is_tenant=name == "tenant")
    return edge.IntegerIndexParams(lookup=True, range=False) if kind == "integer" else edge.FloatIndexParams()


def _sparse(vector: SparseVector) -> edge.SparseVector:
    return edge.SparseVector(indices=vector.ids.tolist(), values=vector.weights.tolist())


def _to_engine(point: Point) -> edge.Point:
    vectors = {"dense": point.dense.tolist(), "accented": _sparse(point.accented), "folded": _sparse(point.folded)}
    return edge.Point(id=point.id, vector=vectors, payload=point.payload.to_json())


def _from_engine(record: edge.Record) -> Point:
    vectors: Any = record.vector
    return Point(
        dense=np.asarray(vectors["dense"], np.float32),
        accented=_from_sparse(vectors.get("accented")),
        folded=_from_sparse(vectors.get("folded")),
        payload=Payload.from_json(record.payload or {}),
    )


def _from_sparse(vector: edge.SparseVector | None) -> SparseVector:
    if vector is None:
        return SparseVector(np.zeros(0, np.uint32), np.zeros(0, np.float32))
    return SparseVector(np.asarray(vector.indices, np.uint32), np.asarray(vector.values, np.float32))


def _bytes(point: Point) -> int:
    """At least what a point takes on disk: in the log and in its segment, and again when segments are joined."""
    terms = len(point.accented.ids) + len(point.folded.ids)
    return 3 * (4 * len(point.dense) + 8 * terms + 4 * len(point.payload.text) + 64 * len(point.payload.words))


def _used_bytes(folder: Path) -> int:
    return sum(512 * path.stat().st_blocks for path in folder.rglob("*") if path.is_file())


@contextmanager
def _coded() -> Iterator[None]:
    """Give the engine's bare exceptions the codes of this house."""
    try:
        yield
    except TiengNoiError:
        raise
    except Exception as error:
        raise _translated(error) from error


def _translated(error: Exception) -> Exception:
    text = str(error)
    if "os error 28" in text or "No space left" in text or "os error 27" in text or "os error 122" in text:
        return DiskFull(text)
    if "not initialized" in text:  # What the engine says once it is closed.
        return UnknownSpace("the space was dropped, or the index closed")
    return Busy(text) if "WouldBlock" in text else BrokenIndex(text)


def _write_pointer(folder: Path, space: Space, shard: str) -> None:
    """Say which shard holds the space; whoever is killed here leaves either the old file or the new one."""
    fresh = folder / "space.json.new"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump({"space": space.to_json(), "shard": shard}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(folder / "space.json")
    _sync(folder)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
