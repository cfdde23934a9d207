"""Lines from one stream to another, one for one, as they come and as many at once as wait."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from typing import BinaryIO

from data.errors import NotUtf8
from models.normalizer.infer import Normalizer
from models.normalizer.style import Style

#: Lines that are written together; as many are read ahead meanwhile.
_MOST_LINES = 256


def pump(normalizer: Normalizer, style: Style, source: BinaryIO, sink: BinaryIO) -> None:
    """Write every line of the source to the sink; an empty line stays empty.

    A line is written as soon as no other waits before it, so a person at a terminal sees each answer at once.

    Raises:
        NotUtf8: a line is not UTF-8; the lines before it have been written. `pointer` is its number, from 1.
    """
    number = 0
    for raw in _batches(source):
        lines, error = _texts(raw, number)
        for written in normalizer.normalize(lines, style):
            sink.write(written.text.encode() + b"\n")
        sink.flush()
        if error:
            raise error
        number += len(raw)


def _texts(raw: list[bytes], number: int) -> tuple[list[str], NotUtf8 | None]:
    """The lines before the first one that is not UTF-8, and what is wrong with it."""
    texts: list[str] = []
    for at, line in enumerate(raw, number + 1):
        try:
            text = line.decode("utf-8-sig" if at == 1 else "utf-8")
        except UnicodeDecodeError as error:
            return texts, NotUtf8(f"line {at} is not UTF-8: {error}", pointer=f"/{at}")
        # A carriage return inside of a line would make two of it.
        texts.append(text.rstrip("\r\n").replace("\r", " "))
    return texts, None


def _batches(source: BinaryIO) -> Iterator[list[bytes]]:
    """The lines that wait, at least one; a thread reads ahead, since reading blocks."""
    waiting: queue.Queue[bytes] = queue.Queue(_MOST_LINES)
    failed: list[Exception] = []

    def read() -> None:
        try:
            for line in source:
                waiting.put(line)
        except (OSError, ValueError) as error:
            failed.append(error)
        waiting.put(b"")  # No line is empty: each ends with its line break.

    threading.Thread(target=read, daemon=True).start()
    line = waiting.get()
    while line:
        batch = [line]
        while len(batch) < _MOST_LINES and not waiting.empty() and (line := waiting.get()):
            batch.append(line)
        yield batch
        line = line and waiting.get()
    if failed:
        raise failed[0]
