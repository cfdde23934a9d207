"""Settings into running parts: the only place where the service is put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from serving.nlp_post.settings import NormalizerSettings
from serving.observability.logging import start_logging
from serving.observability.metrics import HttpMetrics, NormalizerMetrics
from serving.settings import read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from models.normalizer.spans import Normalized
    from serving.nlp_post.pipeline import Ask, Pipeline

_log = logging.getLogger("tiengnoi.normalizer")


def normalizer_app(settings: NormalizerSettings | None = None) -> FastAPI:
    """The normalizer's service as an ASGI application; settings are read when it starts."""
    from serving.application import create_app
    from serving.nlp_post.handlers import router

    title = "Tiếng Nói written form"
    return create_app(title, router, lambda http: start_normalizer(settings or read_settings(NormalizerSettings), http))


@asynccontextmanager
async def start_normalizer(settings: NormalizerSettings, http: HttpMetrics) -> AsyncIterator[Pipeline]:
    """Start the parts in the order in which they need each other; end them in the opposite order.

    Raises:
        ConfigError: no package is named.
        BrokenPackage, GoldenMismatch: the model must not answer.
    """
    # Heavy for a process that only looks at the settings, so not at the top.
    from serving.batcher import Batcher
    from serving.nlp_post.engine import open_engine
    from serving.nlp_post.pipeline import Pipeline

    start_logging(settings.log_level)
    metrics = NormalizerMetrics(http.registry)
    async with AsyncExitStack() as stack:
        engine = await asyncio.to_thread(open_engine, settings.model_choice)
        model = engine.model
        metrics.model.labels(name=model.name, version=model.version, digest=model.digest).set(1)

        def write(asked: list[Ask]) -> list[Normalized]:
            # All of one style: it is their kind.
            return engine.normalize([text for text, _ in asked], asked[0][1])

        short = Batcher(write, settings.batch.limits, metrics.lane("short"))
        long = Batcher(write, settings.long.limits, metrics.lane("long"))
        pipeline = Pipeline(
            model=model,
            batcher=await stack.enter_async_context(short),
            long_batcher=await stack.enter_async_context(long),
            settings=settings,
            metrics=metrics,
        )
        _log.info("ready", extra={"model": model.name, "version": model.version, "digest": model.digest})
        yield pipeline
        _log.info("stopping")
