"""The biases with which a punctuator finds most marks and capitals at the fewest wrong ones, on texts it did not learn from.

Of two outcomes the likelier one is right more often, but that is not what F1 rewards: a mark that is seldom sure would
never be written. Where sentences end is told by running text; all else by sentences and hard cases as well, for people
also say sentences by themselves, and an article asks nothing.

W words, C classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from data.pairs.reader import Pair
from models.normalizer.punctuator.infer import Punctuator
from models.normalizer.punctuator.labels import UNKNOWN, Labelled, label
from models.normalizer.punctuator.leaning import ENDS, MARKS, SPELLINGS, WITHIN, Leaning

#: Nats; further out a class is never written or always.
_GRID = np.arange(-3.0, 2.01, 0.125)
#: Probabilities of a sentence's end.
_THRESHOLDS = np.arange(0.2, 0.71, 0.02)
_ROUNDS = 3
#: The kinds of pairs that tell, and words of each at most: more would change no bias.
KINDS, _MOST_WORDS = ("passage", "sentence", "hard"), 40_000


class Calibrated(NamedTuple):
    """What goes into the settings of a package."""

    bias: dict[str, float]
    """By mark and spelling, and of words in expressions."""
    sentence_end: float
    f1: dict[str, float]
    """Of each with its bias."""


def calibrate(punctuator: Punctuator, pairs: Iterable[Pair]) -> Calibrated:
    """
    Args:
        punctuator: without biases.
        pairs: a split that it did not learn from.
    """
    labelled = [(kind, punctuator.read(of_pair.words), of_pair) for kind, of_pair in _some(pairs)]
    told = [(leaning, of_pair) for _, leaning, of_pair in labelled]
    running = [(leaning, of_pair) for kind, leaning, of_pair in labelled if kind == "passage"] or told
    scores_WC, label_W = _known(*_marks(running))
    ends_W, is_end_W = np.exp(scores_WC[:, ENDS]).sum(1), np.isin(label_W, ENDS)
    sentence_end = float(max(_THRESHOLDS, key=lambda least: _f1(ends_W > least, is_end_W)))
    marks = _best_marks(*_known(*_marks(told)), sentence_end)
    spellings = _best(
        SPELLINGS,
        np.concatenate([leaning.spellings_WC for leaning, _ in running]),
        np.concatenate([t.spelling_W for _, t in running]),
    )
    found = {**marks, **spellings, **_expressions(running)}
    return Calibrated(
        {name: bias for name, (bias, _) in found.items()}, round(sentence_end, 2), {name: f1 for name, (_, f1) in found.items()}
    )


def _some(pairs: Iterable[Pair]) -> Iterator[tuple[str, Labelled]]:
    words: Counter[str] = Counter()
    for pair in pairs:
        if pair.kind in KINDS and words[pair.kind] < _MOST_WORDS:
            of_pair = label(pair)
            words[pair.kind] += len(of_pair.words)
            yield pair.kind, of_pair


def _marks(labelled: Sequence[tuple[Leaning, Labelled]]) -> tuple[np.ndarray, np.ndarray]:
    return np.concatenate([leaning.marks_WC for leaning, _ in labelled]), np.concatenate([t.mark_W for _, t in labelled])


def _known(scores_WC: np.ndarray, label_W: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    known = label_W != UNKNOWN
    return scores_WC[known].astype(np.float64), label_W[known]


def _best_marks(scores_WC: np.ndarray, label_W: np.ndarray, sentence_end: float) -> dict[str, tuple[float, float]]:
    """Bias and F1 of each mark, among those of its side."""
    ends_W = np.exp(scores_WC[:, ENDS]).sum(1) > sentence_end
    found = {MARKS[ENDS[0]]: (0.0, _f1(ends_W, np.isin(label_W, ENDS)))}
    for classes, there_W in ((ENDS, ends_W), (WITHIN, ~ends_W)):
        names = tuple(MARKS[index] for index in classes)
        found |= _best(names, scores_WC[:, classes], _places(label_W, classes), there_W)
    return found


def _places(label_W: np.ndarray, classes: Sequence[int]) -> np.ndarray:
    """The labels as places among the classes; another one's is none that could be found."""
    place_W = np.full(len(label_W), len(classes))
    for place, index in enumerate(classes):
        place_W[label_W == index] = place
    return place_W


def _expressions(labelled: Sequence[tuple[Leaning, Labelled]]) -> dict[str, tuple[float, float]]:
    told = [leaning.expressions_WC for leaning, _ in labelled if leaning.expressions_WC is not None]
    if not told:
        return {}
    outside_W = np.minimum(np.concatenate(told)[:, 0], -1e-6)
    scores_W2 = np.stack([outside_W, np.log(-np.expm1(outside_W))], 1)
    said_W = np.concatenate([of_pair.expression_W for _, of_pair in labelled]) > 0
    return _best(("", "expression"), scores_W2, said_W.astype(np.int8))


def _best(
    names: tuple[str, ...], scores_WC: np.ndarray, label_W: np.ndarray, there_W: np.ndarray | None = None
) -> dict[str, tuple[float, float]]:
    """Bias and F1 of each class but the first, each raised or lowered in turn.

    Args:
        there_W: where any of the classes may stand; everywhere where none are given.
    """
    scores_WC, label_W = _known(scores_WC, label_W)
    may_W = True if there_W is None else there_W
    bias_C, f1_C = np.zeros(len(names)), np.zeros(len(names))
    for _ in range(_ROUNDS):
        for index in range(1, len(names)):
            biased_WC = scores_WC + bias_C
            biased_WC[:, index] = -np.inf
            margin_W = scores_WC[:, index] - biased_WC.max(1)
            found = [_f1((margin_W + bias > 0) & may_W, label_W == index) for bias in _GRID]
            bias_C[index], f1_C[index] = _GRID[int(np.argmax(found))], max(found)
    return {name: (float(bias), float(f1)) for name, bias, f1 in zip(names[1:], bias_C[1:], f1_C[1:], strict=True)}


def _f1(told_W: np.ndarray, true_W: np.ndarray) -> float:
    return 2 * float((told_W & true_W).sum()) / max(float(told_W.sum() + true_W.sum()), 1.0)
