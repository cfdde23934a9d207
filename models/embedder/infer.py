"""The embedder: texts in, vectors of unit length out, without torch.

Two kinds of packages: `static` adds rows of a table (models/embedder/static_table.py), `transformer` runs a graph
(models/embedder/transformer_graph.py).
"""

# N texts, D numbers in a vector.

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.errors import BrokenPackage, EmptyText, GoldenMismatch, NotUtf8, WrongDimension
from models.package import Package, open_package

F32: TypeAlias = NDArray[np.float32]
Kind = Literal["query", "passage"]
#: The packages that the project brings along: the one that finds most, and the table, a thousand times as quick.
SHIPPED = Path(__file__).resolve().parent / "shipped"
SHIPPED_TABLE = SHIPPED.with_name("shipped_table")
#: Least cosine to what the package's golden texts were when it was made; another machine's rounding stays far above.
_GOLDEN_COSINE = 0.999


class Encoder(Protocol):
    """What turns texts into vectors of any length; one of the two kinds."""

    @property
    def dim(self) -> int: ...

    def embed(self, texts: Sequence[str]) -> F32: ...

    def words(self, text: str) -> int: ...


class Embedder:
    """Embeds texts; safe to call from several threads. An Embedder of serving/ports.py."""

    def __init__(self, encoder: Encoder, package: Package, *, version: str = "") -> None:
        """
        Args:
            version: the version in the registry; the start of the package's digest when empty.
        """
        self._encoder, self._package = encoder, package
        self._prefixes: dict[str, str] = dict(package.settings["prefixes"])
        self.name, self.digest = str(package.manifest["name"]), package.digest
        self.version = version or package.digest[:12]
        self.dim = encoder.dim
        #: How a search weighs it beside words until golden queries of its own say otherwise.
        self.fusion: Mapping[str, Any] | None = package.settings.get("fusion")
        #: Lengths that a vector may be cut to and keep most of what it says.
        self.dims = tuple(int(dim) for dim in package.settings["dims"])

    @classmethod
    def open(
        cls, package_dir: Path | str = SHIPPED, *, threads: int | None = None, version: str = "", check_golden: bool = False
    ) -> Embedder:
        """Check a package and load its model.

        Args:
            threads: of the graph; all cores where none are given. A table needs one.
        Raises:
            BrokenPackage: a file is missing or its digest differs, or the model cannot be loaded.
            GoldenMismatch: the golden texts have other vectors than when the package was made.
        """
        package = open_package(package_dir)
        if package.manifest["family"] != "embedder":
            raise BrokenPackage(f"it is a package of family {package.manifest['family']}", pointer="/family")
        embedder = cls(open_encoder(package, threads), package, version=version)
        if check_golden:
            embedder.verify_golden()
        return embedder

    def embed(self, texts: Sequence[str], kind: Kind, *, dim: int | None = None) -> F32:
        """Embed each text.

        Args:
            dim: cut the vectors to so many numbers; the whole length where none is named.
        Returns:
            vectors_ND: float32, in the order of the texts, each of unit length and finite.
        Raises:
            EmptyText: a text holds no word; `pointer` is its place.
            NotUtf8: a text holds half a surrogate pair; `pointer` is its place.
            WrongDimension: `dim` is not from 1 to the model's own.
        """
        if dim is not None and not 0 < dim <= self.dim:
            raise WrongDimension(f"{dim} numbers: the model gives 1 to {self.dim}", pointer="/dimensions")
        for place, text in enumerate(texts):
            _check(text, place)
        vectors_ND = self._encoder.embed([self._prefixes.get(kind, "") + text for text in texts])[:, :dim]
        lengths_N1 = np.linalg.norm(vectors_ND, axis=1, keepdims=True)
        empty = np.flatnonzero(~(lengths_N1[:, 0] > 0))
        if len(empty):
            raise EmptyText("no word is in it", pointer=f"/{empty[0]}")
        return np.ascontiguousarray(vectors_ND / lengths_N1, np.float32)

    def words(self, text: str) -> int:
        """So many tokens the model reads in a text, for accounts of use."""
        return self._encoder.words(text)

    def verify_golden(self) -> None:
        """Embed the golden texts as when the package was made.

        Raises:
            GoldenMismatch: a vector strays farther than another machine explains.
        """
        cases = json.loads(self._package.path("golden/golden.json").read_text("utf-8"))
        wanted_ND = np.load(self._package.path("golden/vectors.npy"), allow_pickle=False).astype(np.float32)
        for case, wanted_D in zip(cases, wanted_ND, strict=True):
            cosine = float(self.embed([case["text"]], case["kind"])[0] @ wanted_D / np.linalg.norm(wanted_D))
            if not cosine >= _GOLDEN_COSINE:
                raise GoldenMismatch(f"{case['text']!r}: cosine {cosine:.5f} to what it was")


def open_encoder(package: Package, threads: int | None = None) -> Encoder:
    """The model of a package.

    Raises:
        BrokenPackage: it cannot be loaded, or is of a kind that is not known here.
    """
    kind = package.settings["model"]["kind"]
    if kind == "static":
        from models.embedder.static_table import StaticTable

        return StaticTable.open(*map(package.path, ("vocabulary.txt", "table.npy", "scale.npy")))
    if kind == "transformer":
        from models.embedder.transformer_graph import TransformerGraph

        return TransformerGraph.open(package, threads)
    raise BrokenPackage(f"no embedder is of kind {kind!r}", pointer="/settings/model/kind")


def _check(text: str, place: int) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotUtf8(f"character {error.start} is half a surrogate pair", pointer=f"/{place}") from error
    if not text.strip():
        raise EmptyText("nothing is in it", pointer=f"/{place}")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models embedder infer`."""
    parser.add_argument("--package", type=Path, default=SHIPPED, help="folder of the serving package (default: the shipped)")
    parser.add_argument("--kind", choices=("query", "passage"), default="passage", help="what the lines are (default: passage)")
    parser.add_argument("--dim", type=int, help="cut the vectors to so many numbers")
    parser.add_argument("--threads", type=int, help="threads of one inference (default: all cores)")


def run(args: argparse.Namespace) -> int:
    """Write a JSON array of numbers for each line of stdin."""
    from models.embedder.infer_lines import pump

    pump(Embedder.open(args.package, threads=args.threads), args.kind, args.dim, sys.stdin.buffer, sys.stdout.buffer)
    return 0
