"""Greedy decoding by verified guesses: a block of a draft is read in one step, and what the model agrees with is kept.

The model's own choice after each id decides, so the output is what one id at a time would give, and a step gives at
least one id. Keys and values of accepted ids lie in a slab that only grows; those of rejected ones are never written.

H heads, B rows, T ids of a block, C room in the slab, K width of a head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.normalizer.draft import Draft
from models.normalizer.paths import Walk
from models.normalizer.tokenizer import END, PAD

F32 = NDArray[np.float32]
I64 = NDArray[np.int64]

_ROOM = 64
#: Rows that are done are taken out when so large a share of all is.
_DONE_SHARE = 0.25


class Step(Protocol):
    """One forward of the decoder."""

    def __call__(self, tokens_BT: I64, cached_B: I64, past: Sequence[F32], rows: I64) -> tuple[I64, F32, Sequence[F32]]:
        """The id that follows each id of the block, the logits of all ids there, and keys and values, HBTK of every layer.

        Args:
            past: cached keys and values of every layer, HBCK, of which cached_B are valid.
            rows: which texts the rows belong to.
        """
        ...


@dataclass(slots=True)
class _Row:
    draft: Draft
    limit: int
    ids: list[int]
    walk: Walk | None = None
    """Where the output is held to paths."""
    last: int = PAD
    """The id that is certain and not in the cache yet; decoding starts with padding."""
    block: int = 0
    """How many ids of the draft are worth verifying."""

    @property
    def done(self) -> bool:
        return len(self.ids) >= self.limit or (bool(self.ids) and self.ids[-1] == END)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockPolicy:
    """How many ids a step verifies: more save steps, and cost where they are wrong."""

    first: int = 16
    """Of a row's first step, and of the next one where a guess was wrong."""
    most: int = 48
    """Doubled up to here while guesses are right."""
    tokens: int = 192
    """Of one step, all rows together; a row still gets `least`."""
    least: int = 6
    """However many rows there are."""

    def of(self, rows: Sequence[_Row]) -> int:
        allowed = max(self.least, self.tokens // len(rows))
        wanted = sum(row.block for row in rows) / len(rows)
        return int(min(allowed, wanted))


@dataclass(slots=True)
class Counts:
    """What decoding took."""

    batches: int = 0
    steps: int = 0
    read: int = 0
    """Ids that went through the decoder, padding of rows included."""
    written: int = 0


def decode_greedily(
    step: Step, drafts: Sequence[Draft], limits: Sequence[int], *, slabs: tuple[int, int, int],
    policy: BlockPolicy | None = None, counts: Counts | None = None, walks: Sequence[Walk | None] | None = None,
) -> list[list[int]]:  # fmt: skip
    """The ids of every text, its end included where it came before the limit.

    Args:
        drafts: a guess for each text; they are used up.
        walks: of the texts whose output is held to paths; the model chooses among what they allow.
        limits: ids of each output at most, 1 or more.
        slabs: number of cached tensors (two a layer), heads, width of a head.
    """
    policy, counts = policy or BlockPolicy(), counts or Counts()
    held = walks or [None] * len(drafts)
    rows = [_Row(d, limit, [], walk, block=policy.first) for d, limit, walk in zip(drafts, limits, held, strict=True)]
    state = _State(rows, slabs)
    while state.shrink():
        size = policy.of(state.rows)
        block_BT = state.block(size)
        chosen_BT, logits_BTV, new = step(block_BT, state.cached_B, state.past, state.texts_B)
        for row, block, chosen, logits_TV in zip(state.rows, block_BT.tolist(), chosen_BT, logits_BTV, strict=True):
            if row.walk is not None and not row.done:
                allowed = row.walk.choose(block[1:], logits_TV)
                chosen[: len(allowed)] = allowed
        agreed_BT = chosen_BT[:, :-1] == block_BT[:, 1:]
        accepted_B = np.where(agreed_BT.all(1), agreed_BT.shape[1], agreed_BT.argmin(1) if agreed_BT.size else 0)
        state.keep(new, np.where([row.done for row in state.rows], 0, accepted_B + 1))
        for row, accepted, chosen in zip(state.rows, accepted_B.tolist(), chosen_BT.tolist(), strict=True):
            _advance(row, accepted, chosen, policy)
        counts.steps += 1
        counts.read += block_BT.size
    counts.batches += 1
    counts.written += sum(len(row.ids) for row in rows)
    return [row.ids for row in rows]


def _advance(row: _Row, accepted: int, chosen: list[int], policy: BlockPolicy) -> None:
    if row.done:
        return
    row.ids += chosen[: accepted + 1]
    if END in row.ids[-accepted - 1 :]:
        del row.ids[row.ids.index(END) + 1 :]
    del row.ids[row.limit :]
    row.last = chosen[accepted]
    row.draft.commit(accepted, chosen[accepted:])
    row.block = min(policy.most, 2 * row.block) if accepted + 1 == len(chosen) else policy.first


class _State:
    """The rows of a batch that are still written, and their slab."""

    def __init__(self, rows: Sequence[_Row], slabs: tuple[int, int, int]) -> None:
        self._all, (count, self._heads, self._width) = rows, slabs
        self.texts_B: I64 = np.arange(len(rows))
        self.cached_B: I64 = np.zeros(len(rows), np.int64)
        # Zeros and not whatever was there: what is masked is still multiplied, and NaN times nothing is NaN.
        self.past: list[F32] = [np.zeros(self._shape(_ROOM), np.float32) for _ in range(count)]

    def _shape(self, room: int) -> tuple[int, int, int, int]:
        return self._heads, len(self.texts_B), room, self._width

    @property
    def rows(self) -> list[_Row]:
        return [self._all[text] for text in self.texts_B]

    def shrink(self) -> bool:
        """Take out rows that are done, where that is worth a copy; False where none is left."""
        going = np.array([not row.done for row in self.rows], bool)
        if not going.any():
            return False
        if going.mean() <= 1 - _DONE_SHARE:
            self.texts_B, self.cached_B = self.texts_B[going], self.cached_B[going]
            self.past = [tensor[:, going] for tensor in self.past]
        return True

    def block(self, size: int) -> I64:
        """The last certain id of each row and the next ones of its draft, `size` at most."""
        guesses = [[] if row.done else row.draft.ahead(size - 1) for row in self.rows]
        block_BT = np.full((len(guesses), 1 + max(map(len, guesses))), PAD, np.int64)
        for ids, row, guess in zip(block_BT, self.rows, guesses, strict=True):
            ids[0], ids[1 : 1 + len(guess)] = row.last, guess
        return block_BT

    def keep(self, new: Sequence[F32], counts_B: I64) -> None:
        """Append the first entries of a block to each row's."""
        ends_B = self.cached_B + counts_B
        if ends_B.max() > self.past[0].shape[2]:
            room = (int(ends_B.max()) // _ROOM + 1) * _ROOM
            for at, tensor in enumerate(self.past):
                self.past[at] = np.zeros(self._shape(room), np.float32)
                self.past[at][:, :, : tensor.shape[2]] = tensor
        for tensor, entries in zip(self.past, new, strict=True):
            for row, (start, end, count) in enumerate(
                zip(self.cached_B.tolist(), ends_B.tolist(), counts_B.tolist(), strict=True)
            ):
                tensor[:, row, start:end] = entries[:, row, :count]
        self.cached_B = ends_B
