"""The Bento shell: BentoML packages, starts and stops; a mounted application answers.

From source:
    BENTOML_DO_NOT_TRACK=True TIENGNOI_ASR_PACKAGE=DIR bentoml serve serving.asr.service:AsrService --host 127.0.0.1
"""

from __future__ import annotations

from contextlib import AsyncExitStack

import bentoml
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

# Imported here and not in the hook: when it runs, the supervisor has taken the Bento's folder off its path again.
from models.package import open_package
from serving.settings import read_asr_settings


class Hatch:
    """The place of the application, which is built when the worker starts: BentoML's supervisor imports this file too.

    Being no Starlette application, it is handed every path that BentoML does not know, so that our 404s are ours.
    """

    def __init__(self) -> None:
        self.app: ASGIApp = PlainTextResponse("the service starts\n", status_code=503)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


hatch = Hatch()


@bentoml.asgi_app(hatch, path="/")
@bentoml.service(
    name="asr-vi",
    workers=1,
    # Its metrics have raw paths as labels, and its access log is no JSON: both are ours.
    metrics={"enabled": False},
    logging={"access": {"enabled": False}},
    # Requests are the parallelism: threads of numpy's matrix products only take the cores from each other.
    envs=[{"name": "OPENBLAS_NUM_THREADS", "value": "1"}, {"name": "OMP_NUM_THREADS", "value": "1"}],
    # Above every timeout of our own: those answer with a code.
    traffic={"timeout": 1800},
)
class AsrService:
    """Vietnamese speech recognition: POST /v1/audio/transcriptions."""

    @bentoml.on_deployment
    @staticmethod
    def check() -> None:
        """In the supervisor, before any worker: what cannot be served ends the command, not five workers in turn."""
        open_package(read_asr_settings().package_dir)

    @bentoml.on_startup
    async def start(self) -> None:
        from serving.bootstrap import asr_app

        app = asr_app()
        self._running = AsyncExitStack()
        await self._running.enter_async_context(app.router.lifespan_context(app))
        self._app, hatch.app = app, app

    @bentoml.on_shutdown
    async def stop(self) -> None:
        await self._running.aclose()

    async def __is_ready__(self) -> bool:
        """For BentoML's own /readyz."""
        pipeline = self._app.state.pipeline
        return pipeline is not None and pipeline.batcher.alive
