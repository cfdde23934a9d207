"""What a punctuator holds likely of each word: the mark behind it, its spelling, and whether it is said of a number.

W words, C classes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]

#: What may stand behind a word; the first is nothing. People hear no other marks.
MARKS = ("", ",", ".", "?", "!", ":")
#: Those that end a sentence, and the others.
ENDS = tuple(MARKS.index(mark) for mark in ".?!")
WITHIN = tuple(index for index in range(len(MARKS)) if index not in ENDS)
#: How a word's letters are written.
SPELLINGS = ("small", "capital", "capitals")
#: Whether a word belongs to an expression that is written otherwise than it is said, such as a number.
EXPRESSIONS = ("outside", "begin", "inside")
#: No probability is nearer to none or to certainty.
_LEAST = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Leaning:
    """Logarithms of probabilities for consecutive words, classes in the order of MARKS, SPELLINGS and EXPRESSIONS."""

    marks_WC: F32
    spellings_WC: F32
    expressions_WC: F32 | None = None
    """None from a package whose punctuator was never asked."""

    def part(self, start: int, end: int) -> Leaning:
        """Of the words [start, end)."""
        of_expressions = None if self.expressions_WC is None else self.expressions_WC[start:end]
        return Leaning(self.marks_WC[start:end], self.spellings_WC[start:end], of_expressions)


def parted(marks_WC: F32, bias_C: F32, sentence_end: float) -> F32:
    """Scores of marks that part two questions: whether a sentence ends, and with which mark, or what stands within one.

    The best mark ends a sentence where the marks that do are likelier together than `sentence_end`; among those, and among
    the others, biases decide. So a question mark need not fight commas to be written, nor take its place from a full stop.

    Args:
        marks_WC: logarithms of probabilities, unbiased.
        bias_C: of each mark.
        sentence_end: a probability.
    """
    biased_WC = marks_WC + bias_C
    ends_W = np.exp(marks_WC[:, ENDS]).sum(1, dtype=np.float64).clip(_LEAST, 1 - _LEAST)
    sides_W2 = np.log(np.stack([ends_W * (1 - sentence_end), (1 - ends_W) * sentence_end], 1))
    sides_W2 -= np.logaddexp(sides_W2[:, :1], sides_W2[:, 1:])
    found_WC = np.empty_like(marks_WC)
    for side, classes in enumerate((ENDS, WITHIN)):
        of_side_WC = biased_WC[:, classes]
        found_WC[:, classes] = sides_W2[:, side, None] + of_side_WC - of_side_WC.max(1, keepdims=True)
    return found_WC
