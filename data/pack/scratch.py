"""Encoded clips on their way into shards: what `validate` has decoded once, `shard` packs without decoding again.

It may be deleted at any time: what is not here is decoded again, to the same bytes. It lies outside what DVC keeps.

    .clips/PID.bin       the clips that one process encoded, one after the other
    .clips/index.json    where each clip of `validate` lies; written last
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, Self

import soundfile

#: Changed whenever the same clip would give other bytes.
ENCODING = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where an encoded clip lies, and its digest."""

    file: str
    offset: int
    bytes: int
    sha256: str


def put(folder: Path, data: bytes, sha256: str) -> Place:
    """Keep a clip in this process' own file: only its place travels to the process that writes shards."""
    name = f"{os.getpid()}.bin"
    handle = _own_file(folder / name)
    offset = os.lseek(handle, 0, os.SEEK_END)
    os.write(handle, data)
    return Place(name, offset, len(data), sha256)


@lru_cache(maxsize=1)
def _own_file(path: Path) -> int:
    # Open as long as the process lives, which is as long as its pool.
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)


class Scratch:
    """The reader's side of a scratch folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, BinaryIO] = {}

    def get(self, place: Place) -> bytes:
        """The clip that `put` kept there."""
        if place.file not in self._files:
            self._files[place.file] = (self._folder / place.file).open("rb", buffering=0)
        return os.pread(self._files[place.file].fileno(), place.bytes, place.offset)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files.values():
            file.close()


def clear(folder: Path) -> None:
    """Begin with an empty scratch."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)


def write_index(folder: Path, places: dict[str, Place]) -> None:
    """Say where each clip lies, by its source's digest."""
    index = {"encoding": encoding(), "places": {source: dataclasses.astuple(place) for source, place in places.items()}}
    (folder / "index.json").write_text(json.dumps(index), "utf-8")


def read_index(folder: Path) -> dict[str, Place]:
    """What `write_index` wrote; empty where nothing is there, or where another encoder made it."""
    try:
        index = json.loads((folder / "index.json").read_text("utf-8"))
        places = {source: Place(*place) for source, place in index["places"].items()}
        return places if index["encoding"] == encoding() else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # Nothing is lost but time.


def encoding() -> list:
    """What a clip's bytes depend on beside its samples: libsndfile's FLAC differs from version to version."""
    return [ENCODING, soundfile.__libsndfile_version__]
