"""Utterances to batches: which go together, in which order, and the tensors they become.

The n-th batch of a training is a pure function of durations, settings and seed, so a training that was killed goes on
with the very batch that came next, and the processes of a distributed one agree without talking.

B utterances, T samples, U pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from data.errors import ConfigError, EmptySplit
from data.schema import RATE_HZ, Seconds
from data.shards import ShardReader
from models.asr.augment import Augment


class Pick(NamedTuple):
    """One utterance of a batch; the epoch decides its augmentation."""

    index: int
    epoch: int


class Batch(NamedTuple):
    """What a step sees; lengths are true lengths, the rest is padding."""

    samples_BT: torch.Tensor
    samples_B: torch.Tensor
    pieces_BU: torch.Tensor
    pieces_B: torch.Tensor
    index_B: torch.Tensor


class BatchPlan:
    """Buckets of like duration, shuffled and packed anew each epoch; every utterance once an epoch.

    Each of `ranks` processes gets equally many batches, none of them longer than `padded_s` with its padding.
    """

    def __init__(
        self,
        durations_s: Sequence[Seconds],
        *,
        padded_s: Seconds,
        utterances: int,
        buckets: int,
        seed: int,
        ranks: int = 1,
        short_first_epochs: int = 0,
    ) -> None:
        """
        Raises:
            EmptySplit: there are fewer utterances than processes.
            ConfigError: an utterance alone is longer than a batch may be.
        """
        if len(durations_s) < ranks:
            raise EmptySplit(f"{len(durations_s)} utterances cannot be shared by {ranks} processes")
        if max(durations_s) > padded_s:
            raise ConfigError(f"an utterance of {max(durations_s):.1f} s does not fit a batch of {padded_s:.1f} s")
        self.durations_s = np.asarray(durations_s, np.float64)
        self.padded_s, self.utterances, self.seed, self.ranks = padded_s, utterances, seed, ranks
        self._short_first_epochs = short_first_epochs
        order = np.argsort(self.durations_s, kind="stable")
        # Buckets hold equal seconds, not equal counts: so do the batches that come out of them.
        share = np.cumsum(self.durations_s[order]) / self.durations_s.sum()
        self._buckets = np.split(order, np.searchsorted(share, np.arange(1, buckets) / buckets))

    def epoch(self, number: int) -> list[list[list[int]]]:
        """The batches of one epoch: turns × processes × indices."""
        rng = np.random.default_rng((self.seed, number))
        short_first = number < self._short_first_epochs
        order = self._buckets if short_first else [rng.permutation(bucket) for bucket in self._buckets]
        batches = self._pack(np.concatenate(order).tolist())
        while len(batches) % self.ranks:  # Halving a batch evens the turns and keeps every utterance once …
            largest = max(batches, key=len)
            if len(largest) == 1:  # … unless all hold one: then some are heard twice.
                batches.append(largest)
                continue
            batches.remove(largest)
            batches += [largest[::2], largest[1::2]]
        if short_first:
            batches.sort(key=lambda batch: max(self.durations_s[i] for i in batch))
        else:
            batches = [batches[i] for i in rng.permutation(len(batches))]
        return [batches[i : i + self.ranks] for i in range(0, len(batches), self.ranks)]

    def _pack(self, order: list[int]) -> list[list[int]]:
        batches: list[list[int]] = []
        longest_s = 0.0
        for index in order:
            duration_s = float(self.durations_s[index])
            longest_s = max(longest_s, duration_s)
            full = batches and len(batches[-1]) + 1 > min(self.utterances, int(self.padded_s / longest_s))
            if full or not batches:
                batches.append([])
                longest_s = duration_s
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


class Clips(Dataset[tuple[np.ndarray, list[int], int]]):
    """The audio and pieces of one split; decoded audio stays in memory as far as `cache_mib` reaches."""

    def __init__(
        self,
        reader: ShardReader,
        positions: Sequence[int],
        pieces: Sequence[list[int]],
        *,
        cache_mib: int,
        augment: Augment | None,
    ) -> None:
        self._reader, self._positions, self._pieces, self._augment = reader, positions, pieces, augment
        self._cache: dict[int, np.ndarray] = {}
        self._cache_left = cache_mib << 20

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, pick: Pick) -> tuple[np.ndarray, list[int], int]:
        samples_T = self._samples(pick.index)
        if self._augment is not None:
            samples_T = self._augment(samples_T, key=(pick.epoch, pick.index))
        return samples_T, self._pieces[pick.index], pick.index

    def _samples(self, index: int) -> np.ndarray:
        kept = self._cache.get(index)
        if kept is not None:
            return kept.astype(np.float32) / 32767
        samples_T = self._reader[self._positions[index]]
        if samples_T.size * 2 <= self._cache_left:
            # 16 bits are what the clips were packed with; the first pass is rounded alike, so that epochs agree.
            kept = np.round(np.clip(samples_T, -1, 1) * 32767).astype(np.int16)
            self._cache[index] = kept
            self._cache_left -= kept.nbytes
            return kept.astype(np.float32) / 32767
        return samples_T


def collate(clips: list[tuple[np.ndarray, list[int], int]]) -> Batch:
    """Pad the clips of one batch."""
    samples = [torch.from_numpy(samples_T) for samples_T, _, _ in clips]
    pieces = [torch.tensor(ids, dtype=torch.long) for _, ids, _ in clips]
    return Batch(
        samples_BT=pad_sequence(samples, batch_first=True),
        samples_B=torch.tensor([len(s) for s in samples]),
        pieces_BU=pad_sequence(pieces, batch_first=True),
        pieces_B=torch.tensor([len(p) for p in pieces]),
        index_B=torch.tensor([index for _, _, index in clips]),
    )


def audio_seconds(batch: Batch) -> Seconds:
    """Seconds of audio in the batch, without padding."""
    return float(batch.samples_B.sum()) / RATE_HZ
