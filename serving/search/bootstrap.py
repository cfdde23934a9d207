"""Settings into running parts: the only place where the service is put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from data.artifacts import artifacts_dir
from data.errors import ConfigError, ForeignSpace
from serving.observability.logging import start_logging
from serving.observability.metrics import HttpMetrics, SearchMetrics
from serving.search.settings import IndexSettings, SearchSettings
from serving.settings import HOME, read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from serving.ports import Embedder, VectorIndex
    from serving.search.engine import Engine, Library
    from serving.search.moving import Mover, Order
    from serving.search.pipeline import Pipeline
    from serving.search.reindex import Golden, Reindex, Report
    from serving.search.spaces import Spaces

_log = logging.getLogger("tiengnoi.search")


def search_app(settings: SearchSettings | None = None) -> FastAPI:
    """The search's service as an ASGI application; settings are read when it starts."""
    from serving.application import create_app
    from serving.search.handlers import router

    title = "Tiếng Nói search"
    return create_app(title, router, lambda http: start_search(settings or read_settings(SearchSettings), http))


@asynccontextmanager
async def start_search(settings: SearchSettings, http: HttpMetrics) -> AsyncIterator[Pipeline]:
    """Start the parts in the order in which they need each other; end them in the opposite order.

    Raises:
        ConfigError: no package is named, or no url for a server.
        BrokenPackage, GoldenMismatch: the model must not answer.
        Busy: another process has the index open.
        BrokenIndex: what is there cannot be read.
    """
    from serving.search.pipeline import Pipeline

    start_logging(settings.log_level)
    metrics = SearchMetrics(http.registry)
    async with open_search(settings) as opened:
        opened.library.clean()
        model, spaces = opened.engine.model, opened.spaces
        metrics.model.labels(name=model.name, version=model.version, digest=model.digest).set(1)
        if spaces.state.serving.outdated:
            _log.warning("the rules for terms have changed: the space is made anew before anything is answered")
            await reindex(opened, settings, await asyncio.to_thread(_author, opened))
        serving = spaces.state.serving
        spaces.embedder_of(serving)
        mover = opened.mover(settings)
        mover.go_on()
        _log.info("ready", extra={"model": model.name, "version": model.version, "space": serving.fingerprint})
        try:
            yield Pipeline(model=model, spaces=spaces, settings=settings, metrics=metrics, mover=mover)
        finally:
            _log.info("stopping")
            await mover.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A search without its door."""

    engine: Engine
    library: Library
    spaces: Spaces
    folder: Path

    def mover(self, settings: SearchSettings) -> Mover:
        """Who moves this search while it runs."""
        from serving.search.moving import Mover

        return Mover(
            self.spaces,
            self.library,
            self.engine.embedder,
            self.folder,
            model_name=settings.model_name,
            reindex=lambda embedder, order: moving_of(self, settings, embedder, order),
        )


@asynccontextmanager
async def open_search(settings: SearchSettings) -> AsyncIterator[Opened]:
    """The released embedder and the spaces of the index; raises as `start_search`."""
    # Heavy for a process that only looks at the settings, so not at the top.
    from serving.search.engine import Library
    from serving.search.spaces import Spaces, space_of
    from serving.search.state import StateFile, read_fusion

    folder = artifacts_dir() / settings.index.folder
    library = Library(folder / "models", threads=settings.threads)
    async with AsyncExitStack() as stack:
        engine = await asyncio.to_thread(
            library.take_in,
            settings.package_dir,
            name=settings.model_name,
            version=settings.model_version,
            alias=settings.model_alias,
            check_golden=settings.check_golden,
        )
        index = await asyncio.to_thread(open_index, settings.index)
        stack.push_async_callback(index.close)
        spaces = Spaces(index, StateFile(folder / "search.json"), library.find)
        fusion = read_fusion(HOME / settings.fusion, space_of(engine.embedder)) if settings.fusion else None
        await spaces.open(engine.embedder, settings.index.graph, fusion)
        yield Opened(engine=engine, library=library, spaces=spaces, folder=folder)


async def reindex(opened: Opened, settings: SearchSettings, embedder: Embedder) -> Report | None:
    """Move a search to an embedder, by the golden queries of the settings; see serving/search/reindex.py.

    Raises:
        ConfigError: the settings name no golden queries, and the served space could be compared.
        GateRefused: the new space finds less.
    """
    return await moving_of(opened, settings, embedder).run()


def moving_of(opened: Opened, settings: SearchSettings, embedder: Embedder, order: Order | None = None) -> Reindex:
    """The move of a search to an embedder, by the golden queries of an order or of the settings; raises as `reindex`."""
    from serving.search.reindex import Golden, Reindex, ReindexPolicy
    from serving.search.spaces import space_of

    golden, policy = settings.golden, ReindexPolicy()
    if golden is not None:
        policy = ReindexPolicy(batch=golden.batch, max_loss=golden.max_loss, min_overlap=golden.min_overlap)
    asked = (order.golden if order else None) or golden_of(settings)
    if order is not None and order.max_loss is not None:
        policy = replace(policy, max_loss=order.max_loss)
    if asked is None and not opened.spaces.state.serving.outdated:
        raise ConfigError("no golden queries are named: set `golden`, or bring them along", pointer="/golden")
    asked = asked or Golden(tenant="", queries={}, qrels={})
    own = space_of(opened.engine.embedder).fingerprint
    return Reindex(opened.spaces, embedder, asked, opened.folder, policy=policy, graph=settings.index.graph, over=own)


def golden_of(settings: SearchSettings) -> Golden | None:
    """The golden queries of the settings; raises as `read_golden`."""
    from serving.search.collection import read_golden
    from serving.search.reindex import Golden

    golden = settings.golden
    if golden is None:
        return None
    queries, qrels = read_golden(HOME / golden.queries, HOME / golden.qrels)
    return Golden(tenant=golden.tenant, queries=queries, qrels=qrels)


def _author(opened: Opened) -> Embedder:
    """The embedder that made the served space; the released one where that is not to be had any more."""
    try:
        return opened.library.find(opened.spaces.state.serving)
    except ForeignSpace:
        return opened.engine.embedder


def open_index(settings: IndexSettings) -> VectorIndex:
    """The index that the settings name.

    Raises:
        ConfigError: a server without a url.
        Busy, BrokenIndex: see the engine.
    """
    if settings.engine == "memory":
        from serving.adapters.memory_index import MemoryIndex

        return MemoryIndex()
    if settings.engine == "edge":
        from serving.adapters.qdrant_edge_index import QdrantEdgeIndex

        return QdrantEdgeIndex(artifacts_dir() / settings.folder / "points")
    if not settings.url:
        raise ConfigError("a server has a url: set TIENGNOI_SEARCH_INDEX__URL", pointer="/index/url")
    from qdrant_client import AsyncQdrantClient

    from serving.adapters.qdrant_server_index import QdrantServerIndex

    return QdrantServerIndex(AsyncQdrantClient(url=settings.url, api_key=settings.api_key or None))
