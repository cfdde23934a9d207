"""Times of day, and minutes with seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from data.text.inverse.contexts import COUNTED, lone_five
from data.text.inverse.edge import Edge, Style
from data.text.inverse.text import SpokenText
from data.text.numbers.cardinals import tens
from data.text.numbers.lexicon import HALF, ODD, is_figures
from data.text.semiotics import Semiotic

_BEHIND = ("phút", "giây")


def clock(text: SpokenText, at: int) -> Iterator[Edge]:
    """sáu giờ năm mươi, bảy giờ kém mười, mười hai giờ rưỡi, năm giờ hai mươi phút ba lăm giây."""
    for hour_end, hour in sixty(text, at, 24):
        if text.word(hour_end) != "giờ":
            continue
        behind = hour_end + 1
        yield _time(at, behind, hour, None, None, cost=lone_five(text.keys, at, hour_end, 0.7), sure=True)
        if text.word(behind) in HALF:
            yield _time(at, behind + 1, hour, 30, None, cost=lone_five(text.keys, at, hour_end, 0.6), sure=True)
        if text.word(behind) == "kém":
            for end, minutes in sixty(text, behind + 1, 59):
                if minutes:
                    end += text.word(end) == "phút"
                    yield _time(
                        at,
                        end,
                        (hour - 1) % 24,
                        60 - minutes,
                        None,
                        cost=lone_five(text.keys, at, hour_end, 0.6),
                        sure=hour != 1,
                    )
            continue
        for end, minutes in sixty(text, behind, 59):
            if text.word(end) == "phút":
                yield _time(
                    at, end + 1, hour, minutes, None, cost=lone_five(text.keys, at, hour_end, 0.6), sure=True, named=True
                )
                for second_end, seconds in sixty(text, end + 1, 59):
                    if text.word(second_end) == "giây":
                        yield _time(
                            at,
                            second_end + 1,
                            hour,
                            minutes,
                            seconds,
                            cost=lone_five(text.keys, at, hour_end, 0.5),
                            sure=True,
                            named=True,
                        )
            else:
                yield from _without_unit(text, at, hour, behind, end, minutes)


def _without_unit(text: SpokenText, at: int, hour: int, start: int, end: int, minutes: int) -> Iterator[Edge]:
    word = text.word(end)
    if word in ("giây", "phẩy", "trăm", "nghìn", "ngàn", "triệu", "mươi", "tháng"):
        return
    counted = word in COUNTED
    announced = minutes >= 10 or end > start + 1 or is_figures(text.word(start))
    cost = 1.9 if counted else 0.6 if announced else 1.2
    if text.word(at) == "năm" and not counted:
        cost = lone_five(text.keys, at, at + 1, cost)
    yield _time(at, end, hour, minutes, None, cost=cost, sure=announced and not counted)


def sixty(text: SpokenText, at: int, most: int) -> Iterator[tuple[int, int]]:
    """Hours, minutes or seconds: behind what stands before, pairs leave no doubt."""
    seen: set[tuple[int, int]] = set()
    for number in text.numbers(at):
        plain = number.kind is Semiotic.CARDINAL or (number.kind is Semiotic.DIGITS and len(number.digits) <= 2)
        if plain and isinstance(number.value, int) and 0 <= number.value <= most:
            seen.add((number.end, number.value))
    seen |= {(part.end, part.value) for part in tens(text.keys, at, lead=False) if part.value <= most}
    if text.word(at) in ODD or text.word(at) == "không":
        for number in text.numbers(at + 1):
            if number.end == at + 2 and 0 < number.value < 10:
                seen.add((number.end, int(number.value)))
    if text.word(at) == "năm":
        seen.add((at + 1, 5))
    yield from sorted(seen, reverse=True)


def _time(
    at: int, end: int, hour: int, minute: int | None, second: int | None, *, cost: float, sure: bool, named: bool = False
) -> Edge:
    def write(style: Style) -> str:
        if style == "nemo":
            if minute is None:
                return f"{hour}h"
            return f"{hour}:{minute:02}" + ("" if second is None else f":{second:02}")
        if minute is None:
            return f"{hour} giờ"
        # 6 giờ 05, but 6 giờ 5 phút.
        tail = f"{minute} phút" if named else f"{minute:02}"
        return f"{hour} giờ {tail}" + ("" if second is None else f" {second} giây")

    if hour == 0:
        cost = min(cost, 0.1)
    # Nobody says the zeros of 8:00, so they are no values.
    found = [str(hour)]
    if minute or second:
        found.append(str(minute))
    if second:
        found.append(str(second))
    return Edge(start=at, end=end, kind=Semiotic.TIME, cost=cost, certain=sure, values=tuple(found), write=write)


def minutes_seconds(text: SpokenText, at: int) -> Iterator[Edge]:
    """ba phút hai mươi giây, bốn phút rưỡi."""
    for end, minutes in sixty(text, at, 999):
        if text.word(end) != "phút":
            continue
        if text.word(end + 1) in HALF:
            yield _duration(at, end + 2, minutes, 30)
        for second_end, seconds in sixty(text, end + 1, 59):
            if text.word(second_end) == "giây":
                yield _duration(at, second_end + 1, minutes, seconds)


def hours_minutes(text: SpokenText, at: int) -> Iterator[Edge]:
    """một tiếng hai mươi phút: how long, where "giờ" would be a time of day as well."""
    for end, hours in sixty(text, at, 999):
        if text.word(end) != "tiếng":
            continue
        for minute_end, minutes in sixty(text, end + 1, 59):
            if text.word(minute_end) == "phút" and minutes:
                cost = lone_five(text.keys, at, end, 0.6)
                yield _lasting(at, minute_end + 1, hours, minutes, partial(_hours_minutes, hours, minutes), cost)


def _duration(at: int, end: int, minutes: int, seconds: int) -> Edge:
    return _lasting(at, end, minutes, seconds, partial(_minutes_seconds, minutes, seconds), 0.6)


def _lasting(at: int, end: int, first: int, second: int, write: Callable[[Style], str], cost: float) -> Edge:
    values = (str(first), str(second))
    return Edge(start=at, end=end, kind=Semiotic.DURATION, cost=cost, certain=True, values=values, write=write)


def _minutes_seconds(minutes: int, seconds: int, style: Style) -> str:
    return f"{minutes}p{seconds:02}s" if style == "nemo" else f"{minutes} phút {seconds} giây"


def _hours_minutes(hours: int, minutes: int, style: Style) -> str:
    return f"{hours}h{minutes:02}p" if style == "nemo" else f"{hours} tiếng {minutes} phút"
