"""The plots of the card: how long the windows are, which kinds, which classes of expressions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

#: Colours that stay apart for the colour-blind (Okabe and Ito, 2008).
_COLOURS = {"train": "#0072B2", "dev": "#E69F00", "test": "#009E73"}
#: Passages are longer and few; the plot ends here.
_LONGEST = 320

Splits = Mapping[str, dict[str, Any]]


def draw_plots(splits: Splits, lengths: Mapping[str, Counter[int]], folder: Path) -> dict[str, str]:
    """Draw every plot as a PNG; the answer is {title: file name}. The same pairs give the same bytes."""
    plots = {"How long the windows are": "lengths.png", "Classes of expressions": "classes.png", "Kinds of pairs": "kinds.png"}
    for title, name in plots.items():
        figure = Figure(figsize=(9, 5.2 if name == "classes.png" else 3.6), layout="constrained", dpi=120)
        axes = figure.subplots()
        axes.set_title(title, loc="left", fontweight="bold")
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        axes.set_axisbelow(True)
        if name == "lengths.png":
            _draw_lengths(axes, lengths)
        else:
            _draw_shares(axes, splits, name.removesuffix(".png"))
        axes.legend(frameon=False)
        # Without the version of the library in it, the file depends on the pairs alone.
        figure.savefig(folder / name, metadata={"Software": None})
    return plots


def _draw_lengths(axes: Axes, lengths: Mapping[str, Counter[int]]) -> None:
    edges = np.arange(0, _LONGEST + 1, 8)
    for split, found in lengths.items():
        values, counts = np.array(list(found.keys())), np.array(list(found.values()), float)
        heights, _ = np.histogram(np.minimum(values, _LONGEST), edges, weights=counts / counts.sum() * 100)
        axes.stairs(heights, edges, color=_COLOURS[split], linewidth=1.6, label=split)
    axes.set_xlabel("bytes that are said")
    axes.set_ylabel("% of the split")


def _draw_shares(axes: Axes, splits: Splits, key: str) -> None:
    """A bar for each class and split, in pairs (or expressions) of a hundred pairs, on a logarithmic axis."""
    names = sorted({name for split in splits.values() for name in split[key]})
    places = np.arange(len(names))
    height = 0.8 / len(splits)
    for index, (split, figures) in enumerate(splits.items()):
        shares = [100 * figures[key].get(name, 0) / figures["pairs"] for name in names]
        axes.barh(places + index * height, shares, height, color=_COLOURS[split], label=split)
    axes.set_yticks(places + 0.4 - height / 2, names)
    axes.invert_yaxis()
    axes.set_xscale("symlog", linthresh=0.1)
    axes.set_xlabel("in a hundred pairs")
