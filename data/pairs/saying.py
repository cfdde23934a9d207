"""A written sentence as pieces: each word or expression with what is said for it.

The verbalizer says the expressions; here they are lined up with the words around them, exactly, and spelled as the
style `vi` spells numbers (2,5 · 1.000.000), because real texts write 2.5, 1,000,000 and 1000000 as well.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from data.pairs.reader import Kind, Pair, PairLink
from data.text.normalform import LETTERS, normal_form
from data.text.semiotics import Semiotic

_WORD = re.compile(r"\S+")
_LETTERS = frozenset(" " + LETTERS)
_GROUPED = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)+(?![\d.,]*\d)")
_LONG_INTEGER = re.compile(r"(?<![\d.,])[1-9]\d{3,14}(?![\d.,]*\d)")
_POINT = re.compile(r"\b(?:phẩy|phảy|chấm|rưỡi)\b")
_SCALE = re.compile(r"\b(?:nghìn|ngàn|triệu|tỷ|tỉ)\b")
#: Classes whose numbers are amounts, and so are spelled alike; the digits of others are names and stay.
_AMOUNTS = {Semiotic.CARDINAL, Semiotic.DECIMAL, Semiotic.MONEY, Semiotic.MEASURE, Semiotic.PERCENT, Semiotic.DURATION}
#: Letters that are hundreds in Rome and grades, vitamins and degrees here.
_NO_ROMAN = frozenset("CDLM")
#: Up to here four digits are also a year: 1945 stays, 15.000 gets its dot. Source: the newspapers' habit.
_UNGROUPED_DIGITS = 4


class Link(Protocol):
    """One span of the verbalizer: where it stands on both sides and what it is."""

    @property
    def written(self) -> tuple[int, int]: ...
    @property
    def spoken(self) -> tuple[int, int]: ...
    @property
    def kind(self) -> Semiotic: ...


class Spoken(Protocol):
    """What the verbalizer answers."""

    @property
    def text(self) -> str: ...
    @property
    def spans(self) -> tuple[Link, ...]: ...


Verbalize = Callable[[str, random.Random | None], Spoken]


@dataclass(frozen=True, slots=True)
class Piece:
    """A word with the punctuation around it, or an expression: what is written, what is said ("" for punctuation).

    `glued`: no space stands before it in the written text. `kind` is PLAIN for words.
    """

    written: str
    said: str
    kind: Semiotic
    glued: bool

    @property
    def converted(self) -> bool:
        return self.kind is not Semiotic.PLAIN


def say(text: str, verbalize: Verbalize, rng: random.Random | None) -> list[Piece] | None:
    """The pieces of a sentence in order; None where the verbalizer leaves something that nobody can say."""
    spoken = verbalize(text, rng)
    pieces: list[Piece] = []
    at = 0
    for link in spoken.spans:
        if link.kind in (Semiotic.PLAIN, Semiotic.PUNCT):
            continue
        begin, end = link.written
        said = normal_form(spoken.text[slice(*link.spoken)])
        written = text[begin:end]
        _add_words(pieces, text, at, begin)
        if link.kind is Semiotic.ROMAN and written in _NO_ROMAN:
            return None
        if said and normal_form(written) == said:  # Written as it is said after all.
            _add_words(pieces, text, begin, end)
        elif said:
            glued = begin > 0 and not text[begin - 1].isspace()
            pieces.append(Piece(spell_amount(written, said, link.kind), said, link.kind, glued))
        else:
            _add_words(pieces, text, begin, end)
        at = end
    _add_words(pieces, text, at, len(text))
    said_all = " ".join(piece.said for piece in pieces if piece.said)
    if not _LETTERS.issuperset(said_all) or said_all != words_form(spoken.text):
        return None
    return pieces


def _add_words(pieces: list[Piece], text: str, start: int, end: int) -> None:
    for match in _WORD.finditer(text[start:end]):
        at = start + match.start()
        glued = at > 0 and not text[at - 1].isspace()
        pieces.append(Piece(match.group(), word_form(match.group()), Semiotic.PLAIN, glued))


@lru_cache(maxsize=1 << 17)
def word_form(word: str) -> str:
    """`normal_form` of what stands between two spaces; most words come again."""
    return normal_form(word)


def words_form(text: str) -> str:
    """`normal_form` of a text, word by word."""
    return " ".join(filter(None, map(word_form, text.split())))


def spell_amount(written: str, said: str, kind: Semiotic) -> str:
    """An amount as the style `vi` spells it: a decimal comma, a dot between groups of three digits.

    How it is said tells what its separators mean: 1,250 is a decimal where a comma is said and thousands where not.
    """
    if kind not in _AMOUNTS:
        return written
    if _POINT.search(said):
        return _GROUPED.sub(lambda m: _decimal(m.group()), written)
    written = _GROUPED.sub(lambda m: _thousands(m.group()), written)
    if _SCALE.search(said):
        written = _LONG_INTEGER.sub(lambda m: _grouped(m.group()), written)
    return written


def _decimal(number: str) -> str:
    groups = re.split("[.,]", number)
    if len(groups) == 2:
        return ",".join(groups)
    return ".".join(groups[:-1]) + "," + groups[-1] if all(len(group) == 3 for group in groups[1:-1]) else number


def _thousands(number: str) -> str:
    groups = re.split("[.,]", number)
    return ".".join(groups) if all(len(group) == 3 for group in groups[1:]) else number


def _grouped(digits: str) -> str:
    return digits if len(digits) <= _UNGROUPED_DIGITS else f"{int(digits):,}".replace(",", ".")


def join_pieces(pieces: Iterable[Piece], *, id: str, kind: Kind, source: str) -> Pair:
    """The pair that pieces make: written with their spaces, said with one space between words."""
    written: list[str] = []
    said: list[str] = []
    links: list[PairLink] = []
    written_at = said_at = 0
    for piece in pieces:
        if written and not piece.glued:
            written.append(" ")
            written_at += 1
        if said and piece.said:
            said.append(" ")
            said_at += 1
        if piece.converted:
            ends = (written_at + len(piece.written), said_at + len(piece.said))
            links.append(PairLink((written_at, ends[0]), (said_at, ends[1]), piece.kind.value))
        written.append(piece.written)
        written_at += len(piece.written)
        if piece.said:
            said.append(piece.said)
            said_at += len(piece.said)
    return Pair(id=id, spoken="".join(said), written="".join(written), links=tuple(links), kind=kind, source=source)


def is_aligned(pair: Pair) -> bool:
    """Whether the words outside the links are the same on both sides, and the links in order and within the texts."""
    written_at = said_at = 0
    for link in pair.links:
        if words_form(pair.written[written_at : link.written[0]]) != pair.spoken[said_at : link.spoken[0]].strip():
            return False
        written_at, said_at = link.written[1], link.spoken[1]
    return words_form(pair.written[written_at:]) == pair.spoken[said_at:].strip()
