"""Names of letters and digits: a ba hai không for A320, hai hai chín bê for 229B, mười hai xuyệt ba bê for 12/3B;
number plates, and numbers of laws (mười chín trên nghị định chính phủ for 19/NĐ-CP).

Proposed where a model chooses, and nowhere else: "hai ca" are two shifts more often than 2K.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from data.text.inverse import quantity_rules
from data.text.inverse.contexts import COUNTED, NAMERS
from data.text.inverse.edge import Edge
from data.text.inverse.text import SpokenText
from data.text.numbers.lexicon import DIGITS, PARTS, POINTS, SCALES, canonical
from data.text.semiotics import Semiotic
from data.text.verbalize.laws import legal_reading
from data.text.verbalize.letters import by_first_word

_LETTERS = "abcdefghijklmnopqrstuvwxyzđ"
#: Names of letters that are nearly always words: em, eo, cu.
_WORDS = frozenset({"em", "eo", "di", "gi", "cu"})
#: Names of letters that are words, too: to carry, a goat, a dyke, to press, to sing, a flag.
_ORDINARY = frozenset({
    "bê", "dê", "đê", "ép", "hát", "ca", "cờ", "bờ", "tê", "quy", "ích", "lờ", "mờ", "rờ", "y",
})  # fmt: skip
_SLASHES = (("xuyệt",), ("sẹc",), ("xẹt",), ("xẹc",), ("trên",), ("gạch",), ("gạch", "chéo"))
_SLASH_WORDS = frozenset(words[0] for words in _SLASHES)
_MOST_LETTERS, _MOST_DIGITS, _MOST_NUMBERS = 4, 5, 3
#: What the numbers of laws end with.
_LAWS = (
    "NĐ-CP", "NQ-CP", "QĐ-TTg", "CT-TTg", "QĐ-UBND", "NQ-HĐND", "QĐ-BGDĐT", "QĐ-BYT", "QĐ-BTC", "TT-BGDĐT", "TT-BYT", "TT-BTC",
    "TT-BCA", "TT-BTP", "TT-BTNMT", "TT-BXD", "TT-BCT", "TT-NHNN", "NQ-TW", "CT-TW", "QĐ-TW", "HĐBT", "QH", "SL",
)  # fmt: skip
#: The areas of number plates.
_AREAS = range(11, 100)
_PLATE_DIGITS = (4, 5)
_PLATE = re.compile(r"\d\d[A-ZĐ]{1,2}\d{4,5}")
#: Behind these a number goes on: R một ba chấm tám is no R1.
_GOES_ON = frozenset({"mươi", "trăm", "chục", "mười", *SCALES, *POINTS, *DIGITS}) - {"năm", "không"}


@lru_cache(maxsize=1)
def _letters() -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    return by_first_word(_LETTERS, without=_WORDS)


def code(text: SpokenText, at: int) -> Iterator[Edge]:
    """Every name of both letters and digits that may begin here."""
    key = text.word(at)
    if key in _letters():
        for end, written in _lettered(text, at, _MOST_LETTERS):
            yield from _with_numbers(text, at, end, written, _MOST_NUMBERS)
    elif text.word(at - 1) not in PARTS and text.numbers(at):
        yield from _with_numbers(text, at, at, "", _MOST_NUMBERS)
        yield from _plates(text, at)
        yield from _laws(text, at)


def _plates(text: SpokenText, at: int) -> Iterator[Edge]:
    """ba mươi a một hai ba bốn lăm: 30A-123.45."""
    for end, area in _numbered(text, at):
        if int(area) not in _AREAS:
            continue
        for further, series in _lettered(text, end, 2):
            for last, number in _numbered(text, further):
                if len(number) in _PLATE_DIGITS:
                    shown = number if len(number) == 4 else f"{number[:3]}.{number[3:]}"
                    yield _edge(text, at, last, f"{area}{series}-{shown}", Semiotic.PLATE)


def _laws(text: SpokenText, at: int) -> Iterator[Edge]:
    """một trăm trên hai không mười chín trên nờ đê xê pê: 100/2019/NĐ-CP."""
    for end, number in _numbered(text, at):
        years = ((last, f"/{year}") for start in _behind_slash(text, end) for last, year in _numbered(text, start))
        for start, written in ((end, number), *((last, number + year) for last, year in years if len(year) == 5)):
            for law in _LAWS:
                for last in legal_reading(f"/{law}").ends(text.keys, start):
                    yield _edge(text, at, last, f"{written}/{law}")


def _behind_slash(text: SpokenText, at: int) -> Iterator[int]:
    """Where what follows a slash begins."""
    return (at + len(words) for words in _SLASHES if tuple(text.keys[at : at + len(words)]) == words)


def _with_numbers(text: SpokenText, start: int, at: int, before: str, most: int) -> Iterator[Edge]:
    """The names that go on with a number, which letters, or a slash and a number, may follow."""
    for end, digits in _numbered(text, at):
        written = before + digits
        named = any(letter.isalpha() for letter in written) or "/" in written
        if named and not _PLATE.fullmatch(written) and not _is_said(text, start, end):
            yield _edge(text, start, end, written)
        if most == 1:
            continue
        for further, letters in _lettered(text, end, _MOST_LETTERS - sum(map(str.isalpha, written))):
            if not _is_said(text, start, further):
                yield _edge(text, start, further, written + letters)
            yield from _with_numbers(text, start, further, written + letters, most - 1)
        for behind in _behind_slash(text, end):
            yield from _with_numbers(text, start, behind, f"{written}/", most - 1)


def _lettered(text: SpokenText, at: int, most: int) -> Iterator[tuple[int, str]]:
    """One letter and more from here on, `most` at most: where they end, and what they are."""
    if most < 1:
        return
    for letter, words in _letters().get(text.word(at), ()):
        end = at + len(words)
        if tuple(text.keys[at:end]) == words:
            yield end, letter.upper()
            for further, letters in _lettered(text, end, most - 1):
                yield further, letter.upper() + letters


def _numbered(text: SpokenText, at: int) -> Iterator[tuple[int, str]]:
    """The whole numbers from here on that a name may hold: where each ends, and its digits."""
    for number in text.numbers(at):
        if number.upper is not None or number.scale or text.word(number.end) in _GOES_ON:
            continue
        one_by_one = number.end - at > 1 and all(key in DIGITS for key in text.keys[at : number.end])
        if one_by_one and text.word(number.end) == "không":
            continue  # a ba hai không: it is the next digit.
        digits = number.digits or (canonical(number.value) if number.kind is Semiotic.CARDINAL else "")
        if digits.isdecimal() and len(digits) <= _MOST_DIGITS:
            yield number.end, digits


def _is_said(text: SpokenText, start: int, end: int) -> bool:
    """Whether these are words after all: làm ca ba, bê hai thùng, con dê ba tuổi, hai dê, thứ hai | a ba tám không."""
    keys, before, behind = text.keys[start:end], text.word(start - 1), text.word(end)
    if keys[0] in _letters():
        short = len(keys) == 2
        counted = behind in COUNTED or behind in quantity_rules.begins()
        return (keys[0] == "ca" and short) or (counted and (short or keys[0] in _ORDINARY))
    if before == "thứ":
        return True
    spelled = all(key in DIGITS for key in keys[:3])
    return (
        keys[-1] in _ORDINARY and not spelled and _SLASH_WORDS.isdisjoint(keys) and (keys[-1] == "ca" or before not in NAMERS)
    )


def _edge(text: SpokenText, start: int, end: int, written: str, kind: Semiotic = Semiotic.CODE) -> Edge:
    values = tuple("".join(letter if letter.isdecimal() else " " for letter in written).split())
    return Edge(start=start, end=end, kind=kind, cost=1.5, certain=False, values=values, write=lambda style: written)
