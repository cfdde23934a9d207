"""The smallest parts of a transcript: words that are written together, with the marks that stand at them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from data.errors import BadParameter
from data.schema import Seconds, Word

#: Full stops of sentences, with the quotes and brackets that may close after them.
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenForm:
    """The written text and its span map: ((spoken from, to), (written from, to)) in characters, without gaps, in order.

    The spoken side is the words with one space between them.
    """

    text: str
    spans: tuple[tuple[tuple[int, int], tuple[int, int]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One version of a transcript, as it is indexed."""

    tenant: str
    recording_id: str
    transcript_id: str
    version: int
    words: tuple[Word, ...]
    speakers: tuple[str | None, ...] = ()
    """Who said each word; empty where nobody knows."""
    written: WrittenForm | None = None
    """Its written form; the words themselves are shown where there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Atom:
    """The words [first, last) and how they are written; `glue` stands between the atom before and this one."""

    first: int
    last: int
    text: str
    glue: str
    start_s: Seconds
    end_s: Seconds
    speaker: str | None
    ends_sentence: bool


def read_atoms(heard: Heard, max_words: int) -> list[Atom]:
    """The atoms of a transcript; what is written for over `max_words` words or for two speakers stays as it was spoken.

    Raises:
        BadParameter: see `cut_passages`.
    """
    _check_words(heard)
    if heard.written is None:
        return [_atom(heard, number, number + 1, word.text, " ") for number, word in enumerate(heard.words)]
    starts = [0, *accumulate(len(word.text) + 1 for word in heard.words)]
    _check_spans(heard.written, max(0, starts[-1] - 1))
    atoms: list[Atom] = []
    groups = _groups(heard, starts)
    written_end, whole = 0, True
    for number, (first, last, begin, end) in enumerate(groups):
        following = groups[number + 1][2] if number + 1 < len(groups) else len(heard.written.text)
        # Marks up to the next space close this atom; marks after the last space open it.
        after = heard.written.text[end:following]
        before = heard.written.text[written_end:begin]
        closing = re.match(r"\S*", after)
        spaced = re.search(r"\s", before) is not None
        opening = re.search(r"\S*$", before) if spaced or not atoms else None
        lead, tail = opening.group() if opening else "", closing.group() if closing else ""
        one_speaker = len(set(heard.speakers[first:last])) <= 1
        glue = " " if spaced or not whole else ""
        whole = last - first <= max_words and end > begin and one_speaker
        if whole:
            atoms.append(_atom(heard, first, last, lead + heard.written.text[begin:end] + tail, glue))
        else:
            atoms += [_atom(heard, at, at + 1, heard.words[at].text, " ") for at in range(first, last)]
        written_end = end
    return atoms


def _atom(heard: Heard, first: int, last: int, text: str, glue: str) -> Atom:
    words = heard.words[first:last]
    return Atom(
        first=first,
        last=last,
        text=text,
        glue=glue,
        start_s=words[0].start_s,
        end_s=max(word.end_s for word in words),
        speaker=heard.speakers[first] if heard.speakers else None,
        ends_sentence=_SENTENCE_END.search(text) is not None,
    )


def _groups(heard: Heard, starts: Sequence[int]) -> list[tuple[int, int, int, int]]:
    """(first word, last word, written from, written to): words that share a span are one."""
    spans = list(heard.written.spans) if heard.written else []
    groups: list[tuple[int, int, int, int]] = []
    at = 0
    for number, word in enumerate(heard.words):
        begin, end = starts[number], starts[number] + len(word.text)
        while at < len(spans) and spans[at][0][1] <= begin:
            at += 1
        last = at
        while last + 1 < len(spans) and spans[last + 1][0][0] < end:
            last += 1
        covering = spans[at : last + 1]
        shares = number > 0 and covering[0][0][0] < begin - 1
        written = (covering[0][1][0], covering[-1][1][1])
        if shares and groups:
            first, _, start, stop = groups[-1]
            groups[-1] = (first, number + 1, start, max(stop, written[1]))
        else:
            groups.append((number, number + 1, *written))
        at = last
    return groups


def _check_words(heard: Heard) -> None:
    if heard.speakers and len(heard.speakers) != len(heard.words):
        raise BadParameter(f"{len(heard.speakers)} speakers for {len(heard.words)} words", pointer="/speakers")
    before = 0.0
    for number, word in enumerate(heard.words):
        if not word.text.strip():
            raise BadParameter("a word without a letter", pointer=f"/words/{number}/text")
        if not (math.isfinite(word.end_s) and before <= word.start_s <= word.end_s):
            raise BadParameter("times must be finite, and none may go back", pointer=f"/words/{number}/start_s")
        if not 0 <= word.confidence <= 1:
            raise BadParameter("a confidence lies in [0, 1]", pointer=f"/words/{number}/confidence")
        before = word.start_s


def _check_spans(written: WrittenForm, spoken_chars: int) -> None:
    ends = [((0, 0), (0, 0)), *written.spans, ((spoken_chars, spoken_chars), (len(written.text), len(written.text)))]
    for number, ((spoken, shown), (next_spoken, next_shown)) in enumerate(pairwise(ends)):
        gapless = spoken[1] == next_spoken[0] and shown[1] == next_shown[0]
        if not gapless or next_spoken[1] < next_spoken[0] or next_shown[1] < next_shown[0]:
            raise BadParameter("the span map has a gap or does not fit its texts", pointer=f"/written/spans/{number}")
