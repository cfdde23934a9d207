"""One way of writing expressions throughout a text: `vi` for people, `nemo` for that suite's scores.

vi      24/7/2025 · 6 giờ 50 · 1.500.000 đồng · 2,5 kg; the rules also write what the draft left spoken although it is
        long or of a class that nobody spells out (một phần ba and mười giây are left to the draft)
nemo    lower case, no marks but the source's, and the rules write whatever can be written
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Literal, get_args

from data.errors import BadParameter
from data.text.inverse.restyle import restyle
from data.text.inverse.write import Rendered, render
from data.text.numbers.lexicon import POINTS
from data.text.numbers.values import values_of_written
from data.text.semiotics import Semiotic
from models.normalizer.guard import is_divided
from models.normalizer.guard_values import is_misplaced
from models.normalizer.spans import SENTENCE_ENDS, Line, Piece
from models.normalizer.windows import Window, Writing

Style = Literal["vi", "nemo"]
STYLES: tuple[Style, ...] = get_args(Style)

_WORDS = frozenset({Semiotic.PLAIN, Semiotic.PUNCT})
#: That suite writes no capitals and no abbreviations but those of units.
_WORDS_TO_NEMO = _WORDS | {Semiotic.ABBREVIATION}
#: Nobody spells these out; fractions, and all that is said with fewer words than these, many do.
_NEVER_SPELLED = frozenset({
    Semiotic.PERCENT, Semiotic.DECIMAL, Semiotic.TELEPHONE, Semiotic.ELECTRONIC, Semiotic.PLATE,
})  # fmt: skip
_LONG_WORDS = 4
_THOUSANDS_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")


def check_style(style: str) -> Style:
    """Accept the name of a style.

    Raises:
        BadParameter: there is no such style.
    """
    for known in STYLES:
        if style == known:
            return known
    raise BadParameter(f"there is no style {style!r}; there are {', '.join(STYLES)}", pointer="/style")


def apply(window: Window, writing: Writing, style: Style) -> Writing:
    """Write the expressions of a window in one style, and by rules what the draft did not write."""
    pieces = [_restyled(window.line, piece, style) for piece in writing.pieces]
    gaps = list(writing.gaps)
    for rendered, start, end in _ruled(window, style):
        _put(window, pieces, gaps, rendered, start, end, style)
    return Writing(pieces=pieces, gaps=gaps)


def finish(line: Line, writing: Writing, style: Style) -> Writing:
    """What concerns the whole line: the source's own marks, capitals where sentences begin, nothing but words in `nemo`."""
    pieces, gaps = list(writing.pieces), list(writing.gaps)
    for number, piece in enumerate(pieces):
        own = line.gaps[piece.start]
        if own not in ("", " ") or style == "nemo":
            gaps[number] = own
    if line.gaps[-1] or style == "nemo":
        gaps[-1] = line.gaps[-1]
    if style == "vi":
        for number in range(1, len(pieces)):
            if SENTENCE_ENDS.intersection(gaps[number]) - {"…"}:
                pieces[number] = capitalized(line, pieces[number])
    return Writing(pieces=pieces, gaps=gaps)


def capitalized(line: Line, piece: Piece) -> Piece:
    """A piece as a sentence may begin with it."""
    if piece.kind is not Semiotic.PLAIN or not line.words[piece.start].plain:
        return piece
    return replace(piece, text=piece.text[:1].upper() + piece.text[1:])


def _restyled(line: Line, piece: Piece, style: Style) -> Piece:
    if style == "nemo" and piece.kind in _WORDS_TO_NEMO:
        words = line.words[piece.start : piece.end]
        return replace(piece, text=" ".join(word.text for word in words), kind=Semiotic.PLAIN)
    if piece.kind in _WORDS:
        return piece
    text = piece.text
    if not POINTS.intersection(word.key for word in line.words[piece.start : piece.end]):
        text = _THOUSANDS_COMMA.sub(".", text)  # 1,000 that was said as a thousand would be read as one.
    restyled = restyle(text, piece.kind, style)
    if piece.start and line.words[piece.start - 1].key == "tháng":
        restyled = restyled.removeprefix("tháng ")  # The word stands there already: tháng | 3/2010.
    same = values_of_written(restyled, style) == values_of_written(text)
    return replace(piece, text=restyled if same else text)


def _ruled(window: Window, style: Style) -> Iterator[tuple[Rendered, int, int]]:
    """What the rules would write in a window, with its words."""
    words = window.line.words[window.start : window.end]
    starts: dict[int, int] = {}
    ends: dict[int, int] = {}
    at = 0
    for number, word in enumerate(words, window.start):
        starts[at], ends[at + len(word.key)] = number, number + 1
        at += len(word.key) + 1
    for rendered in render(window.text, style):
        if rendered.start in starts and rendered.end in ends:
            yield rendered, starts[rendered.start], ends[rendered.end]


def _put(window: Window, pieces: list[Piece], gaps: list[str], rendered: Rendered, start: int, end: int, style: Style) -> None:
    """Write by rule what stands as words, or was refused, and nothing that the draft wrote well."""
    line = window.line
    first = next((i for i, piece in enumerate(pieces) if piece.start == start), None)
    last = next((i for i, piece in enumerate(pieces) if piece.end == end), None)
    if first is None or last is None or not all(word.plain for word in line.words[start:end]) or is_divided(line, start, end):
        return
    replaced, inner = pieces[first : last + 1], gaps[first + 1 : last + 1]
    drafted = any(piece.kind is not Semiotic.PLAIN for piece in replaced)
    if style == "nemo":
        wanted = rendered.certain or not drafted
    else:
        asked = any(piece.open for piece in replaced)
        divided = any(gap != " " for gap in inner)
        spelled = not drafted and not divided and _is_long(rendered, end - start)
        wanted = rendered.certain and (asked or spelled) and not is_misplaced(window, pieces, start, end, rendered)
    if wanted:
        refused = sum(piece.refused for piece in replaced)
        pieces[first : last + 1] = [
            Piece(start=start, end=end, text=rendered.written, kind=rendered.kind, refused=refused, ruled=1)
        ]
        del gaps[first + 1 : last + 1]


def _is_long(rendered: Rendered, words: int) -> bool:
    return rendered.kind in _NEVER_SPELLED or (words >= _LONG_WORDS and rendered.kind is not Semiotic.FRACTION)
