"""Running text cut into windows as a model sees them: from a sentence's start mostly, to anywhere half of the time."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from data.pairs.config import WindowSettings
from data.pairs.saying import Piece

#: Where a window ended inside a sentence, the next one begins at that sentence as often as after it.
_AGAIN = 0.5
#: Of the sentences that are too long for a window, so many are shown by their ends and not by their beginnings.
_TAILS = 0.2


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence in pieces; `end` is its last punctuation mark, `line` its place in the text."""

    pieces: tuple[Piece, ...]
    line: int
    follows: bool

    @property
    def end(self) -> str:
        return self.pieces[-1].written[-1]


@dataclass(frozen=True, slots=True)
class Window:
    """Pieces of one or more sentences, and the lines that they come from."""

    pieces: tuple[Piece, ...]
    first: int
    last: int

    @property
    def source(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    @property
    def said(self) -> str:
        return " ".join(piece.said for piece in self.pieces if piece.said)

    @property
    def teaches(self) -> bool:
        """Whether it holds more than commas and full stops."""
        return any(piece.converted or piece.written[-1:] in "?!" for piece in self.pieces)


def runs(sentences: Sequence[Said]) -> Iterator[list[Said]]:
    """The stretches of sentences that follow each other."""
    run: list[Said] = []
    for sentence in sentences:
        if run and not sentence.follows:
            yield run
            run = []
        run.append(sentence)
    if run:
        yield run


def cut_windows(run: Sequence[Said], settings: WindowSettings, rng: random.Random) -> Iterator[Window]:
    """Windows that go through a run from its beginning to its end."""
    at = 0
    while at < len(run):
        window, after = cut_window(run, at, settings, rng)
        yield window
        at = after


def cut_window(run: Sequence[Said], at: int, settings: WindowSettings, rng: random.Random) -> tuple[Window, int]:
    """A window that begins in the sentence `at`, and the sentence where the next one begins."""
    # The root makes long windows likelier: they hold what is hard, sentences that meet.
    wanted = settings.min_bytes + int(rng.random() ** 0.5 * (settings.max_bytes - settings.min_bytes))
    first = run[at].pieces
    too_long = said_bytes(first) > settings.max_bytes
    inside = rng.random() < settings.start_inside
    whole = rng.random() >= settings.end_inside
    skipped = 0
    if too_long and whole and rng.random() < _TAILS:
        skipped = _tail(first, settings.max_bytes)
    elif inside and len(first) > 4:
        skipped = 1 + int(rng.random() * (len(first) - 3))
    pieces, ends = _fill(run, at, skipped, settings)
    if whole and ends:
        # The last sentence end that is near enough to the length that was drawn; the first one at least.
        fitting = [end for end in ends if said_bytes(pieces[:end]) <= wanted] or ends[:1]
        end = fitting[-1]
    else:
        end = _cut_at(pieces, wanted)
    touched = at + sum(1 for sentence_end in ends if sentence_end < end)
    ended = end in ends
    after = touched + 1 if ended or touched == at or rng.random() >= _AGAIN else touched
    return Window(_closed(pieces[:end], ended=ended), run[at].line, run[touched].line), after


def said_bytes(pieces: Sequence[Piece]) -> int:
    """How long the pieces are when they are said, in bytes of UTF-8 with the spaces."""
    return sum(len(piece.said.encode()) + 1 for piece in pieces if piece.said)


def _tail(pieces: Sequence[Piece], max_bytes: int) -> int:
    """How many pieces to leave out before the rest fits, and a few more for the sentence after."""
    size, kept = 0, 0
    for piece in reversed(pieces):
        size += len(piece.said.encode()) + 1
        if size > max_bytes * 0.75:
            break
        kept += 1
    return len(pieces) - max(1, kept)


def _fill(run: Sequence[Said], at: int, skipped: int, settings: WindowSettings) -> tuple[list[Piece], list[int]]:
    """As many pieces as fit, and after how many of them sentences end."""
    pieces: list[Piece] = []
    ends: list[int] = []
    size = 0
    for sentence in run[at : at + settings.max_sentences]:
        for piece in sentence.pieces[skipped:]:
            if not pieces and not piece.said:
                continue  # No window begins with a comma.
            size += len(piece.said.encode()) + 1 if piece.said else 0
            if size > settings.max_bytes and pieces:
                return pieces, ends
            pieces.append(piece)
        skipped = 0
        ends.append(len(pieces))
    return pieces, ends


def _cut_at(pieces: Sequence[Piece], wanted: int) -> int:
    size = 0
    for index, piece in enumerate(pieces):
        size += len(piece.said.encode()) + 1 if piece.said else 0
        if size > wanted and index:
            return index
    return len(pieces)


def _closed(pieces: Sequence[Piece], *, ended: bool) -> tuple[Piece, ...]:
    """The pieces without what hangs at the cut: a mark that nobody can foresee, or one with no word of its own."""
    if ended or not pieces:
        return tuple(pieces)
    kept = list(pieces)
    while kept and not kept[-1].said:
        kept.pop()
    if kept and not kept[-1].converted:
        kept[-1] = replace(kept[-1], written=kept[-1].written.rstrip(".,:;?!-"))
    return tuple(kept)
