"""Utterances of a batch to the tensors they become.

B utterances, T samples, U pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import Dataset

from data.schema import RATE_HZ, Seconds
from data.shards import ShardReader
from models.asr.augment import Augment
from models.training.order import Pick


class Batch(NamedTuple):
    """What a step sees; lengths are true lengths, the rest is padding."""

    samples_BT: torch.Tensor
    samples_B: torch.Tensor
    pieces_BU: torch.Tensor
    pieces_B: torch.Tensor
    index_B: torch.Tensor


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
        samples_T, pieces = self._samples(pick.index), self._pieces[pick.index]
        if self._augment is not None:
            samples_T, pieces = self._augment(samples_T, pieces, key=(pick.epoch, pick.index), another=self._another)
        return samples_T, pieces, pick.index

    def _another(self, rng: np.random.Generator) -> np.ndarray:
        return self._samples(int(rng.integers(len(self))))

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
