"""Whole numbers as Vietnamese says them, with their regional and colloquial ways.

The rule of this file: a way that could as well mean another number is no way. "ba bốn" is 3–4, "năm hai" is year two
or fifty-two, "hai triệu năm" is two million years; none of them reads 34, 52 or 2,500,000. What follows a larger
component is free of that doubt ("một trăm ba bốn").
"""

from __future__ import annotations

from functools import lru_cache

from data.text.reading import Part, Reading, either, say, seq

#: Beyond a million milliards people read digits.
LONGEST = 16
_SCALES = (1_000_000_000, 1_000_000, 1_000)
_NAMES = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")


def ways(*weighted: tuple[float, Part]) -> Reading:
    """`either` with each weight beside its part."""
    return either(*(part for _, part in weighted), weights=[weight for weight, _ in weighted])


UNITS: tuple[Reading, ...] = tuple(
    either("bảy", "bẩy", weights=(0.95, 0.05)) if name == "bảy" else say(name) for name in _NAMES
)
_ODD = ways((0.65, "linh"), (0.35, "lẻ"))
SCALE_WORDS: dict[int, Reading] = {
    1_000: ways((0.7, "nghìn"), (0.3, "ngàn")),
    1_000_000: say("triệu"),
    1_000_000_000: ways((0.75, "tỷ"), (0.25, "tỉ")),
}
#: The unit after mươi, and in tens without mươi.
_AFTER_TENS: dict[int, Reading] = {
    1: ways((1, "mốt"), (0, "một")),
    4: ways((0.75, "tư"), (0.25, "bốn")),
    5: ways((0.85, "lăm"), (0.15, "nhăm")),
}
_SHORT: dict[int, Reading] = {1: say("mốt"), 4: say("tư"), 5: _AFTER_TENS[5]}


def cardinal(number: int, *, lead: bool = True, closed: bool = False) -> Reading:
    """The ways to say a whole number from 0 on, below 10 ** LONGEST.

    Args:
        lead: nothing is said before it that would tell tens from a list ("sáu bảy").
        closed: a word follows that belongs to it, so that it may not end in a shortened part ("một triệu hai").
    """
    return _cardinal(number, lead, closed)


@lru_cache(maxsize=1 << 14)
def _cardinal(number: int, lead: bool, closed: bool) -> Reading:
    if number < 10:
        return UNITS[number]
    if number < 100:
        return _tens(number, lead)
    if number < 1000:
        return _hundreds(number, closed)
    return _large(number, closed)


@lru_cache(maxsize=256)
def _tens(number: int, lead: bool) -> Reading:
    ten, unit = divmod(number, 10)
    if ten == 1:
        if unit == 0:
            return ways((0.98, "mười"), (0.02, "một chục"))
        if unit == 4:
            return ways((1, "mười bốn"), (0, "mười tư"))
        return seq("mười", _AFTER_TENS[5] if unit == 5 else UNITS[unit])
    if unit == 0:
        return ways((0.97, seq(UNITS[ten], "mươi")), (0.03, seq(UNITS[ten], "chục")))
    last = _AFTER_TENS.get(unit, UNITS[unit])
    options: list[tuple[float, Part]] = [(0.9, seq(UNITS[ten], "mươi", last))]
    if not lead:
        # "sáu trăm năm tư" may be a year four, too.
        options.append((0 if number == 54 else 0.15, seq(UNITS[ten], _SHORT.get(unit, UNITS[unit]))))
        options.append((0, seq(UNITS[ten], "bốn")) if unit == 4 else (0, seq(UNITS[ten], last)))
    elif unit in (1, 5) or (unit == 4 and ten != 5):
        options.append((0.08, seq(UNITS[ten], _SHORT[unit])))
    elif ten != 5 and unit not in (4, ten + 1):
        options.append((0.03, seq(UNITS[ten], UNITS[unit])))
    if ten in (2, 3):
        options.append((0.02 if ten == 2 else 0.005, seq("hăm" if ten == 2 else "băm", last)))
    return ways(*options)


