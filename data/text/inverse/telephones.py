"""Digits grouped as people write them: telephone numbers, payment cards."""

from __future__ import annotations

from data.text.inverse.edge import Style

#: Country codes of two digits; 1 and 7 stand alone, all others have three (ITU-T E.164).
_TWO_DIGITS = frozenset({
    20, 27, *range(30, 35), 36, 39, 40, 41, *range(43, 50), *range(51, 59), *range(60, 67),
    81, 82, 84, 86, *range(90, 96), 98,
})  # fmt: skip


def country_code(digits: str) -> str:
    """The code that an international number begins with."""
    if digits[0] in "17":
        return digits[0]
    return digits[:2] if int(digits[:2]) in _TWO_DIGITS else digits[:3]


def telephone(digits: str, style: Style, *, country: bool = False) -> str:
    """Digits in the groups of a style."""
    if len(digits) in (15, 16):
        return _groups(digits, (4, 4, 4, 4) if len(digits) == 16 else (4, 6, 5))
    if style == "nemo":
        return "-".join((digits[:3], digits[3:6], digits[6:])) if len(digits) == 10 and digits[0] == "0" else digits
    if len(digits) == 10 and digits[0] == "0":
        return _groups(digits, (4, 3, 3))
    if len(digits) == 11 and digits.startswith("02"):
        return _groups(digits, (3, 4, 4))
    if len(digits) == 11 and digits[0] == "0":
        return _groups(digits, (5, 3, 3))
    if len(digits) == 8 and digits.startswith(("18", "19")):
        return _groups(digits, (4, 4))
    if country and len(digits) == 9:
        return _groups(digits, (3, 3, 3))
    return digits


def _groups(digits: str, sizes: tuple[int, ...]) -> str:
    parts: list[str] = []
    at = 0
    for size in sizes:
        parts.append(digits[at : at + size])
        at += size
    return " ".join(parts)
