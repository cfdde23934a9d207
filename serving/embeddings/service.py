"""The embedder as a Bento.

From source:
    BENTOML_DO_NOT_TRACK=True TIENGNOI_EMBEDDER_PACKAGE=models/embedder/shipped \\
        bentoml serve serving.embeddings.service:EmbeddingsService --host 127.0.0.1
"""

from __future__ import annotations

import bentoml
from fastapi import FastAPI

from serving.embeddings.settings import EmbeddingsSettings
from serving.shell import OPTIONS, Shell


def _create() -> FastAPI:
    from serving.embeddings.bootstrap import embeddings_app

    return embeddings_app()


shell = Shell(EmbeddingsSettings, _create)


@bentoml.asgi_app(shell, path="/")
@bentoml.service(name="embedder-vi", **OPTIONS)
class EmbeddingsService:
    """Vectors of Vietnamese texts: POST /v1/embeddings."""

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
