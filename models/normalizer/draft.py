"""What a text will probably be written as: a guess at the rest of the output, mended after every byte that came otherwise.

A guess costs nothing but time where it is wrong, since the model verifies each byte of it. Here is no Vietnamese, only
what copying with edits looks like: capitals replace a letter, marks come between two, and after a number the copy goes
on at some later word. A model that has lost its place for good says the same again and again, and so does its draft.
"""

from __future__ import annotations

from collections.abc import Sequence

from models.normalizer.tokenizer import END, OFFSET

_SPACE = ord(" ") + OFFSET
_DIGITS = frozenset(range(ord("0") + OFFSET, ord("9") + 1 + OFFSET))
#: ASCII that is neither space nor letter nor digit.
_MARKS = frozenset(byte + OFFSET for byte in range(33, 127) if not chr(byte).isalnum())
_SENTENCE_ENDS = frozenset(ord(mark) + OFFSET for mark in ".?!")
_CONTINUATION = range(0x80 + OFFSET, 0xC0 + OFFSET)
#: How far ahead a copy may go on after a number, in ids.
_REACH = 160
#: So many right ids in a row are no chance.
_FOUND = 4
#: The longest stretch that may come again and again, the fewest ids that show it, and how far ahead it is guessed then.
_PERIOD, _SHOWN, _AHEAD = 64, 8, 48

#: The last byte of a small letter's UTF-8 → that of its capital, where only the last byte differs, by the bytes before.
_CAPITALS = {
    tuple(byte + OFFSET for byte in letter.encode()): tuple(byte + OFFSET for byte in letter.upper().encode())
    for letter in (chr(code) for code in (*range(0x61, 0x7B), *range(0xE0, 0x1B1), *range(0x1EA0, 0x1F00)))
    if letter.islower() and len(letter.upper().encode()) == len(letter.encode())
}


class Draft:
    """The guessed rest of one output, as ids with the end; `commit` tells it what came."""

    def __init__(self, guess: Sequence[int], *, capital: bool = False) -> None:
        """
        Args:
            guess: ids, the end included.
            capital: begin with a capital letter, whatever the guess says.
        """
        self._rest = list(guess)
        #: The word that is being written, as far as it is.
        self._word: list[int] = []
        #: The rest where the copy lost its place; kept until it is found again.
        self._lost: list[int] = []
        #: All that came.
        self._came: list[int] = []
        if capital:
            _capitalise(self._rest, 0)

    def ahead(self, count: int) -> list[int]:
        """The next ids, `count` at most."""
        return self._rest[:count]

    def commit(self, accepted: int, chosen: Sequence[int]) -> None:
        """Go on behind what was verified.

        Args:
            accepted: how many of `ahead` were right.
            chosen: the model's next id, and then what it said after each id of `ahead` that was not accepted: it read a
                wrong id before them, but a capital or a mark that it sees coming is mostly still right.
        """
        rest, came = self._rest[accepted:], chosen[0]
        self._came += (*self._rest[:accepted], came)
        for id_ in (*self._rest[:accepted], came):
            self._word = [] if id_ == _SPACE else [*self._word, id_]
        if accepted >= _FOUND:
            self._lost = []
        if not rest or came == END:
            self._rest = self._again() or [END]
        elif rest[0] == came:
            self._rest = rest[1:]
        elif self._lost:
            self._rest = self._again() or self._find_again()
        else:
            self._foresee(rest, chosen)
            self._rest = self._mend(rest, came)

    def _foresee(self, rest: list[int], chosen: Sequence[int]) -> None:
        """Put the edits into the rest that the model already made behind the first one."""
        for at in range(min(len(chosen), len(rest)) - 1, 0, -1):
            came, expected = chosen[at], rest[at]
            if came != expected and _is_substitute(came, expected):
                rest[at] = came
            elif came in _MARKS and expected in (_SPACE, END):
                rest.insert(at, came)
                if came in _SENTENCE_ENDS:
                    _capitalise(rest, at + 2)

    def _mend(self, rest: list[int], came: int) -> list[int]:
        """The rest behind `came`, which stands where rest[0] was expected."""
        expected = rest[0]
        if _is_substitute(came, expected):
            return rest[1:]
        if expected in _MARKS:
            if came in _MARKS:
                return rest[1:]
            if len(rest) > 1 and _is_same_letter(came, rest[1]):
                return rest[2:]
        if came in _MARKS:
            if came in _SENTENCE_ENDS and expected == _SPACE:
                _capitalise(rest, 1)
            return rest
        self._lost = rest
        return self._again() or self._find_again()

    def _again(self) -> list[int]:
        """What comes next if the last ids go on to repeat themselves; none where they do not."""
        came = self._came
        for period in range(1, min(_PERIOD, len(came) // 2) + 1):
            shown = max(period, _SHOWN)
            if len(came) >= shown + period and came[-shown:] == came[-shown - period : -period]:
                return (came[-period:] * (_AHEAD // period + 1))[:_AHEAD]
        return []

    def _find_again(self) -> list[int]:
        """Where the copy may go on: in the next word that begins as the one being written, else at the next word."""
        word, lost = self._word, self._lost
        starts = [at + 1 for at in range(min(len(lost), _REACH)) if lost[at] == _SPACE]
        if not starts:
            return lost[-1:]
        if word and _DIGITS.isdisjoint(word):
            for start in starts:
                if len(word) <= len(lost) - start and all(map(_is_same_letter, word, lost[start:])):
                    return lost[start + len(word) :]
        return lost[starts[0] - bool(word) :]


def _is_same_letter(one: int, other: int) -> bool:
    return one == other or _is_substitute(one, other)


def _is_substitute(came: int, expected: int) -> bool:
    """Whether one is the other in another case, as far as a single byte can tell."""
    if came in _CONTINUATION:
        return expected in _CONTINUATION
    return abs(came - expected) == 32 and 65 <= min(came, expected) - OFFSET <= 90


def _capitalise(ids: list[int], at: int) -> None:
    for length in (1, 2, 3):
        capital = _CAPITALS.get(tuple(ids[at : at + length]))
        if capital:
            ids[at : at + length] = capital
            return
