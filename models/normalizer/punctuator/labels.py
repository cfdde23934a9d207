"""What a written text tells of its spoken words: the mark behind each, how it is spelled, what is no longer words.

W words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.pairs.reader import Pair
from models.normalizer.punctuator.leaning import EXPRESSIONS, MARKS

#: No label: what stands inside an expression is written by other rules.
UNKNOWN = -1
#: Marks that people would hear as one of ours.
_HEARD_AS = {";": ",", "…": "."}
_BEGIN, _INSIDE = EXPRESSIONS.index("begin"), EXPRESSIONS.index("inside")


@dataclass(frozen=True, slots=True)
class Labelled:
    """The words of one pair with their classes, `UNKNOWN` where the text does not tell."""

    words: list[str]
    mark_W: np.ndarray
    spelling_W: np.ndarray
    expression_W: np.ndarray
    """Of every word: a text always tells."""

    def part(self, start: int, end: int) -> Labelled:
        """Of the words [start, end)."""
        labels = (self.mark_W, self.spelling_W, self.expression_W)
        return Labelled(self.words[start:end], *(label_W[start:end] for label_W in labels))


def label(pair: Pair) -> Labelled:
    """Read off the written side what the spoken one lost."""
    words = pair.spoken.split(" ")
    mark_W = np.full(len(words), UNKNOWN, np.int8)
    spelling_W = np.full(len(words), UNKNOWN, np.int8)
    expression_W = np.zeros(len(words), np.int8)
    if not pair.spoken:
        return Labelled([], mark_W[:0], spelling_W[:0], expression_W[:0])
    word_at = [index for index, word in enumerate(words) for _ in range(len(word) + 1)]
    for of_link in pair.links:
        first, last = word_at[of_link.spoken[0]], word_at[of_link.spoken[1] - 1]
        expression_W[first : last + 1] = _INSIDE
        expression_W[first] = _BEGIN
    at, links = 0, iter(pair.links)
    link = next(links, None)
    letters: list[str] = []
    last = UNKNOWN  # The word behind which the text stands.
    for place, letter in enumerate(pair.written):
        while link is not None and place >= link.written[1]:
            at, link = link.spoken[1], next(links, None)
            last, letters = word_at[at - 1], []
            mark_W[last] = 0
        if link is not None and place >= link.written[0]:
            continue
        if letter.isalnum():
            if at < len(pair.spoken) and pair.spoken[at] == " ":
                at += 1
            if at >= len(pair.spoken):
                break
            if word_at[at] != last or not letters:
                last, letters = word_at[at], []
                mark_W[last] = 0
            letters.append(letter)
            spelling_W[last] = _spelling(letters)
            at += 1
        elif last != UNKNOWN and mark_W[last] == 0 and (mark := _HEARD_AS.get(letter, letter)) in MARKS:
            mark_W[last] = MARKS.index(mark)
    return Labelled(words, mark_W, spelling_W, expression_W)


def _spelling(letters: list[str]) -> int:
    if not letters[0].isupper():
        return 0
    return 2 if len(letters) > 1 and all(letter.isupper() or letter.isdigit() for letter in letters) else 1
