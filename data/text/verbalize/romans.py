"""Roman numerals: thế kỷ XXI · mục iv · Louis XIV · the ordinals thứ 2, lần thứ III."""

from __future__ import annotations

import re
from functools import lru_cache

from data.text.reading import Reading, maybe, say, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import cardinal, ways, year
from data.text.verbalize.letters import spelled
from data.text.verbalize.scan import Found, Scan

_ROMAN = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
#: After these a word of Roman letters counts, in lower case too.
_COUNTED = frozenset({
    "kỷ", "kỉ", "mục", "chương", "thứ", "phần", "đoạn", "khoản", "khóa", "khoá", "số", "lục", "quyển", "tập", "kỳ", "kì",
    "hồi", "điều", "cấp", "hạng", "bậc", "lần", "loại", "nhóm", "giai", "lớp", "vùng", "đệ", "đợt", "phụ", "bài", "cột",
})  # fmt: skip
#: Words of Vietnamese too: they count only where no word follows (thế kỷ vi; but một số vi phạm).
_SYLLABLES = frozenset({"vi", "di", "mi", "li", "xi", "i", "ci"})
#: More often discs, directors and the like than numbers.
_OTHERWISE = frozenset({"CD", "DC", "MC", "CM", "CC", "MD", "DM", "MM", "CV", "DI", "MI", "LI", "DV", "CI", "CL", "DL", "ML"})
_NAME = re.compile(r"(?<![^\W_])[A-ZÀ-ỸĐ][^\W\d_A-ZĐ]+ $")
#: Of these letters a word of capitals is a numeral wherever it stands.
_LETTERS = frozenset("CDLM")
_CLEAR = frozenset("IVX")
_QUARTER = re.compile(r"(I{1,3}|IV)/((?:19|20)\d\d)(?![\d/])")
#: V.League, X-men, C&A are names.
_JOINED = re.compile(r"[.&'’-][^\W\d_]|&")
_WORD_FOLLOWS = re.compile(r" [^\W\d_]")
#: Only in capitals do these make one, for what follows may be a word or a name.
_COUNTED_CAPITALS = frozenset({"năm", "quý", "đời", "vua", "triều", "đoàn", "khu", "chiến", "hoàng", "trung", "tháng"})


def roman_value(letters: str) -> int | None:
    """The number that Roman letters (capitals) make; None if they make none."""
    if not letters or not _ROMAN.fullmatch(letters):
        return None
    total = 0
    for one, following in zip(letters, (*letters[1:], "I"), strict=True):
        total += -_VALUES[one] if _VALUES[one] < _VALUES[following] else _VALUES[one]
    return total


def roman(scan: Scan, at: int, word: str) -> Found | None:
    """The Roman numeral that a word of letters is here, if any."""
    value = roman_value(word.upper())
    if value is None or not (word.isupper() or word.islower()) or _JOINED.match(scan.shape, at + len(word)):
        return None
    before, _ = scan.before(at)
    if len(word) > 1 and _CLEAR.issuperset(word) and word not in ("XX", "XXX", "VI", "IX"):
        return Found(at + len(word), Semiotic.ROMAN, roman_reading(value, word, ordinal=before == "thứ"))
    counted = before in _COUNTED or (before == "năm" and len(word) > 3)
    if word.upper() in _LETTERS:  # mục c, hạng D: a letter, and heard as a number too.
        reading = ways((0.8, say(word)), (0.2, spelled(word)), (0, cardinal(value)))
        return Found(at + 1, Semiotic.CODE, reading) if counted else None
    if word.islower():
        if not counted or (word in _SYLLABLES and _WORD_FOLLOWS.match(scan.text, at + len(word))):
            return None
    elif not counted and before not in _COUNTED_CAPITALS and not _behind_name(scan, at, word):
        return None
    return Found(at + len(word), Semiotic.ROMAN, roman_reading(value, word, ordinal=before == "thứ"))


def quarter(scan: Scan, at: int, word: str) -> Found | None:
    """quý III/2024"""
    match = _QUARTER.match(scan.shape, at)
    if match is None or scan.before(at)[0] not in ("quý", "tháng"):
        return None
    number = cardinal(roman_value(match.group(1)) or 1)
    return Found(match.end(), Semiotic.DATE, seq(number, maybe("năm", 0.97), year(int(match.group(2)))))


def _behind_name(scan: Scan, at: int, word: str) -> bool:
    """Louis XIV, Thế chiến II: behind a word with a capital."""
    previous = _NAME.search(scan.text, max(0, at - 24), at)
    return previous is not None and (len(word) > 1 or word in "IVX") and word not in _OTHERWISE


@lru_cache(maxsize=1024)
def roman_reading(value: int, word: str, *, ordinal: bool) -> Reading:
    """A Roman numeral as a number, at times by its letters."""
    number = ordinal_number(value) if ordinal else cardinal(value)
    if len(word) == 1 and not ordinal:
        return ways((0.9, number), (0.1, spelled(word)))
    return number


@lru_cache(maxsize=512)
def ordinal_number(value: int) -> Reading:
    """What follows thứ: nhất for 1, tư for 4; nhì for 2 in ranks."""
    if value == 1:
        return ways((0.97, "nhất"), (0.03, "một"))
    if value == 2:
        return ways((0.97, "hai"), (0.03, "nhì"))
    if value == 4:
        return ways((0.97, "tư"), (0.03, "bốn"))
    return cardinal(value)


_NUMBER = re.compile(r"\d{1,7}(?![\d:/%]|[.,-]\d|[^\W\d_])")


def ordinal(scan: Scan, at: int) -> Found | None:
    """The number behind thứ."""
    match = _NUMBER.match(scan.shape, at)
    if match is None or scan.before(at)[0] != "thứ":
        return None
    return Found(match.end(), Semiotic.ORDINAL, ordinal_number(int(match.group())))
