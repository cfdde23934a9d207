"""Abbreviations: those that are read in full (TP.HCM), and any word of capitals, which is spelled or said as a word."""

from __future__ import annotations

import re
from functools import lru_cache

from data.text.reading import Part, Reading, either, say, seq
from data.text.semiotics import Semiotic
from data.text.verbalize.abbreviations_table import DOUBTFUL, PLACES, TABLE, TITLES
from data.text.verbalize.cardinals import ways
from data.text.verbalize.letters import spelled
from data.text.verbalize.scan import Found, Scan


def _table(lines: str) -> dict[str, str]:
    pairs = (line.split(" = ") for line in lines.strip().splitlines())
    return {name: full for names, full in pairs for name in names.split(" | ")}


_FULL, _TITLES, _PLACES, _DOUBTFUL = map(_table, (TABLE, TITLES, PLACES, DOUBTFUL))
_SHAPE = re.compile(
    "(?:" + "|".join(map(re.escape, sorted({*_FULL, *_TITLES, *_PLACES}, key=len, reverse=True))) + r")(?:(?<=\.)|(?![^\W_]))"
)
_FIRST_WORDS = frozenset(re.split(r"[. /&-]", name)[0] for name in {*_FULL, *_TITLES, *_PLACES})
_NAME_FOLLOWS = re.compile(r"\.? ?[A-ZÀ-ỸĐ]")
#: Q.Bình Thạnh; initials of people stand before names without such letters, or apart.
_DISTRICT = re.compile(r"(?<=\.)[A-ZĐÀ-Ỹ][a-z]*[^\x00-\x7f]")
_NUMBER_FOLLOWS = re.compile(r" ?\d{1,2}(?![\d.,]*\d)")
#: Longer words of capitals are shouts, not abbreviations.
_LONGEST = 6


def may_be_short(word: str) -> bool:
    """Whether a word may begin an abbreviation although it is not all capitals."""
    return word in _FIRST_WORDS


def abbreviation(scan: Scan, at: int, word: str) -> Found | None:
    """The abbreviation that starts with a word of letters, if any."""
    if word in _FIRST_WORDS and (match := _SHAPE.match(scan.text, at)):
        written, end = match.group(), match.end()
        if written in _FULL:
            return Found(end, Semiotic.ABBREVIATION, _known(written, _FULL[written]))
        if written in _PLACES and _DISTRICT.match(scan.text, end):
            return Found(end, Semiotic.ABBREVIATION, say(_PLACES[written]))
        for table, follows in ((_PLACES, _NUMBER_FOLLOWS), (_TITLES, _NAME_FOLLOWS)):
            if written in table and follows.match(scan.text, end):
                return Found(end, Semiotic.ABBREVIATION, say(table[written]))
    if word.isupper() and len(word) > 1 and _is_acronym(scan, at, word):
        return Found(at + len(word), Semiotic.ABBREVIATION, _unknown(word))
    return None


def _is_acronym(scan: Scan, at: int, word: str) -> bool:
    """Whether a word of capitals is no shout: it is short and no Vietnamese syllables in capitals stand beside it."""
    if len(word) > _LONGEST:
        return False
    beside = scan.text[max(0, at - 12) : at] + scan.text[at + len(word) : at + len(word) + 12]
    letters = [character for character in beside if character.isalpha()]
    return not letters or (word.isascii() and sum(map(str.isupper, letters)) * 2 <= len(letters))


@lru_cache(maxsize=512)
def _known(written: str, full: str) -> Reading:
    letters = re.sub(r"[\W\d_]", "", written)
    if written.startswith(("TP.", "TP ", "Tp.")):
        rest = full.removeprefix("thành phố ")
        return ways((0.85, full), (0.15, seq(either("tp", "tê pê"), rest)), (0, seq("thành phố", "hcm")))
    if not letters.isupper() or len(letters) < 3:
        return ways((1, full), (0, letters), (0, spelled(letters)))
    return ways((0.75, full), (0.15, spelled(letters)), (0.1, letters))


@lru_cache(maxsize=8192)
def _unknown(word: str) -> Reading:
    options: list[tuple[float, Part]] = [(0.7, word), (0.3, spelled(word))]
    if word in _DOUBTFUL:
        options.append((0.3, _DOUBTFUL[word]))
    return ways(*options)
