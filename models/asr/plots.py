"""Pictures of a training for people: its curves, and which utterances it gets wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLES = {
    "train_loss": "training loss",
    "val_loss": "validation loss",
    "val_wer": "validation WER, %",
    "learning_rate": "learning rate",
}


def curves(history: Mapping[str, Sequence[tuple[int, float]]]) -> Figure:
    """Loss, WER and learning rate over steps."""
    figure, axes = _figure(2, 2, 10, 6)
    for axis, (name, title) in zip(axes.flat, _TITLES.items(), strict=True):
        points = history.get(name, ())
        axis.plot([step for step, _ in points], [value * (100 if name == "val_wer" else 1) for _, value in points], marker=".")
        axis.set_title(title)
        axis.set_xlabel("step")
        axis.grid(alpha=0.3)
    axes[0, 0].set_yscale("log")
    return figure


def wer_by_duration(durations_s: Sequence[float], wers: Sequence[float]) -> Figure:
    """One point an utterance: how long it is, how wrong it is."""
    figure, axes = _figure(1, 1, 7, 4.5)
    axis = axes[0, 0]
    axis.scatter(durations_s, [100 * wer for wer in wers], s=12, alpha=0.5)
    axis.set_xlabel("duration, s")
    axis.set_ylabel("WER, %")
    axis.set_title(f"{sum(wer > 0 for wer in wers)} of {len(wers)} validation utterances have an error")
    axis.grid(alpha=0.3)
    return figure


def _figure(rows: int, columns: int, width: float, height: float):
    # The object interface needs no display and keeps no global state, unlike pyplot.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)
