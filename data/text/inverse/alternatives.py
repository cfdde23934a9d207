"""Every way the rules know to write a stretch of a spoken text: what a model may choose from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from data.text.inverse import code_rules, electronic_rules, name_rules, quantity_rules
from data.text.inverse.chart import best_path, edges_at
from data.text.inverse.contexts import may_be_one
from data.text.inverse.edge import Edge, Style
from data.text.inverse.text import SpokenText
from data.text.numbers.lexicon import DIGITS, SCALES
from data.text.semiotics import Semiotic

#: Behind these a ten may end before a scale that belongs to what follows.
_BEFORE_TEN = frozenset({"tháng", "ngày", "giờ", "phút"})
#: Dearer readings no guard lets through: năm một nghìn for 51.000, sáu bảy for 67.
_MOST_COST = 1.65
_RAISES = frozenset({*SCALES, "trăm", "mươi"})
#: Digits that are seldom anything else: năm is mostly a year, không a denial.
_SAID_ALONE = frozenset(DIGITS) - {"năm", "không"}


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
    certain_edges = [edge for edge in best_path(text) if edge.certain]
    inside = _inside(text, certain_edges)
    found: dict[Alternative, None] = {}
    sure = {(edge.start, edge.end, edge.write(style)) for edge in certain_edges}
    for at in range(len(text)):
        for edge in (*edges_at(text, at), *sites.get(at, ()), *code_rules.code(text, at)):
            # A small number stays a word where nobody is asked; here somebody chooses.
            written = edge.write(style) or (edge.values[0] if edge.kind is Semiotic.CARDINAL else None)
            if written and written != text.original(edge.start, edge.end):
                certain = (edge.start, edge.end, written) in sure
                if not certain and (not inside.isdisjoint((edge.start, edge.end)) or _is_torn(text, edge)):
                    continue
                if edge.kind is Semiotic.CARDINAL and edge.cost > _MOST_COST:
                    continue
                if edge.end == at + 1 and text.word(at) == "một" and not may_be_one(text.keys, at):
                    continue
                if edge.kind is Semiotic.CARDINAL and name_rules.counts_rulers(text, at, edge.end):
                    continue  # robert một is Robert I, or a Robert and an article; never Robert 1.
                found[Alternative(text.starts[edge.start], text.ends[edge.end - 1], written, certain)] = None
    return list(found)


def _inside(text: SpokenText, certain: Sequence[Edge]) -> set[int]:
    """The places inside of numbers whose words have no other reading: năm một trăm bảy mươi chín is never 100, 79."""
    places: set[int] = set()
    ends = {at: edge.end for edge in certain if edge.kind is Semiotic.DATE for at in range(edge.start, edge.end)}
    for at in range(len(text)):
        kinds = (Semiotic.CARDINAL, Semiotic.DECIMAL)
        end = max((number.end for number in text.numbers(at) if number.certain and number.kind in kinds), default=at)
        words = text.keys[at:end]
        if end > ends.get(at, end):
            continue  # năm một chín chín hai hai nghìn lẻ tám: a year ends where it ends.
        if text.word(at) == "mười" and text.word(at - 1) in _BEFORE_TEN and not _RAISES.isdisjoint(words):
            continue  # tháng mười một nghìn chín trăm bốn lăm: October 1945.
        if text.word(end) in _RAISES:
            end -= 1  # năm một nghìn chín trăm tám mươi ba nghìn người: 1980, and then three thousand.
        places.update(range(at + 1, end))
    return places


def _is_torn(text: SpokenText, edge: Edge) -> bool:
    """Whether an edge writes one of several digits that were said one after the other: một sáu năm is never một 6 năm."""
    before, behind = text.word(edge.start - 1), text.word(edge.end)
    if quantity_rules.is_half_of_range(text, edge.start):
        return True  # năm tới sáu mét: 5 to 6 m, or next year 6 m. Half of a range may not stand without the other.
    single = edge.end == edge.start + 1 and edge.kind is Semiotic.CARDINAL
    return single and (before in _SAID_ALONE or behind in _SAID_ALONE | {"không"})
