"""What a family judges its validations by, and what it counts its speed in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """The names and units that the shared callbacks speak in."""

    metric: str
    """What the module logs and the best checkpoint is chosen by: `val_wer`."""
    better: Literal["lower", "higher"] = "lower"
    told: Callable[[Mapping[str, float]], str]
    """A validation in words, from all that was logged: `WER 12.30 %`."""
    amount: Callable[[Any], float]
    """How much a batch holds, without padding: seconds of audio, bytes of text."""
    speed: Callable[[float], str]
    """An amount a second in words: `12x real time`."""
    throughput: str
    """Name of the curve of amounts a second."""
    total: str
    """Name of the curve of the amount so far."""
    total_unit: float = 1.0
    """Amounts in one unit of that curve: 3600 where seconds are shown as hours."""

    def as_good(self, value: float, best: float) -> bool:
        """Of equals the later one is kept: it was trained longer."""
        return value <= best if self.better == "lower" else value >= best
