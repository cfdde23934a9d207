"""Settings into running parts: the only place where the service is put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from serving.embeddings.settings import EmbeddingsSettings
from serving.observability.logging import start_logging
from serving.observability.metrics import EmbedderMetrics, HttpMetrics
from serving.settings import read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from serving.embeddings.pipeline import Pipeline

_log = logging.getLogger("tiengnoi.embeddings")


def embeddings_app(settings: EmbeddingsSettings | None = None) -> FastAPI:
    """The embeddings' service as an ASGI application; settings are read when it starts."""
    from serving.application import create_app
    from serving.embeddings.handlers import router

    title = "Tiếng Nói embeddings"
    return create_app(title, router, lambda http: start_embeddings(settings or read_settings(EmbeddingsSettings), http))


@asynccontextmanager
async def start_embeddings(settings: EmbeddingsSettings, http: HttpMetrics) -> AsyncIterator[Pipeline]:
    """Start the parts in the order in which they need each other; end them in the opposite order.

    Raises:
        ConfigError: no package is named.
        BrokenPackage, GoldenMismatch: the model must not answer.
    """
    # Heavy for a process that only looks at the settings, so not at the top.
    from serving.batcher import Batcher
    from serving.embeddings.engine import open_engine
    from serving.embeddings.pipeline import Pipeline

    start_logging(settings.log_level)
    metrics = EmbedderMetrics(http.registry)
    async with AsyncExitStack() as stack:
        engine = await asyncio.to_thread(open_engine, settings.model_choice)
        model = engine.model
        metrics.model.labels(name=model.name, version=model.version, digest=model.digest).set(1)
        pipeline = Pipeline(
            model=model,
            dims=engine.embedder.dims,
            batcher=await stack.enter_async_context(Batcher(engine.embed, settings.batch.limits, metrics)),
            settings=settings,
            metrics=metrics,
        )
        _log.info("ready", extra={"model": model.name, "version": model.version, "digest": model.digest})
        yield pipeline
        _log.info("stopping")
