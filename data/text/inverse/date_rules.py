"""Days, months and years."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from data.text.inverse.contexts import COUNTED, DAY_WORDS, SPANS, may_be_article
from data.text.inverse.edge import Edge, Style
from data.text.inverse.text import SpokenText
from data.text.numbers.lexicon import DIGITS, PARTS, STARTS, is_figures
from data.text.numbers.romans import roman_numeral
from data.text.semiotics import Semiotic

_MONTHS = {"tư": 4, "giêng": 1, "chạp": 12}
_LATER = frozenset({"ngày", "tuần", "tháng", "năm", "giờ"})
_SEVERAL = frozenset({"các", "những", "mấy", "nhiều", "vài"})
_NAMED_DAYS = frozenset({"mùng", "mồng"})


class Said(NamedTuple):
    """A number of a date."""

    end: int
    value: int
    sure: bool


def _days(text: SpokenText, at: int) -> Iterator[Said]:
    for number in text.numbers(at):
        if isinstance(number.value, int) and 1 <= number.value <= 31 and number.kind in (Semiotic.CARDINAL, Semiotic.DIGITS):
            yield Said(number.end, number.value, number.doubt < 0.5)


def _months(text: SpokenText, at: int) -> Iterator[Said]:
    """The month behind the word tháng."""
    word = text.word(at)
    if word in _MONTHS:
        yield Said(at + 1, _MONTHS[word], word == "tư")
        return
    longest = max((n.end for n in text.numbers(at) if n.kind is Semiotic.CARDINAL and n.certain), default=0)
    for number in text.numbers(at):
        if number.kind is Semiotic.RANGE or (number.kind is Semiotic.DIGITS and len(number.digits) > 2):
            continue
        if isinstance(number.value, int) and 1 <= number.value <= 12:
            yield Said(number.end, number.value, number.end >= longest)


def _years(text: SpokenText, at: int) -> Iterator[Said]:
    """The year behind the word năm."""
    for number in text.numbers(at):
        if number.scale or not isinstance(number.value, int) or text.word(number.end) in ("mươi", "trăm", "nghìn"):
            continue
        if number.kind is Semiotic.CARDINAL and 100 <= number.value <= 2999:
            yield Said(number.end, number.value, number.certain)
        elif number.kind is Semiotic.CARDINAL and 13 <= number.value <= 99:
            yield Said(number.end, number.value, False)
        elif number.kind is Semiotic.DIGITS and len(number.digits) in (3, 4) and number.digits[0] != "0":
            yield Said(number.end, number.value, len(number.digits) == 4)


def _year_cost(text: SpokenText, year: Said, cost: float) -> float:
    """Years are seldom followed by what is counted: năm hai nghìn mười một vụ nổ; năm một chín chín mươi ba ngày sau."""
    behind = text.word(year.end)
    if may_be_article(text.keys, year.end):
        return cost + 1.3
    if behind in _LATER and text.word(year.end - 2) == "mươi" and text.word(year.end - 1) in DIGITS:
        return cost + 0.8
    return cost + 0.3 * (behind in COUNTED) + 0.7 * (not year.sure and year.value >= 1000)


def _year_part(text: SpokenText, at: int) -> Iterator[Said]:
    if text.word(at) == "năm":
        yield from (year for year in _years(text, at + 1) if year.value > 31 or year.value >= 100)
    elif (text.word(at) in ("một", "hai") and _is_no_year(text, at - 1)) or is_figures(text.word(at)):
        yield from (year for year in _years(text, at) if 1000 <= year.value <= 2999)


def _is_no_year(text: SpokenText, at: int) -> bool:
    """Whether a word is no "năm" that says year: in "tháng năm một nghìn chín trăm" it is the month."""
    if text.word(at) != "năm" or text.word(at - 1) != "tháng":
        return text.word(at) != "năm"
    day = at - 2
    while text.word(day) in PARTS:
        day -= 1
    if day == at - 2:
        return text.word(day) not in _SEVERAL
    return text.word(day) in DAY_WORDS  # sáu tháng năm hai nghìn is half a year.


def day_month(text: SpokenText, at: int) -> Iterator[Edge]:
    """hai mươi tư tháng bảy năm hai không hai lăm."""
    announced = text.word(at - 1) in DAY_WORDS or text.word(at - 2) in ("thứ", "chủ")
    for day in _days(text, at):
        if text.word(day.end) != "tháng":
            continue
        for month in _months(text, day.end + 1):
            span = text.word(month.end) in SPANS and not announced
            if month.value == 1 and text.word(month.end) in ("lần", "lượt"):
                continue
            sure = day.sure and month.sure and not span
            span = span or not month.sure  # ba tháng mười sáu ngày
            if month.value == 5 and text.word(month.end) in COUNTED and not announced:
                span, sure = True, False  # sáu tháng năm chiếc
            yield _date(text, at, day, month, None, month.end, cost=1.6 if span else 0.6, sure=sure and not _open(text, month))
            for year in _year_part(text, month.end):
                cost = _year_cost(text, year, 0.5)
                dated = sure and year.sure and cost < 0.9  # Day and month vouch for a year that something counted follows.
                yield _date(text, at, day, month, year, year.end, cost=cost, sure=dated)


def _open(text: SpokenText, month: Said) -> bool:
    """Whether "tháng năm" may be followed by a year that it belongs to: tháng năm hai nghìn."""
    return month.value == 5 and text.word(month.end - 1) == "năm" and text.word(month.end) in STARTS


def _date(text: SpokenText, at: int, day: Said, month: Said, year: Said | None, end: int, *, cost: float, sure: bool) -> Edge:
    before = text.word(at - 1)
    announced = (before in DAY_WORDS and before not in _NAMED_DAYS) or text.word(at - 2) == "thứ"
    lunar = before in _NAMED_DAYS

    def write(style: Style) -> str:
        unsaid = year is not None and text.word(month.end) != "năm"  # Without the word a year needs a slash.
        if style == "vi" and (unsaid or not lunar) and year and year.value >= 1000:
            return f"{day.value}/{month.value}/{year.value}"
        if style == "vi" and announced and not year:
            return f"{day.value}/{month.value}"
        return f"{day.value} tháng {month.value}" + (f" năm {year.value}" if year else "")

    found = [str(day.value), str(month.value), *([str(year.value)] if year else [])]
    return Edge(start=at, end=end, kind=Semiotic.DATE, cost=cost, certain=sure, values=tuple(found), write=write)


def month_year(text: SpokenText, at: int) -> Iterator[Edge]:
    """tháng bảy, tháng bảy năm hai không hai lăm."""
    if text.word(at - 1) in ("mấy", "vài", "hàng", "nửa"):
        return
    for month in _months(text, at + 1):
        behind = text.word(month.end)
        if (month.value == 1 and behind in ("lần", "lượt")) or behind in ("mươi", "trăm", "nghìn"):
            continue
        five = text.word(at + 1) == "năm"
        doubtful = five and (text.word(at - 1) == "ngày" or not is_figures(text.word(at + 1)))
        sure = month.sure and not doubtful and behind not in COUNTED and text.word(at + 1) not in ("giêng", "chạp")
        written = "" if text.word(at + 1) in ("giêng", "chạp") else f"tháng {month.value}"
        found = () if not written else (str(month.value),)
        if not (five and text.word(at - 1) == "ngày"):
            yield Edge(
                start=at, end=month.end, kind=Semiotic.DATE, cost=0.0 if text.word(at + 1) in _MONTHS else 0.5,
                certain=sure and bool(written), values=found,
                write=lambda style, written=written: written or None,
            )  # fmt: skip
        for year in _year_part(text, month.end):
            if written:
                yield _month_year(at, month, year, cost=_year_cost(text, year, 0.6))


def _month_year(at: int, month: Said, year: Said, *, cost: float) -> Edge:
    def write(style: Style) -> str:
        slash = style == "vi" and year.value >= 1000
        return f"tháng {month.value}/{year.value}" if slash else f"tháng {month.value} năm {year.value}"

    return Edge(
        start=at, end=year.end, kind=Semiotic.DATE, cost=cost, certain=year.sure and cost < 0.8,
        values=(str(month.value), str(year.value)), write=write,
    )  # fmt: skip


def year(text: SpokenText, at: int) -> Iterator[Edge]:
    """năm hai nghìn không trăm linh chín, năm một chín bốn lăm."""
    for said in _years(text, at + 1):
        if said.value < 100:
            continue
        cost = _year_cost(text, said, 0.6 if said.value >= 1000 else 0.8)
        yield Edge(
            start=at, end=said.end, kind=Semiotic.DATE, cost=cost,
            certain=said.sure and (_is_era(text, said.end) or (cost < 0.8 and said.value >= 1000)), values=(str(said.value),),
            write=lambda style, said=said: f"năm {said.value}",
        )  # fmt: skip


def quarter(text: SpokenText, at: int) -> Iterator[Edge]:
    """quý ba năm hai không hai ba."""
    for number in text.numbers(at + 1):
        value = _MONTHS.get(text.word(at + 1), number.value) if number.end == at + 2 else 0
        if number.kind is not Semiotic.CARDINAL or value not in range(1, 5) or text.word(number.end) != "năm":
            continue
        for year in _years(text, number.end + 1):
            if year.value >= 1000:
                yield _quarter(at, int(value), year, cost=_year_cost(text, year, 0.3))


def _quarter(at: int, quarter: int, year: Said, *, cost: float) -> Edge:
    def write(style: Style) -> str:
        return f"quý {roman_numeral(quarter)}/{year.value}" if style == "vi" else f"quý {quarter} năm {year.value}"

    return Edge(
        start=at, end=year.end, kind=Semiotic.DATE, cost=cost, certain=year.sure, values=(str(quarter), str(year.value)),
        write=write,
    )  # fmt: skip


def _is_era(text: SpokenText, at: int) -> bool:
    """trước công nguyên, sau công nguyên: only years have one."""
    return text.word(at) in ("trước", "sau") and text.said(at + 1, at + 3) == "công nguyên"


def day(text: SpokenText, at: int) -> Iterator[Edge]:
    """mùng năm, ngày hai mươi."""
    for said in _days(text, at + 1):
        named = text.word(at) in _NAMED_DAYS
        if not named and said.value < 10 and not is_figures(text.word(at + 1)):
            continue
        if named and said.value > 10:
            continue
        yield Edge(
            start=at, end=said.end, kind=Semiotic.DATE, cost=0.1 if named else 0.8 if said.sure else 1.4, certain=said.sure,
            values=(str(said.value),),
            write=lambda style, said=said: f"{text.original(at, at + 1)} {said.value}",
        )  # fmt: skip
