"""Where in a passage a query's words stand: in the text, and in the audio."""

from __future__ import annotations

from dataclasses import dataclass

from data.schema import Seconds
from data.text.normalform import fold
from serving.search.points import Payload, SparseVector
from serving.search.sparse import term_id, terms_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """Characters [start, end) of the passage's text, in code points, and when they are said."""

    start: int
    end: int
    start_s: Seconds
    end_s: Seconds


def highlight(payload: Payload, asked: SparseVector, *, folded: bool) -> list[Highlight]:
    """The syllables, pairs and numbers of a passage that a query asks for, in order; neighbours are one.

    Args:
        asked: the lexical vector of the query, folded or accented.
    """
    wanted = set(asked.ids.tolist())
    found = [
        (term.start, term.end) for term in terms_of(payload.text) if term_id(fold(term.text) if folded else term.text) in wanted
    ]
    places = word_places(payload)
    return [_timed(payload, places, start, end) for start, end in _joined(payload.text, sorted(found))]


def word_places(payload: Payload) -> list[tuple[int, int]]:
    """The characters [start, end) of each of the payload's words, which stand in its text in their order."""
    places, at = [], 0
    for word in payload.words:
        start = payload.text.find(word.text, at)
        start = at if start < 0 else start
        at = start + len(word.text)
        places.append((start, at))
    return places


def _joined(text: str, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in found:
        if joined and (start <= joined[-1][1] or text[joined[-1][1] : start].isspace()):
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _timed(payload: Payload, places: list[tuple[int, int]], start: int, end: int) -> Highlight:
    said = [word for word, (first, last) in zip(payload.words, places, strict=True) if first < end and last > start]
    return Highlight(
        start=start,
        end=end,
        start_s=min((word.start_s for word in said), default=payload.start_s),
        end_s=max((word.end_s for word in said), default=payload.end_s),
    )
