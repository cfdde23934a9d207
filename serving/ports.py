"""What the services need from outside, as small promises that adapters keep."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from data.schema import Transcript


class Transcriber(Protocol):
    """Turns clips into words; one call is one batch."""

    def transcribe(self, clips: list[np.ndarray]) -> list[Transcript]:
        """Recognise clips of mono float32 at 16 kHz; the answers stand in the clips' order."""
        ...
