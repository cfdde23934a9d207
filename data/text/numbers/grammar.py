"""All numbers that can begin at a place in a text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from data.text.numbers.cardinals import ASCENDING, Part, unit, whole, word
from data.text.numbers.decimals import decimals, scaled
from data.text.numbers.digits import closed_run, grouped_run, years
from data.text.numbers.lexicon import CLOSING, DIGITS, HALF, MINUS, PARTS, POINTS, SCALES, STARTS, VAGUE, is_figures
from data.text.numbers.number import Number
from data.text.semiotics import Semiotic

_BIG = frozenset({"vạn", "triệu", "tỷ", "tỉ"})
_SHORTEST_TELEPHONE = 7
#: Without one of these behind it a digit word is all of the number.
_GOES_ON = PARTS | POINTS | VAGUE
#: Digit words that are mostly something else: năm a year, không a denial, ba a father.
_NOT_DIGITS = frozenset({"năm", "không", "ba"})


def number_at(syllables: Sequence[str], start: int) -> list[Number]:
    """All ways in which a number can begin at a place, the least doubtful of each length first.

    Args:
        syllables: words of a normal form; numbers in digits may stand among them (a point for the decimals).
    """
    if start >= len(syllables):
        return []
    first = syllables[start]
    if first in MINUS:
        return [_negative(number) for number in number_at_positive(syllables, start + 1)]
    if first in STARTS or is_figures(first):
        return number_at_positive(syllables, start)
    return []


def number_at_positive(keys: Sequence[str], at: int) -> list[Number]:
    """The numbers without a sign."""
    if at >= len(keys):
        return []
    if keys[at] in DIGITS and word(keys, at + 1) not in _GOES_ON:
        return [Number(end=at + 1, value=DIGITS[keys[at]])]
    if is_figures(keys[at]) and not keys[at].isdigit():
        return list(scaled(keys, at + 1, keys[at], 0.0))
    found: dict[tuple[int, object], Number] = {}
    for number in _all(keys, at):
        key = (number.end, number.digits or number.value)
        if key not in found or number.doubt < found[key].doubt:
            found[key] = number
    return sorted(found.values(), key=lambda number: (-number.end, number.doubt))


def _all(keys: Sequence[str], at: int) -> Iterator[Number]:
    if (keys[at] in SCALES or keys[at] == "trăm") and at and keys[at - 1] in {*VAGUE, *PARTS}:
        return
    if keys[at] == "không" or keys[at] == "zero":
        yield Number(end=at + 1, value=0)
    parts = list(whole(keys, at))
    for part in parts:
        if word(keys, part.end) not in VAGUE or word(keys, part.end) == "hàng":
            yield _cardinal(keys, at, part)
    yield from decimals(keys, at, parts)
    yield from _digits(keys, at)
    yield from _approximate(keys, at)


def _cardinal(keys: Sequence[str], at: int, part: Part) -> Number:
    """A whole number; one said as a mantissa and a scale keeps both."""
    if part.end == at + 1 and is_figures(keys[at]):
        kind = Semiotic.DIGITS if keys[at][0] == "0" and len(keys[at]) > 1 else Semiotic.CARDINAL
        return Number(end=part.end, value=part.value, kind=kind, digits=keys[at] if kind is Semiotic.DIGITS else "")
    last = part.end
    tenths = ""
    if keys[last - 1] not in _BIG and word(keys, last - 2) in _BIG:
        tenths, last = "tenths", last - 1
    first = last
    while first > at and keys[first - 1] in _BIG:
        first -= 1
    if first in (at, last) or any(key in _BIG for key in keys[at:first]):
        return Number(end=part.end, value=part.value, doubt=part.doubt)
    scale = 1
    for key in keys[first:last]:
        scale *= SCALES[key]
    mantissa = Decimal(part.value) / scale
    exact = mantissa == int(mantissa) or (tenths and mantissa * 10 == int(mantissa * 10))
    if not exact:
        return Number(end=part.end, value=part.value, doubt=part.doubt)
    text = format(mantissa.normalize(), "f")
    return Number(end=part.end, value=part.value, doubt=part.doubt, mantissa=text, scale=" ".join(keys[first:last]))


def _digits(keys: Sequence[str], at: int) -> Iterator[Number]:
    for year in years(keys, at):
        yield Number(end=year.end, value=int(year.digits), kind=Semiotic.DIGITS, digits=year.digits, doubt=0.1)
    if at and keys[at - 1] in DIGITS and not (keys[at - 1] in _NOT_DIGITS and word(keys, at - 2) not in DIGITS):
        return  # The begin of the run has proposed it; this also keeps endless runs linear.
    run = closed_run(keys, at)
    if len(run.digits) >= 3 or (len(run.digits) == 2 and keys[at] in ("một", "không")):
        yield from _run(keys, at, run.end, run.digits, run.plain)
    if (keys[at] == "không" or len(run.digits) > 2) and word(keys, run.end) in ("mươi", "mười", "linh", "lẻ"):
        grouped = grouped_run(keys, at)
        if len(grouped.digits) >= _SHORTEST_TELEPHONE + 1 and grouped.digits[0] == "0":
            yield Number(end=grouped.end, value=int(grouped.digits), kind=Semiotic.DIGITS, digits=grouped.digits, doubt=0.0)


def _run(keys: Sequence[str], at: int, end: int, digits: str, plain: bool) -> Iterator[Number]:
    """A run of digits, and the run without a last word that belongs to what follows."""
    doubt = 0.0 if len(digits) >= _SHORTEST_TELEPHONE else 0.3 if plain else 0.4
    if len(digits) == 2:
        doubt = 0.7
    elif len(digits) < 5 and "năm" in keys[at : end - 1]:
        doubt += 0.5  # hai năm một lần
    if keys[at] == "không" and len(digits) < 5 and word(keys, at + 1) != "không":
        doubt += 0.8
    behind = word(keys, end)
    broken = behind in ("mươi", "trăm", "chục") or behind in SCALES
    yield Number(end=end, value=int(digits), kind=Semiotic.DIGITS, digits=digits, doubt=doubt + (0.5 if broken else 0.0))
    if len(digits) > 3 and keys[end - 1] not in CLOSING and (broken or keys[end - 1] in ("năm", "không")):
        shorter = digits[:-1]
        yield Number(end=end - 1, value=int(shorter), kind=Semiotic.DIGITS, digits=shorter, doubt=doubt + 0.1)


def _approximate(keys: Sequence[str], at: int) -> Iterator[Number]:
    """Two numbers that follow each other for about so many: năm sáu, chín mười."""
    low = unit(keys, at)
    high = 10 if word(keys, at + 1) == "mười" else unit(keys, at + 1)
    if word(keys, at + 2) in HALF:
        return  # bốn năm rưỡi
    if low and high == low + 1 and not (high == 10 and unit(keys, at + 2)):
        yield Number(end=at + 2, value=low, upper=high, kind=Semiotic.RANGE, doubt=ASCENDING - 0.2)


def _negative(number: Number) -> Number:
    return Number(
        end=number.end,
        value=-number.value,
        kind=number.kind,
        doubt=number.doubt,
        digits=f"-{number.digits}" if number.digits else "",
        mantissa=f"-{number.mantissa}" if number.mantissa else "",
        scale=number.scale,
        upper=number.upper,
    )
