"""Times of day and durations: 6:50 · 6h50 · 6 giờ 50 phút · 7 giờ kém 10 · 14:30:05 · 3p20s · 30 phút."""

from __future__ import annotations

import re
from functools import lru_cache

from data.text.reading import SILENT, Part, Reading, maybe, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import UNITS, cardinal, ways
from data.text.verbalize.scan import Found, Scan

_END = r"(?![\d:]|[.,]\d|[^\W\d_])"
_COLON = re.compile(rf"([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?{_END}")
_LETTER = re.compile(rf"([01]?\d|2[0-4])(?: ?[hH]:?(?:([0-5]?\d)(?:[pP'’m](?:([0-5]?\d)[sS\"”]?)?)?)?|[gG]([0-5]\d)){_END}")
_WORDS = re.compile(
    r"([01]?\d|2[0-4]) (?:giờ|Giờ)(?![^\W\d_])"
    r"(?: kém (?P<less>[0-5]?\d)(?P<unit_less> phút)?(?![\d%/]|[.,]\d|[^\W_])"
    r"| (?P<minute>[0-5]?\d)(?: (?P<unit>phút)(?![^\W\d_])(?: (?P<second>[0-5]?\d) giây(?![^\W\d_]))?"
    r"|(?![\d:%/]|[.,-]\d|[^\W_])(?P<follows> ?[^\W\d_])?))?"
)
_LETTER_LESS = re.compile(r"([01]?\d|2[0-4]) ?h kém (?P<less>[0-5]?\d)(?P<unit_less> phút)?(?![\d%/]|[.,]\d|[^\W_])")
_MINUTES = re.compile(
    r"(?!(?:144|240|360|480|720|1080|1440|2160)p)(\d{1,4})(?: ?phút|p)(?![^\W\d_])(?: ?([0-5]?\d)(?: ?giây|s)(?![^\W\d_]))?"
)
_MINUTES_SHORT = re.compile(rf"(\d{{1,3}})p([0-5]?\d)s{_END}")
#: 45', unless the mark closes a quotation.
_PRIMES = re.compile(r"(\d{1,3})(['’′])(?:([0-5]?\d)(?:[\"”″]|''))?(?![^\W_])")
_SECONDS = re.compile(rf"(\d{{1,5}} giây|\d{{1,3}}s){_END}")
#: Behind these an hour and a number are a time, whatever follows.
_AT = frozenset({"lúc", "vào", "từ", "đến", "tới", "khoảng", "trước", "sau", "hồi", "qua", "quá", "hơn", "gần", "đúng"})
_MATCHES = frozenset({"số", "thắng", "thua", "hòa", "hoà", "lệ"})
_RATIO = re.compile(r"(?:[tT][ỉỷ] [lệsố]+|dốc)(?: [^\W\d_]+){0,3} $")


def time(scan: Scan, at: int) -> Found | None:
    """The time of day that starts at a digit, if any."""
    if match := _COLON.match(scan.shape, at):
        if scan.before(at)[0] in _MATCHES or _RATIO.search(scan.shape, max(0, at - 24), at):
            return None
        hour, minute, second = match.groups()
        return Found(match.end(), Semiotic.TIME, clock(int(hour), minute, second))
    if match := _LETTER_LESS.match(scan.shape, at):
        return _spoken(match, "")
    if match := _LETTER.match(scan.shape, at):
        hour, minute, second, other = match.groups()
        return Found(match.end(), Semiotic.TIME, clock(int(hour), minute or other or "", second))
    if match := _WORDS.match(scan.shape, at):
        return _spoken(match, scan.before(at)[0])
    return None


def duration(scan: Scan, at: int) -> Found | None:
    """Minutes and seconds that start at a digit, if any."""
    for shape in (_MINUTES_SHORT, _MINUTES):
        if match := shape.match(scan.shape, at):
            minutes, seconds = match.groups()
            said = seq(cardinal(int(minutes), lead=seconds is None), "phút")
            if seconds is not None and int(seconds):
                both = seq(said, _count(seconds), "giây")
                said = ways((0.9, both), (0.1, seq(said, "rưỡi"))) if int(seconds) == 30 else both
            return Found(match.end(), Semiotic.DURATION, said)
    if (match := _PRIMES.match(scan.shape, at)) and scan.shape.count(match.group(2), 0, at) % 2 == 0:
        said = seq(cardinal(int(match.group(1))), "phút")
        return Found(match.end(), Semiotic.DURATION, seq(said, _count(match.group(3)), "giây") if match.group(3) else said)
    if match := _SECONDS.match(scan.shape, at):
        return Found(match.end(), Semiotic.DURATION, seq(cardinal(int(match.group(1).rstrip(" giâys"))), "giây"))
    return None


@lru_cache(maxsize=1 << 13)
def clock(hour: int, minute: str, second: str | None) -> Reading:
    """A time written with digits: sáu giờ năm mươi, bảy giờ kém mười, sáu giờ rưỡi."""
    head = seq(cardinal(hour), "giờ")
    if second is not None and int(second):
        minutes = seq(_count(minute), "phút") if int(minute) else ways((1, SILENT), (0, "không phút"))
        return seq(head, minutes, _count(second), "giây")
    if not minute or int(minute) == 0:
        return ways((1, head), (0.03, seq(head, "đúng")), (0, seq(head, "không phút"))) if minute else head
    number = int(minute)
    counted = seq(head, _count(minute))
    options: list[tuple[float, Part]] = [(0.6, seq(counted, "phút"))]
    options.append((0.3 if number >= 10 else 0.03, counted))
    if number == 30:
        options.append((0.3, seq(head, "rưỡi")))
    if number > 30:
        options.append((0.12 if number >= 40 else 0.02, less(hour + 1, 60 - number)))
    return ways(*options)


def less(hour: int, minutes: int) -> Reading:
    """Minutes before an hour: bảy giờ kém mười."""
    return seq(cardinal(hour), "giờ kém", cardinal(minutes), maybe("phút", p=0.4))


def _spoken(match: re.Match[str], word: str) -> Found:
    head = seq(cardinal(int(match.group(1))), "giờ")
    if minutes := match["less"]:
        said = seq(head, "kém", _count(minutes), "phút" if match["unit_less"] else maybe("phút", p=0.2))
        return Found(match.end(), Semiotic.TIME, said)
    minutes = match["minute"]
    if minutes is None or (match["follows"] and word not in _AT):  # 6 giờ 50 người: a count of people.
        return Found(match.start() + len(match.group(1)) + 4, Semiotic.TIME, head)
    end = match.start("follows") if match["follows"] else match.end()
    counted = seq(head, _count(minutes))
    if second := match["second"]:
        return Found(end, Semiotic.TIME, seq(counted, "phút", _count(second), "giây"))
    said = seq(counted, "phút") if match["unit"] else seq(counted, maybe("phút", p=0.2))
    options: list[tuple[float, Part]] = [(0.85, said), (0.05, counted)]
    if int(minutes) == 30:
        options.append((0.15, seq(head, "rưỡi")))
    if int(minutes) > 30:
        options.append((0.08, less(int(match.group(1)) + 1, 60 - int(minutes))))
    return Found(end, Semiotic.TIME, ways(*options))


@lru_cache(maxsize=256)
def _count(written: str) -> Reading:
    """Minutes or seconds behind an hour: what stands before leaves no doubt about tens."""
    number = cardinal(int(written), lead=False)
    if len(written) == 2 and written[0] == "0":
        return ways((0.6, number), (0.4, seq(UNITS[0], UNITS[int(written)])))
    return number
