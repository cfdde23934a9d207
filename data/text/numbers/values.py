"""The numbers that a text says, in one form for spoken and for written text, so that the two compare."""

from __future__ import annotations

from data.text.inverse.chart import best_path
from data.text.inverse.edge import Style
from data.text.inverse.text import SpokenText
from data.text.inverse.written_text import written_text


def values_of_spoken(text: str) -> list[str]:
    """The values that a spoken text says, in order, each reading the most sensible one.

    A value is written without separators, with a point and no idle zeros ("1500000", "2.5", "-3"); digits that were
    said one by one keep their zeros from three on ("0912345678"); a percent keeps its sign ("50%"); a date is day,
    month, year, a time is hour, minute ("bảy giờ kém mười" is 6, 50), a fraction is two values.
    """
    return [value for edge in best_path(SpokenText(text)) for value in edge.values]


def values_of_written(text: str, style: Style = "vi") -> list[str]:
    """The values of a written text in the form of `values_of_spoken`; words that say numbers count too.

    Args:
        style: what separators mean: 1.234 is 1234 in vi and 1.234 in nemo.
    """
    return [value for edge in best_path(written_text(text, style)) for value in edge.values]
