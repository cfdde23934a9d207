"""Examples to batches: which go together and in which order.

The n-th batch of a training is a pure function of lengths, settings and seed, so a training that was killed goes on
with the very batch that came next, and the processes of a distributed one agree without talking.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from data.errors import ConfigError, EmptySplit


class Pick(NamedTuple):
    """One example of a batch; the epoch decides its augmentation."""

    index: int
    epoch: int


class BatchPlan:
    """Buckets of like length, shuffled and packed anew each epoch; every example once an epoch.

    Each of `ranks` processes gets equally many batches, none of them longer than `padded` with its padding.
    """

    def __init__(
        self,
        lengths: Sequence[float] | np.ndarray,
        *,
        padded: float,
        count: int,
        buckets: int,
        seed: int,
        ranks: int = 1,
        short_first_epochs: int = 0,
    ) -> None:
        """
        Args:
            lengths: of each example, in any unit (seconds, bytes).
            padded: what a batch may hold, padding counted, in the same unit.
            count: examples in a batch at most.
        Raises:
            EmptySplit: there are fewer examples than processes.
            ConfigError: an example alone is longer than a batch may be.
        """
        if len(lengths) < ranks:
            raise EmptySplit(f"{len(lengths)} examples cannot be shared by {ranks} processes")
        if max(lengths) > padded:
            raise ConfigError(f"an example of length {max(lengths):.1f} does not fit a batch of {padded:.1f}")
        self.lengths = np.asarray(lengths, np.float64)
        self.padded, self.count, self.seed, self.ranks = padded, count, seed, ranks
        self._short_first_epochs = short_first_epochs
        order = np.argsort(self.lengths, kind="stable")
        # Buckets hold equal lengths, not equal counts: so do the batches that come out of them.
        share = np.cumsum(self.lengths[order]) / self.lengths.sum()
        self._buckets = np.split(order, np.searchsorted(share, np.arange(1, buckets) / buckets))

    def epoch(self, number: int) -> list[list[list[int]]]:
        """The batches of one epoch: turns × processes × indices."""
        rng = np.random.default_rng((self.seed, number))
        short_first = number < self._short_first_epochs
        order = self._buckets if short_first else [rng.permutation(bucket) for bucket in self._buckets]
        batches = self._pack(np.concatenate(order).tolist())
        while len(batches) % self.ranks:  # Halving a batch evens the turns and keeps every example once …
            largest = max(batches, key=len)
            if len(largest) == 1:  # … unless all hold one: then some are taken twice.
                batches.append(largest)
                continue
            batches.remove(largest)
            batches += [largest[::2], largest[1::2]]
        if short_first:
            batches.sort(key=lambda batch: max(self.lengths[i] for i in batch))
        else:
            batches = [batches[i] for i in rng.permutation(len(batches))]
        return [batches[i : i + self.ranks] for i in range(0, len(batches), self.ranks)]

    def _pack(self, order: list[int]) -> list[list[int]]:
        batches: list[list[int]] = []
        longest = 0.0
        for index in order:
            length = float(self.lengths[index])
            longest = max(longest, length)
            full = batches and len(batches[-1]) + 1 > min(self.count, int(self.padded / longest))
            if full or not batches:
                batches.append([])
                longest = length
            batches[-1].append(index)
        return batches


class TrainingOrder:
    """The endless order of one process's batches, from batch number `start` on."""

    def __init__(self, plan: BatchPlan, *, rank: int = 0, start: int = 0) -> None:
        self.plan, self.rank, self.start = plan, rank, start

    def __iter__(self) -> Iterator[list[Pick]]:
        epoch, skip = 0, self.start
        while True:
            turns = self.plan.epoch(epoch)
            for turn in turns[skip:]:
                yield [Pick(index, epoch) for index in turn[self.rank]]
            skip = max(0, skip - len(turns))
            epoch += 1
