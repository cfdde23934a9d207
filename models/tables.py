"""The text files that are measured: `id<TAB>text` a line for `score` and `gate`, and the lines of any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.errors import NotUtf8, ScoreError


def read_texts(path: Path | str) -> dict[str, str]:
    """Read references or hypotheses; a line that is a bare id has an empty text.

    Raises:
        ScoreError: the file cannot be read, an id comes twice, or a line has no tab; `pointer` is the line.
        NotUtf8: the file is not UTF-8.
    """
    texts: dict[str, str] = {}
    for number, id_, text in _lines(Path(path)):
        if id_ in texts:
            raise ScoreError(f"{path}:{number}: {id_!r} comes twice", pointer=f"/{number}")
        texts[id_] = text
    return texts


def read_groups(path: Path | str) -> dict[str, str]:
    """Read the speaker of each utterance; raises as `read_texts`."""
    return {id_: name for id_, name in read_texts(path).items() if name}


def read_slices(path: Path | str) -> dict[str, list[str]]:
    """Read the slices of each utterance, one a line and as many lines as an utterance has slices."""
    slices: dict[str, list[str]] = {}
    for _, id_, name in _lines(Path(path)):
        if name and name not in slices.setdefault(id_, []):
            slices[id_].append(name)
    return slices


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that hold anything, with their numbers from 1 on.

    Raises:
        ScoreError: the file cannot be read.
        NotUtf8: the file is not UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ScoreError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise NotUtf8(f"{path} is not UTF-8: {error}") from error
    # Not splitlines(), which also cuts at separators that may stand inside a text.
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line.strip():
            yield number, line


def _lines(path: Path) -> Iterator[tuple[int, str, str]]:
    for number, line in read_lines(path):
        id_, tab, value = line.partition("\t")
        id_ = id_.strip()
        if not id_ or (not tab and " " in id_):
            raise ScoreError(f"{path}:{number}: expected id<TAB>text", pointer=f"/{number}")
        yield number, id_, value.strip()
