"""How sure a ratio of sums is, by resampling whole clusters (speakers), honest with few of them.

The plain percentile bootstrap is too sure of itself: asked for 5 % it calls equal models different in 7 to 13 % of
trials with 6 or 10 speakers and in 5 to 8 % with 20 or 40. The studentised one mends that for even speakers and fails
(up to 10 %) where a few of them make most errors. So the bound here is the wider of two that err in different places:
the percentile bootstrap at a level widened for the number of clusters (expanded percentile, Hesterberg 2015), and the
jackknife standard error with Student's t: 2 to 6 %. `python -m models.gate.calibration` prints the table.
"""

# G clusters, K distinct clusters, B bootstrap draws.

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, stdtrit

#: Chances below this are not told apart: no test here needs them, and the draws could not resolve them.
SMALLEST_P = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Resampled:
    """Σ numerators / Σ denominators and what resampling its clusters says about it."""

    estimate: float
    stderr: float
    """Jackknife over clusters."""
    clusters: int
    draws_B: np.ndarray
    """The ratio of each draw, in ascending order."""

    def low(self, confidence: float) -> float:
        """One-sided bound: the truth lies above it with `confidence`."""
        quantile, t = self._levels(confidence)
        return min(float(np.quantile(self.draws_B, 1 - quantile)), self.estimate - t * self.stderr)

    def high(self, confidence: float) -> float:
        """One-sided bound: the truth lies below it with `confidence`."""
        quantile, t = self._levels(confidence)
        return max(float(np.quantile(self.draws_B, quantile)), self.estimate + t * self.stderr)

    def p_above(self, limit: float) -> float:
        """Smallest error chance at which the truth is above `limit`: small = surely above."""
        return self._smallest(lambda p: self.low(1 - p) > limit)

    def p_below(self, limit: float) -> float:
        """Smallest error chance at which the truth is below `limit`."""
        return self._smallest(lambda p: self.high(1 - p) < limit)

    def _levels(self, confidence: float) -> tuple[float, float]:
        if self.clusters < 2:
            return 1.0, np.inf
        t = float(stdtrit(self.clusters - 1, confidence))
        return float(ndtr(t * np.sqrt(self.clusters / (self.clusters - 1)))), t

    def _smallest(self, holds) -> float:
        if not holds(0.5):
            return 1.0
        no, yes = SMALLEST_P, 0.5
        while yes / no > 1.01:
            middle = float(np.sqrt(no * yes))
            no, yes = (no, middle) if holds(middle) else (middle, yes)
        return yes


def resample_ratio(numerators_G: np.ndarray, denominators_G: np.ndarray, *, draws: int = 10_000, seed: int = 0) -> Resampled:
    """Bootstrap Σ numerators / Σ denominators over clusters drawn with replacement.

    Args:
        numerators_G, denominators_G: sums of each cluster; the denominators are not negative and not all zero. Of a
            single cluster every bound is infinite.
    """
    # Clusters of no weight and no errors say nothing and would only make the rest look like fewer.
    says_G = (numerators_G != 0) | (denominators_G != 0)
    pairs_G2 = np.column_stack([numerators_G, denominators_G]).astype(float)[says_G]
    clusters = len(pairs_G2)
    total_2 = pairs_G2.sum(axis=0)
    estimate = float(total_2[0] / total_2[1])
    # Equal clusters are drawn together: the same distribution, and 100,000 utterances cost no more than a thousand.
    pairs_K2, copies_K = np.unique(pairs_G2, axis=0, return_counts=True)
    sums_B2 = np.random.default_rng(seed).multinomial(clusters, copies_K / clusters, size=draws) @ pairs_K2
    with np.errstate(divide="ignore", invalid="ignore"):
        left_out_G = (total_2[0] - pairs_G2[:, 0]) / (total_2[1] - pairs_G2[:, 1])
        draws_B = sums_B2[:, 0] / sums_B2[:, 1]
    spread_G = np.nan_to_num(left_out_G - estimate, nan=np.inf, posinf=np.inf, neginf=np.inf)
    return Resampled(
        estimate=estimate,
        stderr=float(np.sqrt((clusters - 1) / clusters * (spread_G**2).sum())) if clusters > 1 else np.inf,
        clusters=clusters,
        draws_B=np.sort(draws_B[np.isfinite(draws_B)]),
    )
