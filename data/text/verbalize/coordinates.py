"""Places on the globe and angles: 21°01′42″B · 105°51'15"Đ."""

from __future__ import annotations

import re

from data.text.reading import Part, Reading, either, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import ways
from data.text.verbalize.numerals import number_reading, whole_reading
from data.text.verbalize.scan import Found, Scan

_SHAPE = re.compile(
    r"(\d{1,3})[°º] ?(\d{1,2}(?:[.,]\d+)?)['’′](?: ?(\d{1,2}(?:[.,]\d+)?)(?:[\"”″]|''))?(?: ?([BNĐTEWS])(?![^\W_]))?"
    r"|(\d{1,3})[°º] ?([BNĐTEWS])(?![^\W_])"
)
_SIDES: dict[str, Part] = {
    "B": "bắc", "N": either("bắc", "nam"), "Đ": "đông", "T": "tây", "E": "đông", "W": "tây", "S": "nam",
}  # fmt: skip


def coordinate(scan: Scan, at: int) -> Found | None:
    """The angle with minutes or with a side that starts at a digit."""
    match = _SHAPE.match(scan.shape, at)
    if match is None:
        return None
    degrees, minutes, seconds, side, bare, bare_side = match.groups()
    parts: list[Part] = [whole_reading(degrees or bare, grouped=True), "độ"]
    if minutes:
        parts += [_count(minutes), "phút"]
    if seconds:
        parts += [_count(seconds), "giây"]
    if side or bare_side:
        parts.append(_SIDES[side or bare_side])
    return Found(match.end(), Semiotic.MEASURE, seq(*parts))


def _count(written: str) -> Reading:
    if len(written) == 2 and written[0] == "0":
        return ways((0.6, whole_reading(written[1])), (0.4, whole_reading(written)))
    return number_reading(written)
