"""The gate's pictures: where the difference lies, slice by slice, speaker by speaker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from models.gate.comparison import Comparison
from models.gate.decide import Unit
from models.gate.policy import ComparisonPolicy

INK, FAINT, GRID = "#22303c", "#8a97a3", "#e3e8ec"
COLOURS = {"better": "#1b7f6b", "worse": "#c0392b", "alike": "#5b6b79"}
BETTER, WORSE = "#e8f4f1", "#fbeceb"
NAMED = 3


class Drawn(Protocol):
    """What the pictures need of a report, whatever the family."""

    @property
    def main(self) -> Comparison | None:
        """The rate that decides."""
        ...

    @property
    def called(self) -> str:
        """What it is called."""
        ...

    @property
    def limit(self) -> float | None: ...

    @property
    def draws_B(self) -> np.ndarray | None: ...

    @property
    def slices(self) -> Sequence[Comparison]: ...

    @property
    def speakers(self) -> Sequence[Unit]: ...

    @property
    def policy(self) -> ComparisonPolicy: ...


def draw_plots(report: Drawn, folder: Path) -> dict[str, Path]:
    """Write delta.png, slices.png and speakers.png, as far as the report has them; returns them by title."""
    plots = {}
    if report.draws_B is not None and report.main and report.main.delta is not None:
        plots["How sure the difference is"] = _save(draw_delta(report), folder / "1-delta.png")
    if any(one.high is not None for one in report.slices):
        plots["Slice by slice"] = _save(draw_slices(report), folder / "2-slices.png")
    if report.speakers:
        plots["Speaker by speaker"] = _save(draw_speakers(report), folder / "3-speakers.png")
    return plots


def draw_delta(report: Drawn) -> Figure:
    """The bootstrap's differences with the interval, zero and the limit."""
    main, limit = report.main, 100 * (report.limit or 0.0)
    if main is None or report.draws_B is None or main.delta is None or main.low is None or main.high is None:
        raise ValueError("a report without a bootstrap has no distribution to draw")
    figure, axes = _canvas(7.6, 3.4)
    draws = 100 * report.draws_B
    colour = COLOURS[_side(main)]
    heights, *_ = axes.hist(draws, bins=60, color=colour, alpha=0.28, edgecolor="none")
    top = float(max(heights))  # type: ignore[arg-type]
    low, high, middle = (100 * value for value in (main.low, main.high, main.delta))
    axes.plot([low, high], [-0.07 * top] * 2, color=colour, linewidth=4, solid_capstyle="round", clip_on=False)
    axes.plot(middle, -0.07 * top, "o", color="white", markeredgecolor=colour, markeredgewidth=2, markersize=8)
    axes.axvline(0, color=INK, linewidth=1.2)
    edge = max(abs(float(draws[0])), abs(float(draws[-1])), abs(low), abs(high), abs(limit), 0.01) * 1.12
    axes.set_xlim(-edge, edge)
    axes.axvspan(-edge, limit, color=BETTER, zorder=0)
    axes.axvline(limit, color=COLOURS["better"], linewidth=1.2, linestyle=(0, (4, 3)))
    axes.set_ylim(-0.16 * top, 1.22 * top)
    axes.text(-edge * 0.97, 1.1 * top, "← candidate better", color=COLOURS["better"], fontsize=9)
    axes.text(edge * 0.97, 1.1 * top, "candidate worse →", color=COLOURS["worse"], fontsize=9, ha="right")
    axes.set_yticks([])
    axes.set_xlabel(
        f"{report.called} of candidate − champion, points (bar: {100 * report.policy.confidence:g} % bounds; dashed: limit)"
    )
    axes.set_title(f"{middle:+.2f} points, between {low:+.2f} and {high:+.2f}", loc="left", color=INK, fontsize=11)
    return figure


