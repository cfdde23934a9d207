"""Numbers with a point: hai phẩy năm, không chấm không ba, một phẩy hai lăm triệu."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from data.text.numbers.cardinals import Part, below_thousand, closing, word
from data.text.numbers.digits import closed_run
from data.text.numbers.lexicon import DIGITS, POINTS, is_figures, scale_at
from data.text.numbers.number import Number
from data.text.semiotics import Semiotic

#: A year or a five behind the first digit of a fraction: bốn phẩy hai năm.
YEARS = 0.25
_ANNOUNCED = 2


def decimals(keys: Sequence[str], at: int, parts: Iterable[Part]) -> Iterator[Number]:
    """Every number with a point that can begin here.

    Args:
        parts: the whole numbers that can begin here.
    """
    integers = [(part.end, str(part.value), part.doubt) for part in parts if word(keys, part.end) in POINTS]
    if word(keys, at) in ("không", "zero") and word(keys, at + 1) in POINTS:
        integers.append((at + 1, "0", 0.0))
    for end, integer, doubt in integers:
        for fraction_end, fraction, more_doubt in _fractions(keys, end + 1):
            said = f"{integer}.{fraction}"
            yield from scaled(keys, fraction_end, said, doubt + more_doubt)


def scaled(keys: Sequence[str], end: int, said: str, doubt: float) -> Iterator[Number]:
    """A decimal, and it with the scale that follows: 1,5 triệu."""
    value = Decimal(said)
    yield Number(end=end, value=value, kind=Semiotic.DECIMAL, doubt=doubt, digits=said)
    scales = 0
    while (scale := scale_at(keys, end)) and scales < _ANNOUNCED:
        end, value, scales = end + 1, value * scale, scales + 1
        name = " ".join(keys[end - scales : end])
        yield Number(end=end, value=value, kind=Semiotic.DECIMAL, doubt=doubt, digits=said, mantissa=said, scale=name)


def _fractions(keys: Sequence[str], at: int) -> Iterator[tuple[int, str, float]]:
    if at < len(keys) and is_figures(keys[at]):
        if keys[at].isdigit():
            yield at + 1, keys[at], 0.0
        return
    run = closed_run(keys, at)
    if run.digits and not (closing(keys, run.end) and keys[run.end - 1] == "một"):
        before = run.digits[:-1]
        years = keys[run.end - 1] == "năm" and len(before) > 0 and before.strip("0")
        yield run.end, run.digits, YEARS if years else 0.0
        if years:
            yield run.end - 1, before, 0.01
        elif word(keys, run.end) in ("mươi", "trăm", "nghìn", "ngàn", "triệu", "tỷ") and len(run.digits) > 1:
            yield run.end - 1, before, 0.1
    elif word(keys, at) == "tư":
        yield at + 1, "4", 0.0
    for part in below_thousand(keys, at, lead=False):
        said_plainly = all(key in DIGITS or closing((key,), 0) for key in keys[at : part.end])
        if not said_plainly and not (part.value >= 100 and part.value % 100 == 0):
            yield part.end, str(part.value), 0.0
