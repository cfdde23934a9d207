"""Numbers in figures. vi: 1.500.000 · 2,5 · 3,1 tỷ. nemo: 1500000 · 2.5 · 3.1 tỷ."""

from __future__ import annotations

from data.text.inverse.edge import Style
from data.text.numbers.lexicon import canonical
from data.text.numbers.number import Number
from data.text.semiotics import Semiotic


def figure(number: Number, style: Style, *, dots: bool = True) -> str:
    """A number in figures.

    Args:
        dots: style vi sets a dot between thousands; years and codes have none.
    """
    if number.kind is Semiotic.RANGE:
        low, high = canonical(number.value), str(number.upper)
        return f"{low}-{high}{' ' + number.scale if number.scale else ''}"
    if number.kind is Semiotic.DIGITS:
        return number.digits
    if number.mantissa and _keeps_scale(number, style):
        return f"{point(number.mantissa, style)} {number.scale}"
    return point(number.digits or canonical(number.value), style, dots=dots)


def _keeps_scale(number: Number, style: Style) -> bool:
    # Newspapers write 1 triệu and 2,5 tỷ; what was said as "một triệu rưỡi" is a price: 1.500.000.
    exact = number.kind is Semiotic.DECIMAL or "." not in number.mantissa
    return style == "nemo" or exact or number.scale not in ("triệu", "nghìn", "ngàn", "vạn")


def point(digits: str, style: Style, *, dots: bool = True) -> str:
    """Digits with a point in a style's own separators."""
    if style == "nemo":
        return digits
    sign = "-" if digits.startswith("-") else ""
    whole, _, fraction = digits.removeprefix("-").partition(".")
    if dots and len(whole) > 3:
        whole = f"{int(whole):,}".replace(",", ".")
    return f"{sign}{whole},{fraction}" if fraction else sign + whole


def values(number: Number) -> tuple[str, ...]:
    """The canonical values of a number: two of a range."""
    if number.kind is Semiotic.RANGE:
        return (canonical(number.value), str(number.upper))
    if number.kind is Semiotic.DIGITS:
        return (digit_value(number.digits),)
    return (canonical(number.value),)


def digit_value(digits: str) -> str:
    """Digits as a value; zeros in front count from three digits on (07 is 7, 007 is 007)."""
    return digits if len(digits.lstrip("-")) > 2 else str(int(digits))
