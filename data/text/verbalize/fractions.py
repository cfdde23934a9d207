"""Fractions: 3/4 · 1 1/2 · ½ · 44/56; and days of a month that look like them."""

from __future__ import annotations

import re
from functools import lru_cache

from data.text.reading import SILENT, Part, Reading, either, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import cardinal, ways
from data.text.verbalize.dates import day_number, month_part
from data.text.verbalize.numerals import whole_reading
from data.text.verbalize.scan import Scan

VULGAR = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8"}
_SHAPE = re.compile(r"(?:(\d{1,3}) )?(\d{1,4})/(\d{1,4})(?![\d/]|[.,]\d|[^\W\d_])")
#: With a unit behind it: 1/2kg.
_OF_UNIT = re.compile(r"()(\d{1,3})/(\d{1,3})(?=[^\W\d_]{1,3}(?![^\W_]))")
_VULGAR_SHAPE = re.compile(rf"(\d{{0,4}}) ?([{''.join(VULGAR)}])")
_COUNTS = re.compile(r" ?(?:lần|điểm|%|phần|số|ván|trận|phiếu|sao)")


def fraction(scan: Scan, at: int) -> tuple[int, Semiotic, str, Reading] | None:
    """The fraction that starts at a digit: its end, its kind, "" for no plain number, its reading."""
    if match := _VULGAR_SHAPE.match(scan.text, at):
        upper, lower = VULGAR[match.group(2)].split("/")
        return match.end(), Semiotic.FRACTION, "", fraction_reading(match.group(1), upper, lower)
    match = _SHAPE.match(scan.shape, at) or _OF_UNIT.match(scan.shape, at)
    if match is None:
        return None
    whole, upper, lower = match.groups()
    reading = fraction_reading(whole or "", upper, lower)
    if (upper, lower) == ("24", "7") or whole or not (0 < int(upper) <= 31 and 0 < int(lower) <= 12):
        return match.end(), Semiotic.FRACTION, "", reading
    day = seq(either(SILENT, "ngày"), day_number(upper), month_part(lower))
    alone = match.end() - at == len(scan.shape.strip(" ."))
    if int(upper) > int(lower) and not alone and not _COUNTS.match(scan.shape, match.end()) and match.re is _SHAPE:
        return match.end(), Semiotic.DATE, "", ways((0.9, day), (0.1, reading))  # Prose has days, hardly improper fractions.
    return match.end(), Semiotic.FRACTION, "", ways((1, reading), (0, day))


@lru_cache(maxsize=2048)
def fraction_reading(whole: str, upper: str, lower: str) -> Reading:
    """ba phần tư; bốn mươi tư trên năm mươi sáu; mười hai và một phần tư."""
    top = whole_reading(upper, closed=True)
    bottom: Part = ways((0.9, "tư"), (0.1, "bốn")) if lower == "4" else whole_reading(lower)
    parts, over = seq(top, "phần", bottom), seq(top, "trên", whole_reading(lower))
    said = ways((0.8, parts), (0.2, over)) if int(lower) <= 10 else ways((0.6, over), (0.4, parts))
    half = (upper, lower) == ("1", "2")
    if (upper, lower) == ("24", "7"):  # Round the clock, all week.
        said = ways((0.9, over), (0.1, "hai bốn bảy"), (0, parts))
    if not whole:
        return ways((1, said), (0, "một nửa")) if half else said
    number = cardinal(int(whole))
    options: list[tuple[float, Part]] = [(0.9, seq(number, "và", said)), (0.1, seq(number, said))]
    if half:
        options.append((0.3, seq(number, "rưỡi")))
    return ways(*options)
