"""The plots of a dataset's card: how long clips are, how fast people speak, which syllables, how much of which slice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from data.schema import Utterance

#: Colours that stay apart for the colour-blind (Okabe and Ito, 2008).
_COLOURS = {"train": "#0072B2", "dev": "#E69F00", "test": "#009E73"}
_SHOWN_SYLLABLES = 30
_SHOWN_SLICES = 24

Splits = dict[str, list[Utterance]]


def draw_plots(splits: Splits, folder: Path) -> dict[str, str]:
    """Draw every plot as a PNG; the answer is {title: file name}. The same data gives the same bytes."""
    plots = {
        "How long the clips are": ("durations.png", _durations),
        "How fast people speak": ("speaking_rate.png", _speaking_rate),
        "The most frequent syllables": ("syllables.png", _syllables),
        "How many syllables cover the texts": ("coverage.png", _coverage),
        "Hours by slice": ("slices.png", _slices),
    }
    for title, (name, draw) in plots.items():
        height = 1.6 + 0.26 * len(_slice_names(splits)) if draw is _slices else 3.6
        figure = Figure(figsize=(9, height), layout="constrained", dpi=120)
        axes = figure.subplots()
        axes.set_title(title, loc="left", fontweight="bold")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.grid(axis="x" if draw is _slices else "y", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        draw(axes, splits)
        # Without the version of the library in it, the file depends on the data alone.
        figure.savefig(folder / name, metadata={"Software": None})
    return {title: name for title, (name, _) in plots.items()}


def _durations(axes: Axes, splits: Splits) -> None:
    _histogram(axes, {name: [u.duration_s for u in utterances] for name, utterances in splits.items()}, "seconds")


def _speaking_rate(axes: Axes, splits: Splits) -> None:
    rates = {name: [len(u.text.split()) / u.duration_s for u in utterances] for name, utterances in splits.items()}
    _histogram(axes, rates, "syllables a second")


def _histogram(axes: Axes, values: dict[str, list[float]], label: str) -> None:
    edges = np.histogram_bin_edges(np.concatenate([np.asarray(v) for v in values.values()]), bins=40)
    for name, found in values.items():
        weights = np.full(len(found), 100 / max(len(found), 1))
        axes.hist(found, bins=edges.tolist(), weights=weights, histtype="stepfilled", alpha=0.25, color=_COLOURS[name])
        axes.hist(
            found, bins=edges.tolist(), weights=weights, histtype="step", linewidth=1.6, color=_COLOURS[name],
            label=f"{name}: median {np.median(found):.1f}",
        )  # fmt: skip
    axes.set_xlabel(label)
    axes.set_ylabel("% of the split's clips")
    axes.legend(frameon=False)


def _counts(splits: Splits) -> dict[str, Counter[str]]:
    return {name: Counter(s for u in utterances for s in u.text.split()) for name, utterances in splits.items()}


def _syllables(axes: Axes, splits: Splits) -> None:
    counts = _counts(splits)
    total = sum(counts.values(), Counter())
    shown = [syllable for syllable, _ in sorted(total.items(), key=lambda pair: (-pair[1], pair[0]))[:_SHOWN_SYLLABLES]]
    bottom = np.zeros(len(shown))
    for name, found in counts.items():
        heights = np.array([found[syllable] for syllable in shown], float)
        axes.bar(shown, heights, bottom=bottom, color=_COLOURS[name], width=0.75, label=name)
        bottom += heights
    axes.tick_params(axis="x", labelrotation=60)
    axes.set_ylabel("times said")
    axes.legend(frameon=False)


def _coverage(axes: Axes, splits: Splits) -> None:
    for name, found in _counts(splits).items():
        frequencies = np.sort(np.fromiter(found.values(), float))[::-1]
        covered = np.concatenate([[0.0], np.cumsum(frequencies) / max(frequencies.sum(), 1) * 100])
        axes.plot(
            np.arange(len(covered)), covered, color=_COLOURS[name], linewidth=1.8, label=f"{name}: {len(found):,} syllables"
        )
    axes.set_xlabel("different syllables, the frequent ones first")
    axes.set_ylabel("% of all that is said")
    axes.set_ylim(0, 102)
    axes.legend(frameon=False, loc="lower right")


def _slice_names(splits: Splits) -> list[tuple[str, str]]:
    seconds: Counter[tuple[str, str]] = Counter()
    for utterances in splits.values():
        for utterance in utterances:
            for group in utterance.slices.items():
                seconds[group] += utterance.duration_s  # type: ignore[assignment]
    largest = sorted(seconds, key=lambda group: (-seconds[group], group))[:_SHOWN_SLICES]
    return sorted(largest)


def _slices(axes: Axes, splits: Splits) -> None:
    groups = _slice_names(splits)
    left = np.zeros(len(groups) + 1)
    labels = ["all", *(f"{name}: {value}" for name, value in groups)]
    for split, utterances in splits.items():
        seconds: Counter[tuple[str, str]] = Counter()
        for utterance in utterances:
            for group in utterance.slices.items():
                seconds[group] += utterance.duration_s  # type: ignore[assignment]
        hours = np.array([sum(u.duration_s for u in utterances), *(seconds[group] for group in groups)]) / 3600
        axes.barh(labels, hours, left=left, color=_COLOURS[split], height=0.7, label=split)
        left += hours
    axes.invert_yaxis()
    axes.set_xlabel("hours")
    axes.legend(frameon=False, ncols=3, loc="lower right", bbox_to_anchor=(1, 1))
