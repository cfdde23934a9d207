"""House numbers: 12/3B behind a word for a place, as mười hai trên ba bê, mười hai xuyệt ba bê."""

from __future__ import annotations

import re

from data.text.reading import Part, Reading, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import cardinal, digits, ways
from data.text.verbalize.letters import letter
from data.text.verbalize.scan import Found, Scan

_SHAPE = re.compile(r"\d{1,4}[A-Za-zĐđ]?\d?(?:/\d{1,4}[A-Za-zĐđ]?\d?)+(?![^\W_])|\d{1,4}[A-Za-zĐđ](?![^\W_])")
_PLACES = frozenset({"số", "nhà", "hẻm", "ngõ", "kiệt", "ngách", "đường", "lô", "phòng", "chỉ", "tại", "hẽm"})
_NEVER_PLACES = frozenset({"tại", "chỉ", "đường"})  # tại 10/10 huyện; đường 30/4
_PIECES = re.compile(r"\d+|[^\W\d_]|/")


def address(scan: Scan, at: int) -> Found | None:
    """The house number that starts at a digit: 12/3B behind a word for a place."""
    match = _SHAPE.match(scan.shape, at)
    if match is None:
        return None
    written = match.group()
    word = scan.before(at)[0]
    placed = word in _PLACES and not ("/" in written and written.replace("/", "").isdigit() and word in _NEVER_PLACES)
    if "/" in written and not placed and written.count("/") < 2 and not re.search("[A-ZĐ]", written):
        return None
    if "/" not in written and (not placed or written[-1] in "kmgh"):
        return None
    slash = ways((0.6, "trên"), (0.2, "xuyệt"), (0.2, "sẹc"), (0, "xẹt"), (0, "xẹc"), (0, "gạch"))
    parts: list[Part] = []
    for piece in _PIECES.findall(written):
        parts.append(slash if piece == "/" else house_number(piece) if piece.isdecimal() else letter(piece))
    return Found(match.end(), Semiotic.ADDRESS, seq(*parts))


def house_number(number: str) -> Reading:
    """A number of a house or a room; from three digits on digit by digit too."""
    if number[0] == "0" or len(number) > 6:
        return digits(number)
    return cardinal(int(number)) if len(number) < 3 else ways((0.7, cardinal(int(number))), (0.3, digits(number)))
