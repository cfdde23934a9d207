"""What the services need from outside, as small promises that adapters keep."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

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
