"""A picture of a training for people: which utterances it gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from models.training.plots import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def wer_by_duration(durations_s: Sequence[float], wers: Sequence[float]) -> Figure:
    """One point an utterance: how long it is, how wrong it is."""
    figure, axes = new_figure(1, 1, 7, 4.5)
    axis = axes[0, 0]
    axis.scatter(durations_s, [100 * wer for wer in wers], s=12, alpha=0.5)
    axis.set_xlabel("duration, s")
    axis.set_ylabel("WER, %")
    axis.set_title(f"{sum(wer > 0 for wer in wers)} of {len(wers)} validation utterances have an error")
    axis.grid(alpha=0.3)
    return figure
