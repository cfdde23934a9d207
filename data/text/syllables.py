"""A text as the syllables and numbers that it is searched by, each with its place in the text as it stands there."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from data.text.inverse.chart import best_path
from data.text.inverse.written_text import written_text
from data.text.normalform import fold, normal_form

#: Letters and digits with the marks and the invisible characters (soft hyphen, zero width) that stand inside words.
_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff])*")
_CLUSTER = re.compile(r"[\s\S][\u0300-\u036f]*")
#: What makes numbers: a digit, a capital of a Roman numeral, or a word that says a number; most texts hold one.
_IDLE = re.compile(r"[%+-]")

_ONES = {
    "mot": "một", "hai": "hai", "ba": "ba", "bon": "bốn", "nam": "năm", "sau": "sáu", "bay": "bảy", "tam": "tám",
    "chin": "chín",
}  # fmt: skip
_ACCENTED = {
    **_ONES, "khong": "không", "muoi": "mười", "tram": "trăm", "nghin": "nghìn", "ngan": "ngàn", "trieu": "triệu", "ty": "tỷ",
    "ruoi": "rưỡi", "phay": "phẩy", "phan": "phần", "ngay": "ngày", "thang": "tháng", "gio": "giờ", "phut": "phút", "le": "lẻ",
}  # fmt: skip
#: Behind a ten, or (mươi) behind its digit.
_CLOSING = {"muoi": "mươi", "mot": "mốt", "tu": "tư", "lam": "lăm"}
#: Without one of these a number typed without accents is too likely something else.
_CERTAIN = frozenset({"muoi", "tram", "nghin", "ngan", "trieu", "thang", "gio"})


class Syllable(NamedTuple):
    """One word of the normal form; `text[start:end]` says it."""

    text: str
    start: int
    end: int


class Value(NamedTuple):
    """One number of the text; `text[start:end]` says it, perhaps together with other numbers (24/7)."""

    text: str
    """Without separators, sign and percent: 1500000, 2.5, 24."""
    start: int
    end: int


def syllables(text: str) -> list[Syllable]:
    """The words of `normal_form(text)` in order, each with its characters [start, end) in the text.

    Word for word the same in NFC and NFD and for either tone placement; digits between separators are words of their own.
    """
    return [Syllable(word, match.start(), match.end()) for match in spelled(text) for word in normal_words(match.group())]


def spelled(text: str) -> Iterator[re.Match[str]]:
    """The words of a text as they stand there; `normal_words` says what each of them is."""
    return _WORD.finditer(text)


@lru_cache(maxsize=1 << 15)
def normal_words(word: str) -> tuple[str, ...]:
    """The words of the normal form of one that is spelled. Most of a text are among a few thousand: each is made once."""
    return tuple(normal_form(word).split())


def values(text: str) -> list[Value]:
    """The numbers of a text, spoken (hai mươi tư tháng bảy) or written (24/7), with the characters [start, end) that say them.

    What is said twice the same way is the same: see `data.text.numbers.values`.
    """
    composed, places = _compose(text)
    tokens = written_text(composed)
    found = []
    for edge in best_path(tokens):
        start, end = tokens.starts[edge.start], tokens.ends[edge.end - 1]
        if places:
            start, end = places[start], places[end]
        found += [Value(_IDLE.sub("", value), start, end) for value in edge.values]
    return found


def values_without_accents(text: str) -> list[Value]:
    """The numbers that a text says if it is typed without any accent (hai muoi tu thang bay); none where it has one.

    Only what a word like muoi or tram makes certain: "nam sau" may be five and six, but is next year.
    """
    lower = unicodedata.normalize("NFC", text).lower()
    if len(lower) != len(text) or fold(lower) != lower:
        return []
    typed = [match.group() for match in _WORD.finditer(lower)]
    if not _CERTAIN.intersection(typed):
        return []
    before = ""

    def accent(match: re.Match[str]) -> str:
        nonlocal before
        word = match.group()
        closing = _CLOSING.get(word) if before in ("muoi", "tram") or (before in _ONES and word == "muoi") else None
        before = word
        return closing or _ACCENTED.get(word, word)

    accented = _WORD.sub(accent, lower)
    return [v for v in values(accented) if _CERTAIN.intersection(lower[v.start : v.end].split())]


def covered(words: Sequence[Syllable], value: Value) -> range:
    """The positions of the syllables that say a number."""
    return range(
        bisect_right(words, value.start, key=lambda word: word.end),
        bisect_left(words, value.end, key=lambda word: word.start),
    )


def _compose(text: str) -> tuple[str, list[int]]:
    """The text in NFC, and for each of its characters and its end the place in the original; [] where they are the same."""
    if unicodedata.is_normalized("NFC", text):
        return text, []
    composed, places = [], []
    for start, cluster in _clusters(text):
        composed.append(cluster)
        places += [start] * len(cluster)
    return "".join(composed), [*places, len(text)]


def _clusters(text: str) -> Iterator[tuple[int, str]]:
    for match in _CLUSTER.finditer(text):
        yield match.start(), unicodedata.normalize("NFC", match.group())
