"""What did not enter a dataset, and why: a line of rejected.jsonl."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from data.errors import TiengNoiError


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One utterance that was refused; `code` is of data/errors.py, `pointer` the place in its source."""

    code: str
    reason: str
    id: str | None = None
    audio: str | None = None
    text: str | None = None
    pointer: str | None = None

    @classmethod
    def of(cls, error: TiengNoiError, *, id: str | None = None, audio: str | None = None, text: str | None = None) -> Self:
        """The rejection that an error stands for."""
        return cls(code=error.code, reason=error.detail, pointer=error.pointer, id=id, audio=audio, text=text)


def write_rejected(path: Path, rejections: Iterable[Rejection]) -> None:
    """One JSON object a line, empty fields left out."""
    # A name that is not UTF-8 is written as the escape that JSON has for it.
    with path.open("w", encoding="utf-8", errors="backslashreplace") as file:
        for rejection in rejections:
            fields = {key: value for key, value in asdict(rejection).items() if value is not None}
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")


def read_rejected(path: Path) -> Iterator[Rejection]:
    """What `write_rejected` wrote."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield Rejection(**json.loads(line))
