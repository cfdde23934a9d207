"""Digests by which files and folders are known."""

from __future__ import annotations

import hashlib
from pathlib import Path


def sha256_of(source: bytes | str | Path) -> str:
    """The hex digest of a file's bytes, or of bytes."""
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with Path(source).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_folder(folder: Path) -> str:
    """One digest of all files of a folder, by their names."""
    told = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        told.update(f"{path.relative_to(folder).as_posix()} {sha256_of(path)}\n".encode())
    return told.hexdigest()
