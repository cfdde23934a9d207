"""The BentoML side of a service: BentoML packages, starts and stops; a mounted application answers.

A service module makes one `Shell`, mounts it and hands its four hooks on; nothing else of BentoML is used.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# Imported here and not in the hooks: when they run, the supervisor has taken the Bento's folder off its path again.
from models.package import open_package
from serving.settings import ServiceSettings, read_settings

#: For `bentoml.service`.
OPTIONS: dict[str, Any] = {
    "workers": 1,
    # Its metrics have raw paths as labels, and its access log is no JSON: both are ours.
    "metrics": {"enabled": False},
    "logging": {"access": {"enabled": False}},
    # Requests are the parallelism: threads of numpy's matrix products only take the cores from each other.
    "envs": [{"name": "OPENBLAS_NUM_THREADS", "value": "1"}, {"name": "OMP_NUM_THREADS", "value": "1"}],
    # Above every timeout of our own: those answer with a code.
    "traffic": {"timeout": 1800},
}


class Shell:
    """The place of the application, which is built when the worker starts: BentoML's supervisor imports the module too.

    Being no Starlette application, it is handed every path that BentoML does not know, so that our 404s are ours.
    """

    def __init__(self, settings: type[ServiceSettings], create: Callable[[], FastAPI]) -> None:
        self._settings, self._create = settings, create
        self._answering: ASGIApp = PlainTextResponse("the service starts\n", status_code=503)
        self._app: FastAPI | None = None
        self._running = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answering(scope, receive, send)

    def check(self) -> None:
        """In the supervisor, before any worker: what cannot be served ends the command, not five workers in turn."""
        open_package(read_settings(self._settings).package_dir)

    async def start(self) -> None:
        """In the worker."""
        app = self._create()
        await self._running.enter_async_context(app.router.lifespan_context(app))
        self._app = self._answering = app

    async def stop(self) -> None:
        """In the worker, when requests are no longer taken."""
        await self._running.aclose()

    @property
    def ready(self) -> bool:
        """For BentoML's own /readyz."""
        parts = self._app.state.parts if self._app else None
        return parts is not None and parts.alive
