"""Clips that `validate` has decoded and encoded already, kept until `shard` packs them: no clip is decoded twice.

It may be deleted at any time: what is not here is decoded again, to the same bytes. It lies outside what DVC keeps.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import TracebackType
from typing import Self

import soundfile

from data.pack.encode import ENCODING, Packed
from data.schema import Utterance


class ScratchWriter:
    """Takes clips in; they count only when the block ends well."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self._file = (folder / "clips.bin").open("wb")
        self._places: dict[str, list] = {}

    def add(self, source: Utterance, packed: Packed) -> None:
        """Keep a clip under its source's digest."""
        if source.sha256 and source.sha256 not in self._places:
            self._places[source.sha256] = [self._file.tell(), len(packed.flac), packed.utterance.sha256]
            self._file.write(packed.flac)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()
        if kind is None:
            index = {"encoding": _encoding(), "places": self._places}
            (self._folder / "index.json").write_text(json.dumps(index), "utf-8")


class ScratchReader:
    """Gives clips back: empty where there is no scratch, or where another encoder wrote it."""

    def __init__(self, folder: Path) -> None:
        self._places: dict[str, list] = {}
        try:
            index = json.loads((folder / "index.json").read_text("utf-8"))
            if index["encoding"] == _encoding():
                self._file = (folder / "clips.bin").open("rb")
                self._places = index["places"]
        except (OSError, ValueError, KeyError):
            pass  # Nothing is lost but time.

    def __contains__(self, source: Utterance) -> bool:
        return source.sha256 in self._places

    def read(self, source: Utterance) -> tuple[bytes, str]:
        """The FLAC of a source that is here, and its digest."""
        offset, size_bytes, digest = self._places[source.sha256 or ""]
        self._file.seek(offset)
        return self._file.read(size_bytes), digest


def _encoding() -> list:
    return [ENCODING, soundfile.__libsndfile_version__]
