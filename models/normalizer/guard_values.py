"""The second guard: a draft says the numbers that were said, neither more nor fewer nor others.

The rules read both sides. An expression passes if no sensible number reaches over its borders, and with it the window says
the same values as without it, or its words say the same values by themselves. One short number that the rules take for a
word passes where the words can mean it (năm thân for 5 thân), since that is what a model is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data.text.inverse.contexts import YEAR_NOUN, names_year
from data.text.inverse.write import Rendered
from data.text.numbers.grammar import number_at
from data.text.numbers.lexicon import CLOSING, HALF, PARTS, POINTS, canonical
from data.text.numbers.values import values_of_spoken, values_of_written
from data.text.semiotics import Semiotic
from models.normalizer.guard_neighbours import (
    YEAR_WORDS,
    hides_scale,
    is_doubtful,
    is_minute,
    key_at,
    year_before,
    year_goes_on,
)
from models.normalizer.spans import SENTENCE_ENDS, Piece, unwritten
from models.normalizer.windows import Window, Writing

#: A reading that is more doubtful is none that a draft may choose; and it speaks against no border between two numbers.
_CHOSEN, _BORDER = 0.3, 0.65
#: Three digits one after the other are doubted as much as what a draft may choose; this reaches them, too.
_SPELLED = 0.31
#: Between two expressions of the draft any reading does.
_ANY = 1.0
#: A number that began further back would be longer than any that people say.
_FURTHEST_WORDS = 14
_RAISES = frozenset({"mươi", "trăm", "chục", "nghìn", "ngàn", "vạn", "triệu", "tỷ", "tỉ"})
_CONTINUES = _RAISES | {"linh", "lẻ", *POINTS}
#: phần trăm, phần nghìn
_OF_A_WHOLE = frozenset({"trăm", "nghìn", "ngàn", "vạn", "triệu"})
_COUNTS = frozenset({Semiotic.CARDINAL, Semiotic.DIGITS, Semiotic.ORDINAL})


def refuse_other_values(window: Window, writing: Writing) -> Writing:
    """Put back as it was said each expression that says other numbers than its words."""
    numbers = [i for i, piece in enumerate(writing.pieces) if piece.kind is not Semiotic.PLAIN]
    if not numbers:
        return _with_whole_numbers(window, writing)
    keys = _keys(window)
    said = values_of_written(_text(window, writing, set()))
    # A mark of the draft may part what belongs together (bốn phẩy bốn năm, con): the words alone may say it as well.
    alone = values_of_written(" ".join(word.text for word in window.line.words[window.start : window.end]))
    together = values_of_written(_text(window, writing, set(numbers))) in (said, alone)
    years = _years(keys, writing.pieces, window.start)
    passed: set[int] = set()
    settled = _settled(keys, writing, window.start)
    written = _written(writing.pieces, window.start)
    unshown = years | {at for at in written if keys[at] == "năm"}
    for number in numbers:
        piece = writing.pieces[number]
        start, end = piece.start - window.start, piece.end - window.start
        if not _is_whole(keys, piece, window.start, years, settled) or not _is_likely(piece):
            continue
        if hides_scale(keys, start, end, written):
            continue
        if is_doubtful(keys, start, end, piece.kind, unshown) or _is_beside_figures(writing, number):
            continue
        before = number - 1 in numbers and start not in settled and _reaches_over(keys, start, years, _ANY)
        behind = number + 1 in numbers and end not in settled and _reaches_over(keys, end, years, _ANY)
        if before or behind:
            continue
        values = said if together else values_of_written(_text(window, writing, passed | {number}))
        if values == said or _says_itself(keys, piece, window.start) or _may_choose(keys, piece, window.start):
            passed.add(number)
            unshown.discard(start)
            said = values
    return _with_whole_numbers(window, _without(window, writing, set(numbers) - passed))


def _with_whole_numbers(window: Window, writing: Writing) -> Writing:
    """Take out the marks that stand inside of a number left as it was said, of a percentage or of a time."""
    keys = _keys(window)
    pieces, gaps = list(writing.pieces), list(writing.gaps)
    years = _years(keys, pieces, window.start)
    for number in range(1, len(pieces)):
        one, other = pieces[number - 1], pieces[number]
        words = one.kind is other.kind is Semiotic.PLAIN
        # People list single digits with commas, but end no sentence between two: GD một. Sáu năm bê.
        most = _SPELLED if SENTENCE_ENDS.intersection(gaps[number]) else _CHOSEN
        border = other.start - window.start
        parted = (words and _reaches_over(keys, border, years, most)) or (
            other.kind is Semiotic.PLAIN and (_is_in_percent(keys, border) or is_minute(keys, border))
        )
        if gaps[number] != " " and parted:
            gaps[number] = " "
            word = window.line.words[other.start]
            pieces[number] = replace(other, text=word.text, refused=other.refused + 1)
    return Writing(pieces=pieces, gaps=gaps)


def _is_in_percent(keys: Sequence[str], border: int) -> bool:
    """Whether a border lies behind the number or the "phần" of one: 77,8 | phần | trăm."""
    at = border if key_at(keys, border) == "phần" else border - 1
    return key_at(keys, at) == "phần" and key_at(keys, at + 1) in _OF_A_WHOLE and at > 0 and _is_part(keys[at - 1])


def _years(keys: Sequence[str], pieces: Sequence[Piece], offset: int) -> set[int]:
    """Where "năm" is left as a word, so that it may be the year of the number behind it."""
    words = (piece.start - offset for piece in pieces if piece.kind is Semiotic.PLAIN)
    return {at for at in words if keys[at] == "năm" and key_at(keys, at - 1) != "số"}


def _is_likely(piece: Piece) -> bool:
    """Whether the numbers of a date are days, months or years."""
    values = values_of_written(piece.text) if piece.kind is Semiotic.DATE else []
    return all(value.isdecimal() and (int(value) <= 31 or 2 < len(value) < 5) for value in values)


def _settled(keys: Sequence[str], writing: Writing, offset: int) -> set[int]:
    """Borders behind years: nothing that begins inside of a year belongs to what follows (năm 1997 | hai xã)."""
    borders: set[int] = set()
    for piece in writing.pieces:
        start, end = piece.start - offset, piece.end - offset
        year = None if piece.kind is Semiotic.PLAIN else year_before(keys, start, end)
        if year is not None and not year_goes_on(keys, year, end):
            borders.add(end)
    return borders


def _written(pieces: Sequence[Piece], offset: int) -> dict[int, str]:
    """The expressions by their first words."""
    return {piece.start - offset: piece.text for piece in pieces if piece.kind is not Semiotic.PLAIN}


def _is_beside_figures(writing: Writing, number: int) -> bool:
    """Whether a digit word would stand as a figure beside another one, with nothing between: vòng 5 10 tuổi."""
    pieces, gaps = writing.pieces, writing.gaps
    piece = pieces[number]
    if piece.end - piece.start > 1 or not piece.text.isdigit():
        return False
    before = number > 0 and gaps[number] == " " and pieces[number - 1].text[-1:].isdigit()
    behind = number + 1 < len(pieces) and gaps[number + 1] == " " and pieces[number + 1].text[:1].isdigit()
    return before or behind


def _is_whole(keys: Sequence[str], piece: Piece, offset: int, years: set[int], settled: set[int]) -> bool:
    """Whether an expression is all of a number, and no reading of it that hardly anybody would mean (sáu bảy for 67)."""
    start, end = piece.start - offset, piece.end - offset
    if any(border not in settled and _reaches_over(keys, border, years) for border in (start, end)):
        return False
    year = year_before(keys, start, end)
    if year is not None and year_goes_on(keys, year, end):
        return False
    if piece.kind in _COUNTS and _is_score(keys, start - 1 if _is_part(key_at(keys, start - 1)) else start):
        return False  # tỷ số bốn hai is 4-2, never 42.
    values = values_of_written(piece.text)
    if key_at(keys, start - 1) == "tháng" and values and not (values[0].isdecimal() and int(values[0]) <= 12):
        return False
    doubts = [n.doubt for n in number_at(keys, start) if n.end <= end and values and canonical(n.value) == values[0]]
    return not doubts or min(doubts) < _BORDER


def _is_score(keys: Sequence[str], at: int) -> bool:
    return key_at(keys, at - 1) == "số" and key_at(keys, at - 2) in ("tỷ", "tỉ")


def _says_itself(keys: Sequence[str], piece: Piece, offset: int) -> bool:
    """Whether several words say the values by themselves, whatever stands beside them."""
    words = keys[piece.start - offset : piece.end - offset]
    return len(words) > 1 and values_of_spoken(" ".join(words)) == values_of_written(piece.text)


def _text(window: Window, writing: Writing, written: set[int]) -> str:
    """The window with some of its expressions written and the others as they were said."""
    parts: list[str] = []
    for number, (gap, piece) in enumerate(zip(writing.gaps, writing.pieces, strict=False)):
        words = window.line.words[piece.start : piece.end]
        shown = number in written or piece.kind is Semiotic.PLAIN
        parts += (gap, piece.text if shown else " ".join(word.text for word in words))
    return "".join(parts)


def _without(window: Window, writing: Writing, refused: set[int]) -> Writing:
    keys = _keys(window)
    pieces: list[Piece] = []
    gaps: list[str] = []
    for number, (gap, piece) in enumerate(zip(writing.gaps, writing.pieces, strict=False)):
        words = list(unwritten(window.line, piece)) if number in refused else [piece]
        # A mark between two halves of a number came with the refused reading and goes with it.
        halves = {number - 1, number} <= refused and _reaches_over(keys, piece.start - window.start, set())
        pieces += words
        gaps += [" " if halves else gap, *[" "] * (len(words) - 1)]
    return Writing(pieces=pieces, gaps=[*gaps, writing.gaps[-1]])


def _keys(window: Window) -> list[str]:
    # What somebody wrote in the source is no part of a number that was said.
    return [word.key if word.plain else "" for word in window.line.words[window.start : window.end]]


def _may_choose(keys: Sequence[str], piece: Piece, offset: int) -> bool:
    """Whether a plain number is one that its words mean as well, and no part of a longer one."""
    start, end = piece.start - offset, piece.end - offset
    if piece.kind not in _COUNTS or values_of_written(piece.text) not in _meant(keys, start, end):
        return False
    year = keys[start] == "năm" and (
        names_year(keys, start) or key_at(keys, start - 1) in YEAR_NOUN or key_at(keys, end) in YEAR_WORDS | PARTS
    )
    return not year


def _meant(keys: Sequence[str], start: int, end: int) -> list[list[str]]:
    return [
        [canonical(number.value)]
        for number in number_at(keys, start)
        if number.end == end and number.doubt <= _CHOSEN and number.upper is None and not number.digits
    ]


def is_misplaced(window: Window, pieces: Sequence[Piece], start: int, end: int, rendered: Rendered) -> bool:
    """Whether the rules may not write the words [start, end) of the line: a number reaches over, or has another reading."""
    keys = _keys(window)
    years = _years(keys, pieces, window.start)
    start, end = start - window.start, end - window.start
    # A half that is said behind the unit belongs to the number before it: tám mươi sáu điểm rưỡi.
    halved = not HALF.isdisjoint(keys[end : end + 3])
    year = year_before(keys, start, end)
    over = _reaches_over(keys, end, years) if year is None else year_goes_on(keys, year, end)
    if hides_scale(keys, start, end, _written(pieces, window.start) | {start: rendered.written}):
        return True
    return halved or _reaches_over(keys, start, years) or over or is_doubtful(keys, start, end, rendered.kind, years)


def _reaches_over(keys: Sequence[str], border: int, years: set[int], doubt: float = _BORDER) -> bool:
    """Whether a sensible number has words on both sides of a border."""
    if border and (key_at(keys, border) in HALF or (key_at(keys, border) in _RAISES and keys[border - 1] in PARTS)):
        return True
    start = border
    while start > max(0, border - _FURTHEST_WORDS) and border < len(keys) and _is_part(keys[start - 1]):
        start -= 1
        if start in years and start == border - 1 and key_at(keys, border) not in CLOSING:
            continue
        for found in number_at(keys, start):
            if found.kind is Semiotic.DIGITS and key_at(keys, start - 1) in _RAISES:
                continue  # một trăm sáu lăm | không có: nobody goes on digit by digit behind a hundred.
            if found.end > border and found.doubt < doubt and key_at(keys, found.end) not in _CONTINUES:
                return True
    return False


def _is_part(key: str) -> bool:
    return key in PARTS or key in POINTS
