"""Does the gate keep its promise? `python -m models.gate.calibration` prints how often it promotes simulated models.

Speakers differ in how hard they are (gamma), in how much they said, and each model has its own luck with each speaker
(gamma again), so that errors are over-dispersed between speakers as they are in real test sets; half of the errors are
common to both models. A cell is the share of trials in which the candidate was called better; 5 % is what the first three
may be. As printed with 2,000 trials of 1,000 draws (one standard error is 0.5 points at 5 %):

    | population | speakers | equal: percentile | equal: our bound | equal: gate | 20 % fewer errors: gate |
    |---|---|---|---|---|---|
    | even speakers | 6 | 9.3 % | 3.8 % | 2.1 % | 47.9 % |
    | even speakers | 10 | 8.2 % | 4.9 % | 2.6 % | 75.4 % |
    | even speakers | 20 | 6.8 % | 5.1 % | 1.7 % | 97.8 % |
    | even speakers | 40 | 5.5 % | 4.7 % | 0.9 % | 100.0 % |
    | uneven speakers | 6 | 9.5 % | 2.6 % | 1.6 % | 18.1 % |
    | uneven speakers | 10 | 10.0 % | 4.9 % | 3.1 % | 37.2 % |
    | uneven speakers | 20 | 8.2 % | 5.4 % | 3.2 % | 66.8 % |
    | uneven speakers | 40 | 7.4 % | 6.0 % | 2.1 % | 92.0 % |
    | few hard ones | 6 | 7.8 % | 1.7 % | 1.4 % | 3.5 % |
    | few hard ones | 10 | 7.3 % | 2.6 % | 2.2 % | 8.9 % |
    | few hard ones | 20 | 6.8 % | 3.4 % | 2.5 % | 17.1 % |
    | few hard ones | 40 | 7.3 % | 5.5 % | 3.4 % | 29.5 % |
    | models differ | 6 | 12.7 % | 3.0 % | 2.2 % | 8.2 % |
    | models differ | 10 | 9.2 % | 3.7 % | 2.5 % | 16.4 % |
    | models differ | 20 | 6.9 % | 4.3 % | 2.9 % | 29.9 % |
    | models differ | 40 | 6.6 % | 4.9 % | 3.2 % | 50.8 % |

The last column is power, not error: uneven speakers hide a fifth fewer errors, and only more speakers help.
"""

# G speakers.

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass

import numpy as np

from models.bootstrap import Resampled, resample_ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Speakers and models of a simulation."""

    name: str
    words: int
    """Mean for each speaker; a speaker has between a third of it and twice as much."""
    wer: float
    """Of the champion."""
    hardness: float
    """Variance of the speakers' WER over its squared mean."""
    luck: float
    """Variance of what each model makes of each speaker, over its squared mean."""


POPULATIONS = (
    Population(name="even speakers", words=200, wer=0.10, hardness=0.3, luck=0.0),
    Population(name="uneven speakers", words=200, wer=0.10, hardness=1.0, luck=0.1),
    Population(name="few hard ones", words=50, wer=0.05, hardness=2.0, luck=0.5),
    Population(name="models differ", words=500, wer=0.20, hardness=1.0, luck=1.0),
)


def simulate(rng: np.random.Generator, people: Population, speakers: int, gain: float = 0.0) -> tuple[np.ndarray, ...]:
    """Errors of champion and candidate and words, by speaker; the candidate avoids the share `gain` of the errors."""
    words_G = rng.integers(people.words // 3, 2 * people.words, speakers)
    hard_G = people.wer * _gamma(rng, people.hardness, speakers)
    common_G = rng.binomial(words_G, np.clip(hard_G / 2, 0, 0.45))
    sides = []
    for share in (1.0, 1.0 - gain):
        own_G = np.clip(hard_G / 2 * _gamma(rng, people.luck, speakers), 0, 0.45)
        kept_G = common_G if share == 1.0 else rng.binomial(common_G, share)
        sides.append(kept_G + rng.binomial(words_G, own_G * share))
    return (*sides, words_G)


def promotions(
    people: Population, speakers: int, *, gain: float = 0.0, seed_noise: float = 0.0, trials: int, draws: int, seed: int = 0
) -> dict[str, float]:
    """Share of trials in which each kind of bound calls the candidate better: the gate's, and the plain percentile's."""
    rng, found = np.random.default_rng(seed), {"gate": 0, "percentile": 0}
    for trial in range(trials):
        old_G, new_G, words_G = simulate(rng, people, speakers, gain)
        sure = resample_ratio(new_G - old_G, words_G, draws=draws, seed=trial)
        limit = -seed_noise * old_G.sum() / words_G.sum()
        found["gate"] += sure.high(0.95) < limit
        found["percentile"] += _percentile(sure, 0.95) < limit
    return {name: count / trials for name, count in found.items()}


def _percentile(sure: Resampled, confidence: float) -> float:
    return float(np.quantile(sure.draws_B, confidence))


def _gamma(rng: np.random.Generator, variance: float, size: int) -> np.ndarray:
    return rng.gamma(1 / variance, variance, size) if variance else np.ones(size)


def main() -> None:
    """Print the table as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m models.gate.calibration", description=main.__doc__)
    parser.add_argument("--trials", type=int, default=2_000)
    parser.add_argument("--draws", type=int, default=1_000)
    parser.add_argument("--speakers", type=int, nargs="+", default=[6, 10, 20, 40])
    args = parser.parse_args()
    say = sys.stdout.write
    say("| population | speakers | equal: percentile | equal: our bound | equal: gate | 20 % fewer errors: gate |\n")
    say("|---|---|---|---|---|---|\n")
    for people in POPULATIONS:
        for speakers in args.speakers:
            equal = promotions(people, speakers, trials=args.trials, draws=args.draws)
            gate = promotions(people, speakers, seed_noise=0.02, trials=args.trials, draws=args.draws)
            better = promotions(people, speakers, gain=0.2, seed_noise=0.02, trials=args.trials, draws=args.draws)
            rates = (equal["percentile"], equal["gate"], gate["gate"], better["gate"])
            say(f"| {people.name} | {speakers} | {' | '.join(f'{100 * rate:.1f} %' for rate in rates)} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
