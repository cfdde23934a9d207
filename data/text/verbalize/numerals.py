"""Numbers as they are written: 1.500.000 · 2,5 · 1,234.56 · 007 · 1 000 000, and how each is read.

Vietnamese writes the decimal comma and the thousands dot; texts also hold the English way round. The shape decides,
and where it cannot ("1.234", "1,234") the Vietnamese convention does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from data.text.reading import SILENT, Part, Reading, either, say, seq
from data.text.verbalize.cardinals import LONGEST, SCALE_WORDS, cardinal, digits, ways

#: One written number without its sign. The thin and the no-break space group like dots; a plain one only twice or more.
NUMBER = (
    r"(?:[1-9]\d{0,2}(?:\.\d{3})+(?:,\d+)?(?![\d.,]*\d)"
    r"|[1-9]\d{0,2}(?:,\d{3}){2,}(?:\.\d+)?(?![\d.,]*\d)"
    r"|[1-9]\d{0,2},\d{3}\.\d+(?![\d.,]*\d)"
    r"|[1-9]\d{0,2}(?:(?:[\u00a0\u202f\u2009]\d{3})+|(?: \d{3}){2,})(?:,\d+)?(?![\d.,]*\d)(?! \d{3})"
    r"|\d++(?:[.,]\d++)?(?![.,]\d))"
)
#: 4.500,000: nobody writes three idle decimals, so both marks part thousands.
IDLE_DECIMALS = re.compile(r"[1-9]\d{0,2}(?:\.\d{3})+,000")
_SHAPE = re.compile(NUMBER)
_SPACES = re.compile(r"[ \u00a0\u202f\u2009]")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A written number taken apart.

    Attributes:
        whole, fraction: digits; fraction is "" where there is no decimal mark.
        mark: the decimal mark as written.
        grouped: whether its thousands are marked, so that no digit string is meant.
    """

    whole: str
    fraction: str = ""
    mark: str = ","
    grouped: bool = False


@lru_cache(maxsize=1 << 13)
def numeral(written: str) -> Numeral:
    """Take one match of NUMBER apart."""
    text = _SPACES.sub("", written)
    spaced = text != written
    dots, commas = text.count("."), text.count(",")
    if dots + commas == 0:
        return Numeral(text, grouped=spaced)
    if IDLE_DECIMALS.fullmatch(text):
        return Numeral(re.sub(r"[.,]", "", text), grouped=True)
    if dots and commas:  # Whatever stands last is the decimal mark.
        mark = "," if text.rfind(",") > text.rfind(".") else "."
    elif dots > 1 or commas > 1:
        return Numeral(re.sub(r"[.,]", "", text), grouped=True)
    elif dots and re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", text):
        return Numeral(text.replace(".", ""), grouped=True)
    else:
        mark = "," if commas else "."
    whole, fraction = text.rsplit(mark, 1)
    return Numeral(re.sub(r"[.,]", "", whole), fraction, mark, spaced or "." in whole or "," in whole)


def number_reading(written: str, *, closed: bool = False) -> Reading:
    """The ways to say a match of NUMBER."""
    return _number_reading(written, closed)


@lru_cache(maxsize=1 << 13)
def _number_reading(written: str, closed: bool) -> Reading:
    parts = numeral(written)
    if not parts.fraction:
        return whole_reading(parts.whole, grouped=parts.grouped, closed=closed)
    decimal = _decimal(parts, closed=closed)
    if re.fullmatch(r"[1-9]\d{0,2},000", written):  # "123,000" with three empty decimals is a thousand more likely.
        return ways((1, whole_reading(written.replace(",", ""), grouped=True, closed=closed)), (0, decimal))
    return decimal


def whole_reading(written: str, *, grouped: bool = False, closed: bool = False, lead: bool = True) -> Reading:
    """A string of digits: a number; digit by digit from a zero on, or when it is long and its thousands are not marked."""
    if len(written) > LONGEST or (len(written) > 1 and written[0] == "0" and not grouped):
        bare = written.lstrip("0")
        if written[0] == "0" and 0 < len(bare) <= 2 and len(written) <= 3:
            return ways((1, digits(written)), (0.3, cardinal(int(bare), lead=lead, closed=closed)))
        return digits(written)
    number = cardinal(int(written), lead=lead, closed=closed)
    if grouped or len(written) < 3:
        return number
    if len(written) < 7:  # Names of things are said digit by digit at times: xêsi một ba bảy.
        return number if closed else ways((1, number), (0, digits(written)))
    one_by_one = digits(written)
    if len(written) < 9 or written.endswith("000"):
        return ways((0.8, number), (0.2, one_by_one))
    return ways((0.7, one_by_one), (0.3, number))


