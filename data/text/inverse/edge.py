"""What the rules propose: a stretch of spoken words, its values and how it is written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from data.text.semiotics import Semiotic

Style = Literal["vi", "nemo"]


class Edge(NamedTuple):
    """One reading of the tokens from start to end; of all ways through a text the cheapest is taken."""

    start: int
    end: int
    kind: Semiotic
    cost: float
    certain: bool
    """Only one sensible reading in this context."""
    values: tuple[str, ...]
    write: Callable[[Style], str | None]
    """How it is written; None where the style leaves the words as they are."""
