"""Which expression starts at a place: the matchers in their order."""

from __future__ import annotations

import re

from data.text.semiotics import Semiotic
from data.text.verbalize.addresses import address
from data.text.verbalize.codes import code, plate, version
from data.text.verbalize.coordinates import coordinate
from data.text.verbalize.dates import date
from data.text.verbalize.laws import legal
from data.text.verbalize.numerals import whole_reading
from data.text.verbalize.phones import telephone
from data.text.verbalize.quantities import quantity
from data.text.verbalize.ranges import ratio, score, span
from data.text.verbalize.romans import ordinal
from data.text.verbalize.scan import Found, Scan
from data.text.verbalize.times import duration, time

#: The kinds of numbers that may turn out to be a part of something longer.
_OPEN = frozenset({Semiotic.CARDINAL, Semiotic.DECIMAL, Semiotic.DIGITS, Semiotic.FRACTION})
#: What makes them so; 11x7 and 11×7 are two numbers.
_STUCK = re.compile(r"(?![xX×]\d)[^\W_²³]|:\d")
#: Inside 1,2,3 and 4-3-2 every number stands for itself.
_LISTED = re.compile(r"(?<=\d[-,.:])\d+(?=[-,.:]\d)")


def expression(scan: Scan, at: int) -> Found | None:
    """The expression that starts with a digit, a sign or a currency."""
    if match := _LISTED.match(scan.shape, at):
        return Found(match.end(), Semiotic.CARDINAL, whole_reading(match.group()))
    return (
        telephone(scan, at)
        or plate(scan, at)
        or legal(scan, at)
        or coordinate(scan, at)
        or score(scan, at)
        or span(scan, at)
        or ordinal(scan, at)
        or _single(scan, at)
        or version(scan, at)
        or ratio(scan, at)
        or code(scan, at)
    )


def _single(scan: Scan, at: int) -> Found | None:
    found = date(scan, at) or time(scan, at) or duration(scan, at) or address(scan, at) or quantity(scan, at)
    if found is None or found.kind not in _OPEN or not _STUCK.match(scan.shape, found.end):
        return found
    # Codes have no comma inside: in 2,70C (degrees whose sign was lost) it is decimal, and must be said.
    return found if found.kind is Semiotic.DECIMAL and "," in scan.shape[at : found.end] else None
