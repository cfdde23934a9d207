"""A service's application on a free port of this process, with any settings; for what a whole Bento is too slow for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI

from serving.asr.bootstrap import asr_app
from serving.asr.settings import AsrSettings
from serving.embeddings.bootstrap import embeddings_app
from serving.embeddings.settings import EmbeddingsSettings
from serving.nlp_post.bootstrap import normalizer_app
from serving.nlp_post.settings import NormalizerSettings
from serving.search.bootstrap import search_app
from serving.search.settings import SearchSettings


def asr_client(package: Path, **settings: Any) -> AbstractContextManager[httpx.Client]:
    """A client of a speech service that runs until the block ends."""
    return client_of(asr_app(AsrSettings(package=package, **settings)))


def normalizer_client(package: Path, **settings: Any) -> AbstractContextManager[httpx.Client]:
    """A client of a normalizer's service that runs until the block ends."""
    return client_of(normalizer_app(NormalizerSettings(package=package, **settings)))


def embeddings_client(package: Path, **settings: Any) -> AbstractContextManager[httpx.Client]:
    """A client of an embeddings' service that runs until the block ends."""
    return client_of(embeddings_app(EmbeddingsSettings(package=package, **settings)))


def search_client(package: Path, **settings: Any) -> AbstractContextManager[httpx.Client]:
    """A client of a search that runs until the block ends."""
    return client_of(search_app(SearchSettings(package=package, **settings)))


@contextmanager
def client_of(app: FastAPI) -> Iterator[httpx.Client]:
    """A client of an application that runs until the block ends."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise RuntimeError("the service did not start")
            time.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()
