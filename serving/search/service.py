"""The search as a Bento.

From source:
    BENTOML_DO_NOT_TRACK=True TIENGNOI_SEARCH_PACKAGE=DIR \\
        bentoml serve serving.search.service:SearchService --host 127.0.0.1
"""

from __future__ import annotations

import bentoml
from fastapi import FastAPI

from serving.search.settings import SearchSettings
from serving.shell import OPTIONS, Shell


def _create() -> FastAPI:
    from serving.search.bootstrap import search_app

    return search_app()


shell = Shell(SearchSettings, _create)


@bentoml.asgi_app(shell, path="/")
@bentoml.service(name="search-vi", **OPTIONS)
class SearchService:
    """Search over what was said: GET /v1/search."""

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
