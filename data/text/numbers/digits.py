"""Digits one after the other: telephone numbers, codes, years (một chín bốn lăm, hai không hai mươi tư)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from data.text.numbers.cardinals import closing, tens, unit, word
from data.text.numbers.lexicon import CLOSING, DIGITS, ODD

#: Nobody reads out more in one go; it also keeps the search linear on any text.
LONGEST = 40


class Digits(NamedTuple):
    """Digits that were said: where they end, the digits, whether all were said one by one."""

    end: int
    digits: str
    plain: bool = True


def digit_run(keys: Sequence[str], at: int) -> str:
    """All digits said one by one from here on, at most LONGEST."""
    said: list[str] = []
    while at < len(keys) and len(said) < LONGEST and (digit := DIGITS.get(keys[at])) is not None:
        said.append(str(digit))
        at += 1
    return "".join(said)


def closed_run(keys: Sequence[str], at: int) -> Digits:
    """Digits one by one in which mốt, tư, lăm may close a pair: ba lăm bảy mốt không tư."""
    said: list[str] = []
    plain, open_pair = True, False
    while at < len(keys) and len(said) < LONGEST:
        digit = DIGITS.get(keys[at])
        if digit is None:
            if not open_pair or keys[at] not in CLOSING:
                break
            digit, plain, open_pair = CLOSING[keys[at]], False, False
        else:
            open_pair = digit > 1
        said.append(str(digit))
        at += 1
    return Digits(at, "".join(said), plain)


def grouped_run(keys: Sequence[str], at: int) -> Digits:
    """As people group telephone numbers: không chín mười hai ba bốn lăm sáu mươi bảy."""
    said: list[str] = []
    count = 0
    while at < len(keys) and count < LONGEST:
        pair = max((part for part in tens(keys, at, lead=True) if _is_group(keys, at, part.end)), default=None)
        if pair is not None:
            said.append(f"{pair.value:02}")
            at, count = pair.end, count + 2
        elif (digit := DIGITS.get(keys[at])) is not None:
            if word(keys, at + 1) in ("trăm", "nghìn", "ngàn", "triệu", "tỷ", "tỉ"):
                break
            said.append(str(digit))
            at, count = at + 1, count + 1
        else:
            break
    return Digits(at, "".join(said), plain=False)


def _is_group(keys: Sequence[str], at: int, end: int) -> bool:
    """Whether a pair shows that it is one: mười hai, sáu mươi bảy, ba lăm."""
    return keys[at] not in DIGITS or end - at > 2 or keys[end - 1] not in DIGITS


def years(keys: Sequence[str], at: int) -> Iterator[Digits]:
    """Four-digit years said by their century and the rest."""
    if word(keys, at) not in ("một", "hai") or word(keys, at + 1) not in DIGITS:
        return
    century = DIGITS[keys[at]] * 10 + DIGITS[keys[at + 1]]
    if not 10 <= century <= 20 and century != 21:
        return
    behind = at + 2
    if word(keys, behind) in ODD:
        last = 0 if word(keys, behind + 1) == "không" else closing(keys, behind + 1) or unit(keys, behind + 1)
        if last or word(keys, behind + 1) == "không":
            yield Digits(behind + 2, f"{century}{last:02}", plain=False)
    elif word(keys, behind) in DIGITS and word(keys, behind + 1) in DIGITS:
        yield Digits(behind + 2, f"{century}{DIGITS[keys[behind]]}{DIGITS[keys[behind + 1]]}")
    for part in tens(keys, behind, lead=False):
        plain = part.end == behind + 2 and keys[behind] in DIGITS and keys[behind + 1] in DIGITS
        if not plain:
            yield Digits(part.end, f"{century}{part.value}", plain=False)
