"""Words into captions: cut at pauses, short enough to be read, at most two lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from data.schema import Seconds, Word

#: The usual limits of subtitling: 42 characters a line, two lines, 7 seconds on the screen.
LINE_CHARS, MAX_CHARS, MAX_S = 42, 84, 7.0
#: A pause of this length ends a caption in any case.
PAUSE_S: Seconds = 0.8


@dataclass(frozen=True, slots=True)
class Caption:
    """A stretch of words that is shown at once."""

    words: tuple[Word, ...]

    @property
    def start_s(self) -> Seconds:
        return self.words[0].start_s

    @property
    def end_s(self) -> Seconds:
        return self.words[-1].end_s

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def lines(self) -> list[str]:
        """The text on one line or two, broken where they are most alike in length."""
        if len(self.text) <= LINE_CHARS or len(self.words) == 1:
            return [self.text]
        texts = [word.text for word in self.words]
        halves = [(" ".join(texts[:i]), " ".join(texts[i:])) for i in range(1, len(texts))]
        return list(min(halves, key=lambda half: max(map(len, half))))


def captions(words: Sequence[Word]) -> list[Caption]:
    """Every word in exactly one caption, in order."""
    found: list[Caption] = []
    start = 0
    for i in range(1, len(words) + 1):
        if i == len(words) or words[i].start_s - words[i - 1].end_s >= PAUSE_S:
            found += _short_enough(tuple(words[start:i]))
            start = i
    return found


def _short_enough(words: tuple[Word, ...]) -> list[Caption]:
    caption = Caption(words)
    fits = len(caption.text) <= MAX_CHARS and caption.end_s - caption.start_s <= MAX_S
    if fits or len(words) == 1:
        return [caption]
    # The longest pause of the middle half: a cut near an end would leave scraps, and recursion would run deep.
    quarter = len(words) // 4
    places = range(max(quarter, 1), max(len(words) - quarter, 2))
    place = max(places, key=lambda i: (words[i].start_s - words[i - 1].end_s, -abs(2 * i - len(words))))
    return _short_enough(words[:place]) + _short_enough(words[place:])
