"""What every matcher of an expression gets and gives: a text with a place in it, and what was found there."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from data.text.reading import Reading
from data.text.semiotics import Semiotic

#: Characters that are written for another; one for one, so that places stay.
_SHAPES = str.maketrans({
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-"),
    **dict.fromkeys("\u2044\u2215\uff0f", "/"),
    **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
    "\uff05": "%", "\uff1a": ":", "\uff0c": ",", "\uff0e": ".", "\u00a5": "¥", "\uffe5": "¥", "\uff04": "$",
    "\u2103": "℃",
})  # fmt: skip
#: A no-break space is a space unless it groups thousands.
_NO_GROUP = re.compile("(?<!\\d)[\u00a0\u2007\u2009\u202f]|[\u00a0\u2007\u2009\u202f](?!\\d{3}(?!\\d))")
_BEFORE = re.compile(r"(?:([^\W\d_]+)[ \u00a0]+)?([^\W\d_]+)[ \u00a0]+[\"'“‘(]?$")
_LONGEST_BEFORE = 40
#: Numerals that are letters to Unicode, but no part of a word.
NUMERALS = "²³¹⁰⁴-⁹₀-₉¼-¾⅐-ⅿ"
#: A letter or a digit.
NAME_PART = rf"[^\W_{NUMERALS}]"


@dataclass(frozen=True, slots=True)
class Found:
    """An expression: where it ends, what it is, how it is said."""

    end: int
    kind: Semiotic
    reading: Reading


class Scan:
    """A text under reading.

    Attributes:
        text: NFC.
        shape: the same places with one character for all that are used alike (dashes, wide digits).
    """

    __slots__ = ("_asked", "_before", "shape", "text")

    def __init__(self, text: str) -> None:
        self.text = unicodedata.normalize("NFC", text)
        self.shape = self.text if self.text.isascii() else _NO_GROUP.sub(" ", self.text.translate(_SHAPES))
        self._asked, self._before = 0, ("", "")

    def before(self, at: int) -> tuple[str, str]:
        """The two lower-case words before a place, the nearer one first; "" where punctuation or a number stands."""
        if at != self._asked:  # Every matcher of one place asks the same.
            match = _BEFORE.search(self.text[max(0, at - _LONGEST_BEFORE) : at].lower())
            self._asked, self._before = at, (match.group(2), match.group(1) or "") if match else ("", "")
        return self._before
