"""Places on the globe: hai mươi mốt độ không một phút bốn mươi hai giây bắc."""

from __future__ import annotations

from collections.abc import Iterator

from data.text.inverse.edge import Edge
from data.text.inverse.styles import figure, point
from data.text.inverse.text import SpokenText
from data.text.inverse.time_rules import sixty
from data.text.numbers.lexicon import canonical
from data.text.semiotics import Semiotic

_SIDES = {"bắc": "B", "nam": "N", "đông": "Đ", "tây": "T"}
_MOST_DEGREES = 180


def coordinate(text: SpokenText, at: int) -> Iterator[Edge]:
    """Degrees and minutes, with or without seconds, up to the side."""
    for degrees in text.numbers(at):
        if text.word(degrees.end) != "độ" or degrees.kind is not Semiotic.CARDINAL or degrees.value > _MOST_DEGREES:
            continue
        for end, minutes in sixty(text, degrees.end + 1, 59):
            if text.word(end) != "phút":
                continue
            head = f"{degrees.value}°{minutes:02}′"
            found = (str(degrees.value), str(minutes))
            yield from _side(at, text, end + 1, head, found)
            for seconds_end, written, value in _seconds(text, end + 1):
                yield from _side(at, text, seconds_end, f"{head}{written}″", (*found, value))


def _seconds(text: SpokenText, at: int) -> Iterator[tuple[int, str, str]]:
    for end, seconds in sixty(text, at, 59):
        if text.word(end) == "giây":
            yield end + 1, f"{seconds:02}", str(seconds)
    for number in text.numbers(at):
        if number.kind is Semiotic.DECIMAL and number.value < 60 and text.word(number.end) == "giây":
            yield number.end + 1, point(figure(number, "nemo"), "vi"), canonical(number.value)


def _side(start: int, text: SpokenText, at: int, head: str, found: tuple[str, ...]) -> Iterator[Edge]:
    side = _SIDES.get(text.word(at))
    if side:
        yield Edge(
            start=start, end=at + 1, kind=Semiotic.MEASURE, cost=0.3, certain=True, values=found,
            write=lambda style: f"{head}{side}" if style == "vi" else None,
        )  # fmt: skip
