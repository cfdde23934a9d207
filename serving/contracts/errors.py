"""One table: code → HTTP status → what a consumer does. Nothing else in the house decides either.

`problem` makes the body that every HTTP door answers with: problem+json (RFC 9457) with our `code`, and beside it the
`error` object in which OpenAI's clients look for the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from data.errors import Fault, TiengNoiError


class Verdict(StrEnum):
    """What a consumer does with a message that met the error."""

    DROP = "drop"
    RETRY = "retry"
    ALARM = "alarm"


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` for HTTP; `retry_after_s` is sent where another try may succeed."""

    status: int
    verdict: Verdict = Verdict.DROP
    retry_after_s: int | None = None


_ALARM = Answer(500, Verdict.ALARM)

ANSWERS: dict[str, Answer] = {
    "caller": Answer(400),
    "audio": Answer(422),
    "audio.empty": Answer(422),
    "audio.unreadable": Answer(422),
    "audio.unsupported": Answer(415),
    "audio.too_short": Answer(422),
    "audio.too_long": Answer(413),
    "audio.too_large": Answer(413),
    "audio.bad_rate": Answer(422),
    "audio.bad_channels": Answer(422),
    "audio.not_finite": Answer(422),
    "audio.decode_timeout": Answer(422),
    "audio.silent": Answer(422),
    "audio.clipped": Answer(422),
    "text": Answer(422),
    "text.empty": Answer(422),
    "text.not_utf8": Answer(422),
    "text.alphabet": Answer(422),
    "text.too_long": Answer(413),
    "data": Answer(422),
    "manifest.bad_line": Answer(422),
    "manifest.audio_missing": Answer(422),
    "manifest.path_outside": Answer(422),
    "corpus.layout": Answer(422),
    "corpus.speaker_conflict": Answer(422),
    "corpus.duplicate_audio": Answer(422),
    "corpus.duplicate_id": Answer(422),
    "corpus.speaking_rate": Answer(422),
    "corpus.audio_changed": Answer(422),
    "split.empty": Answer(422),
    "data.licence_forbids": Answer(403),
    "config.invalid": Answer(422),
    "request": Answer(400),
    "request.missing_field": Answer(400),
    "request.bad_parameter": Answer(400),
    "request.too_large": Answer(413),
    "request.unknown_model": Answer(404),
    "request.unknown_route": Answer(404),
    "request.bad_method": Answer(405),
    "request.unsupported_body": Answer(415),
    "request.too_slow": Answer(408),
    "request.bad_package": Answer(422),
    "auth.invalid_token": Answer(401),
    "auth.forbidden": Answer(403),
    "vector": Answer(422),
    "vector.dimension": Answer(422),
    "vector.not_finite": Answer(422),
    "vector.invalid": Answer(422),
    "space": Answer(409),
    "space.unknown": Answer(404),
    "space.exists": Answer(409),
    "space.invalid": Answer(422),
    "space.foreign": Answer(409),
    "space.moving": Answer(409),
    "score.mismatch": Answer(422),
    "gate.refused": Answer(409),
    "world": Answer(503, Verdict.RETRY, 5),
    "world.unavailable": Answer(503, Verdict.RETRY, 5),
    "world.overloaded": Answer(503, Verdict.RETRY, 2),
    "world.busy": Answer(503, Verdict.RETRY, 10),
    "world.disk_full": Answer(503, Verdict.RETRY, 60),
    "internal": _ALARM,
    "ours": _ALARM,
    "package.broken": _ALARM,
    "package.golden": _ALARM,
    "export.parity": _ALARM,
    "index.broken": _ALARM,
    "train.failed": _ALARM,
    "flow.step_failed": _ALARM,
}

_OPENAI_TYPE = {Fault.CALLER: "invalid_request_error", Fault.WORLD: "overloaded_error", Fault.OURS: "server_error"}


def answer_for(error: BaseException) -> Answer:
    """The row of an error; what is no error of the house is our fault."""
    return ANSWERS.get(getattr(error, "code", ""), _ALARM) if isinstance(error, TiengNoiError) else _ALARM


def problem(error: BaseException, *, instance: str, trace_id: str) -> dict[str, Any]:
    """The JSON body for an error; details of our own faults stay in the log."""
    answer = answer_for(error)
    code, fault, pointer = "internal", Fault.OURS, None
    title, detail = "Something failed on our side.", f"It was logged under the trace id {trace_id}."
    if isinstance(error, TiengNoiError):
        code, fault = error.code, error.fault
        title = (type(error).__doc__ or title).strip().splitlines()[0]
        if fault is not Fault.OURS:
            detail, pointer = error.detail, error.pointer
    return {
        "type": f"urn:tiengnoi:error:{code}",
        "title": title,
        "status": answer.status,
        "detail": detail,
        "instance": instance,
        "code": code,
        "retryable": answer.verdict is Verdict.RETRY,
        "trace_id": trace_id,
        "errors": [{"pointer": pointer, "detail": detail}] if pointer else [],
        "error": {"message": detail, "type": _OPENAI_TYPE[fault], "param": (pointer or "").lstrip("/") or None, "code": code},
    }
