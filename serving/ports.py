"""What the services need from outside, as small promises that adapters keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np

    from data.schema import Transcript
    from models.normalizer.spans import Normalized


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

    def embed(self, texts: Sequence[str], kind: TextKind) -> np.ndarray:
        """Embed each text.

        Returns:
            vectors_ND: float32, N texts in their order, D = `dim`; each of unit length and finite.
        Raises:
            EmptyText: a text holds no word.
            NotUtf8: a text holds half a surrogate pair.
        """
        ...
