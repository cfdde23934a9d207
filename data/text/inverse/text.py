"""A spoken text as the rules see it: keys to match, and where each stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from data.text.numbers.grammar import number_at
from data.text.numbers.lexicon import concerns_numbers
from data.text.numbers.number import Number
from data.text.unicode import place_tone
from data.text.verbalize.numerals import IDLE_DECIMALS

#: More words than any number has; what stands further away cannot change it.
_LONGEST = 96
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*(?![^\W\d_])|[^\W_]+(?:[\u0300-\u036f][^\W_]*)*|[^\w\s]|_")
_ENGLISH_DECIMAL = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+\.\d+")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")


class SpokenText:
    """Tokens of a text. Punctuation is a token too, so that nothing is joined across it."""

    __slots__ = ("_numbers", "_run_ends", "ends", "keys", "starts", "text")

    def __init__(self, text: str, tokens: Iterable[tuple[str, int, int]] | None = None) -> None:
        self.text = text
        self.keys: list[str] = []
        self.starts: list[int] = []
        self.ends: list[int] = []
        self._numbers: dict[int, list[Number]] = {}
        self._run_ends: list[int] = []
        for key, start, end in _tokens(text) if tokens is None else tokens:
            self.keys.append(key)
            self.starts.append(start)
            self.ends.append(end)

    def __len__(self) -> int:
        return len(self.keys)

    def word(self, at: int) -> str:
        """The key at a place, "" outside."""
        return self.keys[at] if 0 <= at < len(self.keys) else ""

    def said(self, start: int, end: int) -> str:
        """The keys from start to end as one text."""
        return " ".join(self.keys[start:end])

    def original(self, start: int, end: int) -> str:
        """The text from start to end as it stands there."""
        return " ".join(self.text[self.starts[start] : self.ends[end - 1]].split()) if end > start else ""

    def numbers(self, at: int) -> list[Number]:
        """All numbers that can begin at a place."""
        found = self._numbers.get(at)
        if found is None:
            found = self._numbers[at] = self._find(at) if at < len(self.keys) else []
        return found

    def _find(self, at: int) -> list[Number]:
        keys, first = self.keys, max(0, at - 2)
        if not self._run_ends:
            self._run_ends = _run_ends(keys)
        end = min(self._run_ends[at], at + _LONGEST)
        found = _numbers(tuple(keys[first:end]), at - first)
        return [number._replace(end=number.end + first) for number in found] if first else found


@lru_cache(maxsize=1 << 12)
def _numbers(keys: tuple[str, ...], at: int) -> list[Number]:
    return number_at(keys, at)


def _run_ends(keys: list[str]) -> list[int]:
    """For each token where the words end that concern a number from it on."""
    ends: list[int] = []
    end = len(keys)
    for at in range(len(keys) - 1, -1, -1):
        if not concerns_numbers(keys[at]):
            end = at
        ends.append(end)
    return ends[::-1]


def _tokens(text: str) -> Iterator[tuple[str, int, int]]:
    for match in _TOKEN.finditer(text):
        yield word_key(match.group()), match.start(), match.end()


def word_key(token: str) -> str:
    """What a token is matched by: lower case, canonical tone placement, plain digits."""
    if token[0].isdigit():
        return figures(token)
    return place_tone(unicodedata.normalize("NFC", token).lower())


def figures(token: str) -> str:
    """Digits with separators as plain digits with a point: 1.500,5 is 1500.5."""
    if not token.isascii():
        return "?"
    if token.isdigit():
        return token
    if IDLE_DECIMALS.fullmatch(token):
        return re.sub(r"[.,]", "", token)
    if _THOUSANDS.fullmatch(token) and not token.startswith("0."):
        return token.replace(".", "").replace(",", ".")
    if _ENGLISH_DECIMAL.fullmatch(token):
        return token.replace(",", "")
    if token.count(",") > 1 and not re.search(r",\d{1,2}(?!\d)|,\d{4}", token):
        return token.replace(",", "")
    plain = token.replace(",", ".")
    return plain if plain.count(".") == 1 else "?"
