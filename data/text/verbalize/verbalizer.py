"""Written Vietnamese → what is said: every expression of a text with its class and its Reading.

read("Giá 2,5 kg.")        Giá PLAIN · 2,5 kg MEASURE · . PUNCT
verbalize("Giá 2,5 kg.")   "giá hai phẩy năm ki lô gam", with the place of each in both texts
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import lru_cache

from data.text.reading import Reading, either, say, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.abbreviations import abbreviation, may_be_short
from data.text.verbalize.codes import code
from data.text.verbalize.electronic import electronic, may_hold_addresses
from data.text.verbalize.expressions import expression
from data.text.verbalize.fractions import VULGAR, fraction_reading
from data.text.verbalize.numerals import whole_reading
from data.text.verbalize.phones import telephone
from data.text.verbalize.quantities import PER, quantity
from data.text.verbalize.romans import quarter, roman
from data.text.verbalize.scan import NUMERALS, Found, Scan
from data.text.verbalize.units import currency_before, each_behind, unit_alone


@dataclass(frozen=True, slots=True)
class Token:
    """An expression of a text: text[start:end] of its NFC form."""

    start: int
    end: int
    written: str
    kind: Semiotic
    reading: Reading


@dataclass(frozen=True, slots=True)
class Link:
    """Where an expression stands in the written text and where it was said, in characters."""

    written: tuple[int, int]
    spoken: tuple[int, int]
    kind: Semiotic


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was said, with a link for each expression in order; punctuation has an empty place."""

    text: str
    spans: tuple[Link, ...]


_LETTER = rf"[^\W\d_{NUMERALS}]"
#: Marks and invisible characters (soft hyphens, joiners) belong to the word before them.
_WORD = rf"{_LETTER}(?:{_LETTER}|[\u0300-\u036f\u00ad\u200b-\u200f\u2060-\u2064\ufeff])*"
_TOKEN = re.compile(rf"({_WORD})|(\d|[{''.join(VULGAR)}]|[-+±~≈<>≤≥$€£¥₫₩₹₽฿] ?(?=[\d$€£¥])|\((?=\+?\d{{2,5}}\)[ .-]?\d))|(\S)")
#: What a symbol that stands alone says; all others are punctuation.
_SYMBOLS: dict[str, Reading] = {
    "&": either("và", "and", weights=(0.95, 0.05)), "%": say("phần trăm"), "=": say("bằng"), "@": either("a còng", "a móc"),
    "+": say("cộng"), "²": either("bình phương", "mũ hai"), "³": either("lập phương", "mũ ba"),
    "$": say("đô la"), "€": say("euro"), "£": say("bảng anh"), "₫": say("đồng"), "×": either("nhân", "x"), "÷": say("chia"),
    "±": say("cộng trừ"), "≈": say("xấp xỉ"), "≤": say("nhỏ hơn hoặc bằng"), "≥": say("lớn hơn hoặc bằng"),
    "‰": say("phần nghìn"), "^": say("mũ"),
}  # fmt: skip


def read(text: str) -> list[Token]:
    """The expressions of a text in order; together they hold every character of its NFC form that is no space."""
    scan = Scan(text)
    shape, written = scan.shape, scan.text
    addresses = may_hold_addresses(written)
    tokens: list[Token] = []
    end = 0
    while match := _TOKEN.search(shape, end):
        start, end = match.span()
        word = match.group(1)
        if word is not None and not addresses and (reading := _plain(word)) and not _IN_CODE.match(shape, end):
            tokens.append(Token(start, end, written[start:end], Semiotic.PLAIN, reading))
            continue
        found = (electronic(scan, start) if addresses else None) or _expression(scan, match)
        end = found.end
        tokens.append(Token(start, end, written[start:end], found.kind, found.reading))
    return tokens


def verbalize(text: str, rng: random.Random | None = None) -> Spoken:
    """What is said for a text: the main readings, or with `rng` some of the ways people have."""
    parts: list[str] = []
    links: list[Link] = []
    place = 0
    for token in read(text):
        said = token.reading.main() if rng is None else token.reading.sample(rng)
        begin = place
        if said:
            begin = place + (1 if parts else 0)
            parts.append(said)
            place = begin + len(said)
        links.append(Link((token.start, token.end), (begin, place), token.kind))
    return Spoken(" ".join(parts), tuple(links))


@lru_cache(maxsize=1 << 16)
def _plain(word: str) -> Reading | None:
    """The reading of a word that is one wherever it stands; None for what must be looked at."""
    cased = not word.islower() and not word[1:].islower()
    if cased or len(word) > _LONGEST_KEPT or _ROMAN_LETTERS.issuperset(word) or may_be_short(word):
        return None
    return say(word)


