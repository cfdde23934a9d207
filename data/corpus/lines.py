"""Text files of corpora, line by line: a line that is not UTF-8 is rejected alone."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from data.corpus.rejection import Rejection
from data.errors import BadCorpus, BadManifest, NotUtf8

#: Longer than any utterance's line; a file without line ends must not fill the memory.
_MAX_LINE_BYTES = 1 << 20


def read_lines(path: Path) -> Iterator[tuple[str, str | Rejection]]:
    """(pointer, line) of each line that is not blank; the pointer is `file:number`.

    Raises:
        BadCorpus: the file cannot be opened.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        raise BadCorpus(f"{path} cannot be read: {error.strerror}") from error
    with file:
        number = 0
        while raw := file.readline(_MAX_LINE_BYTES):
            number += 1
            pointer = f"{path.name}:{number}"
            if len(raw) == _MAX_LINE_BYTES:
                yield pointer, Rejection.of(BadManifest(f"a line of more than {_MAX_LINE_BYTES} bytes", pointer=pointer))
                continue
            try:
                line = raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                yield pointer, Rejection.of(NotUtf8(str(error), pointer=pointer))
                continue
            if line.strip():
                yield pointer, line


def read_table(path: Path, columns: list[str] | None = None) -> Iterator[tuple[str, dict[str, str] | Rejection]]:
    """Rows of a tab-separated table as (pointer, {column: cell}); the first line names the columns if none are given."""
    for pointer, line in read_lines(path):
        if isinstance(line, Rejection):
            yield pointer, line
            continue
        # The tables are not quoted: a quotation mark is part of the sentence.
        cells = next(csv.reader([line], delimiter="\t", quoting=csv.QUOTE_NONE))
        if columns is None:
            columns = cells
        elif len(cells) < len(columns):
            reason = f"{len(cells)} cells where {len(columns)} columns are named"
            yield pointer, Rejection.of(BadManifest(reason, pointer=pointer), text=line)
        else:
            yield pointer, dict(zip(columns, cells, strict=False))
