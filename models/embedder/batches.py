"""Passages with one of their queries each: batches that are a pure function of seed and number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import Dataset

from data.errors import EmptySplit
from data.queries.reader import Passage

Features = dict[str, torch.Tensor]


@dataclass(slots=True)
class Batch:
    """What the loss compares: query n belongs to passage n, and all others are wrong for it."""

    query: Features
    passage: Features
    passages: int


class Examples(Dataset[tuple[str, str]]):
    """Passages of a split; a draw decides the query and where a long passage is read."""

    def __init__(self, passages: Sequence[Passage], *, max_words: int, prefixes: tuple[str, str]) -> None:
        """
        Args:
            prefixes: what stands before a query and before a passage.
        """
        self._passages, self._max_words, self._prefixes = passages, max_words, prefixes

    def __len__(self) -> int:
        return len(self._passages)

    def __getitem__(self, pick: tuple[int, int]) -> tuple[str, str]:  # pyright: ignore[reportIncompatibleMethodOverride]
        index, draw = pick
        passage, rng = self._passages[index], np.random.default_rng((index, draw))
        query = passage.queries[rng.integers(len(passage.queries))].text
        words = passage.text.split()
        if 0 < self._max_words < len(words):
            start = rng.integers(len(words) - self._max_words + 1)
            words = words[start : start + self._max_words]
        return self._prefixes[0] + query, self._prefixes[1] + " ".join(words)


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
