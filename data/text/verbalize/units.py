"""Units and currencies behind a number or a slash; case counts only where it tells two units apart."""

from __future__ import annotations

import re

from data.text import spoken_units
from data.text.reading import Part, Reading, heard, say, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.units_table import EACH_WORDS, LENGTHS, MONEY, NOT_MONEY, OTHERS

_MEASURES: dict[str, Part] = {
    **LENGTHS,
    **OTHERS,
    **{name + power: seq(part, "vuông") for name, part in LENGTHS.items() for power in "²2"},
    **{name + power: seq(part, "khối") for name, part in LENGTHS.items() for power in "³3"},
    **{
        "h": "giờ",
        "s": "giây",
        "min": "phút",
        "s²": "giây bình phương",
        "s2": "giây bình phương",
        "mi": "dặm",
        "mi²": "dặm vuông",
        "ft²": "feet vuông",
        "mW": "mi li oát",
    },
    **{"độ C": OTHERS["°C"], "độ F": OTHERS["°F"], "độ K": OTHERS["°K"]},
    **{"℃": OTHERS["°C"], "oC": OTHERS["°C"], "ºC": OTHERS["°C"], "μm": LENGTHS["µm"], "Mb": OTHERS["MB"]},
}


#: What the rules write and the tables do not know; one letter by itself is said as a letter.
_FURTHER: dict[str, Part] = {
    symbol: said[0] for symbol, said in spoken_units.names().items() if len(symbol) > 1 and symbol not in _MEASURES
}


def _heard(name: str, part: Part) -> Reading:
    """How a unit is said; heard in one word (kilômét), by its letters (mm), and as whatever the rules write it for, too."""
    said = say(part) if isinstance(part, str) else part
    others = [said.main().replace(" ", ""), *spoken_units.names().get(name, ())]
    others += [name.lower()] if len(name) > 1 and name.isascii() and name.isalpha() else []
    return heard(said, others)


_TABLE: dict[str, tuple[Semiotic, Reading]] = {
    name: (kind, _heard(name, part) if kind is Semiotic.MEASURE else say(part) if isinstance(part, str) else part)
    for kind, table in ((Semiotic.MEASURE, {**_MEASURES, **_FURTHER}), (Semiotic.MONEY, MONEY))
    for name, part in table.items()
}
_LOWER: dict[str, tuple[Semiotic, Reading]] = {name.lower(): entry for name, entry in reversed(_TABLE.items())}
#: In lower case these are words too, so behind a space their case must be right.
_DOUBTFUL = frozenset(
    ["ma", "pa", "a", "v", "w", "j", "l", "g", "m", "mi", "mp", "cal", "mol", "px", "hp", "ms", "rm", "°", "aud", "cad"]
)
_ATTACHED_ONLY = frozenset({"s", "min"})


def _alternatives(names: list[str]) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


_UNIT = re.compile(rf"( ?)({_alternatives([*_TABLE])})(?![^\W_])", re.IGNORECASE)
_NOT_MONEY = re.compile(rf" (?:{NOT_MONEY})(?![^\W_])")
_EACH = re.compile(rf" ?/ ?({_alternatives([*_TABLE, *EACH_WORDS.split('|')])})(?![^\W_])", re.IGNORECASE)
_BEFORE = re.compile(r"(US\$|A\$|HK\$|[$€£¥₫₩₹₽฿]|USD|VND|EUR|GBP|JPY|CNY) ?(?=\d)")


def unit_behind(shape: str, at: int) -> tuple[int, str, Semiotic, Reading] | None:
    """The unit behind a number that ends at `at`: its end, its symbol, what it is and how it is said."""
    match = _UNIT.match(shape, at)
    found = _unit(match.group(2), apart=bool(match.group(1))) if match else None
    if match is None or found is None:
        return None
    symbol = match.group(2)
    if symbol in ("đồng", "đô") and _NOT_MONEY.match(shape, match.end()):
        return None
    return match.end(), symbol, *found


def each_behind(shape: str, at: int) -> tuple[int, Reading] | None:
    """What a slash at `at` counts by (/h, /km², /ngày): its end and its reading."""
    match = _EACH.match(shape, at)
    if match is None:
        return None
    symbol = match.group(1)
    found = _TABLE.get(symbol) or _LOWER.get(symbol.lower())
    return match.end(), found[1] if found else say(symbol)


def unit_alone(shape: str, at: int) -> tuple[int, Reading] | None:
    """A unit with a power that stands without a number: km²."""
    match = _UNIT.match(shape, at)
    if match is None or match.group(1) or match.group(2)[-1] not in "²³23" or match.group(2) not in _TABLE:
        return None
    return match.end(), _TABLE[match.group(2)][1]


def currency_before(shape: str, at: int) -> tuple[int, str, Reading] | None:
    """The currency before a number: where the number starts, its symbol and its reading."""
    match = _BEFORE.match(shape, at)
    return (match.end(), match.group(1), _LOWER[match.group(1).lower()][1]) if match else None


def _unit(symbol: str, *, apart: bool) -> tuple[Semiotic, Reading] | None:
    if symbol in _TABLE:
        if (apart and symbol in _ATTACHED_ONLY) or (not apart and symbol == "A"):  # 12A is a house or a class.
            return None
        return _TABLE[symbol]
    if len(symbol) == 1 and symbol.isupper() and symbol.isascii():  # 5G, 2M, 10L are codes.
        return None
    lower = symbol.lower()
    if apart and symbol[0] in "ĐE" and not symbol.isupper():  # 5 Đồng Khởi
        return None
    if (apart and lower in _DOUBTFUL) or lower in ("a", "j"):
        return None
    return _LOWER.get(lower)
