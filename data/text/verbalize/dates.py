"""Dates: 24/7/2025 · 24-7 · 24 tháng 7 năm 2025 · 7/2025 · 2025-07-24 · the number after tháng, ngày, năm."""

from __future__ import annotations

import re
from functools import lru_cache

from data.text.reading import SILENT, Part, Reading, either, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import UNITS, cardinal, digits, odd, ways, year
from data.text.verbalize.scan import Found, Scan

_DAY, _MONTH, _YEAR = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])", r"[12]\d{3}"
_END = r"(?![\d/]|[.,-]\d)(?![^\W\d_])"
_DATE_END = r"(?![\d/]|[.,]\d)(?![^\W\d_])"
_FULL = re.compile(rf"({_DAY})( ?[/.-] ?)({_MONTH})\2({_YEAR}){_DATE_END}")
_SHORT_YEAR = re.compile(rf"({_DAY})([/.-])({_MONTH})\2(\d\d){_END}")
_ISO = re.compile(rf"({_YEAR})([/.-])(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01]){_DATE_END}")
_DAY_MONTH = re.compile(rf"({_DAY})( ?[/-] ?|\.)({_MONTH})(?![\d/]|[.,]\d|-\d+/\d{{4}})(?![^\W\d_])")
_MONTH_YEAR = re.compile(rf"({_MONTH})( ?[/-] ?|\.)({_YEAR}){_DATE_END}")
_WORDS = re.compile(
    rf"({_DAY})(?: ?([-,]|đến|tới) ?({_DAY}))? [Tt]háng ({_MONTH})(?!\d|[.,/:%-]\d|[^\W\d_]| (?:ngày|tuần)(?![^\W_]| \d))"
    rf"(?:(?:,? [Nn]ăm |/|-)({_YEAR}|[1-9]\d{{2}}|\d\d){_DATE_END})?"
)
_MONTH_WORDS = re.compile(rf"({_MONTH})(?:,? [Nn]ăm ({_YEAR}|[1-9]\d{{2}})| ({_YEAR})){_END}")
_SEASON = re.compile(rf"([12]\d{{3}})/([12]\d{{3}}|\d\d){_END}")
_LASTING = re.compile(r" (?:ngày|tuần)(?![^\W_]| \d)")
_PLAIN = re.compile(rf"\d{{1,4}}{_END}")

DAY_WORDS = frozenset({"ngày", "mùng", "mồng", "hôm", "sáng", "trưa", "chiều", "tối", "đêm", "khuya", "rạng"})
WEEK_DAYS = frozenset({"hai", "ba", "tư", "năm", "sáu", "bảy", "nhật"})
#: Behind these 20/4 is a day rather than a fraction; so is it before words for a calendar.
_WHEN = frozenset({"từ", "đến", "tới", "vào", "trước", "sau", "hết", "qua"})
_CALENDAR = re.compile(r" ?\)?,? ?(?:âm lịch|dương lịch|hàng năm|hằng năm|tới đây|vừa qua|năm (?:nay|ngoái|sau|tới|\d))")
#: Streets and holidays bear dates: đường 3/2.
_NAMED = frozenset({"đường", "phố", "lễ", "dịp", "phường", "cầu", "nông", "trường"})


def date(scan: Scan, at: int) -> Found | None:
    """The date that starts at a digit, if any."""
    word, further = scan.before(at)
    shape = scan.shape
    if match := _FULL.match(shape, at):
        day, _, month, year_ = match.groups()
        return _found(match, _day(day, word), month_part(month), year_part(year_))
    if match := _ISO.match(shape, at):
        year_, _, month, day = match.groups()
        spoken = seq(_day(day, word), month_part(month), year_part(year_))
        forward = seq("năm", year(int(year_)), month_part(month), "ngày", day_number(day))
        return Found(match.end(), Semiotic.DATE, ways((0.8, spoken), (0.2, forward)))
    if match := _WORDS.match(shape, at):
        return _in_words(match, word)
    days = word in DAY_WORDS or (word in WEEK_DAYS and further in ("thứ", "chủ"))
    if (match := _SHORT_YEAR.match(shape, at)) and (days or match.group(2) == "/"):
        day, _, month, year_ = match.groups()
        return _found(match, _day(day, word), month_part(month), year_part(year_))
    if (match := _MONTH_YEAR.match(shape, at)) and (word == "tháng" or (match.group(2) == "/" and word != "số")):
        return _month_year(match, word)
    if (match := _DAY_MONTH.match(shape, at)) and (days or _is_day(scan, match, word)):
        return _day_month(match, word)
    if match := _SEASON.match(shape, at):
        first, last = match.groups()
        if len(last) == 2 or 0 <= int(last) - int(first) <= 2:
            link = either(SILENT, "đến", "trên", weights=(0.6, 0.2, 0.2))
            return Found(match.end(), Semiotic.RANGE, seq(year_number(first), link, year_number(last)))
    return _after_word(scan, at, word)


def day_month(scan: Scan, at: int) -> Found | None:
    """A day of a month behind a day that was one: the second of 30/4-1/5."""
    match = _DAY_MONTH.match(scan.shape, at)
    return _day_month(match, "ngày") if match and match.group(2) == "/" else None


