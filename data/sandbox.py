"""Decoding in child processes, so that a file can take down or slow down nothing but its decoder.

    thread ─ decode() ─► idle child ◄── one JSON line there, one back ──► data/sandbox_child.py
                          inbox, outbox: files in memory, so that nobody ever waits for the other to read

A child that breaks a limit, crashes or is killed is replaced; a file is given up when two children died of it.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import queue
import select
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from data import errors
from data.audio import DEFAULT_LIMITS, Limits
from data.errors import AudioTooLarge, DecodeTimeout, Unavailable, UnreadableAudio
from data.schema import RATE_HZ, Hertz, Seconds

#: A child imports numpy, soundfile, soxr and av: a third of a second, many times that while a machine is busy.
START_TIMEOUT_S = 60.0
MAX_STARTS, MAX_CRASHES = 3, 2


class DecoderPool:
    """`data.audio.decode` behind a process border; every method may be called from any thread.

    Args:
        workers: children, and so decodings at one time; more callers wait their turn.
        timeout_s: wall time for one file, after which its child is killed.
        max_memory_bytes: address space of a child, its libraries (about 0.2 GB) included.
    """

    def __init__(
        self,
        workers: int,
        *,
        limits: Limits = DEFAULT_LIMITS,
        timeout_s: Seconds = 60.0,
        max_memory_bytes: int = 1 << 30,
    ) -> None:
        self._limits = limits
        self._timeout_s = timeout_s
        self._children = [_Child(limits, max_memory_bytes) for _ in range(workers)]
        self._idle: queue.LifoQueue[_Child | None] = queue.LifoQueue()  # The warmest child first.
        for child in self._children:
            self._idle.put(child)
        self._closing = threading.Lock()

    def decode(self, source: Path | str | bytes, *, rate_hz: Hertz = RATE_HZ) -> np.ndarray:
        """Decode to mono float32 at `rate_hz`.

        Raises:
            AudioError, MissingAudio: as `data.audio.decode`.
            DecodeTimeout: the file took longer than `timeout_s`.
            AudioTooLarge: the file took more memory than `max_memory_bytes`.
            UnreadableAudio: the decoder crashed on it, twice.
            Unavailable: the pool is closed, or no child starts.
        """
        if isinstance(source, bytes) and len(source) > self._limits.max_bytes:
            raise AudioTooLarge(f"{len(source)} bytes are more than {self._limits.max_bytes}")
        child = self._idle.get()
        if child is None:
            self._idle.put(None)  # Whoever waits behind must wake up as well.
            raise Unavailable("the decoder pool is closed")
        try:
            return self._insist(child, source, rate_hz)
        finally:
            self._idle.put(child)

    def _insist(self, child: _Child, source: Path | str | bytes, rate_hz: Hertz) -> np.ndarray:
        crashes = starts = 0
        while True:  # A child also dies of other things (kill -9, a full machine), which are not the file's fault.
            try:
                return child.decode(source, rate_hz, self._timeout_s)
            except _NotStarted as error:
                starts += 1
                if starts == MAX_STARTS:
                    raise Unavailable("the decoder does not start; are its libraries beyond max_memory_bytes?") from error
            except _Died as error:
                crashes += 1
                if crashes == MAX_CRASHES:
                    raise UnreadableAudio("the decoder crashed on this file") from error

    def close(self) -> None:
        """Wait for running decodings, then end the children."""
        with self._closing:
            while self._children:
                child = self._idle.get()
                if child is not None:
                    child.close()
                    self._children.remove(child)
            self._idle.put(None)

    def __enter__(self) -> DecoderPool:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Died(Exception):
    """The child ended without an answer."""


class _NotStarted(_Died):
    """The child ended, or hung, before it could be asked."""


class _Child:
    """One child process with its two files; used by one thread at a time."""

    def __init__(self, limits: Limits, max_memory_bytes: int) -> None:
        self._inbox, self._outbox = _memory_file("inbox"), _memory_file("outbox")
        self._handles = (self._inbox.fileno(), self._outbox.fileno())
        settings = {
            "limits": dataclasses.asdict(limits),
            "max_memory_bytes": max_memory_bytes,
            "inbox": self._handles[0],
            "outbox": self._handles[1],
        }
        self._command = [sys.executable, "-P", "-m", "data.sandbox_child", json.dumps(settings)]
        self._start()

    def decode(self, source: Path | str | bytes, rate_hz: Hertz, timeout_s: Seconds) -> np.ndarray:
        if self._process.poll() is not None:
            self._restart()
        if not self._ready:
            self._wait_ready()
        request: dict[str, Any] = {"rate_hz": rate_hz}
        if isinstance(source, bytes):
            self._inbox.seek(0)
            left = memoryview(source)
            while left:  # One write moves 2 GB at most, and so does one read.
                left = left[self._inbox.write(left) :]
        else:
            request["path"] = os.path.abspath(source)  # noqa: PTH100 - Path.resolve follows links, and may fail
        try:
            answer = self._ask(request, timeout_s)
            if "error" in answer:
                raise getattr(errors, answer["error"])(answer["detail"], pointer=answer["pointer"])
            samples_T = np.empty(answer["samples"], np.float32)
            self._outbox.seek(0)
            left = samples_T.data.cast("B")
            while left and (count := self._outbox.readinto(left)):
                left = left[count:]
            return samples_T
        finally:
            self._inbox.truncate(0)
            self._outbox.truncate(0)

    def close(self) -> None:
        self._end()
        self._inbox.close()
        self._outbox.close()

    def _ask(self, request: dict[str, Any], timeout_s: Seconds) -> dict[str, Any]:
        try:
            os.write(self._requests, json.dumps(request).encode() + b"\n")
            line = self._read_line(timeout_s)
        except TimeoutError as error:
            self._restart()
            raise DecodeTimeout(f"decoding took longer than {timeout_s} s") from error
        except BrokenPipeError:
            line = b""
        if not line:
            self._restart()
            raise _Died
        return json.loads(line)

    def _read_line(self, timeout_s: Seconds) -> bytes:
        """One line of the child; empty where it ended, TimeoutError where it is late."""
        deadline, line = time.monotonic() + timeout_s, b""
        while not line.endswith(b"\n"):
            left_s = max(0.0, deadline - time.monotonic())
            if not self._poll.poll(left_s * 1000):
                raise TimeoutError
            part = os.read(self._answers, 1 << 16)
            if not part:
                return b""
            line += part
        return line

    def _start(self) -> None:
        self._ready = False
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # mpg123 writes there what every second mp3 does.
                pass_fds=self._handles,
                start_new_session=True,  # Ctrl-C is the parent's to handle.
                env=_child_environment(),
            )
        except OSError as error:  # No process, handle or memory left; the next call tries again.
            raise Unavailable(f"no decoder can be started: {error.strerror}") from error
        self._requests = self._process.stdin.fileno()  # type: ignore[union-attr]
        self._answers = self._process.stdout.fileno()  # type: ignore[union-attr]
        self._poll = select.poll()
        self._poll.register(self._answers, select.POLLIN)

    def _wait_ready(self) -> None:
        try:
            self._ready = bool(self._read_line(START_TIMEOUT_S))
        except TimeoutError:
            self._ready = False
        if not self._ready:
            self._restart()
            raise _NotStarted

    def _restart(self) -> None:
        self._end()
        self._start()

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def _child_environment() -> dict[str, str]:
    """What a decoder needs; the parent's secrets stay with the parent."""
    libraries = os.environ.get("LD_LIBRARY_PATH")
    return {
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
        "PATH": os.defpath,
        "PYTHONUTF8": "1",
        # One thread a child, because the pool is the parallelism.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    } | ({"LD_LIBRARY_PATH": libraries} if libraries else {})


def _memory_file(name: str) -> io.FileIO:
    if hasattr(os, "memfd_create"):
        return io.FileIO(os.memfd_create(name), "r+")
    with tempfile.TemporaryFile() as file:  # macOS has no memfd; this one has no name either.
        return io.FileIO(os.dup(file.fileno()), "r+")
