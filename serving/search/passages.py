"""A transcript as passages: what is embedded, searched and shown, each with its place in the audio.

words ─► atoms (what no cut may part) ─► pieces (of what lies between pauses and sentence ends) ─► passages
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from data.schema import Seconds, Word
from serving.search.atoms import Atom, Heard, read_atoms
from serving.search.points import point_id


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagePolicy:
    """How a transcript is cut."""

    max_words: int = 64
    """Most words of a passage."""
    max_s: Seconds = 30.0
    """Longest passage; a single word that lasts longer is one all the same."""
    overlap_words: int = 16
    """Most words that a passage repeats of the one before it; less than half of `max_words`."""
    pause_s: Seconds = 0.6
    """A silence from which on a passage may end."""

    def __post_init__(self) -> None:
        if not (self.max_words >= 2 and 0 <= 2 * self.overlap_words < self.max_words and self.max_s > 0 and self.pause_s >= 0):
            raise ValueError(f"no passages can be cut so: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The characters [start, end) of a passage's text that say its words [first, last)."""

    start: int
    end: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One passage; `confidence` is the mean of its words', `places` lead from each character to the words and their times."""

    id: str
    """That of its point in every space."""
    number: int
    """Its place among the passages of the transcript, from 0."""
    tenant: str
    recording_id: str
    transcript_id: str
    transcript_version: int
    speaker: str | None
    start_s: Seconds
    end_s: Seconds
    confidence: float
    text: str
    first_word: int
    """Where it begins in the transcript."""
    words: tuple[Word, ...]
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of a segment; `closes` where it is the last one."""

    atoms: list[Atom]
    closes: bool


def cut_passages(heard: Heard, policy: PassagePolicy | None = None) -> list[Passage]:
    """The passages of a transcript, in the order of their times; none where nothing was said.

    Each word is in at least one passage, no passage has two speakers, and the same transcript is always cut the same.

    Raises:
        BadParameter: times that are not finite or go back, an empty word, a span map that does not fit.
    """
    policy = policy or PassagePolicy()
    atoms = read_atoms(heard, policy.max_words)
    passages: list[Passage] = []
    for turn in _split(atoms, [b.speaker != a.speaker for a, b in pairwise(atoms)]):
        pieces = [piece for segment in _segments(turn, policy) for piece in _halve(segment, policy)]
        passages += [_passage(heard, run, number) for number, run in enumerate(_pack(pieces, policy), len(passages))]
    return passages


def _split(atoms: Sequence[Atom], cuts: Sequence[bool]) -> list[list[Atom]]:
    """Cut after each atom whose flag is set; there is one flag less than atoms."""
    parts: list[list[Atom]] = []
    for number, atom in enumerate(atoms):
        if number == 0 or cuts[number - 1]:
            parts.append([])
        parts[-1].append(atom)
    return parts


def _segments(turn: Sequence[Atom], policy: PassagePolicy) -> list[list[Atom]]:
    return _split(turn, [a.ends_sentence or b.start_s - a.end_s >= policy.pause_s for a, b in pairwise(turn)])


def _fits(atoms: Sequence[Atom], max_words: int, max_s: Seconds) -> bool:
    return len(atoms) == 1 or (
        atoms[-1].last - atoms[0].first <= max_words and max(atom.end_s for atom in atoms) - atoms[0].start_s <= max_s
    )


def _halve(segment: list[Atom], policy: PassagePolicy) -> list[_Piece]:
    """Cut a segment at the longest silence of its middle half until each part is short enough to be an overlap."""
    done: list[list[Atom]] = []
    waiting = [segment]
    while waiting:
        part = waiting.pop()
        if _fits(part, policy.overlap_words or policy.max_words, policy.max_s):
            done.append(part)
            continue
        quarter, middle = len(part) // 4, len(part) / 2
        places = range(max(1, quarter), max(2, len(part) - quarter))
        cut = max(places, key=lambda at: (part[at].start_s - part[at - 1].end_s, -abs(at - middle)))
        waiting += [part[cut:], part[:cut]]
    return [_Piece(part, part is done[-1]) for part in done]


def _pack(pieces: Sequence[_Piece], policy: PassagePolicy) -> list[list[Atom]]:
    """Join pieces while they fit; a run ends with a segment where that leaves it half full, and the next one overlaps."""
    runs: list[list[Atom]] = []
    begin = reached = 0
    while reached < len(pieces):
        end = begin + 1
        while end < len(pieces) and _fits(_joined(pieces[begin : end + 1]), policy.max_words, policy.max_s):
            end += 1
        if end < len(pieces):
            closing = [at for at in range(max(begin, reached) + 1, end + 1) if pieces[at - 1].closes]
            if closing and 2 * _words(pieces[begin : closing[-1]]) >= _words(pieces[begin:end]):
                end = closing[-1]
        runs.append(_joined(pieces[begin:end]))
        reached = again = end
        while end < len(pieces) and again - 1 > begin and _words(pieces[again - 1 : end]) <= policy.overlap_words:
            if not _fits(_joined(pieces[again - 1 : end + 1]), policy.max_words, policy.max_s):
                break
            again -= 1
        begin = again
    return runs


def _joined(pieces: Sequence[_Piece]) -> list[Atom]:
    return [atom for piece in pieces for atom in piece.atoms]


def _words(pieces: Sequence[_Piece]) -> int:
    return pieces[-1].atoms[-1].last - pieces[0].atoms[0].first


def _passage(heard: Heard, run: Sequence[Atom], number: int) -> Passage:
    first, last = run[0].first, run[-1].last
    words = tuple(heard.words[first:last])
    text, places = "", []
    for atom in run:
        start = len(text) + (len(atom.glue) if text else 0)
        text += (atom.glue if text else "") + atom.text
        places.append(Place(start=start, end=len(text), first=atom.first - first, last=atom.last - first))
    return Passage(
        id=point_id(heard.tenant, heard.transcript_id, heard.version, number),
        number=number,
        tenant=heard.tenant,
        recording_id=heard.recording_id,
        transcript_id=heard.transcript_id,
        transcript_version=heard.version,
        speaker=run[0].speaker,
        start_s=words[0].start_s,
        end_s=max(word.end_s for word in words),
        confidence=sum(word.confidence for word in words) / len(words),
        text=text,
        first_word=first,
        words=words,
        places=tuple(places),
    )
