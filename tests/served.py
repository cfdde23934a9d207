"""A Bento that is really served: `bentoml serve` on a free port, ended with its children."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from serving.services import SERVICES
from serving.settings import env_prefix

START_TIMEOUT_S = 180


@dataclass(frozen=True, kw_only=True)
class Served:
    """A running service; the clock is that of its start."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    spool_dir: Path
    ready_wall_s: float
    ready_cpu_s: float

    def processes(self) -> list[psutil.Process]:
        parent = psutil.Process(self.process.pid)
        return [parent, *parent.children(recursive=True)]

    def rss_bytes(self) -> int:
        """Resident memory of the supervisor, the worker and its decoders together."""
        return sum(process.memory_info().rss for process in self.processes())


@contextmanager
def serve(bento: str, *, bentoml_home: Path, folder: Path, **settings: str) -> Iterator[Served]:
    """Serve a Bento with settings from the environment (`upload__max_bytes="…"`), until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    spool_dir, log = folder / "spool", folder / "service.log"
    spool_dir.mkdir(parents=True)
    prefixes = {service.bento: env_prefix(name) for name, service in SERVICES.items()}
    prefix = prefixes[bento.partition(":")[0]]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(tuple(prefixes.values()))}
    environment |= {
        "BENTOML_HOME": str(bentoml_home),
        "BENTOML_DO_NOT_TRACK": "True",
        env_prefix("asr") + "UPLOAD__SPOOL_DIR": str(spool_dir),
    }
    environment |= {f"{prefix}{name.upper()}": value for name, value in settings.items()}
    began_s = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "bentoml", "serve", bento, "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process, log)
        parent = psutil.Process(process.pid)
        times = [p.cpu_times() for p in (parent, *parent.children(recursive=True))]
        yield Served(
            url=url,
            process=process,
            log=log,
            spool_dir=spool_dir,
            ready_wall_s=time.monotonic() - began_s,
            ready_cpu_s=sum(t.user + t.system for t in times),
        )
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"the service did not become ready:\n{log.read_text('utf-8')}")
