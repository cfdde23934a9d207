"""Lines from one stream to JSON arrays on another, one for one, in batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import BinaryIO

from data.errors import EmptyText, NotUtf8
from models.embedder.infer import Embedder, Kind

#: Lines that are embedded together.
_TOGETHER = 256


def pump(embedder: Embedder, kind: Kind, dim: int | None, source: BinaryIO, sink: BinaryIO) -> None:
    """Embed every line of the source.

    Raises:
        NotUtf8, EmptyText: a line cannot be embedded; the lines of the batches before it have been written. `pointer` is
            its number, from 1.
    """
    number = 0
    for lines in _batches(source):
        texts = [_decoded(line, number + at) for at, line in enumerate(lines, 1)]
        try:
            vectors_ND = embedder.embed(texts, kind, dim=dim)
        except (EmptyText, NotUtf8) as error:
            at = number + 1 + int((error.pointer or "/0")[1:])
            raise type(error)(f"line {at}: {error.detail}", pointer=f"/{at}") from error
        for vector_D in vectors_ND:
            # As short as a float32 is without loss.
            sink.write(json.dumps([float(f"{value:.9g}") for value in vector_D]).encode() + b"\n")
        sink.flush()
        number += len(lines)


def _batches(source: Iterable[bytes]) -> Iterator[list[bytes]]:
    lines = iter(source)
    while batch := list(islice(lines, _TOGETHER)):
        yield batch


def _decoded(line: bytes, number: int) -> str:
    try:
        return line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise NotUtf8(f"line {number} is not UTF-8: {error}", pointer=f"/{number}") from error
