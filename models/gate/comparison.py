"""One rate of two models on the same utterances, with what resampling their speakers says about the difference."""

# U utterances, one row each; units are what is resampled: speakers, or utterances where there are none.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from models.bootstrap import Resampled, resample_ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A rate of both models; None where it could not be measured."""

    name: str
    champion: float | None
    candidate: float | None
    weight: int
    """What the rate is counted over: words, number words, utterances."""
    units: int
    delta: float | None = None
    """Candidate minus champion."""
    low: float | None = None
    """One-sided bounds of the delta, each with the gate's confidence; None where there are too few units."""
    high: float | None = None
    p_worse: float | None = None
    """Chance that luck alone makes so great a loss; corrected for its family by `in_one_family`."""
    verdict: Literal["better", "worse", "alike", "little evidence", "not measured"] = "alike"


def compare(
    name: str,
    champion_U: np.ndarray,
    candidate_U: np.ndarray,
    weights_U: np.ndarray,
    units_U: np.ndarray,
    *,
    confidence: float,
    draws: int,
    seed: int,
    min_units: int,
    max_increase: float = 0.0,
) -> tuple[Comparison, Resampled | None]:
    """Compare Σ errors / Σ weights of two models, paired: each draw takes the same units for both.

    Args:
        champion_U, candidate_U, weights_U: errors of both and what they are counted over; a rate where every error has
            something to be counted over, or none of it is weighed.
        max_increase: a growth of the rate up to this is no loss.
    """
    weights_U = weights_U.astype(float)
    weight = int(weights_U.sum())
    delta_G, weight_G = (np.bincount(units_U, weights=values_U) for values_U in (candidate_U - champion_U, weights_U))
    # A speaker with neither words nor a difference adds nothing.
    says_G = (delta_G != 0) | (weight_G != 0)
    units = int(says_G.sum())
    if weight == 0:
        nothing = Comparison(name=name, champion=None, candidate=None, weight=0, units=0, verdict="not measured")
        return nothing, None
    champion, candidate = (float(errors_U.sum()) / weight for errors_U in (champion_U, candidate_U))
    plain = Comparison(
        name=name, champion=champion, candidate=candidate, weight=weight, units=units, delta=candidate - champion
    )
    if units < min_units:
        return replace(plain, verdict="little evidence"), None
    sure = resample_ratio(delta_G[says_G], weight_G[says_G], draws=draws, seed=seed)
    low, high = sure.low(confidence), sure.high(confidence)
    return replace(
        plain,
        low=low,
        high=high,
        p_worse=sure.p_above(max_increase),
        verdict="better" if high < 0 else "worse" if low > max_increase else "alike",
    ), sure


def in_one_family(comparisons: Sequence[Comparison], confidence: float) -> list[Comparison]:
    """Judge what got worse so that all of them together cry wolf in at most 1 - confidence of cases (Holm)."""
    judged = [index for index, comparison in enumerate(comparisons) if comparison.p_worse is not None]
    adjusted = dict(zip(judged, holm([comparisons[index].p_worse or 0.0 for index in judged]), strict=True))
    corrected = []
    for index, comparison in enumerate(comparisons):
        if index in adjusted:
            worse = adjusted[index] <= 1 - confidence
            verdict = "worse" if worse else "alike" if comparison.verdict == "worse" else comparison.verdict
            comparison = replace(comparison, p_worse=adjusted[index], verdict=verdict)
        corrected.append(comparison)
    return corrected


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjusted p-values, in their own order (Holm 1979)."""
    adjusted, worst = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(np.argsort(p_values, kind="stable")):
        worst = max(worst, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = worst
    return adjusted
