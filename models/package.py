"""The serving package: a folder that is a release, known by the digest of its manifest.

    package.json    schema, family, name, every file's sha256, settings, lineage, metrics
    model.onnx …    whatever the family needs; package.json names it

The digest is the sha256 of package.json, which holds the digests of all the rest: one flipped byte anywhere is seen.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from data.digest import sha256_of
from data.errors import BrokenPackage

SCHEMA = "tiengnoi.package/1"
MANIFEST = "package.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package whose every byte was checked."""

    folder: Path
    digest: str
    manifest: Mapping[str, Any]

    def path(self, name: str) -> Path:
        """Where a file of the package lies.

        Raises:
            BrokenPackage: the manifest does not name it.
        """
        if name not in self.manifest["files"]:
            raise BrokenPackage(f"the package holds no {name}", pointer=f"/files/{name}")
        return self.folder / name

    @property
    def settings(self) -> Mapping[str, Any]:
        return self.manifest["settings"]

    @property
    def lineage(self) -> Mapping[str, Any]:
        return self.manifest["lineage"]


def write_package(
    source: Path,
    folder: Path,
    *,
    family: str,
    name: str,
    settings: Mapping[str, Any],
    lineage: Mapping[str, Any],
    metrics: Mapping[str, Any],
) -> str:
    """Make a package of all files under `source` at `folder`, replacing what was there in one step.

    `source` is moved, not copied, so it must lie on the same file system. The same files and values give the same digest.

    Returns:
        The package's digest.
    Raises:
        BrokenPackage: a link or something not a plain file is among them.
    """
    files = {}
    for path in sorted(source.rglob("*")):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise BrokenPackage(f"{path.name} is no plain file")
        relative = path.relative_to(source).as_posix()
        if path.is_file() and relative != MANIFEST:
            files[relative] = {"sha256": sha256_of(path), "bytes": path.stat().st_size}
    manifest = {
        "schema": SCHEMA, "family": family, "name": name, "files": files,
        "settings": settings, "lineage": lineage, "metrics": metrics,
    }  # fmt: skip
    text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    with (source / MANIFEST).open("wb") as stream:
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
    _swap(source, folder)
    return sha256_of(text.encode())


def open_package(folder: Path | str) -> Package:
    """Open a package and check every byte of it.

    Raises:
        BrokenPackage: a file is missing, superfluous, outside the folder, or its digest differs; `pointer` names it.
    """
    folder = Path(folder)
    try:
        raw = (folder / MANIFEST).read_bytes()
        manifest = json.loads(raw)
        files, schema = manifest["files"], manifest["schema"]
        wanted = {name: (entry["sha256"], entry["bytes"]) for name, entry in files.items()}
        complete = manifest.keys() >= {"family", "name", "settings", "lineage", "metrics"}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenPackage(f"{folder.name}: {MANIFEST} cannot be read: {error}") from error
    if schema != SCHEMA or not complete:
        raise BrokenPackage(f"{MANIFEST} is not of schema {SCHEMA}", pointer="/schema")
    for name, (sha256, size) in wanted.items():
        _check(folder, name, sha256, size)
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    extra = sorted(present - wanted.keys() - {MANIFEST})
    if extra:
        raise BrokenPackage(f"{extra[0]} is not in the manifest", pointer=f"/files/{extra[0]}")
    return Package(folder=folder, digest=sha256_of(raw), manifest=manifest)


def _check(folder: Path, name: str, sha256: str, size: int) -> None:
    parts, path = PurePosixPath(name), folder / name
    if parts.is_absolute() or ".." in parts.parts or "\\" in name or path.is_symlink():
        raise BrokenPackage(f"{name} lies outside the package", pointer=f"/files/{name}")
    if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
        raise BrokenPackage(f"{name} is missing", pointer=f"/files/{name}")
    if path.stat().st_size != size or sha256_of(path) != sha256:
        raise BrokenPackage(f"{name} is not the file that was packaged", pointer=f"/files/{name}")


def _swap(source: Path, folder: Path) -> None:
    """Put `source` in the place of `folder`; a reader meets the old package or the new one, never a mixture."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    old = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    if folder.exists():
        folder.rename(old)
    source.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
