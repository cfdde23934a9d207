"""The biases with which a punctuator finds most marks and capitals at the fewest wrong ones, on texts it did not learn from.

Of two outcomes the likelier one is right more often, but that is not what F1 rewards: a mark that is seldom sure would
never be written.

W words, C classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from data.pairs.reader import Pair
from models.normalizer.punctuator.infer import Punctuator
from models.normalizer.punctuator.labels import UNKNOWN, Labelled, label
from models.normalizer.punctuator.leaning import MARKS, SPELLINGS, Leaning

#: Nats; further out a class is never written or always.
_GRID = np.arange(-1.5, 2.01, 0.125)
_ROUNDS = 3


def calibrate(punctuator: Punctuator, pairs: Iterable[Pair]) -> tuple[dict[str, float], dict[str, float]]:
    """
    Args:
        punctuator: without biases.
    Returns:
        Bias by mark and spelling and of words in expressions, and the F1 of each with it.
    """
    labelled = [(punctuator.read(of_pair.words), of_pair) for of_pair in map(label, pairs)]
    marks = _best(
        MARKS, np.concatenate([leaning.marks_WC for leaning, _ in labelled]), np.concatenate([t.mark_W for _, t in labelled])
    )
    spellings = _best(
        SPELLINGS,
        np.concatenate([leaning.spellings_WC for leaning, _ in labelled]),
        np.concatenate([t.spelling_W for _, t in labelled]),
    )
    found = {**marks, **spellings, **_expressions(labelled)}
    return {name: bias for name, (bias, _) in found.items()}, {name: f1 for name, (_, f1) in found.items()}


def _expressions(labelled: Sequence[tuple[Leaning, Labelled]]) -> dict[str, tuple[float, float]]:
    told = [leaning.expressions_WC for leaning, _ in labelled if leaning.expressions_WC is not None]
    if not told:
        return {}
    outside_W = np.minimum(np.concatenate(told)[:, 0], -1e-6)
    scores_W2 = np.stack([outside_W, np.log(-np.expm1(outside_W))], 1)
    said_W = np.concatenate([of_pair.expression_W for _, of_pair in labelled]) > 0
    return _best(("", "expression"), scores_W2, said_W.astype(np.int8))


def _best(names: tuple[str, ...], scores_WC: np.ndarray, label_W: np.ndarray) -> dict[str, tuple[float, float]]:
    """Bias and F1 of each class but the first, each raised or lowered in turn."""
    known = label_W != UNKNOWN
    scores_WC, label_W = scores_WC[known].astype(np.float64), label_W[known]
    bias_C, f1_C = np.zeros(len(names)), np.zeros(len(names))
    for _ in range(_ROUNDS):
        for index in range(1, len(names)):
            biased_WC = scores_WC + bias_C
            biased_WC[:, index] = -np.inf
            margin_W = scores_WC[:, index] - biased_WC.max(1)
            found = [_f1(margin_W + bias > 0, label_W == index) for bias in _GRID]
            bias_C[index], f1_C[index] = _GRID[int(np.argmax(found))], max(found)
    return {name: (float(bias), float(f1)) for name, bias, f1 in zip(names[1:], bias_C[1:], f1_C[1:], strict=True)}


def _f1(told_W: np.ndarray, true_W: np.ndarray) -> float:
    return 2 * float((told_W & true_W).sum()) / max(float(told_W.sum() + true_W.sum()), 1.0)
