"""The HTTP interface of speech recognition: OpenAI's transcriptions."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from data.schema import Word
from serving.application import Tenant, check_model, parts_of
from serving.asr.fields import read_fields
from serving.asr.formats import Heard, logprobs, render
from serving.asr.pipeline import Audio, Pipeline
from serving.asr.upload import receive_upload
from serving.contracts.api import TRANSCRIPTION_BODY, DeltaEvent, DoneEvent, TranscriptionRequest
from serving.contracts.errors import Verdict, answer_for, problem
from serving.intake import unless_gone
from serving.observability.logging import trace_id

_log = logging.getLogger("tiengnoi.asr")
router = APIRouter()
Pipe = Annotated[Pipeline, Depends(parts_of)]


@router.post("/v1/audio/transcriptions", openapi_extra={"requestBody": TRANSCRIPTION_BODY})
async def transcribe(request: Request, pipeline: Pipe, tenant: Tenant) -> Response:
    """Audio in, text out."""
    async with AsyncExitStack() as stack:
        stack.enter_context(pipeline.intake.admitted())
        upload = await stack.enter_async_context(receive_upload(request, pipeline.intake, pipeline.settings.upload.spool_dir))
        wanted = read_fields(upload.fields)
        check_model(wanted.model, pipeline.model)
        opening = pipeline.opened(upload.path, upload.sha256)
        audio = await unless_gone(request, stack.enter_async_context(opening))
        headers = {"x-transcript-id": pipeline.transcript_id(audio.sha256), "x-model-version": pipeline.model.version}
        if wanted.stream:
            events = _events(pipeline, audio, wanted, tenant)
            return EventStream(stack.pop_all(), events, media_type="text/event-stream", headers=headers)
        heard = await unless_gone(request, _whole(pipeline, audio, tenant))
        body, content_type = render(heard, wanted)
        return Response(body, media_type=content_type, headers=headers)


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
