"""Names made of letters and digits: A1 · B52 · COVID-19 · 14/2004/QĐ-TTg · 1.14.2 · 30A-123.45 · house numbers 12/3B."""

from __future__ import annotations

import re
from functools import lru_cache

from data.text.reading import Part, Reading, either, say, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import cardinal, digits, ways
from data.text.verbalize.letters import letter, spelled
from data.text.verbalize.scan import NAME_PART, Found, Scan

_PLATE = re.compile(r"(\d{2})[ -]?([A-ZĐ]{1,2}\d?)[ -](\d{3}\.?\d{2}|\d{4})(?![^\W_]|[.,]\d)")
#: Bounded, so that endless strings cost no more than their length.
_CODE = re.compile(rf"{NAME_PART}{{1,32}}(?:[-./]{NAME_PART}{{1,16}}){{0,5}}(?!{NAME_PART})")
_PIECES = re.compile(r"\d+|[^\W\d_]+|[/.]")
_VERSION = re.compile(r"\d{1,4}(?:\.\d{1,4}){2,}(?![^\W_]|\.\d)")
#: Names that people have made words of.
_KNOWN: dict[str, Reading] = {
    "covid": ways((0.75, "covid"), (0.15, "cô vít"), (0.1, "cô vy")),
    "ncov": ways((0.6, "ncov"), (0.2, "en cô vi"), (0.2, "n cô vi")),
    "gps": ways((0.6, "gps"), (0.4, "gi pi ét")),
}
#: Roads are read in full before their numbers.
_ROADS = {"QL": "quốc lộ", "TL": "tỉnh lộ", "ĐT": "đường tỉnh", "HL": "hương lộ"}


def plate(scan: Scan, at: int) -> Found | None:
    """The number plate that starts here: 30A-123.45."""
    match = _PLATE.match(scan.shape, at)
    if match is None:
        return None
    area, series, number = match.groups()
    parts = [ways((0.6, cardinal(int(area))), (0.4, digits(area)))]
    parts += [digits(piece) if piece.isdecimal() else letter(piece) for piece in series]
    first = re.sub(r"\D", "", number)
    return Found(match.end(), Semiotic.PLATE, seq(*parts, _plate_number(first)))


def _plate_number(number: str) -> Reading:
    said = digits(number)
    if len(number) == 5 and number[3] != "0":
        return ways((0.8, said), (0.2, seq(digits(number[:3]), cardinal(int(number[3:]), lead=False))))
    return said


def version(scan: Scan, at: int) -> Found | None:
    """Three numbers or more with stops between them: 10.4.2."""
    match = _VERSION.match(scan.shape, at)
    return Found(match.end(), Semiotic.CODE, code_reading(match.group())) if match else None


def code(scan: Scan, at: int) -> Found | None:
    """The name of letters and digits that starts here, if any."""
    match = _CODE.match(scan.shape, at)
    if match is None or not re.search(r"\d", match.group()) or not re.search(r"[^\W\d_]", match.group()):
        return None
    return Found(match.end(), Semiotic.CODE, code_reading(match.group()))


@lru_cache(maxsize=4096)
def code_reading(written: str) -> Reading:
    """A code piece by piece: letters by name or as a word, numbers as numbers or by digits."""
    parts: list[Part] = []
    pieces = _PIECES.findall(written)
    if pieces[0] in _ROADS and len(pieces) > 1:
        parts.append(ways((0.8, _ROADS[pieces[0]]), (0.1, spelled(pieces[0])), (0.1, say(pieces[0]))))
        del pieces[0]
    for piece in pieces:
        if piece == ".":
            parts.append("chấm")
        elif piece == "/":
            parts.append(either("trên", "gạch", "xuyệt"))
        elif piece.isdecimal():
            parts.append(code_number(piece))
        else:
            parts.append(word_of_letters(piece))
    return seq(*parts)


def code_number(number: str) -> Reading:
    """Digits inside a code: a number, or one by one."""
    if len(number) == 1 or number[0] == "0" or len(number) > 5:
        return digits(number)
    return ways((0.6, cardinal(int(number))), (0.4, digits(number)))


def word_of_letters(letters: str) -> Reading:
    """Letters of a code: one is said by name, a word is said as a word, capitals are spelled or said as a word."""
    if len(letters) == 1:
        return letter(letters)
    if known := _KNOWN.get(letters.lower()):
        return known
    if letters.islower() or len(letters) > 5 or letters.istitle():
        return say(letters)
    return ways((0.6, say(letters)), (0.4, spelled(letters)))
