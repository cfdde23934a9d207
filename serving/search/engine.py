"""The models behind the search: the released one, and those that made the spaces that are still held.

Each package that a space was made with is kept beside the index, so that a query can always be put to the space that
is served, whatever was released since.
"""

from __future__ import annotations

import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from data.errors import ForeignSpace
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
