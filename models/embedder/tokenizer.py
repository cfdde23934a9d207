"""Texts to rows of the static embedder's table, a whole batch at once.

models.embedder.vocabulary says the same one word at a time (tests/unit/test_embedder_static.py): here what a stretch of text
between two spaces stands for is remembered, and pairs are found with numpy.
"""

# N texts, T tokens of all of them, K pairs that have a row.

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.embedder.vocabulary import Vocabulary, folded_word, words_of

I64: TypeAlias = NDArray[np.int64]
#: Stretches of text that are remembered; hostile text would fill any memory with endless ones.
_REMEMBERED = 1 << 17
#: A word is one number: its row among the words (0 is none, so counted from 1) above its folded row.
_FOLD_BITS = 24
_FOLDED = (1 << _FOLD_BITS) - 1
#: Between two texts, so that no pair reaches across.
_GAP = -1


class Tokenizer:
    """Finds the rows of texts; safe to call from several threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary
        self._pairs = _PairRows(_by_rows(vocabulary.pairs, vocabulary.words))
        self._folded_pairs = _PairRows(_by_rows(vocabulary.folded_pairs, vocabulary.folded))
        self._codes = _Codes(vocabulary)

    def rows(self, texts: Sequence[str], *, joined: bool = False) -> tuple[I64, I64]:
        """Of each token its row and its text, in the order of the texts.

        Args:
            joined: a word that has a row stands for its folded word too, as in a table whose rows are added already.
        Raises:
            NotUtf8: a text holds half a surrogate pair.
        """
        codes = [self._codes.of(text) for text in texts]
        lengths_N = np.fromiter(map(len, codes), np.int64, len(codes))
        for one in codes:
            one.append(_GAP)
        code_T = np.fromiter(chain.from_iterable(codes), np.int64, int(lengths_N.sum()) + len(codes))
        text_T = np.repeat(np.arange(len(codes)), lengths_N + 1)
        # No pair holds what a gap or a word without a row becomes here.
        word_T, folded_T = (code_T >> _FOLD_BITS) - 1, code_T & _FOLDED
        known_T, real_T = word_T >= 0, code_T != _GAP
        if joined:
            found = [(np.where(known_T, word_T, folded_T)[real_T], text_T[real_T])]
        else:
            found = [(word_T[known_T], text_T[known_T]), (folded_T[real_T], text_T[real_T])]
        found += [self._pairs.of(word_T, text_T), self._folded_pairs.of(folded_T, text_T)]
        rows_T, owner_T = (np.concatenate(parts) for parts in zip(*found, strict=True))
        # Numbers of two bytes are sorted by radix, an order of magnitude faster.
        order_T = np.argsort(owner_T.astype(np.uint16) if len(texts) < 1 << 16 else owner_T, kind="stable")
        return rows_T[order_T], owner_T[order_T]

    def words(self, text: str) -> int:
        """Words of a text; a number counts as it is said."""
        return len(self._codes.of(text))


class _Codes(dict[str, tuple[int, ...]]):
    """Of a stretch of text between two spaces its words, each as one number; a dictionary, so that no call is made for what
    is remembered."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        super().__init__()
        self._vocabulary = vocabulary

    def of(self, text: str) -> list[int]:
        return list(chain.from_iterable(map(self.__getitem__, text.split())))

    def __missing__(self, piece: str) -> tuple[int, ...]:
        codes = tuple(map(self._code, words_of(piece)))
        if len(self) >= _REMEMBERED:
            self.clear()
        self[piece] = codes
        return codes

    def _code(self, word: str) -> int:
        row = self._vocabulary.words.get(word, -1)
        return (row + 1) << _FOLD_BITS | self._vocabulary.folded_row(folded_word(word))


class _PairRows:
    """The rows of pairs, by the rows of their two words."""

    def __init__(self, pairs: Iterable[tuple[int, int, int]]) -> None:
        known = list(pairs)
        keys_K = np.array([first << 32 | second for first, second, _ in known], np.int64)
        order_K = np.argsort(keys_K)
        # A last key that nothing equals spares a check for the end.
        self._keys_K = np.append(keys_K[order_K], np.iinfo(np.int64).max)
        self._rows_K = np.append(np.array([row for *_, row in known], np.int64)[order_K], -1)

    def of(self, word_T: I64, text_T: I64) -> tuple[I64, I64]:
        """The rows of the pairs of neighbours; what is below 0 is no word."""
        first_T, second_T = word_T[:-1], word_T[1:]
        keys_T = first_T << 32 | second_T
        places_T = np.searchsorted(self._keys_K, keys_T)
        hit_T = self._keys_K[places_T] == keys_T
        return self._rows_K[places_T[hit_T]], text_T[:-1][hit_T]


def _by_rows(pairs: Mapping[str, int], words: Mapping[str, int]) -> Iterator[tuple[int, int, int]]:
    for pair, row in pairs.items():
        first, _, second = pair.partition(" ")
        if first in words and second in words:
            yield words[first], words[second], row
