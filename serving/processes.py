"""Processes that outlive the command that starts them, each with a log, a health check and a record.

A record (artifacts/local/NAME.json) holds the process id with its start time, so that a number which the system
has given to somebody else is never stopped. Starting is recovering: what lives stays, what died starts again.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from data.errors import Unavailable

_STOP_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One process of the platform; it is ready when `health_url` answers 200."""

    name: str
    argv: Sequence[str]
    url: str = ""
    health_url: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    ready_s: float = 180.0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(part: Part, folder: Path) -> int:
    """Start the process in a session of its own and record it; returns its process id. A living one is kept."""
    living = pid_of(part.name, folder)
    if living:
        return living
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{part.name}.log").open("ab") as log:
        child = subprocess.Popen(
            list(part.argv),
            env={**os.environ, **part.env},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    record = {"pid": child.pid, "started": _start_time(child.pid), "url": part.url}
    path = folder / f"{part.name}.json"
    path.with_suffix(".tmp").write_text(json.dumps(record), "utf-8")
    path.with_suffix(".tmp").replace(path)
    return child.pid


def wait_ready(part: Part, folder: Path) -> float:
    """Wait until the part is ready; returns the seconds it took.

    Raises:
        Unavailable: it ended, or was not ready in `part.ready_s`; the detail ends with its log.
    """
    begin_s = time.monotonic()
    while time.monotonic() - begin_s < part.ready_s:
        if not pid_of(part.name, folder):
            raise Unavailable(f"{part.name} ended while it started:\n{log_tail(part.name, folder)}")
        if not part.health_url or answers(part.health_url):
            return time.monotonic() - begin_s
        time.sleep(0.1)
    raise Unavailable(f"{part.name} was not ready after {part.ready_s:.0f} s:\n{log_tail(part.name, folder)}")


def stop(name: str, folder: Path) -> bool:
    """Stop a part and everything it started: politely, after 20 s by force. False where nothing ran."""
    pid = pid_of(name, folder)
    if pid:
        _signal_session(pid, signal.SIGTERM)
        deadline_s = time.monotonic() + _STOP_S
        while pid_of(name, folder) and time.monotonic() < deadline_s:
            time.sleep(0.05)
        _signal_session(pid, signal.SIGKILL)
    (folder / f"{name}.json").unlink(missing_ok=True)
    return bool(pid)


def running(folder: Path) -> dict[str, str]:
    """The living parts: name → address."""
    records = sorted(folder.glob("*.json"))
    return {r.stem: json.loads(r.read_text("utf-8"))["url"] for r in records if pid_of(r.stem, folder)}


def pid_of(name: str, folder: Path) -> int | None:
    """The process id of a recorded part that still lives, else None."""
    try:
        record = json.loads((folder / f"{name}.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    pid = int(record["pid"])
    _reap(pid)
    return pid if _start_time(pid) == record["started"] else None


def log_tail(name: str, folder: Path, lines: int = 30) -> str:
    """The last lines of a part's log."""
    try:
        return "\n".join((folder / f"{name}.log").read_text("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""


def answers(url: str) -> bool:
    """Whether somebody answers 200 there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _signal_session(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(pid, number)  # It leads a session of its own, so this reaches its workers too.


def _reap(pid: int) -> None:
    with suppress(ChildProcessError):  # Another command started it; the system reaps it.
        os.waitpid(pid, os.WNOHANG)


def _start_time(pid: int) -> str | None:
    """When the process started, in the system's own unit; None where there is none, or only its corpse."""
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return _start_time_without_proc(pid)
    return None if after_name[0] == "Z" else after_name[19]


def _start_time_without_proc(pid: int) -> str | None:
    if Path("/proc/self").exists():
        return None
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() or None
