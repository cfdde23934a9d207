"""What stands beside a number can make another reading of it as good: then it stays as it was said, and is counted.

hai đến ba trăm          200 to 300, and not 2 to 300
sáu tháng năm chiếc      6 months, five of them; or 6/5
các khu một hai ba       zones 1, 2, 3; or 123
hòa hai hai              2-2; or 22
tháng mười một cuộc      November; or October, and one of them
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from itertools import pairwise

from data.text.inverse import quantity_rules
from data.text.inverse.contexts import ARTICLE, COUNTED, DAY_WORDS, NAMED, is_letter, may_be_article
from data.text.numbers.cardinals import MILLIONS
from data.text.numbers.grammar import number_at
from data.text.numbers.lexicon import DIGITS, PARTS, SCALES
from data.text.numbers.number import Number
from data.text.semiotics import Semiotic
from data.text.unicode import is_syllable

_YEARS = range(1000, 3000)
#: Years that nobody need announce.
_RECENT = range(1800, 2100)
_YEAR_OR_DENIAL = {"năm", "không"}
_MINUTES = range(1, 60)
#: Doubts from here on are no reason to leave a year unwritten.
_YEAR_DOUBT = 0.65
_BEFORE_YEAR = frozenset({"niên", "đến", "tới", "từ", "khoảng", "và"})
_RESULTS = frozenset({"thắng", "thua", "hòa", "dẫn", "bại", "lệ"})
#: chiến thuật năm ba hai, đội hình bốn ba ba
_LINE_UPS = frozenset({"thuật", "hình", "đồ"})
#: So many words may stand between what announces a result and the result: hòa Tottenham hai hai.
_RESULT_WORDS = 6
_TO = frozenset({"tới", "đến"})
_JOINS = _TO | {"hoặc", "hay"}
#: What two numbers may have in common, said once: ba mươi đến bốn mươi nghìn.
_SHARED = frozenset({"trăm", *SCALES})
_LISTED = frozenset({"các", "những", "mấy"})
#: Behind "năm" they make it a year, and before it too.
YEAR_WORDS = frozenset({"nay", "ngoái", "kia", "tới", "sau", "trước", "đó", "ấy", "này", "nào", "học", "nhuận", "mới", "cũ"})
_EACH = frozenset({"giây", "phút", "giờ"})
#: These begin no clause without a number or an article: behind a year the digit before them may be theirs.
_CLASSIFIERS = frozenset({
    "chiếc", "con", "cái", "mặt", "bức", "ngôi", "căn", "trận", "cuốn", "quyển", "cặp", "đứa", "lần", "vụ", "cuộc",
})  # fmt: skip


def key_at(keys: Sequence[str], at: int) -> str:
    """The word at a place, "" outside."""
    return keys[at] if 0 <= at < len(keys) else ""


def year_before(keys: Sequence[str], start: int, end: int) -> int | None:
    """Where the year begins that ends the words [start, end); None where they end in none.

    A year is announced: by "năm" before it, by the month of the same date, or by how it is said (đến một tám bảy hai).
    """
    for at in range(start, end):
        before = key_at(keys, at - 1)
        announced = before == "năm" or "tháng" in keys[start:at]
        for found in number_at(keys, at):
            said = announced or (before in _BEFORE_YEAR and found.kind is Semiotic.DIGITS)
            if said and found.end == end and _is_year(found):
                return at
    return None


def year_goes_on(keys: Sequence[str], start: int, end: int) -> bool:
    """Whether a year that begins at `start` may also end later: hai không hai mươi | hai mặt, mười | một vụ."""
    for found in number_at(keys, start):
        if found.end <= end or not _is_year(found) or found.doubt >= _YEAR_DOUBT:
            continue
        # ba mươi mốt is how people say 31; in "ba mươi một số" the article is the better reading.
        article = found.end == end + 1 and found.doubt >= MILLIONS and may_be_article(keys, found.end)
        if not article:
            return True
    return False


def is_doubtful(keys: Sequence[str], start: int, end: int, kind: Semiotic, years: Set[int]) -> bool:
    """Whether the words [start, end), written as this kind, have another reading as good beside their neighbours.

    Args:
        years: places of "năm" where it stays a word.
    """
    before = key_at(keys, start - 1)
    if before in _TO and start - 2 in years and key_at(keys, start - 3) not in PARTS | {"tháng"}:
        return True  # từ năm tới chín tháng mười một: half of a range may not stand without the other.
    if kind is Semiotic.DATE:
        return _is_doubtful_date(keys, start, end)
    if kind is Semiotic.CODE and keys[end - 1] in DIGITS and key_at(keys, end) in DIGITS.keys() - _YEAR_OR_DENIAL:
        return True  # R một | ba chấm tám
    if kind is Semiotic.DECIMAL and keys[start] in DIGITS and before in DIGITS.keys() - _YEAR_OR_DENIAL:
        return True  # một | ba chấm tám
    words = keys[start:end]
    if words == ["năm"] and key_at(keys, end) in YEAR_WORDS:
        return True  # số năm học: the years of school, or school year 5
    if keys[start] == "một" and key_at(keys, start + 1) in _EACH and before and not is_syllable(before):
        return True  # kbit một giây: a second, and no count of them
    if len(words) == 1 and before == "năm" and words[0] in DIGITS and is_letter(key_at(keys, start - 2)):
        return True  # tàu ngầm bê năm chín
    if kind is Semiotic.SCORE and len(words) == 2:
        return not _is_result(keys, start)
    digits = all(key in DIGITS for key in words)
    if kind is Semiotic.RANGE and len(words) == 2:
        return key_at(keys, start - 1) in ("năm", "số") or not _is_counted(keys, end)
    if not digits or kind not in (Semiotic.CARDINAL, Semiotic.DIGITS, Semiotic.TELEPHONE):
        return False
    if key_at(keys, start - 1) in _LINE_UPS:
        return True
    result = _is_result(keys, start)
    if len(words) == 2 and _is_counted(keys, end) and before and (is_letter(before) or not is_syllable(before)):
        return True  # mã mb hai | hai mặt
    if len(words) == 2 or (result and key_at(keys, start - 1) not in NAMED):
        return result and not _is_counted(keys, end)
    if len(words) == 3 and words[-1] == "năm" and before not in NAMED and is_syllable(before):
        return True  # sau chín bảy năm tồn tại; but xêsi một ba năm
    return len(words) > 2 and (_is_list(keys, start, end) or (len(words) > 3 and _counts_with_its_last(keys, start, end)))


def hides_scale(keys: Sequence[str], start: int, end: int, written: Mapping[int, str]) -> bool:
    """Whether two numbers, one of them in the words [start, end), may share a scale that what is written does not show.

    "một đến hai triệu" is one million to two, and "1 đến 2.000.000" is not; "1 đến 2 triệu" says both.

    Args:
        written: the expressions of the text by their first words, these words' own among them.
    """
    inside = (at + 1 for at in range(start, end) if keys[at] in _JOINS)
    if _SHARED.isdisjoint(written[start].split()) and any(_shares_scale(keys, at, end) for at in (start, *inside)):
        return True
    other = end + (key_at(keys, end) in _JOINS)
    ends = [one.end for one in number_at(keys, other)] if other < len(keys) else []
    shown = not _SHARED.isdisjoint(written.get(other, "").split())
    return bool(ends) and not shown and _shares_scale(keys, other, max(ends))


def _shares_scale(keys: Sequence[str], start: int, end: int) -> bool:
    """Whether the scale of the number that the words [start, end) begin with may be that of the number before it, too."""
    before = key_at(keys, start - 1)
    if before not in _JOINS and before not in DIGITS.keys() - _YEAR_OR_DENIAL:
        return False
    behind = start - 1 if before in _JOINS else start
    found = [one for one in number_at(keys, start) if one.end <= end and one.upper is None]
    stop = max((one.end for one in found), default=start)
    while stop > start and keys[stop - 1] in _SHARED:
        stop -= 1
        counts = [one.value for one in found if one.end == stop]
        if counts and any(value < max(counts) for value in _ending_at(keys, behind)):
            return True
    return False


def _ending_at(keys: Sequence[str], end: int) -> list[int | Decimal]:
    """The values of the longest number that ends at a place."""
    start = end
    while start > 0 and keys[start - 1] in PARTS:
        start -= 1
    for at in range(start, end):
        if values := [one.value for one in number_at(keys, at) if one.end == end and one.upper is None]:
            return values
    return []


def is_minute(keys: Sequence[str], at: int) -> bool:
    """Whether the word at a place can only be the minutes of the hour before it: mười hai giờ năm | trễ mười ngày."""
    if key_at(keys, at - 1) != "giờ" or key_at(keys, at - 2) not in PARTS:
        return False
    ends = [found.end for found in number_at(keys, at) if found.kind is Semiotic.CARDINAL and found.value in _MINUTES]
    behind = key_at(keys, max(ends, default=at))
    goes_on = behind in PARTS or behind in YEAR_WORDS or behind in ARTICLE or _is_counted(keys, max(ends, default=at))
    return bool(ends) and behind != "" and not goes_on


def _is_result(keys: Sequence[str], start: int) -> bool:
    """Whether a result was announced: thắng, hòa, tỷ số."""
    near = keys[max(0, start - _RESULT_WORDS) : start]
    return not _RESULTS.isdisjoint(near) or ("số" in near and not {"tỷ", "tỉ"}.isdisjoint(near))


def _is_doubtful_date(keys: Sequence[str], start: int, end: int) -> bool:
    behind = key_at(keys, end)
    announced = key_at(keys, start - 1) in DAY_WORDS or keys[start] in DAY_WORDS
    if keys[end - 2 : end] == ["tháng", "năm"] and end - start > 2 and behind in COUNTED and not announced:
        return True
    article = keys[end - 1] == "một" and behind in ARTICLE
    if article and keys[end - 3 : end - 1] == ["tháng", "mười"]:
        return True
    year = year_before(keys, start, end)
    if year is None or not (article or (behind in _CLASSIFIERS and keys[end - 1] in DIGITS)):
        return False
    return any(_is_year(found) and found.end == end - 1 for found in number_at(keys, year))


def _is_year(found: Number) -> bool:
    return isinstance(found.value, int) and found.value in _YEARS and found.upper is None and not found.scale


def _is_counted(keys: Sequence[str], at: int) -> bool:
    key = key_at(keys, at)
    return key in COUNTED or key in SCALES or key in quantity_rules.begins()


def _is_list(keys: Sequence[str], start: int, end: int) -> bool:
    """Single digits that people list: một hai ba, các khu một ba bảy."""
    values = [DIGITS[key] for key in keys[start:end]]
    ascending = all(other == one + 1 for one, other in pairwise(values))
    if ascending and key_at(keys, start - 1) not in NAMED:
        return True
    return not _LISTED.isdisjoint(keys[max(0, start - 3) : start])


def _counts_with_its_last(keys: Sequence[str], start: int, end: int) -> bool:
    """Nobody counts in single digits: xêzi một ba bảy, một sản phẩm; một ba bảy, ba đồng vị."""
    behind = key_at(keys, end)
    if keys[end - 1] == "một":
        return behind in COUNTED or behind in ARTICLE
    value = int("".join(str(DIGITS[key]) for key in keys[start:end]))
    return behind in COUNTED and key_at(keys, start - 1) not in NAMED and value not in _RECENT