def _decimal(parts: Numeral, *, closed: bool) -> Reading:
    point = ways((1, "phẩy"), (0, "chấm")) if parts.mark == "," else ways((0.8, "chấm"), (0.2, "phẩy"))
    whole = whole_reading(parts.whole, grouped=True, closed=True)
    said = seq(whole, point, fraction_digits(parts.fraction))
    if parts.fraction == "5" and not closed:
        return ways((0.97, said), (0.03, seq(whole, "rưỡi")))
    return said


def fraction_digits(written: str) -> Reading:
    """What follows the decimal mark: digits, or a number where that is not ambiguous (không phẩy hai mươi lăm)."""
    one_by_one = digits(written)
    if written == "4":
        return ways((1, "bốn"), (0, "tư"))
    if written == "5":
        return ways((1, "năm"), (0, "lăm"))
    if written.startswith("0") or len(written) > 3 or len(written) == 1:
        return one_by_one
    return ways((0.65, one_by_one), (0.35 if len(written) == 2 else 0.1, cardinal(int(written), lead=False, closed=True)))


#: Words and letters that multiply the number before them, with their power of ten.
SCALES: dict[str, tuple[int, Part]] = {
    "chục": (1, "chục"),
    "trăm": (2, "trăm"),
    "nghìn": (3, SCALE_WORDS[1000]),
    "ngàn": (3, ways((1, "ngàn"), (0, "nghìn"))),
    "vạn": (4, "vạn"),
    "triệu": (6, "triệu"),
    "tỷ": (9, SCALE_WORDS[10**9]),
    "tỉ": (9, SCALE_WORDS[10**9]),
}
#: What is typed for them behind a number.
SHORT_SCALES: dict[str, tuple[int, Part]] = {
    "k": (3, either(SCALE_WORDS[1000], "ca", weights=(1, 0.05))),
    "tr": (6, "triệu"),
    "t": (9, SCALE_WORDS[10**9]),
    "ty": (9, SCALE_WORDS[10**9]),
}


def scaled_reading(written: str, scale: Part, power: int) -> Reading:
    """A number and its scale word: 1,5 triệu as một phẩy năm triệu, một triệu rưỡi; 1,2 triệu also as một triệu hai.

    Args:
        power: the scale's power of ten; 0 where two scale words stand (nghìn tỷ), which nobody shortens.
    """
    parts = numeral(written)
    said = seq(number_reading(written, closed=True), scale)
    if len(parts.fraction) != 1 or parts.fraction == "0" or power < 2:
        return said
    head = seq(whole_reading(parts.whole, grouped=True, closed=True), scale)
    if parts.fraction == "5":
        one = (0.03 if parts.whole == "1" else 0, seq(scale, "rưỡi"))
        options = [(0.8, said), (0.2, seq(head, "rưỡi")), (0, seq(head, either("rưởi", "lăm")))]
        return ways(*options, one) if parts.whole == "1" else ways(*options)
    short = {"1": "mốt", "4": "tư"}.get(parts.fraction)
    return ways((0.92, said), (0.08, seq(head, short or digits(parts.fraction))))


def signed(sign: str, reading: Reading) -> Reading:
    """A number behind its sign."""
    return seq(_SIGNS.get(sign, SILENT), reading) if sign else reading


_SIGNS: dict[str, Reading] = {
    "-": ways((0.8, "âm"), (0.2, "trừ")),
    "+": ways((0.7, "cộng"), (0.3, "dương")),
    "±": either("cộng trừ", "cộng hoặc trừ"),
    "~": either("khoảng", "xấp xỉ"),
    "≈": either("xấp xỉ", "khoảng"),
    "<": either("nhỏ hơn", "dưới", "bé hơn"),
    ">": either("lớn hơn", "trên"),
    "≤": either("nhỏ hơn hoặc bằng", "bé hơn hoặc bằng"),
    "≥": say("lớn hơn hoặc bằng"),
}