#: NQ/TW is signed there, not per terawatt.
_ORGAN = re.compile(r"/[A-ZĐ]{2}")
#: A word before these is part of a code, a unit or an address.
_IN_CODE = re.compile(r"[-./]?\d|[²³]|(?:-[A-Za-z]{1,8}){1,2}-\d")
#: VN123 is a flight; what is short for a place or a title has smaller numbers: Q1, P12.
_NUMBERED = re.compile(r"\d{3}")
_ROMAN_LETTERS = frozenset("ivxlcdm")
#: Longer words belong to no language and would only fill the cache.
_LONGEST_KEPT = 32


def _expression(scan: Scan, match: re.Match[str]) -> Found:
    start, end = match.span()
    word, number, character = match.groups()
    if word is not None:
        return _of_word(scan, start, end, word) or Found(end, Semiotic.PLAIN, say(word))
    found = None
    if number == "(":
        found = telephone(scan, start)
    elif number is not None and (number[0].isalnum() or _may_be_signed(scan, start)):
        found = expression(scan, start)
    elif character == "/" and not _ORGAN.match(scan.shape, start) and (counted := each_behind(scan.shape, start)):
        found = Found(counted[0], Semiotic.MEASURE, seq(PER, counted[1]))
    return found or _of_character(scan, start)


def _of_word(scan: Scan, start: int, end: int, word: str) -> Found | None:
    shape = scan.shape
    if in_code := _IN_CODE.match(shape, end):
        if len(in_code.group()) == 1 and (counted := unit_alone(shape, start)):
            return Found(counted[0], Semiotic.MEASURE, counted[1])
        if word in "xX" and shape[end].isdecimal() and start and shape[start - 1].isdecimal():
            return Found(end, Semiotic.SYMBOL, _SYMBOLS["×"])
    if currency_before(shape, start) and (found := quantity(scan, start)):
        return found
    if may_be_short(word) and not _NUMBERED.match(shape, end) and (found := abbreviation(scan, start, word)):
        return found
    if word.isupper() and (found := quarter(scan, start, word)):
        return found
    if in_code and shape[end] not in "²³" and (found := code(scan, start)):
        return found
    if not word.islower() and (len(word) < 2 or not word[1:].islower()):
        return roman(scan, start, word) or abbreviation(scan, start, word)
    if _ROMAN_LETTERS.issuperset(word) and (found := roman(scan, start, word)):
        return found
    return None


def _may_be_signed(scan: Scan, at: int) -> bool:
    """Whether a sign may belong to the number behind it: not where it joins or parts."""
    before = scan.shape[max(0, at - 3) : at]
    return not before or (
        before[-1] in ' (["“'
        and not (scan.shape[at] == "-" and before.rstrip()[-1:].isalnum() and _DASHED.match(scan.text, at))
    )


def _of_character(scan: Scan, start: int) -> Found:
    if match := _DIGITS.match(scan.shape, start):
        kind = Semiotic.DIGITS if len(match.group()) > 1 and match.group()[0] == "0" else Semiotic.CARDINAL
        return Found(match.end(), kind, whole_reading(match.group()))
    if fraction := VULGAR.get(scan.text[start]):  # One that sticks to letters.
        return Found(start + 1, Semiotic.FRACTION, fraction_reading("", *fraction.split("/")))
    if scan.shape[start] == "#" and _SHARP.search(scan.shape, max(0, start - 1), start + 2):
        return Found(start + 1, Semiotic.SYMBOL, say("thăng"))
    if scan.shape[start] == "/" and _OUT_OF.match(scan.shape, max(0, start - 1)):
        return Found(start + 1, Semiotic.SYMBOL, either("trên", "phần", weights=(0.95, 0.05)))
    if reading := _SYMBOLS.get(scan.shape[start]):
        return Found(start + 1, Semiotic.SYMBOL, reading)
    said = say(scan.text[start])
    return Found(start + 1, Semiotic.PLAIN if said.main() else Semiotic.PUNCT, said)


#: A long dash before a number parts more often than it means minus.
_DASHED = re.compile("[–—―]")
#: 4,5/5 sao: what no matcher took as one expression is still one number out of another.
_OUT_OF = re.compile(r"\d/\d")
#: C# and F#, but not #5.
_SHARP = re.compile(r"[A-G]#(?![^\W_])")
_DIGITS = re.compile(r"\d+")
