"""A picture of an embedder for people: which kinds of queries find their passage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from models.embedder.judging import ndcg
from models.training.plots import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def by_slice(places_N: np.ndarray, slices: Sequence[tuple[str, ...]]) -> Figure:
    """One bar for each kind and spelling."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for value, names in zip(ndcg(places_N).tolist(), slices, strict=True):
        for name in names:
            found[name].append(value)
    names = sorted(found, reverse=True)
    figure, axes = new_figure(1, 1, 7, 1 + 0.4 * max(1, len(names)))
    axis = axes[0, 0]
    axis.barh([f"{name} ({len(found[name])})" for name in names], [100 * float(np.mean(found[name])) for name in names])
    axis.set_xlim(0, 100)
    axis.set_xlabel("nDCG@10 of dev queries, %")
    axis.grid(axis="x", alpha=0.3)
    return figure
