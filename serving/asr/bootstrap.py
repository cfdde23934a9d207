"""Settings into running parts: the only place where the service is put together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from data.audio import Limits
from data.sandbox import DecoderPool
from serving.asr.settings import AsrSettings
from serving.observability.logging import start_logging
from serving.observability.metrics import AsrMetrics, HttpMetrics
from serving.settings import read_settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from serving.asr.pipeline import Pipeline

_log = logging.getLogger("tiengnoi.asr")


def asr_app(settings: AsrSettings | None = None) -> FastAPI:
    """The speech recognition service as an ASGI application; settings are read when it starts."""
    from serving.application import create_app
    from serving.asr.handlers import router

    title = "Tiếng Nói speech recognition"
    return create_app(title, router, lambda metrics: start_asr(settings or read_settings(AsrSettings), metrics))


@asynccontextmanager
async def start_asr(settings: AsrSettings, http: HttpMetrics) -> AsyncIterator[Pipeline]:
    """Start the parts in the order in which they need each other; end them in the opposite order.

    Raises:
        ConfigError: no package is named.
        BrokenPackage, GoldenMismatch: the model must not answer.
    """
    # Heavy for a process that only looks at the settings, so not at the top.
    from serving.asr.engine import open_engine
    from serving.asr.pipeline import Pipeline
    from serving.asr.vad import load_vad
    from serving.batcher import Batcher

    start_logging(settings.log_level)
    metrics = AsrMetrics(http.registry)
    async with AsyncExitStack() as stack:
        decoders = stack.enter_context(_decoders(settings))
        engine = await asyncio.to_thread(open_engine, settings.model_choice)
        model = engine.model
        metrics.model.labels(name=model.name, version=model.version, digest=model.digest).set(1)
        batcher = await stack.enter_async_context(Batcher(engine.transcribe, settings.batch.limits, metrics))
        pipeline = Pipeline(model=model, batcher=batcher, decoders=decoders, vad=load_vad(), settings=settings, metrics=metrics)
        stack.callback(pipeline.close)
        _log.info("ready", extra={"model": model.name, "version": model.version, "digest": model.digest})
        yield pipeline
        _log.info("stopping")


def _decoders(settings: AsrSettings) -> DecoderPool:
    limits = Limits(max_bytes=settings.upload.max_bytes, max_duration_s=settings.upload.max_duration_s)
    decode = settings.decode
    return DecoderPool(decode.workers, limits=limits, timeout_s=decode.timeout_s, max_memory_bytes=decode.max_memory_bytes)