@lru_cache(maxsize=2048)
def _hundreds(number: int, closed: bool) -> Reading:
    hundred, rest = divmod(number, 100)
    head = seq(UNITS[hundred], "trăm")
    if rest == 0:
        return head
    if rest < 10:
        return seq(head, odd(rest))
    full = seq(head, _tens(rest, False))
    if rest % 10:
        return full
    options: list[tuple[float, Part]] = [(0.9, full)]
    if rest == 50 and not closed:
        options += [(0.1, seq(head, "rưỡi")), (0, seq(head, "rưởi"))]
        if hundred == 1:
            options += [(0.02, "trăm rưỡi"), (0, "trăm rưởi")]
    elif rest != 50:
        short = _SHORT.get(rest // 10, UNITS[rest // 10])
        options.append((0 if closed or rest == 10 else 0.04, seq(head, short)))
        if hundred == 1 and not closed and rest != 10:
            options.append((0.01, seq("trăm", short)))
    return ways(*options)


@lru_cache(maxsize=16)
def odd(unit: int) -> Reading:
    """A unit where the tens are empty: linh năm, lẻ năm."""
    if unit == 4:
        return seq(_ODD, ways((0.7, "bốn"), (0.3, "tư")))
    return seq(_ODD, ways((1, "năm"), (0, "lăm"))) if unit == 5 else seq(_ODD, UNITS[unit])


def _large(number: int, closed: bool) -> Reading:
    scale = next(scale for scale in _SCALES if number >= scale)
    high, low = divmod(number, scale)
    head = seq(cardinal(high, closed=True), SCALE_WORDS[scale])
    if low == 0:
        return head
    full = seq(head, _after(low, scale))
    digit, remainder = divmod(low, scale // 10)
    if remainder or closed:
        return full
    # "hai triệu ba" for what the next lower scale would say in full.
    options: list[tuple[float, Part]] = [(0.9, full)]
    if digit == 5:
        options += [(0.1, seq(head, "rưỡi")), (0, seq(head, either("rưởi", "lăm")))]
        if high == 1:
            options.append((0.02, seq(SCALE_WORDS[scale], "rưỡi")))
    else:
        short = _SHORT.get(digit, UNITS[digit])
        options.append((0.02, seq(head, short)))
        if high == 1:
            options.append((0.003, seq(SCALE_WORDS[scale], short)))
    return ways(*options)


def _after(low: int, scale: int) -> Reading:
    """What is left after a scale was said: its empty hundreds are said or left out."""
    lower = next((scale for scale in _SCALES if low >= scale), 1)
    group, rest = divmod(low, lower)
    parts: list[Part] = [_group(group, closed=lower > 1, thousands=scale == 1000)]
    if lower > 1:
        parts.append(SCALE_WORDS[lower])
    if rest:
        parts.append(_after(rest, lower))
    reading = seq(*parts)
    # The pedantic way names the scale that is empty: một triệu không nghìn không trăm linh năm.
    if scale == 1_000_000 and lower == 1:
        return ways((0.98, reading), (0.02, seq("không", SCALE_WORDS[1000], reading)))
    return reading


def _group(group: int, *, closed: bool, thousands: bool) -> Reading:
    if group >= 100:
        return _hundreds(group, closed)
    if group < 10:
        bare = (0.3, UNITS[group]) if closed else (0, odd(group))  # hai triệu ba nghìn
        return ways((0.7, seq("không trăm", odd(group))), (0.2, odd(group)), bare)
    options: list[tuple[float, Part]] = [(0.7, seq("không trăm", _tens(group, False))), (0.3, _tens(group, True))]
    if thousands:  # "một nghìn chín lăm" is 1,095; after millions people mean more by it.
        options.append((0, _tens(group, False)))
    return ways(*options)


def digits(written: str) -> Reading:
    """One after the other: không chín một hai."""
    return seq(*(DIGITS[int(digit)] for digit in written))


#: A digit said by itself; those who read numbers aloud to be written down say zê rô too.
DIGITS: tuple[Reading, ...] = (ways((1, "không"), (0, either("zê rô", "zero"))), *UNITS[1:])


@lru_cache(maxsize=4096)
def year(number: int) -> Reading:
    """A year: hai nghìn không trăm hai mươi lăm, hai không hai lăm, một chín bốn lăm."""
    # After "năm" a thousand without its "một" would be five thousand.
    full = cardinal(number, closed=True)
    if not 1000 <= number <= 2999:
        return full
    century, rest = divmod(number, 100)
    head = seq(UNITS[century // 10], UNITS[century % 10])
    options: list[tuple[float, Part]] = [(0.6, full)]
    if century > 20:
        options.append((0, digits(str(number))))
    elif rest >= 10:
        options += [(0.35, seq(head, _year_tens(rest))), (0.05, digits(str(number)))]
    elif century == 20:
        options += [(0.25, seq(head, odd(rest))), (0.15, digits(str(number)))]
    else:
        options.append((0.1, digits(str(number))))
    return ways(*options)


def _year_tens(number: int) -> Reading:
    """The last two digits behind the first two: tám tư rather than tám mươi tư."""
    ten, unit = divmod(number, 10)
    if ten == 1 or unit == 0:
        return _tens(number, False)
    return ways((0.85, seq(UNITS[ten], _SHORT.get(unit, UNITS[unit]))), (0.15, _tens(number, False)))
