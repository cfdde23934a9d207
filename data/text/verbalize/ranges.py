"""What joins two numbers: ranges (10-12 kg, 8h–9h30, 20-25/12), results (tỷ số 2-1), ratios (1:25.000)."""

from __future__ import annotations

import re

from data.text.reading import Part, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import UNITS, ways
from data.text.verbalize.dates import date, day_month, day_number, month_number, month_of, year_number
from data.text.verbalize.numerals import number_reading, whole_reading
from data.text.verbalize.quantities import Quantity, measured
from data.text.verbalize.scan import Found, Scan
from data.text.verbalize.times import time

_DASH = re.compile(r" ?- ?(?=[\d$€£¥])")
_RATIO = re.compile(r"(\d{1,3}):(\d{1,3}(?:\.\d{3})*|\d+)(?![\d:/]|[.,]\d|[^\W\d_])")
_PAIR = re.compile(r"(\d{1,3}) ?[-:] ?(\d{1,3})(?![\d%:]|[.,/-]\d|-|[^\W\d_])")
_YEARS = re.compile(r"([12]\d{3}) ?- ?([12]\d{3}|\d\d)(?![\d/]|[.,-]\d|[^\W\d_])")
#: 20-25/12: the month is said once.
_DAYS = re.compile(r"(0?[1-9]|[12]\d|3[01]) ?- ?(?=(?:0?[1-9]|[12]\d|3[01])/(?:0?[1-9]|1[0-2])(?!\d))")
_MONTHS = re.compile(r"(1[0-2]|0?[1-9])-(?=(?:1[0-2]|0?[1-9])(?![\d-]))")
_SCORED = frozenset({"số", "thắng", "thua", "hòa", "hoà", "đậm", "sát", "nút", "dẫn", "bại", "là", "trước", "đảo"})
_UNTIL = ways((0.8, "đến"), (0.2, "tới"))
_PLAIN = re.compile(r"\d{1,4}(?:,\d{1,3})?")


def ratio(scan: Scan, at: int) -> Found | None:
    """1:25.000, 16:9."""
    match = _RATIO.match(scan.shape, at)
    if match is None:
        return None
    left, right = number_reading(match.group(1)), number_reading(match.group(2))
    return Found(
        match.end(),
        Semiotic.FRACTION,
        ways((0.6, seq(left, "trên", right)), (0.2, seq(left, right)), (0.2, seq(left, "chia", right))),
    )


def score(scan: Scan, at: int) -> Found | None:
    """tỷ số 2-1: both numbers without a word between them."""
    word, further = scan.before(at)
    if word not in _SCORED or not (match := _PAIR.match(scan.shape, at)):
        return None
    if word in ("là", "trước") and further not in ("số", "thắng", "dẫn"):
        return None
    left, right = match.groups()
    if int(left) > 30 or int(right) > 30:
        return None
    said = seq(whole_reading(left), whole_reading(right))
    if left == right:
        said = ways((0.85, said), (0.15, seq(whole_reading(left), "đều")))
    return Found(match.end(), Semiotic.SCORE, said)


def span(scan: Scan, at: int) -> Found | None:
    """Two expressions of one kind with a dash between them: 10-12 kg, 1939–1945, 8:00-9:30, 10$-20$."""
    if match := _YEARS.match(scan.shape, at):
        first, last = match.groups()
        if (len(last) == 4 and first < last) or (first[2:] < last and " " not in match.group()):
            return Found(match.end(), Semiotic.RANGE, seq(year_number(first), _UNTIL, year_number(last)))
    if found := _days(scan, at):
        return found
    for matcher in (date, time):
        left = matcher(scan, at)
        if left and (dash := _DASH.match(scan.shape, left.end)):
            right = matcher(scan, dash.end()) or (day_month(scan, dash.end()) if left.kind is Semiotic.DATE else None)
            if right:
                return Found(right.end, Semiotic.RANGE, seq(left.reading, _UNTIL, right.reading))
        if left:
            return None
    left = measured(scan, at)
    if left is None or not (dash := _DASH.match(scan.shape, left.end)):
        return None
    right = measured(scan, dash.end())
    if right is not None and left.kind is Semiotic.DATE:
        last = day_month(scan, dash.end())
        return Found(last.end, Semiotic.RANGE, seq(left.reading, _UNTIL, last.reading)) if last else None
    if right is None or _DASH.match(scan.shape, right.end) or re.match(r"[^\W_]|[:/]\d", scan.shape[right.end : right.end + 2]):
        return None
    first, last = scan.shape[at : left.end], scan.shape[dash.end() : right.end]
    if _PLAIN.fullmatch(first) and _PLAIN.fullmatch(last) and (_size(first) >= _size(last) or first == "0"):
        # What falls is no range: a result of two short numbers, else two things.
        if len(first) > 2 or len(last) > 2 or " " in dash.group():
            return None
        said = seq(left.reading, right.reading)
        return Found(right.end, Semiotic.SCORE, ways((1, said), (0, seq(left.reading, _UNTIL, right.reading))))
    return _range(scan, at, left, right)


def _days(scan: Scan, at: int) -> Found | None:
    if (match := _DAYS.match(scan.shape, at)) and (last := date(scan, match.end()) or day_month(scan, match.end())):
        word = scan.before(at)[0]
        return Found(last.end, Semiotic.RANGE, seq(day_number(match.group(1), word), _UNTIL, last.reading))
    if (match := _MONTHS.match(scan.shape, at)) and scan.before(at)[0] == "tháng":
        end = match.end()
        last = month_of(scan, end)
        return Found(last.end, Semiotic.RANGE, seq(month_number(match.group(1)), _UNTIL, last.reading)) if last else None
    return None


def _size(written: str) -> float:
    return float(written.replace(",", "."))


def _range(scan: Scan, at: int, left: Quantity, right: Quantity) -> Found | None:
    spaced = " -" in scan.shape[left.end : left.end + 2]
    if left.unit and not right.unit and spaced:
        return None
    if left.unit and left.unit == right.unit:
        both = seq(left.reading, _UNTIL, right.reading)
        return Found(right.end, Semiotic.RANGE, ways((0.7, both), (0.3, seq(left.bare, _UNTIL, right.reading))))
    options: list[tuple[float, Part]] = [(0.85, seq(left.reading, _UNTIL, right.reading))]
    first, last = scan.shape[at : left.end], scan.shape[left.end : right.end].strip(" -")
    following = re.match(r"(\d)(?!\d)", last)
    if len(first) == 1 and following and int(first) + 1 == int(last[0]) and first != "0":
        options.append((0.25, seq(UNITS[int(first)], right.reading)))
    return Found(right.end, Semiotic.RANGE, ways(*options))
