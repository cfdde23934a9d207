"""Spoken Vietnamese in its written form, by rules alone."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from data.text.inverse.chart import best_path
from data.text.inverse.edge import Style
from data.text.inverse.text import SpokenText
from data.text.numbers.lexicon import is_figures
from data.text.semiotics import Semiotic


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A stretch of spoken text that is written otherwise."""

    start: int
    """Characters of the spoken text."""
    end: int
    written: str
    kind: Semiotic
    certain: bool
    """The words have only one sensible reading here."""


def render(spoken: str, style: Style = "vi") -> list[Rendered]:
    """Everything that can be written otherwise than it is said, from left to right, the doubtful too."""
    return _rendered(SpokenText(spoken), style)


def _rendered(text: SpokenText, style: Style) -> list[Rendered]:
    found: list[Rendered] = []
    for edge in best_path(text):
        if edge.end == edge.start + 1 and is_figures(text.word(edge.start)):
            continue  # Somebody wrote it already, perhaps a year or a part of a date.
        written = edge.write(style)
        if written is None or written == text.original(edge.start, edge.end):
            continue
        start, end = text.starts[edge.start], text.ends[edge.end - 1]
        found.append(Rendered(start=start, end=end, written=written, kind=edge.kind, certain=edge.certain))
    return found


def write(spoken: str, style: Style = "vi") -> str:
    """The text with what the rules can write: in style vi what is certain, in style nemo everything. NFC, single spaces."""
    parts: list[str] = []
    at = 0
    for rendered in render(spoken, style):
        if rendered.certain or style == "nemo":
            parts += (spoken[at : rendered.start], rendered.written)
            at = rendered.end
    return unicodedata.normalize("NFC", " ".join("".join((*parts, spoken[at:])).split()))