def draw_slices(report: Drawn) -> Figure:
    """A forest: the whole on top, each slice that could be judged below it with its bounds."""
    rows = [one for one in [*([report.main] if report.main else []), *report.slices] if one.high is not None]
    figure, axes = _canvas(7.6, 1.1 + 0.32 * len(rows))
    for y, one in enumerate(reversed(rows)):
        if one.low is None or one.high is None or one.delta is None:
            continue
        whole = one is report.main
        colour = COLOURS[_side(one)]
        axes.plot([100 * one.low, 100 * one.high], [y, y], color=colour, linewidth=3 if whole else 2, solid_capstyle="round")
        axes.plot(100 * one.delta, y, "D" if whole else "o", color=colour, markersize=8 if whole else 6)
        rates = f"{100 * (one.champion or 0):.1f} → {100 * (one.candidate or 0):.1f} %"
        said = f"{rates}   {one.units} units"
        axes.annotate(said, (1.01, y), xycoords=("axes fraction", "data"), va="center", fontsize=8, color=FAINT)
    axes.axvline(0, color=INK, linewidth=1.2)
    axes.set_yticks(range(len(rows)), ["all" if one is report.main else one.name for one in reversed(rows)])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="x", color=GRID)
    axes.set_xlabel(f"{report.called} of candidate − champion, points (left of zero: better)")
    axes.set_title("red: surely worse, corrected for the number of slices", loc="left", fontsize=9, color=FAINT)
    return figure


def draw_speakers(report: Drawn) -> Figure:
    """Each speaker's rate under both models; below the diagonal the candidate is better."""
    figure, axes = _canvas(5.2, 5.0)
    spoken = [unit for unit in report.speakers if unit.words]
    points = [(100 * unit.champion_errors / unit.words, 100 * unit.candidate_errors / unit.words) for unit in spoken]
    edge = max([1.0, *(value for point in points for value in point)]) * 1.08
    axes.fill_between([0, edge], [0, edge], color=BETTER, zorder=0)
    axes.fill_between([0, edge], [0, edge], [edge, edge], color=WORSE, zorder=0)
    axes.plot([0, edge], [0, edge], color=INK, linewidth=1)
    most = max((unit.words for unit in spoken), default=1)
    colours = [COLOURS["worse" if y > x else "better" if y < x else "alike"] for x, y in points]
    sizes = [18 + 90 * unit.words / most for unit in spoken]
    across, up = ([point[side] for point in points] for side in (0, 1))
    axes.scatter(across, up, s=sizes, c=colours, alpha=0.65, edgecolor="white", linewidth=0.6)
    for (x, y), unit in _worst(points, spoken):
        axes.annotate(unit.name, (x, y), xytext=(6, 4), textcoords="offset points", fontsize=8, color=INK)
    axes.set_xlim(-0.02 * edge, edge)
    axes.set_ylim(-0.02 * edge, edge)
    axes.set_aspect("equal")
    axes.set_xlabel(f"champion's {report.called}, %")
    axes.set_ylabel(f"candidate's {report.called}, %")
    won = sum(y < x for x, y in points)
    lost = sum(y > x for x, y in points)
    axes.set_title(
        f"better for {won}, worse for {lost}, equal for {len(points) - won - lost}", loc="left", fontsize=11, color=INK
    )
    return figure


def _worst(points: Sequence[tuple[float, float]], units: Sequence[Unit]) -> Iterator[tuple[tuple[float, float], Unit]]:
    """The few that lost most, to be named."""
    lost = [(point, unit) for point, unit in zip(points, units, strict=True) if point[1] > point[0]]
    yield from sorted(lost, key=lambda one: one[0][0] - one[0][1])[:NAMED]


def _side(one: Comparison) -> str:
    return one.verdict if one.verdict in COLOURS else "alike"


def _canvas(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")  # Not pyplot, which keeps figures in global state.
    axes = figure.add_subplot()
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(FAINT)
    axes.tick_params(colors=INK, labelsize=9, length=0)
    axes.set_axisbelow(True)
    axes.xaxis.label.set(color=INK, fontsize=9)
    axes.yaxis.label.set(color=INK, fontsize=9)
    return figure, axes


def _save(figure: Figure, path: Path) -> Path:
    figure.savefig(path, dpi=160, facecolor="white")
    return path
