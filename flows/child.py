"""One step as a child process: its lines go to the run's log, and it dies with the flow that started it.

Training, DVC and export run as children because each wants its memory back at the end, several devices want a
process each, and a flow that never imports NeMo starts in seconds.
"""

from __future__ import annotations

import ctypes
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from data.errors import StepFailed

#: A progress bar redraws itself many times a second; the log keeps one state of it this often.
_BAR_EVERY_S = 5.0
_TAIL_LINES = 30
#: What moves the cursor of a terminal.
_ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def run_step(
    module_argv: Sequence[str],
    *,
    log: logging.Logger | logging.LoggerAdapter,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    allowed: Sequence[int] = (0,),
) -> str:
    """Run `python -m …` to its end and return what it printed on standard output.

    Args:
        module_argv: what follows `python -m`.
        allowed: exit codes that are an answer, not a failure.
    Raises:
        StepFailed: any other exit code; the message ends with the last lines of the child's log.
    """
    output_fd, child_end = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-m", *module_argv],
        cwd=cwd,
        env={**os.environ, "PATH": _path(), "PYTHONUNBUFFERED": "1", **(env or {})},
        stdout=child_end,
        stderr=subprocess.STDOUT,
        preexec_fn=die_with_parent,
    )
    os.close(child_end)
    tail: deque[str] = deque(maxlen=_TAIL_LINES)
    printed: list[str] = []
    try:
        for line, is_bar in _lines(output_fd):
            if is_bar:
                log.info(line)
                continue
            tail.append(line)
            printed.append(line)
            log.info(line)
        code = child.wait()
    except BaseException:
        child.kill()
        child.wait()
        raise
    finally:
        os.close(output_fd)
    if code not in allowed:
        raise StepFailed(f"python -m {' '.join(module_argv)} ended with {code}:\n" + "\n".join(tail))
    return "\n".join(printed)


def _lines(output_fd: int) -> Iterator[tuple[str, bool]]:
    """Whole lines as they come, and of redrawn bars one state every few seconds."""
    pending, last_bar_s = b"", 0.0
    while chunk := os.read(output_fd, 65536):
        *parts, pending = re.split(rb"([\r\n]+)", pending + chunk)
        for part, end in zip(parts[::2], parts[1::2], strict=True):
            text = _ESCAPES.sub("", part.decode("utf-8", "replace")).strip()
            # Bars below the first end their states with a line feed and go up again.
            is_bar = b"\n" not in end or ("%|" in text and "100%|" not in text)
            if text and not (is_bar and time.monotonic() - last_bar_s < _BAR_EVERY_S):
                last_bar_s = time.monotonic() if is_bar else last_bar_s
                yield text, is_bar
    text = _ESCAPES.sub("", pending.decode("utf-8", "replace")).strip()
    if text:
        yield text, False


def _path() -> str:
    """This environment's commands first: dvc.yaml says `python`, and nobody need have activated anything."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def die_with_parent() -> None:
    """A flow that is killed must not leave a training behind that its successor would fight with."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)
