"""Numbers with what counts them: 35% · 1.500.000 đồng · 1,5 triệu USD · 12 kg · 120 km/h · 1/2kg · 10k · -12 1/4."""

from __future__ import annotations

import re
from dataclasses import dataclass

from data.text.reading import Part, Reading, either, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import cardinal, digits, ways, year
from data.text.verbalize.fractions import fraction
from data.text.verbalize.numerals import (
    NUMBER,
    SCALES,
    SHORT_SCALES,
    number_reading,
    numeral,
    scaled_reading,
    signed,
    whole_reading,
)
from data.text.verbalize.phones import SERVICES
from data.text.verbalize.scan import Found, Scan
from data.text.verbalize.units import currency_before, each_behind, unit_behind
from data.text.verbalize.units_table import CENTS, HALVED

_SIGN = re.compile(r"(?:[-+]|[±~≈<>≤≥] ?)(?=[\d$€£¥])")
_NUMBER = re.compile(NUMBER)
_WORD_SCALE = re.compile(rf" ?((?:{'|'.join(SCALES)})(?: (?:{'|'.join(SCALES)}))?)(?![^\W_])")
_LETTER_SCALE = re.compile(r"(k|K|tr|Tr|TR|ty|t)(\d?)(?![^\W_]|[.,]\d)")
_LOWER_AMOUNT = re.compile(r" (\d{1,3}) (nghìn|ngàn|triệu)(?![^\W_])")
_SPACED = re.compile(r"[1-9]\d{0,2} (?:000(?![\d.,]*\d)(?! \d{3})|\d{3}(?= [a-zà-ỹđ]| ?[%(.,;]| km| m)(?!,\d|\.\d))")
_AMOUNTS = frozenset({"có", "khoảng", "hơn", "gần", "trên", "dưới", "là", "với", "chứa", "đạt", "tới", "gồm", "chừng", "được"})
_ENGLISH = re.compile(r"[1-9]\d{0,2},\d{3}")
_COUNTED = re.compile(r" [^\W\d_]")
_YEAR_WORDS = frozenset({
    "niên", "từ", "đến", "tới", "giữa", "trước", "sau", "khoảng", "và", "mùa", "hè", "xuân", "thu", "đông", "giải", "đầu",
    "cuối", "khóa", "kỳ", "hiến", "pháp", "luật", "nhật", "hoặc", "hay",
})  # fmt: skip
#: Things that bear numbers, which are said digit by digit too.
_NUMBERED = frozenset({"phòng", "chuyến", "xe", "tuyến", "mã", "tàu", "boeing", "airbus", "bus", "buýt", "căn", "hộ", "đồn"})
#: Currencies that are written as words; those with a symbol are in the table of units.
_WORD_MONEY = re.compile(r" (won|Won|yên|Yên|rúp|Rúp|bảng Anh|nhân dân tệ|Nhân dân tệ|rupee|peso|franc|baht|bạt)(?![^\W_])")
_PERCENT = re.compile(r" ?([%‰])")
_HALVED = re.compile(rf" ({HALVED})(?![^\W_])")
_METRES = re.compile(r"(\d)m(\d{1,2})(?![^\W_]|[.,]\d)")
_PERCENT_WORDS = {"%": ways((0.97, "phần trăm"), (0.03, "phần trăm")), "‰": either("phần nghìn", "phần ngàn")}


