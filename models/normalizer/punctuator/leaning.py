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
#: How a word's letters are written.
SPELLINGS = ("small", "capital", "capitals")
#: Whether a word belongs to an expression that is written otherwise than it is said, such as a number.
EXPRESSIONS = ("outside", "begin", "inside")


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
