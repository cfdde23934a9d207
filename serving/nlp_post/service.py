"""The normalizer as a Bento.

From source:
    BENTOML_DO_NOT_TRACK=True TIENGNOI_NORMALIZER_PACKAGE=DIR \\
        bentoml serve serving.nlp_post.service:NormalizerService --host 127.0.0.1
"""

from __future__ import annotations

import bentoml
from fastapi import FastAPI

from serving.nlp_post.settings import NormalizerSettings
from serving.shell import OPTIONS, Shell


def _create() -> FastAPI:
    from serving.nlp_post.bootstrap import normalizer_app

    return normalizer_app()


shell = Shell(NormalizerSettings, _create)


@bentoml.asgi_app(shell, path="/")
@bentoml.service(name="normalizer-vi", **OPTIONS)
class NormalizerService:
    """Written Vietnamese: POST /v1/normalize."""

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
