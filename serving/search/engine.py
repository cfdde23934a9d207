"""The models behind the search: the released one, and those that made the spaces that are still held.

Each package that a space was made with is kept beside the index, so that a query can always be put to the space that
is served, whatever was released since.
"""

from __future__ import annotations

import errno
import logging
import re
import shutil
import tarfile
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data.errors import BadPackage, BrokenPackage, DiskFull, ForeignSpace, UnknownModel
from models.embedder.infer import Embedder
from models.package import open_package
from serving.search.space import Space
from serving.served_model import ServedModel

_log = logging.getLogger("tiengnoi.search")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """An embedder and its identity."""

    embedder: Embedder
    model: ServedModel


class Library:
    """Embedders of a folder, each under the digest of its package."""

    def __init__(self, folder: Path, *, threads: int = 0) -> None:
        self._folder, self._threads = folder, threads

    def clean(self) -> None:
        """Remove what an end in the middle left of packages that were coming in."""
        for left in self._folder.glob(".*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()

    def scratch(self) -> Path:
        """A new folder for a package that comes in; `clean` knows it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=".coming-", dir=self._folder))

    def holds(self, digest: str) -> bool:
        """Whether a package is here."""
        return re.fullmatch(r"[0-9a-f]{64}", digest) is not None and (self._folder / digest).exists()

    def receive(self, archive: Path, digest: str, max_bytes: int) -> None:
        """Keep the package of a tar archive that holds its files and nothing else.

        Args:
            archive: a plain tar in a folder of `scratch`.
            max_bytes: of all its files together.
        Raises:
            BadPackage: no such archive, not whole, another package than the digest says, or no embedder.
            DiskFull: there is no room for it.
        """
        unpacked = archive.parent / "package"
        try:
            with tarfile.open(archive, "r:") as files:
                members = files.getmembers()
                if not all(one.isreg() or one.isdir() for one in members) or sum(one.size for one in members) > max_bytes:
                    raise BadPackage("the archive holds more than plain files, or too much of them")
                _unpack(files, members, unpacked)
            package = open_package(unpacked)
        except (tarfile.TarError, ValueError) as error:
            raise BadPackage(f"no tar archive that can be read: {error}") from error
        except BrokenPackage as error:
            raise BadPackage(error.detail, pointer=error.pointer) from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise DiskFull("the package does not fit on the disk") from error
            raise BadPackage(f"the archive cannot be unpacked: {error.strerror}") from error
        if package.digest != digest or package.manifest["family"] != "embedder":
            raise BadPackage(f"it is a package of family {package.manifest['family']} with the digest {package.digest}")
        if not self.holds(digest):
            unpacked.rename(self._folder / digest)

    def open(self, digest: str, *, name: str, check_golden: bool = True) -> Engine:
        """Load a package that is here; raises as `take_in`.

        Raises:
            UnknownModel: it is not here.
        """
        if not self.holds(digest):
            raise UnknownModel(f"no package {digest[:80]!r} is here", pointer="/model")
        return self.take_in(self._folder / digest, name=name, check_golden=check_golden)

    def take_in(self, package_dir: Path, *, name: str, version: str = "", alias: str = "", check_golden: bool = True) -> Engine:
        """Verify a package, keep a copy of it, load it, prove it on its golden set.

        Raises:
            BrokenPackage: a file is missing or another one.
            GoldenMismatch: the model does not answer as when it was packaged.
        """
        began_s = time.monotonic()
        package = open_package(package_dir)
        kept = self._folder / package.digest
        if not kept.exists():
            beside = self._folder / f".{package.digest}"
            shutil.rmtree(beside, ignore_errors=True)
            shutil.copytree(package.folder, beside)
            beside.rename(kept)
        # The version of the package itself: one that a registry gave it may be another tomorrow, its vectors are not.
        embedder = Embedder.open(kept, threads=self._threads or None, check_golden=check_golden)
        model = ServedModel.of(package, name=name, version=version, alias=alias)
        took_s = round(time.monotonic() - began_s, 2)
        _log.info("model ready", extra={"model": name, "version": model.version, "took_s": took_s})
        return Engine(embedder=embedder, model=model)

    def find(self, space: Space) -> Embedder:
        """The embedder that made a space's vectors.

        Raises:
            ForeignSpace: its package is not here.
        """
        kept = self._folder / space.digest
        if not space.digest or not kept.exists():
            raise ForeignSpace(f"the space {space.name} was made by {space.model} {space.version}, which is not here")
        return Embedder.open(kept, threads=self._threads or None)


def _unpack(files: tarfile.TarFile, members: Sequence[tarfile.TarInfo], folder: Path) -> None:
    """Plain files and folders, below `folder` alone; tarfile's own filters are younger than the first Python 3.11.

    Raises:
        BadPackage: a name leads outside.
    """
    for member in members:
        name = PurePosixPath(member.name)
        if name.is_absolute() or ".." in name.parts:
            raise BadPackage(f"the archive holds {member.name[:80]!r}, which lies outside of it")
        path = folder / name
        (path if member.isdir() else path.parent).mkdir(parents=True, exist_ok=True)
        if member.isreg() and (content := files.extractfile(member)) is not None:
            with content, path.open("wb") as file:
                shutil.copyfileobj(content, file)
