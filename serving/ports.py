"""What the services need from outside, as small promises that adapters keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np

    from data.schema import Transcript
    from models.normalizer.spans import Normalized
    from serving.search.filters import Filter
    from serving.search.points import Point, Scored, VectorQuery
    from serving.search.space import Space


class Transcriber(Protocol):
    """Turns clips into words; one call is one batch."""

    def transcribe(self, clips: list[np.ndarray]) -> list[Transcript]:
        """Recognise clips of mono float32 at 16 kHz; the answers stand in the clips' order."""
        ...


class Normalizer(Protocol):
    """Turns spoken text into written text; one call is one batch."""

    def normalize(self, texts: Sequence[str], style: str) -> Sequence[Normalized]:
        """Write each text in a style, `vi` or `nemo`; the answers stand in the texts' order, each with its span map."""
        ...


TextKind = Literal["query", "passage"]
"""What a text is embedded for: many models put another prefix before each."""


class Embedder(Protocol):
    """Turns texts into vectors of one space; one call is one batch."""

    @property
    def name(self) -> str:
        """The registered model."""
        ...

    @property
    def version(self) -> str:
        """Its version in the registry, or the start of the package's digest."""
        ...

    @property
    def digest(self) -> str:
        """The sha256 of its serving package."""
        ...

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        ...

    @property
    def fusion(self) -> Mapping[str, Any] | None:
        """How a search weighs it beside words until its own golden queries say otherwise; None: not at all."""
        ...

    def embed(self, texts: Sequence[str], kind: TextKind) -> np.ndarray:
        """Embed each text.

        Returns:
            vectors_ND: float32, N texts in their order, D = `dim`; each of unit length and finite.
        Raises:
            EmptyText: a text holds no word.
            NotUtf8: a text holds half a surrogate pair.
        """
        ...


class VectorIndex(Protocol):
    """Holds the points of several spaces side by side. Every call that names a tenant's points takes its Filter.

    A space is known by its name and refused with ForeignSpace where its fingerprint is another than the stored one's;
    UnknownSpace where the name is not known. DiskFull leaves what was written readable.
    """

    async def create(self, space: Space) -> None:
        """Make an empty space; the same space again is no error, another of that name is SpaceExists."""
        ...

    async def spaces(self) -> list[Space]:
        """All spaces, by name."""
        ...

    async def drop(self, name: str) -> None:
        """Remove a space and its points; one that is not there is no error."""
        ...

    async def upsert(self, space: Space, points: Sequence[Point]) -> None:
        """Write points, durably when it returns; a point whose id is there already is replaced.

        Raises:
            WrongDimension, NotFiniteVector, BadVector, ForeignSpace: before anything is written.
        """
        ...

    async def delete(self, space: Space, where: Filter) -> int:
        """Remove what the filter matches; returns how many points that were."""
        ...

    async def search(self, space: Space, queries: Sequence[VectorQuery], where: Filter, limit: int) -> list[list[Scored]]:
        """The best points for each query, best first: ids and scores only, in one round trip.

        Dense scores are inner products; sparse ones are the sum of query weight times idf times point weight over the
        shared terms, and points that share no term are left out. The idf is that of the whole space:
        ln(1 + (N - n + 0.5) / (n + 0.5)) for a term that n of its N points hold.
        """
        ...

    async def read(self, space: Space, ids: Sequence[str], where: Filter) -> list[Point]:
        """Points of these ids that the filter matches, in the order of the ids; others are left out."""
        ...

    async def scroll(self, space: Space, where: Filter, after: str | None, limit: int) -> list[Point]:
        """At most `limit` points in the order of their ids, behind the id `after`."""
        ...

    async def count(self, space: Space, where: Filter) -> int:
        """How many points the filter matches."""
        ...

    async def flush(self) -> None:
        """Bring the index into its best shape for searching; queries are answered meanwhile, writes may wait for minutes."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...
