"""Each vector index in turn: in memory, the engine in a folder, the server's client in memory, and a server if there is one."""

from __future__ import annotations

import asyncio
import os
import uuid
import warnings

import pytest
from qdrant_client import AsyncQdrantClient

from serving.adapters.memory_index import MemoryIndex
from serving.adapters.qdrant_edge_index import QdrantEdgeIndex
from serving.adapters.qdrant_server_index import QdrantServerIndex

KINDS = ("memory", "edge", "client", "server")


@pytest.fixture
def loop():
    """One event loop for a test: `loop.run(coroutine)`."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(params=KINDS)
def index(request, tmp_path, loop):
    """An empty index."""
    made = make_index(request.param, tmp_path / "index")
    yield made
    for space in loop.run(made.spaces()):
        loop.run(made.drop(space.name))
    loop.run(made.close())


def make_index(kind, folder):
    """One of the KINDS; that of a server is skipped where QDRANT_URL names none."""
    if kind == "memory":
        return MemoryIndex()
    if kind == "edge":
        return QdrantEdgeIndex(folder, reserve_bytes=0)
    if kind == "client":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return QdrantServerIndex(AsyncQdrantClient(":memory:"))
    if "QDRANT_URL" not in os.environ:
        pytest.skip("QDRANT_URL names no server")
    client = AsyncQdrantClient(url=os.environ["QDRANT_URL"], api_key=os.environ.get("QDRANT_API_KEY"))
    return QdrantServerIndex(client, prefix=f"test-{uuid.uuid4().hex[:8]}-")
