"""Prefect's server for one command, where no other is named: a whole one, that ends with the command however it ends.

Prefect would bring a temporary server by itself. That one outlives a killed flow, and it does not free what the
killed flow held (it runs no services), so the next training would wait for its place for ever.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from data.artifacts import artifacts_dir
from data.errors import Unavailable
from flows.child import die_with_parent
from serving.local import HOST
from serving.processes import answers, free_port

_READY_S = 180.0


@contextmanager
def prefect_server() -> Iterator[None]:
    """Have a server: the one that PREFECT_API_URL names, or one of our own over the database under artifacts/.

    Enter it before prefect is imported. Its start (20 to 30 s on two cores) runs while the caller imports;
    call `wait_for_server` before the first flow.
    """
    if os.environ.get("PREFECT_API_URL"):
        yield
        return
    port = free_port()
    os.environ["PREFECT_API_URL"] = f"http://{HOST}:{port}/api"
    command = [sys.executable, "-m", "uvicorn", "--factory", "prefect.server.api.server:create_app"]
    log = artifacts_dir() / "prefect" / "server.log"
    with log.open("ab") as output:
        server = subprocess.Popen(
            [*command, "--host", HOST, "--port", str(port), "--log-level", "warning"],
            env={**os.environ, "PREFECT_UI_ENABLED": "false"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,
        )
    try:
        yield
    finally:
        _send_last_lines()
        os.environ.pop("PREFECT_API_URL", None)
        server.terminate()
        try:
            server.wait(timeout=10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_for_server() -> None:
    """Wait until the server answers.

    Raises:
        Unavailable: it did not within three minutes.
    """
    url = f"{os.environ['PREFECT_API_URL']}/health"
    deadline_s = time.monotonic() + _READY_S
    while not answers(url):
        if time.monotonic() > deadline_s:
            raise Unavailable(
                f"Prefect's server does not answer at {url}; its log: {artifacts_dir() / 'prefect' / 'server.log'}"
            )
        time.sleep(0.2)


def _send_last_lines() -> None:
    """Prefect sends a run's log in batches; the last one must leave before the server does."""
    handlers = sys.modules.get("prefect.logging.handlers")
    if handlers:
        handlers.APILogHandler().flush()
