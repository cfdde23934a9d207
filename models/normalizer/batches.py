"""Pairs in memory, and the tensors that a batch of them becomes.

B pairs, S source bytes and the end, T target bytes and the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset

from data.errors import EmptySplit
from data.pairs.reader import Pair
from models.normalizer.tokenizer import END, OFFSET, PAD
from models.training.order import BatchPlan, Pick, TrainingOrder

#: cross_entropy leaves these out.
IGNORED = -100


class Batch(NamedTuple):
    """What a step sees."""

    source_BS: torch.Tensor
    mask_BS: torch.Tensor
    """1 where the source is no padding."""
    target_BT: torch.Tensor
    """`IGNORED` where the target is padding."""
    edited_BT: torch.Tensor
    """Where the target is no copy of the source."""
    index_B: torch.Tensor
    bytes: int
    """Of both sides, without padding."""


@dataclass(frozen=True, slots=True)
class Example:
    """One pair as ids, without ends."""

    source_S: np.ndarray
    target_T: np.ndarray
    edited_T: np.ndarray
    index: int


class PairBytes(Dataset[Example]):
    """The pairs of one split as bytes in three long arrays: a million take half a gigabyte, and worker processes share it."""

    def __init__(self, pairs: Iterable[Pair], *, max_bytes: int) -> None:
        """
        Args:
            max_bytes: longer pairs, on either side, are left out; `left_out` counts them.
        Raises:
            EmptySplit: there are no pairs that are short enough.
        """
        source, target, edited, sizes = bytearray(), bytearray(), bytearray(), []
        self.left_out = 0
        for pair in pairs:
            spoken, written = pair.spoken.encode(), pair.written.encode()
            if max(len(spoken), len(written)) > max_bytes:
                self.left_out += 1
                continue
            source += spoken
            target += written
            edited += edited_bytes(pair)
            sizes.append((len(spoken), len(written)))
        if not sizes:
            raise EmptySplit(f"no pair is as short as {max_bytes} bytes")
        self._source, self._target, self._edited = (np.frombuffer(bytes(b), np.uint8) for b in (source, target, edited))
        self.sizes_P2 = np.array(sizes, np.int64)
        self._ends_P2 = self.sizes_P2.cumsum(0)

    def __len__(self) -> int:
        return len(self.sizes_P2)

    @property
    def lengths_P(self) -> np.ndarray:
        """Bytes of the longer side with its end."""
        return self.sizes_P2.max(1) + 1

    def __getitem__(self, pick: Pick) -> Example:
        (source_end, target_end), (source, target) = self._ends_P2[pick.index], self.sizes_P2[pick.index]
        written = slice(target_end - target, target_end)
        return Example(self._source[source_end - source : source_end], self._target[written], self._edited[written], pick.index)


def edited_bytes(pair: Pair) -> bytes:
    """For each byte of the written side 1 where it is no copy: inside links, punctuation, capitals."""
    marks, at, links = bytearray(), 0, iter(pair.links)
    link = next(links, None)
    for place, letter in enumerate(pair.written):
        while link is not None and place >= link.written[1]:
            at, link = link.spoken[1], next(links, None)
        inside = link is not None and place >= link.written[0]
        said = pair.spoken[at : at + 1]
        if inside:
            mark = 1
        elif letter == " " or letter.isalnum():
            mark = int(letter != said)
            at += letter.isalnum() or said == " "
        else:
            mark = 1
        marks += bytes([mark]) * len(letter.encode())
    return bytes(marks)


def collate(examples: Sequence[Example]) -> Batch:
    """Add the ends, and pad the pairs of one batch."""
    count = len(examples)
    longest_s, longest_t = (max(len(s) for s in side) + 1 for side in _sides(examples))
    source_BS = np.full((count, longest_s), PAD, np.int64)
    target_BT = np.full((count, longest_t), IGNORED, np.int64)
    edited_BT = np.zeros((count, longest_t), bool)
    for row, example in enumerate(examples):
        s, t = len(example.source_S), len(example.target_T)
        source_BS[row, :s] = example.source_S.astype(np.int64) + OFFSET
        target_BT[row, :t] = example.target_T.astype(np.int64) + OFFSET
        edited_BT[row, :t] = example.edited_T
        source_BS[row, s] = target_BT[row, t] = END
        edited_BT[row, t] = True
    return Batch(
        source_BS=torch.from_numpy(source_BS),
        mask_BS=torch.from_numpy((source_BS != PAD).astype(np.int64)),
        target_BT=torch.from_numpy(target_BT),
        edited_BT=torch.from_numpy(edited_BT),
        index_B=torch.tensor([example.index for example in examples]),
        bytes=sum(len(s) for side in _sides(examples) for s in side),
    )


def _sides(examples: Sequence[Example]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    return [example.source_S for example in examples], [example.target_T for example in examples]


class GrowingOrder:
    """Batches of short pairs first: the longest grows in `stages` equal stages, then all pairs take part.

    Like the plans that it is made of, a pure function of lengths, settings and seed.
    """

    def __init__(
        self, lengths_P: np.ndarray, *, short: int, batches: int, stages: int = 8, rank: int = 0, start: int = 0, **plan: int
    ) -> None:
        """
        Args:
            short: length of the longest pair of the first stage.
            batches: batches of all stages together, for each process.
            plan: settings of `BatchPlan`.
        """
        self._lengths_P, self._plan = lengths_P, plan
        self._rank, self._start = rank, start
        limits = np.linspace(short, lengths_P.max(), stages + 1)[:-1]
        ends = np.linspace(0, batches, stages + 1).astype(int)
        self._stages = list(zip(limits.tolist(), np.diff(ends).tolist(), strict=True))

    def __iter__(self) -> Iterator[list[Pick]]:
        start = self._start
        for limit, batches in self._stages:
            if start >= batches:
                start -= batches
                continue
            chosen = np.flatnonzero(self._lengths_P <= limit)
            if len(chosen) < self._plan.get("ranks", 1):
                chosen = np.argsort(self._lengths_P, kind="stable")[: self._plan.get("count", 1)]
            stage = iter(TrainingOrder(BatchPlan(self._lengths_P[chosen], **self._plan), rank=self._rank, start=start))
            for _ in range(batches - start):
                yield [Pick(int(chosen[pick.index]), pick.epoch) for pick in next(stage)]
            start = 0
        yield from TrainingOrder(BatchPlan(self._lengths_P, **self._plan), rank=self._rank, start=start)
