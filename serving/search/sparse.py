"""Text as sparse vectors for lexical search: syllables, pairs of neighbours (most Vietnamese words have two) and numbers.

Passages carry BM25's weight of a term (Robertson and Zaragoza, 2009), queries its count; the engine multiplies the idf.
Changes of what this file answers for a passage need another `TERMS_VERSION` in space.py: points were made with it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from data.text.normalform import fold
from data.text.syllables import Syllable, Value, covered, syllables, values, values_without_accents
from serving.search.points import SparseVector


class Term(NamedTuple):
    """Something to be found: one syllable, two with a space between them, or a number; `text[start:end]` says it."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bm25:
    """How much a term says about a passage. Passages that are searched together are made with the same numbers.

    The figures behind the defaults are printed by tests/golden/test_search_terms_rank.py.
    """

    k1: float = 1.2
    """How soon repetition stops to count."""
    b: float = 0.75
    """How much longer passages are held back."""
    average_syllables: float = 100.0
    """A passage of middle length. It is no mean of what is stored: weights must not change when passages come and go."""
    pair_weight: float = 0.5
    """What a pair counts beside a single syllable; both of its syllables count already."""

    def passage(self, text: str) -> tuple[SparseVector, SparseVector]:
        """The accented and the folded vector of a passage; both are empty where the text holds no word."""
        words = syllables(text)
        length = self.k1 * (1 - self.b + self.b * len(words) / self.average_syllables)
        terms = [term.text for term in terms_of(text, words)]

        def weigh(names: Iterable[str]) -> SparseVector:
            return _vector(
                (name, self._kind(name) * count * (self.k1 + 1) / (count + length)) for name, count in Counter(names).items()
            )

        return weigh(terms), weigh(map(_folded, terms))

    def query(self, text: str) -> tuple[SparseVector, SparseVector]:
        """The accented and the folded vector of a query, whose weights are counts.

        In a query without any accent numbers are found too ("hai muoi tu thang bay"), but only in the folded vector.
        """
        accented = [term.text for term in terms_of(text)]
        folded = [fold(term) for term in accented] + _pair_up(values_without_accents(text))
        return _counts(accented), _counts(folded)

    def _kind(self, name: str) -> float:
        return self.pair_weight if " " in name else 1.0


def terms_of(text: str, words: Sequence[Syllable] | None = None) -> list[Term]:
    """All terms of a text with their places, accented; `fold` makes those of the folded vector.

    A number that is spoken, or written with separators, also gives the term that it would be in plain digits.
    """
    words = syllables(text) if words is None else words
    terms = [Term(word.text, word.start, word.end) for word in words]
    terms += [Term(f"{a.text} {b.text}", a.start, b.end) for a, b in pairwise(words)]
    return terms + terms_of_numbers(text, words)


def terms_of_numbers(text: str, words: Sequence[Syllable]) -> list[Term]:
    """The terms that a text gets for its numbers, beside its words as they stand there."""
    terms: list[Term] = []
    before: Value | None = None
    for value in values(text):
        said = {words[at].text for at in covered(words, value)}
        if value.text not in said and not _is_article(value, said):
            terms.append(Term(value.text, value.start, value.end))
            if before is not None and (before.start, before.end) == (value.start, value.end):
                terms.append(Term(f"{before.text} {value.text}", value.start, value.end))
        before = value
    return terms


def holds_number(text: str) -> bool:
    """Whether any term of a query is a number, so that a number of a passage may be what it asks for."""
    numbers = any(map(str.isdigit, text)) or terms_of_numbers(text, syllables(text)) or values_without_accents(text)
    return bool(numbers)


@lru_cache(maxsize=1 << 17)
def term_id(term: str) -> int:
    """A uint32 that stays the same for ever; two of a million terms share one now and then, which only costs precision."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=4).digest(), "little")


_folded = lru_cache(maxsize=1 << 17)(fold)


def _is_article(value: Value, said: set[str]) -> bool:
    """Whether "một" or "không" stands alone: mostly an article and a negation, hardly ever a number to be found."""
    return len(said) == 1 and value.text in ("0", "1")


def _pair_up(found: Sequence[Value]) -> list[str]:
    pairs = [f"{a.text} {b.text}" for a, b in pairwise(found) if (a.start, a.end) == (b.start, b.end)]
    return [value.text for value in found] + pairs


def _counts(terms: Sequence[str]) -> SparseVector:
    return _vector((term, float(count)) for term, count in Counter(terms).items())


def _vector(weights: Iterable[tuple[str, float]]) -> SparseVector:
    """The terms in the order of their ids; what shares an id is added."""
    summed: dict[int, float] = {}
    for name, weight in weights:
        key = term_id(name)
        summed[key] = summed.get(key, 0.0) + weight
    ids = np.fromiter(summed, dtype=np.uint32, count=len(summed))
    order = np.argsort(ids)
    return SparseVector(ids[order], np.fromiter(summed.values(), dtype=np.float32, count=len(summed))[order])
