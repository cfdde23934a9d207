"""Roman numerals in written text: thế kỷ XXI, Louis XIV, chương I; CD and vitamin C are none."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_WORTH = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_PARTS = (
    ("M", 1000), ("CM", 900), ("D", 500), ("CD", 400), ("C", 100), ("XC", 90), ("L", 50), ("XL", 40), ("X", 10), ("IX", 9),
    ("V", 5), ("IV", 4), ("I", 1),
)  # fmt: skip
#: Words that number things; behind them a single letter is a numeral too.
_COUNTED = re.compile(
    r"(?<![^\W_])(?:kỷ|kỉ|mục|chương|thứ|phần|đoạn|khoản|khóa|khoá|số|lục|quyển|tập|kỳ|kì|hồi|điều|cấp|hạng|bậc|lần|loại|nhóm"
    r"|lớp|vùng|đệ|đợt|bài|cột|năm|quý|đời|vua|triều|đoàn|khu|chiến|hoàng|độ|tháng|vòng|bảng)\s+$",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<![^\W_])[A-ZÀ-ỸĐ][^\W\d_A-ZĐ]+\s$")
#: More often discs, directors and the like than numbers.
_OTHERWISE = frozenset({"CD", "DC", "MC", "CM", "CC", "MD", "DM", "MM", "CV", "DI", "MI", "LI", "DV", "CI", "CL", "DL", "ML"})
_JOINED = re.compile(r"[.&'’-][^\W\d_]|&")
_FURTHEST = 24


def roman_value(letters: str) -> int | None:
    """The value of capital Roman letters; None if they make no numeral."""
    if not letters or not _SHAPE.fullmatch(letters):
        return None
    worth = [_WORTH[letter] for letter in letters]
    return sum(-one if one < following else one for one, following in zip(worth, [*worth[1:], 0], strict=True))


def roman_numeral(value: int) -> str:
    """A number from 1 to 3999 in Roman letters."""
    parts: list[str] = []
    for letters, worth in _PARTS:
        count, value = divmod(value, worth)
        parts.append(letters * count)
    return "".join(parts)


def roman_at(text: str, start: int, letters: str) -> int | None:
    """The value of the Roman numeral that stands at a place of a text; None if the letters are none there."""
    value = roman_value(letters)
    end = start + len(letters)
    if value is None or _JOINED.match(text, end):
        return None
    before = text[max(0, start - _FURTHEST) : start]
    if _COUNTED.search(before) and letters not in "CDLM":
        return value
    named = _NAME.search(before) is not None and (len(letters) > 1 or letters in "IVX")
    return value if named and letters not in _OTHERWISE else None
