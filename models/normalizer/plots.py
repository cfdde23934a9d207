"""A picture of a training for people: where what is written differs from what should be."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from models.training.plots import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from data.pairs.reader import Pair


def errors_by_length(compared: Sequence[tuple[Pair, str]]) -> Figure:
    """One point a window: how long it is, and how many of its words are written otherwise."""
    figure, axes = new_figure(1, 1, 7, 4.5)
    axis = axes[0, 0]
    for kind in sorted({pair.kind for pair, _ in compared}):
        points = [(len(pair.spoken.split()), _wrong(pair.written, text)) for pair, text in compared if pair.kind == kind]
        axis.scatter(*zip(*points, strict=True), s=12, alpha=0.5, label=kind)
    axis.set_xlabel("spoken words")
    axis.set_ylabel("written words that differ")
    axis.set_title(f"{sum(pair.written != text for pair, text in compared)} of {len(compared)} windows differ")
    axis.grid(alpha=0.3)
    if compared:
        axis.legend()
    return figure


def _wrong(reference: str, hypothesis: str) -> int:
    wanted, written = reference.split(), hypothesis.split()
    blocks = SequenceMatcher(None, wanted, written, autojunk=False).get_matching_blocks()
    return max(len(wanted), len(written)) - sum(block.size for block in blocks)
