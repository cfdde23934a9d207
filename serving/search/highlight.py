"""Where in a passage a query's words stand: in the text, and in the audio."""

from __future__ import annotations

from dataclasses import dataclass

from data.schema import Seconds
from data.text.normalform import fold
from data.text.syllables import normal_words, spelled, syllables
from serving.search.points import Payload, SparseVector
from serving.search.sparse import term_id, terms_of_numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """Characters [start, end) of the passage's text, in code points, and when they are said."""

    start: int
    end: int
    start_s: Seconds
    end_s: Seconds


class Marker:
    """Marks the syllables, pairs and numbers that one query asks for in passage after passage; neighbours are one."""

    def __init__(self, asked: SparseVector, *, folded: bool, numbers: bool = True) -> None:
        """
        Args:
            asked: the lexical vector of the query, folded or accented.
            numbers: whether the query holds a number; else none of a passage's can be meant.
        """
        self._ids, self._folded, self._numbers = set(asked.ids.tolist()), folded, numbers
        #: What is asked for of each word as it is spelled: passages share most of theirs.
        self._held: dict[str, tuple[tuple[str, bool], ...]] = {}

    def mark(self, payload: Payload) -> list[Highlight]:
        """The marks of one passage, in order."""
        text, found = payload.text, []
        before: tuple[str, int] | None = None
        for match in spelled(text):
            word = match.group()
            held = self._held.get(word)
            if held is None:
                held = self._held[word] = tuple((one, self._wants(one)) for one in normal_words(word))
            for one, wanted in held:
                if wanted:
                    found.append(match.span())
                    # Who asks for a pair asks for both of its words.
                    if before is not None and self._wants(f"{before[0]} {one}"):
                        found.append((before[1], match.end()))
                before = (one, match.start()) if wanted else None
        if self._numbers:
            terms = terms_of_numbers(text, syllables(text))
            found += [(term.start, term.end) for term in terms if self._wants(term.text)]
        if not found:
            return []
        places = word_places(payload)
        return [_timed(payload, places, start, end) for start, end in _joined(text, sorted(found))]

    def _wants(self, term: str) -> bool:
        return term_id(fold(term) if self._folded else term) in self._ids


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
