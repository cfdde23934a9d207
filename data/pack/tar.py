"""A tar whose bytes depend on its members' names and contents alone, written in one pass with its digest."""

from __future__ import annotations

import hashlib
import os
import tarfile
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self


class ClipTar:
    """An uncompressed tar of clips: no times, no owners; `add` says where the bytes lie, for random access."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("wb")
        self._hash = hashlib.sha256()
        self._offset = 0

    @property
    def sha256(self) -> str:
        """The digest of what was written so far; of the file once it is closed."""
        return self._hash.hexdigest()

    def add(self, name: str, data: bytes) -> int:
        """Append one member and return the offset of its data."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), 0o644
        # PAX adds a header of its own only to names that are long or not ASCII; its bytes are as fixed.
        header = info.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict")
        offset = self._offset + len(header)
        self._write(header)
        self._write(data)
        self._write(bytes(-len(data) % tarfile.BLOCKSIZE))
        return offset

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._hash.update(data)
        self._offset += len(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._file:
            if kind is None:
                self._write(bytes(2 * tarfile.BLOCKSIZE))
                self._write(bytes(-self._offset % tarfile.RECORDSIZE))
                self._file.flush()
                os.fsync(self._file.fileno())
