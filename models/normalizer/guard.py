"""What of a model's draft may be shown: every number as it was said, every other word as it came.

A draft gives marks, capitals and expressions. An expression passes where it is a reading of exactly the words in its place
and its number values are theirs; a word passes where it differs in case alone. All else is refused and counted: the rules
write it where only one reading makes sense, else it stays as it was said. Marks and capitals around it stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data.text.normalform import normal_form
from data.text.semiotics import Semiotic
from data.text.unicode import clean
from data.text.verbalize.verbalizer import Token, read
from models.normalizer.alignment import Cell, align
from models.normalizer.guard_values import refuse_other_values
from models.normalizer.spans import SENTENCE_ENDS, Line, Piece, unwritten, verbatim
from models.normalizer.windows import Window, Writing

#: Marks that a draft may put between words; all others say something or are no marks.
_CLOSING, _OPENING, _DASHES, _QUOTES = frozenset(".,?!;:…)]”’»"), frozenset("([“‘«"), frozenset("-–—"), frozenset("\"'")
_MOST_MARKS = 3


def guard(window: Window, draft: str) -> Writing:
    """Take from the draft of a window what holds.

    Returns:
        Pieces that cover the words of the window, each with what was refused there; expressions are as the draft wrote them.
    """
    draft = clean(draft)
    said = [token for token in read(draft) if token.kind is not Semiotic.PUNCT]
    cells = align(said, [word.key for word in window.line.words[window.start : window.end]])
    if cells is None:
        return as_spoken(window)
    placing = _Placing(window, said, draft)
    for cell in cells:
        placing.add(cell)
    return refuse_other_values(window, placing.done())


def as_spoken(window: Window, *, refused: int = 1) -> Writing:
    """The words of a window as they came."""
    first, *others = verbatim(window.line, window.start, window.end)
    return Writing(pieces=[replace(first, refused=refused), *others], gaps=["", *[" "] * len(others), ""])


class _Placing:
    """Puts the cells of an alignment one after the other, with the draft's marks between them."""

    def __init__(self, window: Window, said: Sequence[Token], draft: str) -> None:
        self._window, self._said, self._draft = window, said, draft
        self._pieces: list[Piece] = []
        self._gaps: list[str] = []
        self._marks = ""
        """Drafted since the last piece."""
        self._drafted = self._lost = 0

    def add(self, cell: Cell) -> None:
        token = None if cell.token is None else self._said[cell.token]
        if cell.token is not None and token:
            between = self._draft[self._drafted : token.start]
            words = cell.token > 0 and self._said[cell.token - 1].kind is token.kind is Semiotic.PLAIN
            self._marks = _stronger(self._marks, between if words or between not in _DASHES else " ")
            self._drafted = token.end
        if cell.start == cell.end:
            self._lost += 1
            return
        start, end = cell.start + self._window.start, cell.end + self._window.start
        first, *others = self._pieces_of(start, end, token, cell.matched)
        self._gaps += [" " if token is None else self._gap(), *[" "] * len(others)]
        self._pieces += [replace(first, refused=first.refused + self._lost), *others]
        self._lost = 0

    def done(self) -> Writing:
        self._pieces[-1] = replace(self._pieces[-1], refused=self._pieces[-1].refused + self._lost)
        self._marks = _stronger(self._marks, self._draft[self._drafted :])
        last = "".join(mark for mark in self._gap() if mark not in _OPENING | _DASHES).rstrip()
        first = "".join(mark for mark in self._gaps[0] if mark in _OPENING | _QUOTES)
        return Writing(pieces=self._pieces, gaps=[first, *self._gaps[1:], last])

    def _gap(self) -> str:
        marks, self._marks = self._marks, ""
        return tidy(marks)

    def _pieces_of(self, start: int, end: int, token: Token | None, matched: bool) -> list[Piece]:
        line = self._window.line
        words, as_said = line.words[start:end], verbatim(line, start, end)
        if token is None:
            return [replace(as_said[0], refused=1), *as_said[1:]]
        if not all(word.plain for word in words) or is_divided(line, start, end):
            # Somebody wrote this already: it stays, and is no expression of the draft's.
            same = token.written.lower() == " ".join(word.text for word in words).lower()
            return [replace(as_said[0], refused=int(not same)), *as_said[1:]]
        if len(words) == 1 and (token.kind is Semiotic.PLAIN or normal_form(token.written) == words[0].key):
            return [replace(as_said[0], text=recased(words[0].text, token.written), refused=int(not matched))]
        piece = Piece(start=start, end=end, text=token.written, kind=token.kind)
        if matched and token.kind is not Semiotic.PLAIN:
            return [piece]
        return list(unwritten(line, piece))


def is_divided(line: Line, start: int, end: int) -> bool:
    """Whether the source itself has a mark between the words [start, end)."""
    return any(gap != " " for gap in line.gaps[start + 1 : end])


def recased(word: str, written: str) -> str:
    """The letters of a word with the capitals of another one, where the shape allows."""
    if len(word) == len(written):
        return "".join(a.upper() if b.isupper() else a for a, b in zip(word, written, strict=True))
    if len(written) > 1 and written.isupper():
        return word.upper()
    return word[:1].upper() + word[1:] if written[:1].isupper() else word


def tidy(marks: str) -> str:
    """What stands between two words: known marks alone, a space behind what closes and before what opens."""
    before, space, after = marks.partition(" ")
    if not space and before in _DASHES:
        return before
    closing = [mark for mark in before if mark in _CLOSING | _QUOTES]
    closing += [mark for mark in after if mark in _CLOSING]
    opening = [mark for mark in before if mark in _OPENING] + [mark for mark in after if mark in _OPENING | _QUOTES]
    dash = next((f" {mark}" for mark in marks if mark in _DASHES), "")
    return f"{''.join(closing[:_MOST_MARKS])}{dash} {''.join(opening[:_MOST_MARKS])}"


def _stronger(first: str, second: str) -> str:
    """Of the marks before and after a word that was dropped, those that say more."""
    if SENTENCE_ENDS.intersection(first) and not SENTENCE_ENDS.intersection(second):
        return first
    return second if second.strip() else first or second
