"""E-mail and web addresses: abc@abc.com as a b c a còng a b c chấm com."""

from __future__ import annotations

import re
from functools import lru_cache

from data.text.reading import Part, Reading, either, say, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import cardinal, digits, ways
from data.text.verbalize.letters import letter, spelled
from data.text.verbalize.scan import Found, Scan

_ENDINGS = "com|vn|net|org|edu|gov|info|biz|io|co|uk|us|fr|de|jp|cn|ru|tv|me|asia|eu|ai|app|dev|html|php"
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?"
_SHAPE = re.compile(
    rf"[A-Za-z0-9][\w.+-]{{0,63}}@{_NAME}(?:\.{_NAME}){{1,5}}"
    rf"|(?:https?|ftp)://[^\s<>\"'“”]*[^\s<>\"'“”.,;:!?)\]]"
    rf"|www\.[^\s<>\"'“”]*[^\s<>\"'“”.,;:!?)\]]"
    rf"|{_NAME}(?:\.{_NAME}){{0,4}}\.(?:{_ENDINGS})(?:/[^\s<>\"'“”]*[^\s<>\"'“”.,;:!?)\]])?(?![^\W_]|[@-]|\.[^\W\d_])",
    re.IGNORECASE | re.ASCII,
)
_HINT = re.compile(rf"@|://|www\.|[A-Za-z0-9]\.(?:{_ENDINGS})(?![^\W_])", re.IGNORECASE)
_PIECES = re.compile(r"[A-Za-z]+|\d+|://|.", re.DOTALL)
_MARKS: dict[str, Part] = {
    ".": "chấm",
    "@": ways((0.6, "a còng"), (0.4, "a móc")),
    "-": ways((0.5, "gạch ngang"), (0.3, "gạch"), (0.2, "gạch nối")),
    "_": ways((0.7, "gạch dưới"), (0.3, "gạch chân")),
    "/": ways((0.4, "sẹc"), (0.2, "xẹc"), (0.2, "gạch chéo"), (0.2, "xuyệt")),
    ":": "hai chấm",
    "+": "cộng",
    "&": "và",
    "=": "bằng",
    "?": "hỏi chấm",
    "#": "thăng",
    "%": "phần trăm",
    "~": "ngã",
}


def may_hold_addresses(text: str) -> bool:
    """Whether a search is worth its time."""
    return _HINT.search(text) is not None


def electronic(scan: Scan, at: int) -> Found | None:
    """The address that starts here, if any."""
    if at and (scan.shape[at - 1].isalnum() or scan.shape[at - 1] in "@._-/"):
        return None
    match = _SHAPE.match(scan.shape, at)
    return Found(match.end(), Semiotic.ELECTRONIC, address_reading(match.group())) if match else None


@lru_cache(maxsize=1024)
def address_reading(written: str) -> Reading:
    """Piece by piece: words as words or by letters, marks by name."""
    parts: list[Part] = []
    for piece in _PIECES.findall(written):
        if piece == "://":
            parts.append(seq("hai chấm", *[_MARKS["/"]] * 2))
        elif piece.isdecimal():
            parts.append(_number(piece))
        elif piece.isalpha():
            parts.append(_word(piece))
        else:
            parts.append(_MARKS.get(piece, say(piece)))
    return seq(*parts)


def _word(piece: str) -> Reading:
    low = piece.lower()
    one_by_one = seq(*low)
    if len(piece) == 1:
        return either(low, letter(low))
    if low in ("www", "http", "https", "vn"):
        return ways((0.6, one_by_one), (0.4, spelled(low)), (0, low))
    if low == "gmail":
        return ways((0.5, "gmail"), (0.3, "g mail"), (0.2, "gờ mail"))
    return ways((0.8, low), (0.1, one_by_one), (0.1, spelled(low)))


def _number(piece: str) -> Reading:
    if len(piece) > 4 or piece[0] == "0" or len(piece) == 1:
        return digits(piece)
    return ways((0.7, digits(piece)), (0.3, cardinal(int(piece))))
