"""Telephone numbers as people group them, and digit strings that are read digit by digit."""

from __future__ import annotations

import re

from data.text.reading import Part, Reading, either, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import DIGITS, cardinal, digits, ways
from data.text.verbalize.scan import Found, Scan

_END = r"(?![\d%]|[ .-]?\d|[^\W\d_])"
_PHONE = re.compile(
    rf"(?:(\+\d{{1,3}})[ .-]?)?(?:\((\+?\d{{2,5}})\)[ .-]?)?(\d{{2,5}}(?:[ .-]\d{{2,8}}){{1,4}}|\d{{8,11}}){_END}"
)
_HOTLINE = re.compile(rf"1[89]00(?:[ .-]?\d{{4}}|(?:[ .-]\d{{2}}){{2,3}}|[ .-]?\d{{6}}){_END}")
_CARD = re.compile(r"\d{4}(?:[ -]\d{4}){3}(?![\d-]| \d)")
#: Short numbers that everybody dials.
SERVICES = frozenset({"110", "111", "112", "113", "114", "115", "116", "119", "911", "1022", "1080"})
_SERVICE = re.compile(r"\d{3,4}(?![\d/%:]|[.,-]\d|[^\W\d_])")
_CALLED = frozenset({"số", "thoại", "hotline", "gọi", "đt", "sđt", "fax", "tel", "cảnh", "tổng", "đài", "máy"})
_NUMBERS = re.compile(r"\d+")


def telephone(scan: Scan, at: int) -> Found | None:
    """The telephone number that starts here, if any."""
    if match := _HOTLINE.match(scan.shape, at):
        return Found(match.end(), Semiotic.TELEPHONE, grouped(match.group()))
    if match := _CARD.match(scan.shape, at):
        return Found(match.end(), Semiotic.DIGITS, digits(re.sub(r"\D", "", match.group())))
    word, _ = scan.before(at)
    if match := _PHONE.match(scan.shape, at):
        country, area, rest = match.groups()
        if _is_phone(country or area, rest, word in _CALLED):
            return Found(match.end(), Semiotic.TELEPHONE, grouped(match.group()))
    if word in _CALLED and (match := _SERVICE.match(scan.shape, at)) and match.group() in SERVICES:
        return Found(match.end(), Semiotic.TELEPHONE, digits(match.group()))
    return None


def _is_phone(outer: str | None, rest: str, called: bool) -> bool:
    count = sum(map(str.isdigit, rest))
    if outer:
        return 6 <= count <= 11
    if rest[0] == "0" and len(rest) > 1 and rest[1] != "0":
        return 9 <= count <= 11 and not re.match(r"0\d[.-]\d\d[.-]\d{4}$", rest)
    return called and 7 <= count <= 11 and not re.match(r"\d{1,3}(?:\.\d{3})+$", rest)


def grouped(written: str) -> Reading:
    """A number digit by digit; in groups of two or three a number at times, as people say them."""
    parts: list[Part] = [either("cộng", "dấu cộng", weights=(0.9, 0.1))] if "+" in written else []
    groups = _NUMBERS.findall(written)
    for index, group in enumerate(groups):
        parts.append(_country(group) if "+" in written and index == 0 and len(groups) > 1 else _group(group))
    return seq(*parts)


def _country(group: str) -> Reading:
    return ways((0.6, cardinal(int(group), closed=True)), (0.4, digits(group)))


def _group(group: str) -> Reading:
    said = digits(group)
    if len(group) == 2 and group[0] not in "0":
        return ways((0.9, said), (0.1, cardinal(int(group), lead=False)))
    if len(group) >= 3 and len(set(group)) == 1 and len(group) <= 4:  # tam hoa, tứ quý: ba con năm
        count = {3: "ba", 4: "bốn"}[len(group)]
        return ways((1, said), (0, seq(count, "con", DIGITS[int(group[0])])))
    return said
