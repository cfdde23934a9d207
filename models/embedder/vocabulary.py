"""The tokenizer of the static embedder: syllables and pairs of them, each as written and without diacritics.

Most Vietnamese words are two syllables, so pairs are words more often than not. The folded half of each lets a query
without diacritics find its passage; a syllable that is in no list (names, mistakes) falls into one of many buckets by the
checksum of its folded form, so that it still finds itself.

    words_of("Hà Nội 2")     hà nội hai 2
    tokens                   hà nội hai 2 · ~ha ~noi ~hai ~2 · hà nội · ~ha noi …
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from data.errors import BrokenPackage, NotUtf8
from data.text.normalform import fold, normal_form
from data.text.verbalize.verbalizer import verbalize

#: No number that people say in one breath is longer.
_LONGEST_NUMBER = 9
#: Longer than any word: what is longer is noise, and its start tells as much.
_LONGEST_WORD = 24
_SECTIONS = ("words", "folded", "pairs", "folded pairs")


def words_of(text: str) -> list[str]:
    """Words in normal form; a number stands there as it is said too, so that it meets the one that was spoken.

    Raises:
        NotUtf8: the text holds half a surrogate pair.
    """
    try:
        words = normal_form(text).split()
    except UnicodeEncodeError as error:
        raise NotUtf8(f"character {error.start} is half a surrogate pair") from error
    if not any(map(str.isdecimal, text)):
        return words
    said: list[str] = []
    for word in words:
        said += [*_said(word), word] if word.isdecimal() and len(word) <= _LONGEST_NUMBER else [word]
    return said


@lru_cache(maxsize=1 << 14)
def _said(number: str) -> tuple[str, ...]:
    return tuple(normal_form(verbalize(number).text).split())


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Which row of the table each token has: words, folded words, buckets, pairs, folded pairs, in this order."""

    words: Mapping[str, int]
    folded: Mapping[str, int]
    pairs: Mapping[str, int]
    folded_pairs: Mapping[str, int]
    buckets: int

    @classmethod
    def of(cls, lists: Sequence[Sequence[str]], buckets: int) -> Vocabulary:
        """Rows for the four lists, in the order of the sections."""
        words, folded, pairs, folded_pairs = lists
        start = len(words) + len(folded) + buckets
        return cls(
            words={token: row for row, token in enumerate(words)},
            folded={token: row for row, token in enumerate(folded, len(words))},
            pairs={token: row for row, token in enumerate(pairs, start)},
            folded_pairs={token: row for row, token in enumerate(folded_pairs, start + len(pairs))},
            buckets=buckets,
        )

    @classmethod
    def learn(cls, texts: Iterable[Sequence[str]], *, words: int, pairs: int, buckets: int, least: int = 3) -> Vocabulary:
        """The commonest tokens of texts, given as their words.

        Args:
            words: most words, and most folded words; pairs: most pairs, and half as many folded ones.
            least: a token that was met less often gets no row.
        """
        counts = [Counter[str]() for _ in _SECTIONS]
        for text in texts:
            bare = [folded_word(word) for word in text]
            counts[0].update(text)
            counts[1].update(bare)
            counts[2].update(map(_pair, text, text[1:]))
            counts[3].update(map(_pair, bare, bare[1:]))
        singles = [_commonest(counts[at], words, least) for at in (0, 1)]
        doubles = [
            # A pair is found by the rows of its two words, so both have one.
            _commonest(_within(counts[2 + at], set(singles[at])), most, least)
            for at, most in enumerate((pairs, pairs // 2))
        ]
        return cls.of([*singles, *doubles], buckets)

    @property
    def size(self) -> int:
        """Rows of the table."""
        return len(self.words) + len(self.folded) + self.buckets + len(self.pairs) + len(self.folded_pairs)

    def rows(self, words: Sequence[str]) -> list[int]:
        """The rows of all tokens of a text, given as its words; at least one for each word."""
        rows, bare = [], []
        for word in words:
            folded = folded_word(word)
            bare.append(folded)
            row = self.words.get(word)
            if row is not None:
                rows.append(row)
            rows.append(self.folded_row(folded))
        for known, text in ((self.pairs, words), (self.folded_pairs, bare)):
            rows += [row for row in map(known.get, map(_pair, text, text[1:])) if row is not None]
        return rows

    def folded_row(self, folded: str) -> int:
        """The row of a folded word, or of its bucket."""
        row = self.folded.get(folded)
        return row if row is not None else len(self.words) + len(self.folded) + zlib.crc32(folded.encode()) % self.buckets

    def write(self, path: Path) -> None:
        """One token a line under the name of its section, in the order of the rows."""
        sections = (self.words, self.folded, self.pairs, self.folded_pairs)
        parts = [f"# buckets {self.buckets}\n"]
        for name, tokens in zip(_SECTIONS, sections, strict=True):
            parts += [f"# {name} {len(tokens)}\n", *(f"{token}\n" for token in tokens)]
        path.write_text("".join(parts), "utf-8")

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """What `write` wrote.

        Raises:
            BrokenPackage: the file is another one.
        """
        try:
            lines = path.read_text("utf-8").split("\n")
            buckets, at, lists = int(lines[0].removeprefix("# buckets ")), 1, []
            for name in _SECTIONS:
                count = int(lines[at].removeprefix(f"# {name} "))
                lists.append(lines[at + 1 : at + 1 + count])
                at += 1 + count
            if at != len(lines) - 1 or lines[at] or buckets < 1:
                raise ValueError("it has another length than it says")
        except (OSError, ValueError, IndexError) as error:
            raise BrokenPackage(f"{path.name} is no vocabulary: {error}", pointer=f"/files/{path.name}") from error
        return cls.of(lists, buckets)


@lru_cache(maxsize=1 << 17)
def folded_word(word: str) -> str:
    """A word of a normal form without diacritics, cut where it is longer than any word."""
    return fold(word)[:_LONGEST_WORD]


def _pair(first: str, second: str) -> str:
    return f"{first} {second}"


def _within(counts: Counter[str], words: set[str]) -> Counter[str]:
    return Counter({pair: count for pair, count in counts.items() if words.issuperset(pair.split(" "))})


def _commonest(counts: Counter[str], most: int, least: int) -> list[str]:
    """Of equally common ones the first in order, so that the same texts give the same vocabulary."""
    found = sorted(((-count, token) for token, count in counts.items() if count >= least))[:most]
    return [token for _, token in found]