def month_of(scan: Scan, at: int) -> Found | None:
    """A month with its year, if it has one, behind tháng or another month."""
    if match := _MONTH_YEAR.match(scan.shape, at):
        return _month_year(match, "tháng")
    return _after_word(scan, at, "tháng")


def _is_day(scan: Scan, match: re.Match[str], word: str) -> bool:
    day, mark, month = match.groups()
    if mark != "/":
        return False
    return (
        word == "vào"
        or (word in _NAMED and int(month) <= 12)
        or (word in _WHEN and int(day) > int(month))
        or _CALENDAR.match(scan.shape, match.end()) is not None
    )


def _in_words(match: re.Match[str], word: str) -> Found:
    first, link, day, month, year_ = match.groups()
    number = (
        day_number(first, word) if word in DAY_WORDS else seq(either(SILENT, "ngày", weights=(0.9, 0.1)), day_number(first))
    )
    tail = [month_part(month), year_part(year_, always=True)] if year_ else [month_part(month)]
    if day is None:
        return _found(match, number, *tail)
    until = {",": SILENT, "-": either("đến", "tới", weights=(0.8, 0.2))}.get(link, link)
    kind = Semiotic.DATE if link == "," else Semiotic.RANGE
    return Found(match.end(), kind, seq(number, until, day_number(day), *tail))


def _month_year(match: re.Match[str], word: str) -> Found:
    month, _, year_ = match.groups()
    if word in ("tháng", "quý"):
        return _found(match, month_number(month) if word == "tháng" else cardinal(int(month)), year_part(year_))
    return _found(match, either("tháng", SILENT, weights=(0.95, 0.05)), month_number(month), year_part(year_))


def _day_month(match: re.Match[str], word: str) -> Found:
    day, mark, month = match.groups()
    spoken = seq(day_number(day) if word in _NAMED else _day(day, word), month_part(month))
    if "/" not in mark:
        return Found(match.end(), Semiotic.DATE, spoken)
    return Found(match.end(), Semiotic.DATE, ways((1, spoken), (0, seq(day_number(day), "trên", month_number(month)))))


def _after_word(scan: Scan, at: int, word: str) -> Found | None:
    if word == "tháng" and (match := _MONTH_WORDS.match(scan.shape, at)):
        month, year_, apart = match.groups()
        return _found(match, month_number(month), year_part(year_ or apart, always=bool(year_)))
    if word not in ("tháng", "ngày", "mùng", "mồng", "năm") or not (match := _PLAIN.match(scan.shape, at)):
        return None
    number = match.group()
    if word == "năm":
        return _found(match, year_number(number)) if len(number) in (2, 3, 4) and number != "00" else None
    if word == "tháng":
        months = 1 <= int(number) <= 12 and len(number) < 3 and not _LASTING.match(scan.shape, match.end())
        return _found(match, month_number(number)) if months else None
    return _found(match, day_number(number, word)) if 1 <= int(number) <= 31 and len(number) < 3 else None


def _found(match: re.Match[str], *parts: Part) -> Found:
    return Found(match.end(), Semiotic.DATE, seq(*parts))


def _day(day: str, word: str) -> Reading:
    """A day with the word that it needs before it where the text has none."""
    if word in DAY_WORDS:
        return day_number(day, word)
    return seq(either("ngày", SILENT, weights=(0.9, 0.1)), day_number(day, "ngày"))


@lru_cache(maxsize=256)
def day_number(day: str, word: str = "") -> Reading:
    """The number of a day; the first ten are mùng or mồng too where no such word stands before."""
    number = cardinal(int(day))
    options: list[tuple[float, Part]] = [(1, number)]
    if int(day) <= 10 and word not in ("mùng", "mồng"):
        options += [(0.15, seq("mùng", number)), (0.05, seq("mồng", number))]
    if len(day) == 2 and day[0] == "0":
        options.append((0.03, digits(day)))
    return ways(*options)


@lru_cache(maxsize=64)
def month_number(month: str) -> Reading:
    """The number of a month: April is tư."""
    number = int(month)
    options: list[tuple[float, Part]] = [(1, cardinal(number))]
    if number == 4:
        options = [(0.85, "tư"), (0.15, "bốn")]
    elif number == 1:
        options.append((0, "giêng"))
    elif number == 12:
        options.append((0, "chạp"))
    if len(month) == 2 and month[0] == "0":
        options.append((0.03, seq(UNITS[0], UNITS[number])))
    return ways(*options)


def month_part(month: str) -> Reading:
    """tháng bảy, or the bare number as people shorten it."""
    return seq("tháng", month_number(month))


def year_part(written: str, *, always: bool = False) -> Reading:
    """năm hai nghìn không trăm hai mươi lăm; where it is not written "năm" is sometimes left out."""
    return seq("năm" if always else either("năm", SILENT, weights=(0.97, 0.03)), year_number(written))


def year_number(written: str) -> Reading:
    """A year of four digits, an early one, or the last two of one ('75)."""
    if len(written) == 4 and written[0] != "0":
        return year(int(written))
    if written[0] == "0":
        return either(digits(written), *((odd(int(written[1])),) if len(written) == 2 and written != "00" else ()))
    if len(written) == 2:
        return ways((1, cardinal(int(written), lead=False)), (0, digits(written)))
    return cardinal(int(written), closed=True)
