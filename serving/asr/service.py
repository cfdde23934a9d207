"""Speech recognition as a Bento.

From source:
    BENTOML_DO_NOT_TRACK=True TIENGNOI_ASR_PACKAGE=DIR bentoml serve serving.asr.service:AsrService --host 127.0.0.1
"""

from __future__ import annotations

import bentoml
from fastapi import FastAPI

from serving.asr.settings import AsrSettings
from serving.shell import OPTIONS, Shell


def _create() -> FastAPI:
    from serving.asr.bootstrap import asr_app

    return asr_app()


shell = Shell(AsrSettings, _create)


@bentoml.asgi_app(shell, path="/")
@bentoml.service(name="asr-vi", **OPTIONS)
class AsrService:
    """Vietnamese speech recognition: POST /v1/audio/transcriptions."""

    @bentoml.on_deployment
    @staticmethod
    def check() -> None:
        shell.check()

    @bentoml.on_startup
    async def start(self) -> None:
        await shell.start()

    @bentoml.on_shutdown
    async def stop(self) -> None:
        await shell.stop()

    async def __is_ready__(self) -> bool:
        return shell.ready
