"""Pictures of a training for people: its curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: The points of all curves of a training by name, beside their pictures.
HISTORY = "curves.json"


def curves(history: Mapping[str, Sequence[tuple[int, float]]], titles: Mapping[str, str]) -> Figure:
    """One panel over steps for each name of `titles`; a title that ends in % shows a fraction as percent."""
    rows = -(-len(titles) // 2)
    figure, axes = new_figure(rows, 2, 10, 3 * rows)
    for axis, (name, title) in zip(axes.flat, titles.items(), strict=False):
        points, unit = history.get(name, ()), 100 if title.endswith("%") else 1
        axis.plot([step for step, _ in points], [value * unit for _, value in points], marker=".")
        axis.set_title(title)
        axis.set_xlabel("step")
        axis.grid(alpha=0.3)
        if name == "train_loss":
            axis.set_yscale("log")
    for axis in list(axes.flat)[len(titles) :]:
        axis.remove()
    return figure


def new_figure(rows: int, columns: int, width: float, height: float):
    """A figure and its axes, rows × columns."""
    # The object interface needs no display and keeps no global state, unlike pyplot.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)
