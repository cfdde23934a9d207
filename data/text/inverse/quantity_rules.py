"""Numbers with what they count: percent, measures, money, lengths of time."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from data.text import spoken_units as units
from data.text.inverse.contexts import COUNTED, is_five, lone_five
from data.text.inverse.edge import Edge, Style
from data.text.inverse.styles import figure, values
from data.text.inverse.text import SpokenText
from data.text.numbers.cardinals import ASCENDING, YEAR_OR_FIVE
from data.text.numbers.decimals import YEARS
from data.text.numbers.lexicon import CLOSING, DIGITS, HALF, PARTS, is_figures
from data.text.numbers.number import Number
from data.text.semiotics import Semiotic

_PER = frozenset({"trên", "một", "mỗi"})
_PARTS = {"trăm": "%", "nghìn": "‰", "ngàn": "‰"}
_LONG_SPANS = frozenset({"ngày", "tuần", "tháng", "năm", "thập kỷ", "thế kỷ", "quý", "đêm"})
#: A tenth may be said behind these: một mét bảy, hai cân tư.
_NEVER_ZERO = frozenset({*_LONG_SPANS, *units.WORDS, "đồng"} - {"độ", "giây", "phút"})
_TENTHS = frozenset({"m", "kg", "km", "tấn", "tạ", "lít", "cân", "l", "ha"})
#: What is often counted by something else: người một ki lô mét vuông, hải lý một giờ.
_COUNTED_EACH = frozenset(
    {"người", "lý", "dặm", "con", "lít", "tấn", "vòng", "lô", "mét", "gam", "mg", "km", "kg", "đồng", "la"}
)
_TO = frozenset({"tới", "đến"})
_DASHES = frozenset({"-", "–"})
#: Behind these "năm" is an amount: sâu năm tới sáu mét.
_MEASURED = frozenset({"sâu", "dài", "cao", "rộng", "nặng", "dày", "khoảng", "chừng", "từ", "hơn", "tầm"})
_MAY_BE_MEASURED = _MEASURED | {"là", "mức", "được", "đạt", "tăng", "giảm"}
#: So little that it only takes the certainty.
_HALF_DOUBT = 0.01
_AMOUNTS = (Semiotic.CARDINAL, Semiotic.DECIMAL)
_CENTS = frozenset({"xu", "cent", "xen"})


class Counted(NamedTuple):
    """A unit that was said behind a number."""

    end: int
    kind: Semiotic
    vi: str
    nemo: str
    word: bool


@lru_cache(maxsize=1)
def begins() -> frozenset[str]:
    """What stands behind the number of every quantity."""
    return units.first_words() | _LONG_SPANS | {"%", "‰", "phần"}


def quantity(text: SpokenText, at: int) -> Iterator[Edge]:
    """A number and the unit behind it."""
    if text.word(at) == "một" and text.word(at - 1) in _COUNTED_EACH:
        yield from _each(text, at)
    for number in text.numbers(at):
        if is_half_of_range(text, at):
            number = number._replace(doubt=max(number.doubt, _HALF_DOUBT))
        behind = text.word(number.end)
        if text.word(at) == "trừ" and behind in _LONG_SPANS:
            continue  # trừ hai tuần: but for two weeks.
        zero = number.value == 0 and number.kind is Semiotic.CARDINAL and text.word(at) == "không"
        if zero and (behind in _NEVER_ZERO or text.word(at - 1) in DIGITS):
            continue
        if not behind or (number.kind is Semiotic.DIGITS and len(number.digits) > 2):
            continue
        if behind in ("%", "‰"):
            yield _percent(at, number, number.end + 1, behind)
        elif behind == "phần" and text.word(number.end + 1) in _PARTS:
            yield _percent(at, number, number.end + 2, _PARTS[text.word(number.end + 1)])
        elif behind in units.first_words() or behind in _LONG_SPANS:
            lone = number.end == at + 1 and text.word(at) == "năm" and not is_five(text.keys, at)
            for counted in _counted(text, number.end):
                if number.kind is Semiotic.DECIMAL and behind == "năm" and text.word(number.end + 1) in COUNTED:
                    continue  # bốn phẩy bốn năm con: 4,45 of them.
                if lone and counted.word and counted.kind is Semiotic.MEASURE:
                    continue  # trung bình năm chỉ khoảng: such units are common words.
                yield from _measures(text, at, number, counted)


def is_half_of_range(text: SpokenText, at: int) -> bool:
    """Whether a number stands behind "năm tới", which is next year as often as a five: năm tới sáu mét."""
    before = text.word(at - 1) in _TO and text.word(at - 2) == "năm"
    return before and text.word(at - 3) != "tháng" and text.word(at - 3) not in PARTS


def span(text: SpokenText, at: int) -> Iterator[Edge]:
    """hai đến ba phần trăm, năm phẩy ba tới sáu mét: what is said once is counted on both sides."""
    lone = text.word(at) == "năm" and text.word(at + 1) in _TO
    if lone and text.word(at - 1) not in _MAY_BE_MEASURED:
        return  # năm tới sáu mét is next year as well.
    sure = not lone or text.word(at - 1) in _MEASURED
    for low in text.numbers(at):
        joint = text.word(low.end)
        if joint not in _TO | _DASHES or low.kind not in _AMOUNTS:
            continue
        for high in text.numbers(low.end + 1):
            if high.kind not in _AMOUNTS or not low.value < high.value or (lone and high.value > 10):
                continue
            for edge in _upper_ends(text, low.end + 1, high):
                yield _span(at, low, joint, edge, certain=edge.certain and low.certain and sure)


def _upper_ends(text: SpokenText, at: int, high: Number) -> Iterator[Edge]:
    """The last number of a range with what is counted."""
    behind = text.word(high.end)
    if behind in ("%", "‰"):
        yield _percent(at, high, high.end + 1, behind)
    elif behind == "phần" and text.word(high.end + 1) in _PARTS:
        yield _percent(at, high, high.end + 2, _PARTS[text.word(high.end + 1)])
    elif behind in units.first_words():
        for counted in _counted(text, high.end):
            yield _quantity(text, at, high, counted, counted.end, high.certain)


def _span(at: int, low: Number, joint: str, high: Edge, *, certain: bool) -> Edge:
    first = values(low)[-1]
    if high.kind is Semiotic.PERCENT:
        first += high.values[-1][-1]
    apart = joint if joint in _DASHES else f" {joint} "

    def write(style: Style) -> str | None:
        last = high.write(style)
        return last and f"{figure(low, style)}{apart}{last}"

    cost = min(high.cost, 0.6) + min(_cost(low), 0.1)  # Together they cost less than each by itself.
    return high._replace(start=at, cost=cost, certain=certain, values=(first, *high.values), write=write)


def _each(text: SpokenText, at: int) -> Iterator[Edge]:
    """ba trăm người một ki lô mét vuông: "một" says what it is counted by, and is no number."""
    if text.word(at + 1) in ("giờ", "phút", "giây", "ngày"):
        yield Edge(start=at, end=at + 2, kind=Semiotic.PLAIN, cost=0.1, certain=False, values=(), write=lambda style: None)
    for counted in _counted(text, at + 1):
        yield Edge(start=at, end=counted.end, kind=Semiotic.PLAIN, cost=0.1, certain=False, values=(), write=lambda style: None)


def _cost(number: Number) -> float:
    doubt = 0.3 if number.doubt == YEAR_OR_FIVE else number.doubt
    if number.value < 1:  # It begins with không.
        return 0.0
    if number.kind is Semiotic.DECIMAL and 5 <= number.value < 6:  # It begins with năm.
        return 0.1
    return 0.7 + doubt + (0.6 if number.kind is Semiotic.DIGITS else 0.0)


def _percent(at: int, number: Number, end: int, sign: str) -> Edge:
    found = values(number)
    return Edge(
        start=at,
        end=end,
        kind=Semiotic.PERCENT,
        cost=_cost(number) - 0.1,
        # Years are no part of a percentage: năm năm phần trăm behind a point are two fives.
        certain=number.certain or (number.kind is Semiotic.DECIMAL and number.doubt == YEARS),
        values=(*found[:-1], found[-1] + sign),
        write=lambda style: figure(number, style) + sign,
    )


def _counted(text: SpokenText, at: int) -> Iterator[Counted]:
    found = False
    for length in range(min(units.longest(), len(text) - at), 0, -1):
        name = text.said(at, at + length)
        if name in units.CURRENCIES and not (length == 1 and text.word(at + 1) in units.NOT_MONEY):
            vi, nemo = units.CURRENCIES[name]
            yield Counted(at + length, Semiotic.MONEY, vi, nemo, False)
            return
        if (unit := units.table().get(name)) is not None:
            yield _per(text, Counted(at + length, Semiotic.MEASURE, unit.vi, unit.nemo, unit.word))
            found = True
        elif name in _LONG_SPANS:
            yield Counted(at + length, Semiotic.DURATION, name, name, True)
            found = True
        if found:
            return


def _per(text: SpokenText, counted: Counted) -> Counted:
    """ki lô mét trên giờ, xăng ti mét một giây."""
    if text.word(counted.end) not in _PER or counted.word:
        return counted
    for length in range(min(3, len(text) - counted.end - 1), 0, -1):
        name = text.said(counted.end + 1, counted.end + 1 + length)
        below = {"giờ": "h", "giây": "s", "phút": "phút", "ngày": "ngày"}.get(name)
        unit = units.table().get(name)
        if below is None and unit is not None and not unit.word:
            below = unit.vi
        if below is not None:
            lower = unit.nemo if unit is not None and name not in ("giờ", "phút") else below
            vi, nemo = f"{counted.vi}/{below}", f"{counted.nemo}/{lower}"
            return Counted(counted.end + 1 + length, counted.kind, vi, nemo, False)
    return counted


def _measures(text: SpokenText, at: int, number: Number, counted: Counted) -> Iterator[Edge]:
    yield _quantity(text, at, number, counted, counted.end, number.certain)
    if number.kind is not Semiotic.CARDINAL or number.mantissa or not isinstance(number.value, int):
        return
    behind = text.word(counted.end)
    if behind in HALF and counted.vi not in ("giờ", "phút"):
        if number.doubt >= ASCENDING:
            return  # hai ba tháng rưỡi: two or three, and no 23.
        half = _with_fraction(number, "5")
        # A word is followed by its half as people say it: 2 tiếng rưỡi, but 2,5 kg.
        yield _quantity(text, at, half, counted, counted.end + 1, number.certain, whole=number if counted.word else None)
    elif counted.kind is Semiotic.MONEY and counted.nemo in ("$", "€", "£"):
        for cents in text.numbers(counted.end):
            named = text.word(cents.end) in _CENTS
            sure = isinstance(cents.value, int) and cents.kind is Semiotic.CARDINAL
            if sure and 0 < cents.value < 100 and (named or (cents.value >= 10 and text.word(cents.end) == "")):
                both = _with_fraction(number, f"{cents.value:02}")
                yield _quantity(text, at, both, counted, cents.end + named, named and cents.certain)
    elif counted.vi in _TENTHS:
        for end, tenths in _tenths(text, counted.end, counted.vi):
            both = _with_fraction(number, tenths)
            yield _quantity(text, at, both, counted, end, number.certain and text.word(counted.end) in CLOSING)


def _tenths(text: SpokenText, at: int, unit: str) -> Iterator[tuple[int, str]]:
    word, behind = text.word(at), text.word(at + 1)
    if behind in units.first_words() or is_figures(behind) or is_figures(word):
        return
    digit = word in CLOSING or (word in DIGITS and word not in ("không", "năm"))
    if digit and behind not in DIGITS and behind not in ("mươi", "trăm", "chục", "phẩy", "nghìn", "triệu"):
        yield at + 1, str(CLOSING.get(word) or DIGITS[word])
    if unit == "m":
        for part in text.numbers(at):
            behind = text.word(part.end)
            ended = behind not in units.first_words() and behind not in PARTS and behind != "phẩy"
            if part.kind is Semiotic.CARDINAL and 10 < int(part.value) < 100 and ended:
                yield part.end, str(part.value)


def _with_fraction(number: Number, fraction: str) -> Number:
    digits = f"{number.value}.{fraction}"
    return number._replace(kind=Semiotic.DECIMAL, value=Decimal(digits), digits=digits)


def _quantity(
    text: SpokenText, at: int, number: Number, counted: Counted, end: int, certain: bool, *, whole: Number | None = None
) -> Edge:
    single = number.end == at + 1 and not is_figures(text.word(at)) and number.value != 10
    ten = number.end == at + 1 and text.word(at) == "mười"
    fraction = number.kind is Semiotic.DECIMAL
    nemo_word = counted.nemo == "" or (counted.word and counted.nemo == counted.vi and counted.vi not in ("giây", "phút"))

    def write(style: Style) -> str | None:
        if style == "vi" and whole is not None:
            return None if single or ten else f"{figure(whole, style)} {counted.vi} {text.original(counted.end, end)}"
        if style == "vi":
            if (single or ten) and counted.kind is Semiotic.DURATION and not fraction:
                return None
            if single and number.value == 1 and counted.word and not fraction:
                return None  # một công trình, một lượng lớn: an article.
            space = "" if counted.vi.startswith("°") else " "
            return f"{figure(number, style)}{space}{counted.vi}"
        if nemo_word:
            if single and not fraction:
                return None
            return f"{figure(number, style)} {text.original(number.end, counted.end)}"
        joined = counted.kind is Semiotic.MONEY or (counted.nemo == "s" and not fraction)
        return f"{figure(number, style)}{'' if joined else ' '}{counted.nemo}"

    if counted.kind is Semiotic.DURATION and fraction and counted.end != end:
        certain = False
    if counted.kind is Semiotic.DURATION and (single or ten):
        certain = False
    if single and counted.word and not fraction:
        certain = False  # ba công ty, hai lượng khách: such units begin other words as well.
    if text.word(at) == "không" and counted.kind is Semiotic.DURATION:
        certain = False
    return Edge(
        start=at,
        end=end,
        kind=counted.kind,
        cost=lone_five(text.keys, at, number.end, _cost(number)),
        certain=certain,
        values=values(number),
        write=write,
    )
