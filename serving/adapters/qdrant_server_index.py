"""The vector index on a Qdrant server or cluster: one collection a space, with the space in the collection's metadata."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import numpy as np
from qdrant_client import AsyncQdrantClient
from qdrant_client import models as q
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse

from data.errors import BrokenIndex, DiskFull, Overloaded, SpaceExists, TiengNoiError, Unavailable, UnknownSpace
from serving.adapters.vector_checks import INDEXED, check_limit, check_space, check_start, conditions, ids_only, next_id
from serving.search.filters import Filter
from serving.search.points import Payload, Point, Scored, SparseVector, VectorQuery, check_points, check_queries
from serving.search.space import GraphSettings, Space

_BATCH = 256
"""Points of one request: some hundred kilobytes, where the server takes 32 MiB."""
_SPACE = "tiengnoi_space"


class QdrantServerIndex:
    """A VectorIndex on a server. Several processes may use it: what they read is bound to the space's fingerprint.

    Args:
        client: connected to a server, or in memory (`AsyncQdrantClient(":memory:")`, exact, for tests).
        prefix: begins the name of every collection, so that others may live on the same server.
    """

    def __init__(self, client: AsyncQdrantClient, *, prefix: str = "tiengnoi-") -> None:
        self._client = client
        self._prefix = prefix
        self._known: dict[str, Space] = {}

    async def create(self, space: Space) -> None:
        name = self._prefix + space.name
        if check_space(await self._stored(space.name), space, creating=True) is None:
            try:
                with _coded():
                    await self._client.create_collection(name, metadata={_SPACE: space.to_json()}, **_config(space))
            except SpaceExists:  # Another process was quicker.
                check_space(await self._stored(space.name), space, creating=True)
        # Again for a space that is there: whoever made it may have been killed before its indexes.
        for field, kind in INDEXED.items() if self._is_remote() else ():
            with _coded():
                await self._client.create_payload_index(name, field, _field_index(field, kind))
        self._known[space.name] = space

    async def spaces(self) -> list[Space]:
        with _coded():
            listed = await self._client.get_collections()
        names = sorted(c.name.removeprefix(self._prefix) for c in listed.collections if c.name.startswith(self._prefix))
        stored = [await self._stored(name) for name in names]
        return [space for space in stored if space is not None]

    async def drop(self, name: str) -> None:
        self._known.pop(name, None)
        if await self._stored(name) is not None:
            with _coded():
                await self._client.delete_collection(self._prefix + name)

    async def upsert(self, space: Space, points: Sequence[Point]) -> None:
        name = await self._open(space)
        check_points(space, points)
        with _coded(space):
            for start in range(0, len(points), _BATCH):
                batch = [_to_engine(point) for point in points[start : start + _BATCH]]
                await self._client.upsert(name, batch, wait=True)

    async def delete(self, space: Space, where: Filter) -> int:
        name, bound = await self._open(space), _filter(space, where)
        with _coded(space):
            gone = (await self._client.count(name, count_filter=bound, exact=True)).count
            if gone:
                await self._client.delete(name, q.FilterSelector(filter=bound), wait=True)
        return gone

    async def search(self, space: Space, queries: Sequence[VectorQuery], where: Filter, limit: int) -> list[list[Scored]]:
        name = await self._open(space)
        check_queries(space, queries)
        check_limit(limit)
        bound = _filter(space, where)
        params = _params(space.graph, limit) if self._is_remote() else None
        asked = [at for at, query in enumerate(queries) if not _is_empty(query)]
        found: list[list[Scored]] = [[] for _ in queries]
        if asked:
            requests = [
                q.QueryRequest(query=_vector(query), using=query.name, filter=bound, limit=limit, params=params)
                for query in (queries[at] for at in asked)
            ]
            with _coded(space):
                answers = await self._client.query_batch_points(name, requests)
            for at, answer in zip(asked, answers, strict=True):
                found[at] = [Scored(str(scored.id), scored.score) for scored in answer.points]
        return found

    async def read(self, space: Space, ids: Sequence[str], where: Filter) -> list[Point]:
        name, wanted = await self._open(space), ids_only(ids)
        if not wanted:
            return []
        with _coded(space):
            records = await self._client.retrieve(name, wanted, with_payload=True, with_vectors=True)
        held = {str(record.id): _from_engine(record) for record in records}
        found = [held[at] for at in wanted if at in held]
        return [p for p in found if where.matches(p.payload) and p.payload.fingerprint == space.fingerprint]

    async def scroll(self, space: Space, where: Filter, after: str | None, limit: int) -> list[Point]:
        name = await self._open(space)
        check_limit(limit)
        start = check_start(after)
        if start is not None and (start := next_id(start)) is None:
            return []
        with _coded(space):
            records, _ = await self._client.scroll(
                name, _filter(space, where), limit, offset=start, with_payload=True, with_vectors=True
            )
        return [_from_engine(record) for record in records]

    async def count(self, space: Space, where: Filter) -> int:
        name = await self._open(space)
        with _coded(space):
            return (await self._client.count(name, count_filter=_filter(space, where), exact=True)).count

    async def flush(self) -> None:
        """The server brings its segments into shape by itself."""

    async def close(self) -> None:
        await self._client.close()

    def _is_remote(self) -> bool:
        """In memory the client compares everything, and warns of graphs and payload indexes."""
        return hasattr(self._client._client, "http")

    async def _stored(self, name: str) -> Space | None:
        with _coded():
            if not await self._client.collection_exists(self._prefix + name):
                return None
            metadata = (await self._client.get_collection(self._prefix + name)).config.metadata or {}
        if _SPACE not in metadata:
            raise BrokenIndex(f"the collection {self._prefix}{name} was not made by this index")
        return Space.from_json(metadata[_SPACE])

    async def _open(self, space: Space) -> str:
        """The collection of a space; one that was looked up before is trusted, because its points name their fingerprint."""
        known = self._known.get(space.name)
        if known is None or known.fingerprint != space.fingerprint:
            known = check_space(await self._stored(space.name), space)
            self._known[space.name] = space
        return self._prefix + space.name


def _filter(space: Space, where: Filter) -> q.Filter:
    build: dict[str, Callable[[Any], dict[str, Any]]] = {
        "is": lambda value: {"match": q.MatchValue(value=value)},
        "any": lambda values: {"match": q.MatchAny(any=values)},
        "from": lambda bound: {"range": q.Range(gte=bound)},
        "until": lambda bound: {"range": q.Range(lt=bound)},
    }
    must: list[Any] = [q.FieldCondition(key=field, **build[how](value)) for field, how, value in conditions(where)]
    return q.Filter(must=[*must, q.FieldCondition(key="fingerprint", match=q.MatchValue(value=space.fingerprint))])


def _config(space: Space) -> dict[str, Any]:
    graph = space.graph
    int8 = q.ScalarQuantization(scalar=q.ScalarQuantizationConfig(type=q.ScalarType.INT8, quantile=0.99, always_ram=True))
    sparse = q.SparseVectorParams(modifier=q.Modifier.IDF)
    return {
        "vectors_config": {"dense": q.VectorParams(size=space.dim, distance=q.Distance.DOT)},
        "sparse_vectors_config": {"accented": sparse, "folded": sparse},
        "hnsw_config": q.HnswConfigDiff(m=graph.m, ef_construct=graph.ef_construct, full_scan_threshold=graph.full_scan_kb),
        "quantization_config": int8 if graph.int8 else None,
    }


def _params(graph: GraphSettings, limit: int) -> q.SearchParams:
    rescored = q.QuantizationSearchParams(rescore=True, oversampling=graph.oversampling) if graph.int8 else None
    return q.SearchParams(hnsw_ef=max(graph.ef_search, limit), quantization=rescored)


def _field_index(field: str, kind: str) -> Any:
    if kind == "keyword":
        return q.KeywordIndexParams(type=q.KeywordIndexType.KEYWORD, is_tenant=field == "tenant")
    return q.PayloadSchemaType.INTEGER if kind == "integer" else q.PayloadSchemaType.FLOAT


def _is_empty(query: VectorQuery) -> bool:
    return isinstance(query.vector, SparseVector) and not len(query.vector.ids)


def _vector(query: VectorQuery) -> Any:
    return _sparse(query.vector) if isinstance(query.vector, SparseVector) else query.vector.tolist()


def _sparse(vector: SparseVector) -> q.SparseVector:
    return q.SparseVector(indices=vector.ids.tolist(), values=vector.weights.tolist())


def _to_engine(point: Point) -> q.PointStruct:
    vectors: dict[str, Any] = {
        "dense": point.dense.tolist(),
        "accented": _sparse(point.accented),
        "folded": _sparse(point.folded),
    }
    return q.PointStruct(id=point.id, vector=vectors, payload=point.payload.to_json())


def _from_engine(record: Any) -> Point:
    return Point(
        dense=np.asarray(record.vector["dense"], np.float32),
        accented=_from_sparse(record.vector.get("accented")),
        folded=_from_sparse(record.vector.get("folded")),
        payload=Payload.from_json(record.payload),
    )


def _from_sparse(vector: Any) -> SparseVector:
    if vector is None:
        return SparseVector(np.zeros(0, np.uint32), np.zeros(0, np.float32))
    return SparseVector(np.asarray(vector.indices, np.uint32), np.asarray(vector.values, np.float32))


@contextmanager
def _coded(space: Space | None = None) -> Iterator[None]:
    """Give the client's exceptions the codes of this house."""
    try:
        yield
    except TiengNoiError:
        raise
    except (ResponseHandlingException, httpx.HTTPError) as error:
        raise Unavailable(f"the vector server does not answer: {error}") from error
    except ResourceExhaustedResponse as error:
        raise Overloaded(str(error)) from error
    except UnexpectedResponse as error:
        text = str(error)
        if error.status_code == 404 and space is not None:
            raise UnknownSpace(f"no space is called {space.name}") from error
        if error.status_code == 409:
            raise SpaceExists(text) from error
        if error.status_code == 507 or "No space left" in text or "disk" in text.lower():
            raise DiskFull(text) from error
        raise (Unavailable if (error.status_code or 500) >= 500 else BrokenIndex)(text) from error
    except ValueError as error:  # The client in memory knows no other error.
        if space is not None and "not found" in str(error):
            raise UnknownSpace(f"no space is called {space.name}") from error
        raise BrokenIndex(str(error)) from error