#: How a slash before a unit is said.
PER = ways((0.65, "trên"), (0.25, "một"), (0.1, "mỗi"))


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with what follows it.

    Attributes:
        bare: the reading without the unit, for a range that says it once.
        unit: what the unit was written as; "" where there is none.
    """

    end: int
    kind: Semiotic
    bare: Reading
    reading: Reading
    unit: str = ""


def quantity(scan: Scan, at: int) -> Found | None:
    """The quantity that starts at a digit, a sign or a currency, if any."""
    found = measured(scan, at)
    return Found(found.end, found.kind, found.reading) if found else None


def measured(scan: Scan, at: int) -> Quantity | None:
    """`quantity` with its parts."""
    shape, start, sign = scan.shape, at, ""
    if match := _SIGN.match(shape, at):
        sign, at = match.group()[0], match.end()
    if before := currency_before(shape, at):
        at = before[0]
    if match := _METRES.match(shape, at):
        return _metres(match, sign)
    number = fraction(scan, at) or _plain_number(scan, at)
    if number is None:
        return None
    end, kind, written, bare = number
    scale = _scale(shape, end, written) if written else None
    if scale is not None:
        end, bare = scale
    bare = signed(sign, bare)
    if before:
        if _ENGLISH.fullmatch(written):  # $1,428 follows the English way even in Vietnamese text.
            bare = ways((1, signed(sign, number_reading(written.replace(",", ".")))), (0, bare))
        stuck = shape[end : end + 1].isalnum()
        return None if stuck else Quantity(end, Semiotic.MONEY, bare, seq(bare, before[2]), before[1])
    if match := _PERCENT.match(shape, end):
        said = seq(bare, _PERCENT_WORDS[match.group(1)])
        return _each(scan, Quantity(match.end(), Semiotic.PERCENT, bare, said, match.group(1)))
    if (counted := unit_behind(shape, end)) and not (counted[1] == "s" and end - at > 3):  # the 1990s
        end, symbol, kind, said = counted
        reading = seq(bare, said)
        if written and scale is None and not sign:
            reading = _with_unit(written, reading, said, symbol.lower())
        return _each(scan, Quantity(end, kind, bare, reading, symbol))
    if match := _WORD_MONEY.match(shape, end):
        return Quantity(match.end(), Semiotic.MONEY, bare, seq(bare, match.group(1).lower()), match.group(1))
    if written and scale is None and numeral(written).fraction == "5" and (match := _HALVED.match(shape, end)):
        return Quantity(match.end(), Semiotic.MEASURE, bare, _half(written, match.group(1)), match.group(1))
    if start == at or sign or kind is not Semiotic.CARDINAL:
        return Quantity(end, kind, bare, bare)
    return None


def _plain_number(scan: Scan, at: int) -> tuple[int, Semiotic, str, Reading] | None:
    match = _spaced(scan, at) or _NUMBER.match(scan.shape, at)
    if match is None:
        return None
    written = match.group().replace(" ", ".")
    parts = numeral(written)
    kind = Semiotic.DECIMAL if parts.fraction and not written.endswith(",000") else Semiotic.CARDINAL
    if kind is Semiotic.CARDINAL and not parts.grouped and len(written) > 1 and written[0] == "0":
        kind = Semiotic.DIGITS
    reading = number_reading(written)
    if _ENGLISH.fullmatch(written) and _COUNTED.match(scan.shape, match.end()):  # 43,500 khán giả: nobody counts thousandths.
        kind, reading = Semiotic.CARDINAL, ways((1, number_reading(written.replace(",", "."))), (0, reading))
    elif kind is Semiotic.CARDINAL and len(written) == 4 and not parts.grouped:
        reading = _four_digits(scan, at, written, reading)
    elif len(written) == 3 and written.isdecimal() and scan.before(at)[0] in _NUMBERED:
        reading = ways((0.75, reading), (0.25, digits(written)))
    elif written in SERVICES:
        reading = ways((1, reading), (0, digits(written)))
    return match.end(), kind, written, reading


def _spaced(scan: Scan, at: int) -> re.Match[str] | None:
    """A thousand behind a plain space, where the words around leave no doubt: khoảng 84 500 người."""
    match = _SPACED.match(scan.shape, at)
    if match and (match.group().endswith(" 000") or scan.before(at)[0] in _AMOUNTS):
        return match
    return None


def _four_digits(scan: Scan, at: int, written: str, reading: Reading) -> Reading:
    """A number that may be a year: said as one where the context says so, and always heard as one."""
    if not "1000" <= written <= "2999":
        return ways((1, reading), (0, digits(written)))
    word, _ = scan.before(at)
    dated = word in _YEAR_WORDS or scan.shape[max(0, at - 1) : at] == "("
    return year(int(written)) if dated else ways((0.97, reading), (0.03, year(int(written))), (0, digits(written)))


def _scale(shape: str, at: int, written: str) -> tuple[int, Reading] | None:
    if match := _WORD_SCALE.match(shape, at):
        words = match.group(1).split()
        power = sum(SCALES[word][0] for word in words)
        said = scaled_reading(written, seq(*(SCALES[word][1] for word in words)), power if len(words) == 1 else 0)
        end = match.end()
        while lower := _LOWER_AMOUNT.match(shape, end):
            said = seq(said, cardinal(int(lower.group(1)), closed=True), SCALES[lower.group(2)][1])
            end = lower.end()
        return end, said
    if match := _LETTER_SCALE.match(shape, at):
        letters, digit = match.group(1).lower(), match.group(2)
        if match.group(1) == "K" and (len(written) == 1 or numeral(written).fraction):  # 4K is a picture, 373,15K cold.
            return None
        power, scale = SHORT_SCALES[letters]
        if not digit:
            return match.end(), scaled_reading(written, scale, power)
        if written.isdecimal():
            short = {"1": "mốt", "4": "tư", "5": ways((0.8, "rưỡi"), (0.2, "lăm"))}.get(digit, digits(digit))
            return match.end(), seq(whole_reading(written, closed=True), scale, short)
    return None


def _with_unit(written: str, said: Reading, counted: Reading, symbol: str) -> Reading:
    """Other ways that only hold with a unit: hai cân rưỡi, một mét sáu lăm, hai đô la năm mươi xu."""
    parts = numeral(written)
    if parts.fraction == "5":
        return ways((0.9, said), (0.1, seq(whole_reading(parts.whole, grouped=True, closed=True), counted, "rưỡi")))
    if symbol == "m" and len(parts.fraction) == 2 and parts.fraction[0] != "0":
        spoken = seq(cardinal(int(parts.whole)), counted, whole_reading(parts.fraction, lead=False))
        return ways((0.8, said), (0.2, spoken)) if len(parts.whole) == 1 else said
    if symbol in CENTS and len(parts.fraction) == 2 and int(parts.fraction):
        cents = whole_reading(parts.fraction.lstrip("0"), lead=False)
        coins = seq(
            whole_reading(parts.whole, grouped=True, closed=True), counted, cents, either("xu", "cent", weights=(0.8, 0.2))
        )
        return ways((0.8, said), (0.2, coins))
    return said


def _half(written: str, word: str) -> Reading:
    head = whole_reading(numeral(written).whole, grouped=True, closed=True)
    return ways((0.75, seq(number_reading(written, closed=True), word)), (0.25, seq(head, word, "rưỡi")))


def _metres(match: re.Match[str], sign: str) -> Quantity:
    whole, rest = match.groups()
    metres = seq(cardinal(int(whole)), "mét")
    if len(rest) == 1:
        last: Part = {"4": ways((0.8, "tư"), (0.2, "bốn")), "5": ways((0.8, "rưỡi"), (0.2, "lăm")), "1": "mốt"}.get(
            rest, digits(rest)
        )
    else:
        last = whole_reading(rest, lead=False)
    said = signed(sign, seq(metres, last))
    return Quantity(match.end(), Semiotic.MEASURE, said, said, "m")


def _each(scan: Scan, found: Quantity) -> Quantity:
    """The same per something: 120 km/h, 50.000đ/ngày."""
    counted = each_behind(scan.shape, found.end)
    if counted is None:
        return found
    return Quantity(counted[0], found.kind, found.bare, seq(found.reading, PER, counted[1]), found.unit)
