"""The outermost layer of every HTTP service: request ids, counting, and an answer whatever happens.

BentoML waits for its whole timeout when an application raises without having answered; nothing passes this door.
"""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Mapping

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.contracts.errors import Verdict, answer_for, problem
from serving.observability.logging import request_id, trace_id
from serving.observability.metrics import HttpMetrics

_log = logging.getLogger("tiengnoi.http")
_REQUEST_ID = re.compile(rb"[\w.:-]{1,128}")
_TRACEPARENT = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_QUIET = ("/livez", "/readyz", "/healthz", "/metrics")


class Door:
    """ASGI middleware; put it around the whole application."""

    def __init__(self, app: ASGIApp, *, metrics: HttpMetrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        began_s, status = time.monotonic(), 0
        identity, trace = _identities(scope)
        tokens = request_id.set(identity), trace_id.set(trace)

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", identity.encode())]
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            # Nobody reads this, but a layer above may be waiting for an answer.
            if not status:
                await Response(status_code=499)(scope, receive, answer)
        except Exception as error:  # noqa: BLE001 - the last layer: what is not caught here is answered by nobody
            self._metrics.errors.labels(code=getattr(error, "code", "internal")).inc()
            if answer_for(error).verdict is Verdict.ALARM:
                _log.error("request failed", exc_info=error)
            if status:
                _log.warning("the answer broke off", exc_info=error)
            else:
                await problem_response(error, scope["path"])(scope, receive, answer)
        finally:
            self._metrics.in_flight.dec()
            self._count(scope, status, time.monotonic() - began_s)
            request_id.reset(tokens[0])
            trace_id.reset(tokens[1])

    def _count(self, scope: Scope, status: int, took_s: float) -> None:
        route = getattr(scope.get("route"), "path", "") or "unmatched"
        method = scope["method"] if scope["method"] in ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS") else "other"
        self._metrics.requests.labels(method=method, route=route, status=str(status)).inc()
        self._metrics.seconds.labels(route=route).observe(took_s)
        level = logging.DEBUG if route in _QUIET else logging.INFO
        _log.log(level, "request", extra={"method": method, "route": route, "status": status, "took_s": round(took_s, 4)})


def problem_response(error: Exception, instance: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to an error, as problem+json."""
    answer = answer_for(error)
    body = json.dumps(problem(error, instance=instance, trace_id=trace_id.get()), ensure_ascii=False)
    sent = dict(headers or {})
    if answer.retry_after_s is not None:
        sent["retry-after"] = str(answer.retry_after_s)
    if answer.status == 401:
        sent["www-authenticate"] = 'Bearer error="invalid_token"'
    if answer.status in (408, 413, 503):
        # The body may not have been read to its end, and nobody should send the rest.
        sent["connection"] = "close"
    return Response(body, answer.status, sent, "application/problem+json")


def _identities(scope: Scope) -> tuple[str, str]:
    headers = dict(scope["headers"])
    given = headers.get(b"x-request-id", b"")
    identity = given.decode() if _REQUEST_ID.fullmatch(given) else f"req_{uuid.uuid4().hex}"
    traced = _TRACEPARENT.fullmatch(headers.get(b"traceparent", b""))
    return identity, traced.group(1).decode() if traced else uuid.uuid4().hex
