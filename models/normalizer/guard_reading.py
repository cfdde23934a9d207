"""The last guard: what will be shown, read aloud again, says what was said.

The guards before it look at one expression after the other. Side by side, and in their style, expressions may read
otherwise ("20" beside "tháng 7" is a date), so the whole window is read once more.
"""

from __future__ import annotations

from collections.abc import Iterator

from data.text.semiotics import Semiotic
from data.text.verbalize.verbalizer import read
from models.normalizer.alignment import align
from models.normalizer.guard import as_spoken
from models.normalizer.spans import unwritten
from models.normalizer.windows import Window, Writing


def read_back(window: Window, writing: Writing) -> Writing:
    """The writing of a window without the expressions that do not read as the words in their place."""
    if all(piece.kind is Semiotic.PLAIN for piece in writing.pieces):
        return writing  # Words are the source's own; the guard put them there one by one.
    for wide in (False, True):
        troubled = set(_misread(window, writing))
        if not troubled:
            return writing
        writing = _without(window, writing, None if wide else troubled)
    if any(_misread(window, writing)):
        return as_spoken(window, refused=1 + sum(piece.refused for piece in writing.pieces))
    return writing


def _misread(window: Window, writing: Writing) -> Iterator[int]:
    """The words that cannot be read from what is written."""
    text = "".join(part for gap, piece in zip(writing.gaps, writing.pieces, strict=False) for part in (gap, piece.text))
    said = [token for token in read(text + writing.gaps[-1]) if token.kind is not Semiotic.PUNCT]
    words = window.line.words[window.start : window.end]
    cells = align(said, [word.key for word in words])
    if cells is None:
        yield from range(window.start, window.end)
        return
    for cell in cells:
        if not cell.matched:
            # What somebody wrote in the source is copied, whatever it may read as.
            near = words[max(0, cell.start - 1) : cell.end + 1]
            if all(word.plain for word in (near if cell.start == cell.end else words[cell.start : cell.end])):
                yield from range(window.start + cell.start, window.start + max(cell.end, cell.start + 1))


def _without(window: Window, writing: Writing, troubled: set[int] | None) -> Writing:
    """Put back as said the expressions next to some words, or all of them."""
    pieces, gaps = [], []
    for gap, piece in zip(writing.gaps, writing.pieces, strict=False):
        near = troubled is None or not troubled.isdisjoint(range(piece.start - 1, piece.end + 1))
        words = list(unwritten(window.line, piece)) if near and piece.kind is not Semiotic.PLAIN else [piece]
        pieces += words
        gaps += [gap, *[" "] * (len(words) - 1)]
    return Writing(pieces=pieces, gaps=[*gaps, writing.gaps[-1]])
