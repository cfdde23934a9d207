"""The words that numbers are made of, in canonical tone placement."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

DIGITS: dict[str, int] = {
    "không": 0, "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5,
    "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9, "zero": 0,
}  # fmt: skip
#: Said of a unit only behind something larger: hai mươi mốt, một trăm tư, ba lăm.
CLOSING: dict[str, int] = {"mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5}
HALF = frozenset({"rưỡi", "rưởi"})
ODD = frozenset({"linh", "lẻ"})
TENS = frozenset({"mươi", "chục"})
#: Tens of one syllable with their unit: hăm mốt 21, băm sáu 36.
SHORT_TENS: dict[str, int] = {"hăm": 2, "băm": 3}
SCALES: dict[str, int] = {
    "nghìn": 10**3, "ngàn": 10**3, "vạn": 10**4, "triệu": 10**6, "tỷ": 10**9, "tỉ": 10**9,
}  # fmt: skip
#: Behind a scale these make another word of it: tỷ lệ, triệu phú, vạn vật.
_NO_SCALE: dict[str, frozenset[str]] = {
    "tỷ": frozenset({"lệ", "số", "giá", "trọng", "suất", "phú", "mỉ", "tê", "dụ", "khối", "lê", "thí"}),
    "triệu": frozenset({"phú", "tập", "hồi", "chứng", "việt", "vân", "tử"}),
    "vạn": frozenset({"thọ", "vật", "sự", "lý", "lí", "tuế", "diệp", "lịch", "hạnh", "xuân", "ninh", "phúc", "an"}),
}
_ENDS_SCALE = frozenset().union(*_NO_SCALE.values())
POINTS = frozenset({"phẩy", "chấm"})
MINUS = frozenset({"âm", "trừ"})
#: Words that make what stands before them a guess: hai mươi mấy.
VAGUE = frozenset({"mấy", "vài", "hàng", "dăm"})

#: What may stand inside a number; what is none of these ends it.
PARTS = frozenset({*DIGITS, *CLOSING, *HALF, *ODD, *TENS, *SHORT_TENS, *SCALES, "mười", "trăm"})
_CONCERNS = PARTS | POINTS | MINUS | VAGUE | _ENDS_SCALE
#: 31m, 3² and 1.000.0 begin with a digit too, and are no numbers.
_FIGURES = re.compile(r"[0-9]+(?:\.[0-9]+)?")
#: What a number may begin with.
STARTS = frozenset({*DIGITS, *SHORT_TENS, *MINUS, "mười", "trăm", "nghìn", "ngàn", "triệu", "tỷ", "tỉ"})


def is_figures(key: str) -> bool:
    """Whether a token is a number that is written with digits already."""
    return key[:1] in "0123456789" and bool(_FIGURES.fullmatch(key))


def concerns_numbers(key: str) -> bool:
    """Whether a token can stand in a number or change what the number beside it is."""
    return key in _CONCERNS or is_figures(key)


def scale_at(keys: Sequence[str], at: int) -> int:
    """The power of ten that a scale word stands for, 0 where none stands."""
    scale = SCALES.get(keys[at], 0) if at < len(keys) else 0
    if scale and at + 1 < len(keys):
        key = keys[at] if keys[at] != "tỉ" else "tỷ"
        if keys[at + 1] in _NO_SCALE.get(key, ()):
            return 0
    return scale


def canonical(value: int | Decimal) -> str:
    """The one way to write a value: no separators, a point, no idle zeros (1500000, 2.5, -3)."""
    if isinstance(value, int):
        return str(value)
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
