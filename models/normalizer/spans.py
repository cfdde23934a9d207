"""What comes in and what goes out: the words of a line with their places, and the map from written back to spoken.

A line is words with gaps between them: gap, word, gap, word, …, gap. A word runs from the first letter or digit between
two spaces to the last one; all else (spaces, punctuation, symbols, emoji) is gap. So is what comes out: pieces with gaps
between them, and the spans of pieces and gaps together cover every character of both texts, once and in order.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from data.errors import NotUtf8
from data.text.normalform import normal_form
from data.text.semiotics import Semiotic
from data.text.unicode import clean

#: Ends a sentence; before a closing bracket or quotation mark too.
SENTENCE_ENDS = frozenset(".?!…")
#: No word is so long; such strings are copied as they stand.
LONGEST_WORD = 40
_LINE_END = re.compile(r"\r\n|\r|\n")
_TOKEN = re.compile(r"[^\s\x00-\x1f\x7f-\x9f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of written text and the spoken characters that it says; both half-open, in characters."""

    spoken: tuple[int, int]
    written: tuple[int, int]
    kind: Semiotic


@dataclass(frozen=True, slots=True, kw_only=True)
class Normalized:
    """A written text. Its spans cover every character of both texts exactly once, in order; gaps are of kind PUNCT."""

    text: str
    spans: tuple[Span, ...]
    refused: int = 0
    """Stretches of the model's draft that a guard did not let through."""
    ruled: int = 0
    """Expressions that the rules wrote, in the place of refused ones or where the model wrote none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a line."""

    start: int
    end: int
    """Where it stands in the text as it was given."""
    text: str
    key: str
    """Lower case with canonical tone placement: what the model reads and what readings are compared with."""
    plain: bool
    """Lower-case letters alone: the model may write it otherwise. All else was written by somebody and stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The clean words of one line and what stands between them: one gap more than words."""

    words: tuple[Word, ...]
    gaps: tuple[str, ...]
    start: int
    end: int
    """Where the line stands in the text as it was given."""
    break_size: int = 0
    """Characters of the line break after it."""

    @property
    def is_spoken(self) -> bool:
        """Whether it is to be written at all: it begins with a lower-case word and no sentence of it was ended.

        Whatever the normalizer changes begins otherwise, so a second pass finds it written: idempotence by construction.
        """
        return (
            bool(self.words)
            and self.words[0].plain
            and not self.gaps[0]
            and not any(SENTENCE_ENDS.intersection(gap) for gap in self.gaps if gap != " ")
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What is written for the words [start, end) of a line."""

    start: int
    end: int
    text: str
    kind: Semiotic = Semiotic.PLAIN
    refused: int = 0
    """What a guard did not let through here."""
    ruled: int = 0
    """1 where the rules wrote it."""
    open: bool = False
    """Said, where the draft had an expression that was refused: the rules may write it."""


def read_lines(text: str) -> Iterator[tuple[Line, str]]:
    """Each line of a text, and the line break after it ("\\n", or "" after the last).

    Raises:
        NotUtf8: an unpaired surrogate, which no UTF-8 can hold.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NotUtf8(f"character {error.start} is an unpaired surrogate", pointer=f"/{error.start}") from error
    start = 0
    for match in _LINE_END.finditer(text):
        yield replace(read_line(text, start, match.start()), break_size=len(match.group())), "\n"
        start = match.end()
    yield read_line(text, start, len(text)), ""


def read_line(text: str, start: int, end: int) -> Line:
    """The clean words and gaps of `text[start:end]`."""
    words: list[Word] = []
    gaps: list[str] = []
    gap: list[str] = []
    for match in _TOKEN.finditer(text, start, end):
        before, core, after = _cut(match.group())
        if not core:
            gap += [" ", _cleaned(before)]
            continue
        clean_core = _cleaned(core)
        gap += [" ", _cleaned(before)]
        gaps.append(_joined(gap) if words else _joined(gap).lstrip())
        gap = [_cleaned(after)]
        at = match.start() + len(before)
        key, plain = _key(clean_core)
        words.append(Word(start=at, end=at + len(core), text=clean_core, key=key, plain=plain))
    gaps.append(_joined(gap).rstrip() if words else _joined(gap).strip())
    return Line(words=tuple(words), gaps=tuple(gaps), start=start, end=end)


def assemble(line: Line, pieces: Sequence[Piece], gaps: Sequence[str], *, at: int = 0) -> tuple[str, list[Span]]:
    """Write pieces and gaps one after the other.

    Args:
        pieces: they cover all words of the line, in order.
        gaps: one more than pieces.
        at: where the line begins in the written text.
    """
    parts: list[str] = []
    spans: list[Span] = []
    spoken = line.start

    def add(text: str, spoken_end: int, kind: Semiotic) -> None:
        nonlocal at, spoken
        if text or spoken_end > spoken:
            parts.append(text)
            spans.append(Span(spoken=(spoken, spoken_end), written=(at, at + len(text)), kind=kind))
        at, spoken = at + len(text), spoken_end

    for gap, piece in zip(gaps, pieces, strict=False):
        add(gap, line.words[piece.start].start, Semiotic.PUNCT)
        add(piece.text, line.words[piece.end - 1].end, piece.kind)
    add(gaps[-1], line.end, Semiotic.PUNCT)
    return "".join(parts), spans


def verbatim(line: Line, start: int = 0, end: int | None = None) -> list[Piece]:
    """Words as they stand."""
    words = line.words[start:end]
    return [
        Piece(start=i, end=i + 1, text=word.text, kind=Semiotic.PLAIN if word.text.isalpha() else Semiotic.CODE)
        for i, word in enumerate(words, start)
    ]


def unwritten(line: Line, piece: Piece) -> Iterator[Piece]:
    """The words of an expression as they were said, counted as refused and left to the rules."""
    for number, word in enumerate(verbatim(line, piece.start, piece.end)):
        yield replace(word, open=True, refused=0 if number else piece.refused + 1)


def _cut(token: str) -> tuple[str, str, str]:
    """What stands before the first letter or digit, from there to the last one with its marks, and after."""
    if token.isalnum():
        return "", token, ""
    first, last = 0, len(token)
    while first < last and not token[first].isalnum():
        first += 1
    while last > first and not token[last - 1].isalnum():
        last -= 1
    while last < len(token) and unicodedata.category(token[last])[0] == "M":
        last += 1
    return token[:first], token[first:last], token[last:]


def _joined(parts: list[str]) -> str:
    text = "".join(parts)
    return re.sub(" {2,}", " ", text) if "  " in text else text


def _cleaned(part: str) -> str:
    # Long strings stay out of the cache, which hostile text would fill.
    return clean(part) if len(part) > LONGEST_WORD else _clean_short(part)


_clean_short = lru_cache(maxsize=1 << 15)(clean)


def _key(core: str) -> tuple[str, bool]:
    return (core.lower(), False) if len(core) > LONGEST_WORD else _key_short(core)


@lru_cache(maxsize=1 << 15)
def _key_short(core: str) -> tuple[str, bool]:
    if not core.isalpha():
        return core.lower(), False
    return normal_form(core), all(map(_is_small, core)) and unicodedata.is_normalized("NFC", core.upper())


def _is_small(letter: str) -> bool:
    """A letter that has a capital, and is what that capital's small letter is."""
    capital = letter.upper()
    return len(capital) == 1 and capital != letter and capital.lower() == letter
