"""A vector space: which model and which rules made its vectors, and how the engine keeps them."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from data.errors import BadSpace, ForeignSpace
from data.text.normalform import NORMALFORM_VERSION

#: Changed whenever serving/search/sparse.py answers differently, because points were made with it.
TERMS_VERSION = 1

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_MAX_DIM = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphSettings:
    """How dense vectors are found: all of them compared, or by HNSW (Malkov and Yashunin, 2016). Not part of the fingerprint:
    the vectors stay.

    What the defaults find of 100,000 passages, and what a passage takes of disk and memory, is in DECISIONS.md, 61.
    """

    exact_below: int = 200_000
    """A space of fewer points has no graph: each vector is compared. The time grows with the points, the graph's hardly."""
    m: int = 32
    """Neighbours of a point in the graph; more find more and take more memory."""
    ef_construct: int = 256
    """Candidates looked at when a point is linked."""
    ef_search: int = 512
    """Candidates looked at by a query of a graph; at least its limit."""
    full_scan_kb: int = 2_000
    """Segments with fewer kilobytes of vectors are left as they were written."""
    segments: int = 1
    """Parts that the points are kept in; each part is one more search of a query, beside the others where cores are free."""
    int8: bool = True
    """Whether searching compares vectors of one byte a number and the best of them again with the whole ones."""
    oversampling: float = 3.0
    """So many times as many as are asked for are compared again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Vectors of one model under one name. Two spaces with the same fingerprint hold comparable vectors.

    Raises:
        BadSpace: the name is not of lower-case letters, digits, - and _, or the dimension is impossible.
    """

    name: str
    model: str
    version: str
    dim: int
    digest: str = ""
    normalform_version: int = NORMALFORM_VERSION
    terms_version: int = TERMS_VERSION
    graph: GraphSettings = field(default_factory=GraphSettings)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise BadSpace(f"{self.name[:80]!r} is no name of a space: a-z, 0-9, - and _, at most 63", pointer="/name")
        if not 0 < self.dim <= _MAX_DIM:
            raise BadSpace(f"a space of {self.dim} dimensions", pointer="/dim")

    @property
    def fingerprint(self) -> str:
        """Sixteen hexadecimal digits over everything that decides whether vectors are comparable."""
        return _fingerprint(self.model, self.version, self.digest, self.dim, self.normalform_version, self.terms_version)

    @property
    def outdated(self) -> bool:
        """Whether its terms follow rules of another time: no query of today can be put to them, only their texts be read."""
        return (self.normalform_version, self.terms_version) != (NORMALFORM_VERSION, TERMS_VERSION)

    def check_same(self, fingerprint: str, what: str) -> None:
        """Accept vectors of this space.

        Raises:
            ForeignSpace: they were made by another model or other rules.
        """
        if fingerprint != self.fingerprint:
            raise ForeignSpace(f"{what} has the fingerprint {fingerprint!r}, the space {self.name} has {self.fingerprint}")

    def to_json(self) -> dict[str, Any]:
        """The space as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Space:
        """The inverse of `to_json`."""
        return cls(**{**values, "graph": GraphSettings(**values["graph"])})


@lru_cache(maxsize=256)
def _fingerprint(*made_by: str | int) -> str:
    """A query looks at it a dozen times."""
    return hashlib.sha256(json.dumps(made_by).encode()).hexdigest()[:16]
