"""Every way the rules know to write a stretch of a spoken text: what a model may choose from."""

from __future__ import annotations

from typing import NamedTuple

from data.text.inverse import electronic_rules
from data.text.inverse.chart import best_path, edges_at
from data.text.inverse.edge import Style
from data.text.inverse.text import SpokenText
from data.text.semiotics import Semiotic


class Alternative(NamedTuple):
    """A stretch of a text, in characters, and one way to write it."""

    start: int
    end: int
    written: str
    certain: bool
    """Nothing else makes sense there: nobody need be asked."""


def alternatives(spoken: str, style: Style = "vi") -> list[Alternative]:
    """All stretches that can be written otherwise than they are said, those that overlap and contradict each other too.

    `render` takes the cheapest way through them; here the doubtful stand beside the certain: "năm sáu người" may be
    "5-6 người" and "56 người", and "năm" alone a year or a five.
    """
    text = SpokenText(spoken)
    sites = electronic_rules.electronic(text)
    found: dict[Alternative, None] = {}
    sure = {(edge.start, edge.end, edge.write(style)) for edge in best_path(text) if edge.certain}
    for at in range(len(text)):
        for edge in (*edges_at(text, at), *sites.get(at, ())):
            # A small number stays a word where nobody is asked; here somebody chooses.
            written = edge.write(style) or (edge.values[0] if edge.kind is Semiotic.CARDINAL else None)
            if written and written != text.original(edge.start, edge.end):
                certain = (edge.start, edge.end, written) in sure
                found[Alternative(text.starts[edge.start], text.ends[edge.end - 1], written, certain)] = None
    return list(found)
