"""The service's application on a free port of this process, with any settings; for what a whole Bento is too slow for."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from serving.bootstrap import asr_app
from serving.settings import AsrSettings


@contextmanager
def asr_client(package: Path, **settings: Any) -> Iterator[httpx.Client]:
    """A client of a service that runs until the block ends."""
    app = asr_app(AsrSettings(package=package, **settings))
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
