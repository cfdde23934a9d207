"""What a punctuator holds likely of each word: the mark behind it and its spelling.

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


@dataclass(frozen=True, slots=True, eq=False)
class Leaning:
    """Logarithms of probabilities for consecutive words, classes in the order of MARKS and SPELLINGS."""

    marks_WC: F32
    spellings_WC: F32

    def part(self, start: int, end: int) -> Leaning:
        """Of the words [start, end)."""
        return Leaning(self.marks_WC[start:end], self.spellings_WC[start:end])
