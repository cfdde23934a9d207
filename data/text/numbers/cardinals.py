"""Whole numbers: hai mươi mốt, trăm rưỡi, một nghìn hai, ba triệu tư, chín nghìn tỷ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from data.text.numbers.lexicon import CLOSING, DIGITS, HALF, ODD, SCALES, SHORT_TENS, TENS, is_figures, scale_at

#: How sure a colloquial reading is of itself; they only order what competes for the same words.
PAIR, ASCENDING, YEAR_OR_FIVE, FIRST = 0.6, 0.7, 0.9, 1.2
SHORTENED, MILLIONS, BARE = 0.2, 0.3, 0.8
#: Syllables of the longest number that people say, so that no text makes the search long.
_MOST_SCALES = 4
_MOST_FIGURES = 18


class Part(NamedTuple):
    """A piece of a number: where it ends, its value and how doubtful it is."""

    end: int
    value: int
    doubt: float = 0.0
    single: bool = False
    """One digit word and nothing else."""


def unit(keys: Sequence[str], at: int) -> int:
    """The value 1 to 9 of a digit word, 0 where none stands."""
    return DIGITS.get(keys[at], 0) if at < len(keys) else 0


def closing(keys: Sequence[str], at: int) -> int:
    """The value of mốt, tư, lăm, nhăm; 0 where none stands."""
    return CLOSING.get(keys[at], 0) if at < len(keys) else 0


def word(keys: Sequence[str], at: int) -> str:
    """The word at a place, "" behind the end."""
    return keys[at] if at < len(keys) else ""


def tens(keys: Sequence[str], at: int, *, lead: bool) -> Iterator[Part]:
    """10 to 99.

    Args:
        lead: nothing larger stands before, so that two digit words may also be two numbers.
    """
    first = word(keys, at)
    if first == "mười":
        yield Part(at + 1, 10)
        last = closing(keys, at + 1) or (0 if word(keys, at + 1) == "năm" else unit(keys, at + 1))
        if last and word(keys, at + 1) != "mốt":
            yield Part(at + 2, 10 + last)
    elif first in SHORT_TENS:
        last = closing(keys, at + 1) or unit(keys, at + 1)
        if last:
            sure = first == "hăm" or closing(keys, at + 1)
            yield Part(at + 2, SHORT_TENS[first] * 10 + last, 0.0 if sure else SHORTENED)
    elif ten := unit(keys, at):
        if word(keys, at + 1) in TENS:
            yield Part(at + 2, ten * 10, BARE if ten == 1 else 0.0)
            last = closing(keys, at + 2) or (0 if word(keys, at + 2) == "năm" else unit(keys, at + 2))
            if last and ten > 1:
                yield Part(at + 3, ten * 10 + last, MILLIONS if word(keys, at + 2) == "một" else 0.0)
            elif word(keys, at + 1) == "chục" and word(keys, at + 2) in HALF:
                yield Part(at + 3, ten * 10 + 5, SHORTENED)
        elif ten > 1:
            yield from _pair(keys, at, ten, lead=lead)


def _pair(keys: Sequence[str], at: int, ten: int, *, lead: bool) -> Iterator[Part]:
    """Tens without mươi: ba lăm is nothing but 35, bốn bảy is mostly 47, sáu bảy mostly two numbers."""
    last = closing(keys, at + 1)
    if last:
        if word(keys, at) == "năm" and word(keys, at + 1) == "tư":
            yield Part(at + 2, 54, YEAR_OR_FIVE if lead else SHORTENED)
        else:
            yield Part(at + 2, ten * 10 + last, SHORTENED if word(keys, at) == "ba" and last == 4 and lead else 0.0)
        return
    last = unit(keys, at + 1)
    if not last or (word(keys, at + 1) == "năm" and lead) or word(keys, at + 2) in HALF:
        return  # hai ba rưỡi is two or three and a half, never 23.
    if not lead:
        yield Part(at + 2, ten * 10 + last, SHORTENED if last == ten + 1 or last == 5 or ten == 5 else 0.0)
    else:
        doubt = FIRST if last == 1 else YEAR_OR_FIVE if ten == 5 else ASCENDING if last == ten + 1 else PAIR
        yield Part(at + 2, ten * 10 + last, doubt)


def below_thousand(keys: Sequence[str], at: int, *, lead: bool) -> Iterator[Part]:
    """1 to 999."""
    yield from tens(keys, at, lead=lead)
    hundred = unit(keys, at)
    if hundred:
        yield Part(at + 1, hundred, 0.0, True)
        if word(keys, at + 1) == "trăm":
            yield Part(at + 2, hundred * 100)
            yield from _behind_hundred(keys, at + 2, hundred * 100, 0.0)
    elif word(keys, at) == "trăm":
        if word(keys, at + 1) in HALF:
            yield Part(at + 2, 150, SHORTENED)
        else:
            yield from (part for part in _behind_hundred(keys, at + 1, 100, BARE) if part.value % 100 >= 10)


def _behind_hundred(keys: Sequence[str], at: int, base: int, doubt: float) -> Iterator[Part]:
    if word(keys, at) in HALF:
        yield Part(at + 1, base + 50, doubt)
    elif word(keys, at) in ODD:
        last = closing(keys, at + 1) or unit(keys, at + 1)
        if last:
            yield Part(at + 2, base + last, doubt)
    else:
        for part in tens(keys, at, lead=False):
            yield Part(part.end, base + part.value, doubt + part.doubt)
        if last := closing(keys, at):
            yield Part(at + 1, base + last * 10, doubt)
        elif word(keys, at) != "năm" and (last := unit(keys, at)):
            yield Part(at + 1, base + last * 10, doubt + SHORTENED)


def whole(keys: Sequence[str], at: int) -> Iterator[Part]:
    """Every whole number from 1 on that can begin here."""
    for part in _of_figures(keys, at) if at < len(keys) and is_figures(keys[at]) else below_billion(keys, at):
        yield part
        scale = scale_at(keys, part.end)
        if scale == 10**9:
            yield from _billions(keys, _settled(part), 0)
        elif scale == 10**6 and 1000 <= part.value < 10**6:
            yield from _scaled(keys, part, 10**6, 0)  # một nghìn hai trăm triệu
        elif scale == 10**3 and 1000 <= part.value < 10**6 and scale_at(keys, part.end + 1) == 10**9:
            yield from _billions(keys, Part(part.end + 1, part.value * 1000, part.doubt), 0)  # ba nghìn tư trăm ngàn tỷ


def _of_figures(keys: Sequence[str], at: int) -> Iterator[Part]:
    """Figures among words: 12 nghìn."""
    if keys[at].isdigit() and len(keys[at]) <= _MOST_FIGURES:
        yield Part(at + 1, int(keys[at]))
        if scale_at(keys, at + 1) != 10**9:
            yield from _scaled(keys, Part(at + 1, int(keys[at])), 10**6, 0)


def _settled(part: Part) -> Part:
    """A pair before a scale is a number: bốn bảy nghìn. An ascending one stays in doubt: ba bốn nghìn."""
    return part if part.doubt >= ASCENDING else part._replace(doubt=0.0)


def _billions(keys: Sequence[str], part: Part, depth: int) -> Iterator[Part]:
    if scale_at(keys, part.end) != 10**9 or depth == _MOST_SCALES:
        return
    head = Part(part.end + 1, part.value * 10**9, part.doubt)
    yield head
    yield from _billions(keys, head, depth + 1)
    for tail in _behind_scale(keys, head.end, 10**9):
        yield Part(tail.end, head.value + tail.value, head.doubt + tail.doubt)


def below_billion(keys: Sequence[str], at: int) -> Iterator[Part]:
    """1 to 999 999 999, and the scales that colloquially stand for one of them (triệu rưỡi)."""
    scale = scale_at(keys, at)
    if scale:
        for tail in _shortened(keys, at + 1, scale):
            half = word(keys, at + 1) in HALF
            yield Part(tail.end, scale + tail.value, tail.doubt + (SHORTENED if half else BARE))
        return
    for part in below_thousand(keys, at, lead=True):
        yield part
        if part.end < len(keys) and keys[part.end] in SCALES:
            yield from _scaled(keys, part, 10**6, 0)


def _scaled(keys: Sequence[str], part: Part, most: int, depth: int) -> Iterator[Part]:
    """A part with the scale that follows it, and what follows that."""
    scale = scale_at(keys, part.end)
    if not 0 < scale <= most or depth == _MOST_SCALES:
        return
    doubt = _settled(part).doubt
    head = Part(part.end + 1, part.value * scale, doubt)
    if scale == 10**9:
        yield from _billions(keys, part._replace(doubt=doubt), 0)
        return
    yield head
    yield from _scaled(keys, head, most, depth + 1) if scale_at(keys, head.end) == 10**9 else ()
    for tail in _behind_scale(keys, head.end, scale):
        yield Part(tail.end, head.value + tail.value, head.doubt + tail.doubt)


def _shortened(keys: Sequence[str], at: int, scale: int) -> Iterator[Part]:
    """One digit that stands for tenths of the scale before it: một triệu tư, hai nghìn rưỡi."""
    if word(keys, at) in HALF:
        yield Part(at + 1, scale // 2)
    elif last := closing(keys, at):
        yield Part(at + 1, last * scale // 10)
    elif word(keys, at) != "năm" and (last := unit(keys, at)):
        yield Part(at + 1, last * scale // 10, SHORTENED)


def _behind_scale(keys: Sequence[str], at: int, scale: int) -> Iterator[Part]:
    """Everything that may follow a scale and belong to it."""
    yield from _shortened(keys, at, scale)
    filled = at
    while word(keys, filled) == "không" and 0 < scale_at(keys, filled + 1) < scale:
        filled += 2  # một triệu không nghìn không trăm linh năm
    if word(keys, filled) in ODD:
        last = closing(keys, filled + 1) or unit(keys, filled + 1)
        if last:
            yield from _lower(keys, Part(filled + 2, last), scale)
        for part in tens(keys, filled + 1, lead=True):
            yield from _lower(keys, part, scale)
        return
    if word(keys, filled) == "không" and word(keys, filled + 1) == "trăm":
        yield Part(filled + 2, 0, SHORTENED)  # năm hai nghìn không trăm
        for part in _behind_hundred(keys, filled + 2, 0, 0.0):
            if part.value:
                yield from _lower(keys, part, scale)
        return
    for part in below_thousand(keys, filled, lead=False):
        if part.single and filled == at:
            if 0 < scale_at(keys, part.end) < scale:
                yield from (lower for lower in _lower(keys, part, scale) if lower.end > part.end)
        elif not (part.end == filled + 1 and part.single):
            yield from _lower(keys, part, scale)


def _lower(keys: Sequence[str], part: Part, scale: int) -> Iterator[Part]:
    """A group behind a scale: with a lower scale of its own, or the last one."""
    own = scale_at(keys, part.end)
    # Behind millions a round group is mostly thousands that were left out: hai triệu ba trăm.
    literal = scale == 1000 or part.value % 10 or part.value < 10
    yield Part(part.end, part.value, part.doubt + (0.0 if literal else MILLIONS))
    if 0 < own < scale:
        head = Part(part.end + 1, part.value * own, 0.0 if part.doubt < ASCENDING else part.doubt)
        if head.value < scale:
            yield head
            for tail in _behind_scale(keys, head.end, own):
                yield Part(tail.end, head.value + tail.value, head.doubt + tail.doubt)
