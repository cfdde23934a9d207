"""The HTTP interface of speech recognition: OpenAI's transcriptions and models, health, metrics."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.types import Receive, Scope, Send

from data.errors import BadMethod, Unavailable, UnknownModel, UnknownRoute
from data.schema import Word
from serving.asr.fields import read_fields
from serving.asr.formats import Heard, logprobs, render
from serving.asr.pipeline import Audio, Pipeline
from serving.asr.upload import receive_upload
from serving.contracts.api import (
    TRANSCRIPTION_BODY,
    DeltaEvent,
    DoneEvent,
    ModelListShape,
    ModelShape,
    TranscriptionRequest,
)
from serving.contracts.errors import Verdict, answer_for, problem
from serving.observability.door import Door, problem_response
from serving.observability.logging import trace_id
from serving.observability.metrics import CONTENT_TYPE, HttpMetrics

T = TypeVar("T")
_log = logging.getLogger("tiengnoi.asr")
router = APIRouter()


def create_app(start: Callable[[HttpMetrics], AbstractAsyncContextManager[Pipeline]]) -> FastAPI:
    """The application; `start` builds its parts when it starts and takes them down when it stops."""
    metrics = HttpMetrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with start(metrics) as pipeline:
            app.state.pipeline = pipeline
            yield
            app.state.pipeline = None

    # The pages of /docs load their scripts from other people's servers; /openapi.json needs none.
    app = FastAPI(title="Tiếng Nói speech recognition", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.metrics, app.state.pipeline = metrics, None
    app.include_router(router)
    app.add_exception_handler(HTTPException, _routing_failed)
    app.add_middleware(Door, metrics=metrics)
    return app


async def _routing_failed(request: Request, error: Exception) -> Response:
    """404 and 405 of the router, in the form of every other error."""
    kind = BadMethod if getattr(error, "status_code", 404) == 405 else UnknownRoute
    refusal = kind(f"{request.method[:16]} {request.url.path[:200]}")
    request.app.state.metrics.errors.labels(code=refusal.code).inc()
    return problem_response(refusal, request.url.path, getattr(error, "headers", None))


def pipeline_of(request: Request) -> Pipeline:
    """The parts of the running service."""
    pipeline = request.app.state.pipeline
    if pipeline is None:
        raise Unavailable("the service starts or stops")
    return pipeline


def tenant_of(request: Request) -> str:
    """Whose request it is: everybody is one tenant until tokens are checked here."""
    return "public"


Parts = Annotated[Pipeline, Depends(pipeline_of)]
Tenant = Annotated[str, Depends(tenant_of)]


@router.post("/v1/audio/transcriptions", openapi_extra={"requestBody": TRANSCRIPTION_BODY})
async def transcribe(request: Request, pipeline: Parts, tenant: Tenant) -> Response:
    """Audio in, text out."""
    async with AsyncExitStack() as stack:
        stack.enter_context(pipeline.admitted())
        upload = await stack.enter_async_context(receive_upload(request, pipeline.settings.upload))
        wanted = read_fields(upload.fields)
        _check_model(wanted.model, pipeline)
        opening = pipeline.opened(upload.path, upload.sha256)
        audio = await _unless_gone(request, stack.enter_async_context(opening))
        headers = {"x-transcript-id": pipeline.transcript_id(audio.sha256), "x-model-version": pipeline.model.version}
        if wanted.stream:
            events = _events(pipeline, audio, wanted, tenant)
            return EventStream(stack.pop_all(), events, media_type="text/event-stream", headers=headers)
        heard = await _unless_gone(request, _whole(pipeline, audio, tenant))
        body, content_type = render(heard, wanted)
        return Response(body, media_type=content_type, headers=headers)


@router.get("/v1/models")
async def list_models(pipeline: Parts) -> ModelListShape:
    """The one model that is served."""
    return ModelListShape(data=[_model_shape(pipeline)])


@router.get("/v1/models/{model}")
async def get_model(model: str, pipeline: Parts) -> ModelShape:
    """The model, under any of its names."""
    _check_model(model, pipeline)
    return _model_shape(pipeline)


@router.get("/livez", response_class=PlainTextResponse)
@router.get("/healthz", response_class=PlainTextResponse)
async def live() -> str:
    """The process answers."""
    return "ok\n"


@router.get("/readyz", response_class=PlainTextResponse)
async def ready(pipeline: Parts) -> str:
    """The model answers as when it was packaged, and requests are taken."""
    if not pipeline.batcher.alive:
        raise Unavailable("the recogniser does not run")
    return "ok\n"


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """What Prometheus reads."""
    return Response(request.app.state.metrics.exposition(), media_type=CONTENT_TYPE)


def _check_model(name: str | None, pipeline: Pipeline) -> None:
    model = pipeline.model
    if name is not None and name not in model.names:
        raise UnknownModel(f"{name[:80]!r} is not served here; {', '.join(sorted(model.names))} are", pointer="/model")


def _model_shape(pipeline: Pipeline) -> ModelShape:
    model = pipeline.model
    return ModelShape(id=model.name, created=model.created_s, x_version=model.version, x_package_digest=model.digest)


async def _whole(pipeline: Pipeline, audio: Audio, tenant: str) -> Heard:
    words = [word async for part in pipeline.words(audio, tenant) for word in part]
    return pipeline.heard(audio, tuple(words))


class EventStream(StreamingResponse):
    """A stream that outlives its handler and takes along what the handler opened."""

    def __init__(self, opened: AsyncExitStack, content: AsyncIterator[str], **rest: Any) -> None:
        super().__init__(content, **rest)
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._opened:
            await super().__call__(scope, receive, send)


async def _events(pipeline: Pipeline, audio: Audio, wanted: TranscriptionRequest, tenant: str) -> AsyncIterator[str]:
    """Deltas as chunks are recognised; what was sent never changes, and all deltas joined are the text."""
    words: tuple[Word, ...] = ()
    try:
        async for part in pipeline.words(audio, tenant):
            if part:
                delta = " " * bool(words) + " ".join(word.text for word in part)
                probabilities = logprobs(part, first=not words) if wanted.logprobs else None
                yield _event(DeltaEvent(delta=delta, logprobs=probabilities))
                words += part
        heard = pipeline.heard(audio, words)
        probabilities = logprobs(words) if wanted.logprobs else None
        yield _event(DoneEvent(text=heard.text, usage=heard.usage, logprobs=probabilities, x_lineage=heard.lineage))
        yield "data: [DONE]\n\n"
    except Exception as error:  # noqa: BLE001 - the status is sent already, so the stream itself must say it
        if answer_for(error).verdict is Verdict.ALARM:
            _log.exception("a stream broke off")
        body = problem(error, instance="/v1/audio/transcriptions", trace_id=trace_id.get())
        yield f"data: {json.dumps(body, ensure_ascii=False)}\n\n"


def _event(event: DeltaEvent | DoneEvent) -> str:
    return f"data: {event.model_dump_json(exclude_none=True)}\n\n"


async def _unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Do the work unless the caller hangs up; then it is given up, down to the queue.

    Raises:
        ClientDisconnect: the caller hung up.
    """
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
