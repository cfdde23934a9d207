"""The folders of one dataset on disk, and how each is replaced as a whole.

artifacts/datasets/NAME/import/ valid/ split/ shards/ card/
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import Busy, DataError


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each step of packaging leaves its result."""

    out: Path

    @property
    def imported(self) -> Path:
        return self.out / "import"

    @property
    def valid(self) -> Path:
        return self.out / "valid"

    @property
    def split(self) -> Path:
        return self.out / "split"

    @property
    def shards(self) -> Path:
        return self.out / "shards"

    @property
    def card(self) -> Path:
        return self.out / "card"

    @property
    def scratch(self) -> Path:
        """Clips on their way from `validate` to `shard`; safe to delete."""
        return self.out / ".clips"

    @property
    def digests(self) -> Path:
        """A memory of file digests, so that an unchanged corpus is not read again; safe to delete."""
        return self.out / ".digests.json"


@contextmanager
def replaced(folder: Path, *, keep_partial: bool = False) -> Iterator[Path]:
    """A new folder that takes the place of `folder` when the block ends well; until then the old one stands.

    Args:
        keep_partial: start from what a killed run left, rather than from nothing.
    """
    partial, old = folder.with_name(f".{folder.name}.partial"), folder.with_name(f".{folder.name}.old")
    if not keep_partial:
        shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True, exist_ok=True)
    yield partial
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    partial.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """One packaging of one dataset at a time; the lock dies with its process.

    Raises:
        Busy: another process packages this dataset.
    """
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise Busy(f"another process packages {out}") from error
        yield


def write_json(path: Path, value: Any) -> None:
    """JSON that is the same bytes for the same value in the same order, and pleasant to read."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


def read_json(path: Path) -> Any:
    """What an earlier step wrote.

    Raises:
        DataError: that step has not run.
    """
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path} is not there or not whole: run the step {path.parent.name!r} first") from error


def described(out: Path, inputs: str) -> dict[str, Any] | None:
    """dataset.json of packaged text whose card and splits are there and that was made from `inputs`; None where it was not."""
    try:
        found = json.loads((out / "dataset.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    whole = found.get("inputs") == inputs and (out / "card" / "README.md").is_file()
    return found if whole and all((out / f"{name}.jsonl.gz").is_file() for name in found["splits"]) else None
