"""Passages with one of their queries each: batches that are a pure function of seed and number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Dataset

from data.errors import EmptySplit
from data.queries.reader import Passage
from models.embedder.config import BatchConfig

Features = dict[str, torch.Tensor]
#: Words of a stretch that is cut out of its passage.
_STRETCH = (6, 24)
#: Fewer words than these say nothing.
_LEFT = 3
_MARKS = ".,;:!?()\"'“”…"


@dataclass(slots=True)
class Batch:
    """What the loss compares: query n belongs to passage n, and all others are wrong for it."""

    query: Features
    passage: Features
    passages: int


class Examples(Dataset[tuple[str, str]]):
    """Passages of a split; a draw decides the query and where a long passage is read."""

    def __init__(self, passages: Sequence[Passage], settings: BatchConfig, *, prefixes: tuple[str, str]) -> None:
        """
        Args:
            prefixes: what stands before a query and before a passage.
        """
        self._passages, self._settings, self._prefixes = passages, settings, prefixes

    def __len__(self) -> int:
        return len(self._passages)

    def __getitem__(self, pick: tuple[int, int]) -> tuple[str, str]:  # pyright: ignore[reportIncompatibleMethodOverride]
        index, draw = pick
        passage, rng, settings = self._passages[index], np.random.default_rng((index, draw)), self._settings
        query = passage.queries[rng.integers(len(passage.queries))]
        words = passage.text.split()
        if 0 < settings.max_words < len(words):
            start = rng.integers(len(words) - settings.max_words + 1)
            words = words[start : start + settings.max_words]
        asked, apart = query.text.split(), query.kind == "beside"
        if settings.cloze and len(words) >= 2 * _STRETCH[0] and rng.random() < settings.cloze:
            (asked, words), apart = cut_out(words, rng), True
        if apart and rng.random() < settings.hide:
            asked = without_shared(asked, words)
        return self._prefixes[0] + " ".join(asked), self._prefixes[1] + " ".join(words)


def cut_out(words: Sequence[str], rng: np.random.Generator) -> tuple[list[str], list[str]]:
    """A stretch of a passage, and the passage without it (inverse cloze, Lee et al., 2019)."""
    length = int(rng.integers(_STRETCH[0], min(_STRETCH[1], len(words) // 2) + 1))
    start = int(rng.integers(len(words) - length + 1))
    return list(words[start : start + length]), [*words[:start], *words[start + length :]]


def without_shared(query: Sequence[str], passage: Sequence[str]) -> list[str]:
    """The query's words that the passage lacks, whatever their case and marks; all of them where too few are left."""
    known = {_bare(word) for word in passage}
    own = [word for word in query if _bare(word) not in known]
    return own if len(own) >= _LEFT else list(query)


def _bare(word: str) -> str:
    return word.strip(_MARKS).casefold()


class Order:
    """The endless order of one process's batches, from batch number `start` on; every passage once an epoch."""

    def __init__(self, count: int, size: int, *, seed: int, rank: int = 0, ranks: int = 1, start: int = 0) -> None:
        """
        Raises:
            EmptySplit: there are not two passages for each process.
        """
        if count < 2 * ranks:
            raise EmptySplit(f"{count} passages cannot be told apart by {ranks} processes")
        self._count, self._size, self._seed = count, min(size, count // ranks), seed
        self._rank, self._ranks, self._start = rank, ranks, start

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        number, turns = self._start, self._count // (self._size * self._ranks)
        while True:
            epoch, first = divmod(number, turns)
            order = np.random.default_rng((self._seed, epoch)).permutation(self._count)
            for turn in range(first, turns):
                at = (turn * self._ranks + self._rank) * self._size
                yield [(int(index), self._seed * 1_000_003 + epoch) for index in order[at : at + self._size]]
                number += 1
