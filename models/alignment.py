"""How far one word sequence lies from another: a Levenshtein alignment that is counted, and traced where pairs are asked for.

Several alignments may need the same number of edits, and which one a back-trace happens to take would decide how many
substitutions, or wrong tones, are reported. Here every count is unique: among the alignments with the fewest edits the
one with the fewest substitutions is taken (the most words right, as sclite aligns), and among those the one whose
substitutions lie nearest. All of it is one integer cost, so only the last row of the table is needed to count.
"""

# U pairs in one batch, N words of the reference, M words of the hypothesis, L levels of likeness.

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from data.errors import ScoreError

#: Cells of one row of a batch: small enough for the cache of one core, large enough to hide the interpreter.
MAX_ROW_CELLS = 1 << 16

#: Words of the reference times words of the hypothesis that are paired at most: a byte or two each.
MAX_MOVES = 400_000_000

Views = Sequence[Sequence[Hashable]]
"""One sequence seen at L levels, the sharpest first: the words, the words without tones, the folded words."""


def align(pairs: Sequence[tuple[Views, Views]], *, levels: int) -> np.ndarray:
    """Count the edits that turn each reference into its hypothesis.

    Args:
        pairs: (reference, hypothesis), each as `levels` sequences of one length; symbols that are equal at one level
            must be equal at every later one.
    Returns:
        counts_UC, C = 2 + levels: deletions, insertions, then for each level the substitutions that differ there, so
        that the first of these are all substitutions.
    Raises:
        ScoreError: one pair is so long that its cost does not fit 64 bits (55,000 words at three levels).
    """
    counts_UC = np.zeros((len(pairs), 2 + levels), np.int64)
    ids: dict[Hashable, int] = {}
    todo = [u for u, (ref, hyp) in enumerate(pairs) if list(ref[0]) != list(hyp[0])]
    todo.sort(key=lambda u: max(len(pairs[u][0][0]), len(pairs[u][1][0])))
    while todo:
        longest = 1 + max(len(pairs[todo[-1]][0][0]), len(pairs[todo[-1]][1][0]))
        size = max(1, MAX_ROW_CELLS // longest)
        batch, todo = todo[-size:], todo[:-size]
        counts_UC[batch] = _align_batch([pairs[u] for u in batch], levels, ids)
    return counts_UC


def partners(ref: Views, hyp: Views) -> np.ndarray:
    """Which word of the hypothesis stands for each word of the reference, in the alignment that `align` counts.

    Where several alignments have that cost, words pair as late as they can.

    Returns:
        partner_N: a position in the hypothesis, -1 for a word that was deleted.
    Raises:
        ScoreError: as `align`, and where the table of moves would not fit the memory (20,000 words on both sides).
    """
    n, m = len(ref[0]), len(hyp[0])
    if n * m > MAX_MOVES:
        raise ScoreError("an utterance is too long to pair its words: cut it into segments first")
    table = _Table([(ref, hyp)], levels=len(ref), ids={})
    paired_NM = np.zeros((n, m), bool)
    above_NM = np.zeros((n, m + 1), bool)
    for i, (diagonal_UM, above_UM1, row_UM1) in enumerate(table.rows()):
        paired_NM[i] = row_UM1[0, 1:] == diagonal_UM[0]
        above_NM[i] = row_UM1[0] == above_UM1[0]
    partner_N = np.full(n, -1)
    i, j = n - 1, m
    while i >= 0:
        if j and paired_NM[i, j - 1]:
            partner_N[i], i, j = j - 1, i - 1, j - 1
        elif above_NM[i, j]:
            i -= 1
        else:
            j -= 1
    return partner_N


def _align_batch(pairs: Sequence[tuple[Views, Views]], levels: int, ids: dict[Hashable, int]) -> np.ndarray:
    table = _Table(pairs, levels, ids)
    n_U, m_U = table.n_U, table.m_U
    every_U = np.arange(len(pairs))
    cost_U = table.edit * m_U
    for i, (_, _, row_UM1) in enumerate(table.rows()):
        ends_U = n_U == i + 1
        cost_U[ends_U] = row_UM1[every_U, m_U][ends_U]

    edits_U, rest_U = np.divmod(cost_U, table.edit)
    subs_UL = np.empty((len(pairs), levels), np.int64)
    for level, weight in enumerate(table.weights_L):
        subs_UL[:, level], rest_U = np.divmod(rest_U, weight)
    deletions_U = (edits_U - subs_UL[:, 0] + n_U - m_U) // 2
    return np.column_stack([deletions_U, deletions_U - n_U + m_U, subs_UL])


class _Table:
    """Least costs of a batch of pairs, row by row."""

    def __init__(self, pairs: Sequence[tuple[Views, Views]], levels: int, ids: dict[Hashable, int]) -> None:
        self.n_U = np.array([len(ref[0]) for ref, _ in pairs])
        self.m_U = np.array([len(hyp[0]) for _, hyp in pairs])
        base = int(np.minimum(self.n_U, self.m_U).max()) + 1  # No pair has more substitutions: no level spills into the next.
        if base**levels * int(np.maximum(self.n_U, self.m_U).max() + 1) >= 2**62:
            raise ScoreError("an utterance is too long to align: cut it into segments first")
        self.edit = base**levels
        self.weights_L = [base ** (levels - 1 - level) for level in range(levels)]
        self._ref_LUN = _padded([ref for ref, _ in pairs], levels, int(self.n_U.max()), ids, -1)
        self._hyp_LUM = _padded([hyp for _, hyp in pairs], levels, int(self.m_U.max()), ids, -2)

    def rows(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """For each word of the references: the costs if it is paired with each word, if it is deleted, and the least.

        Yields:
            diagonal_UM, above_UM1, row_UM1.
        """
        ramp_M1 = self.edit * np.arange(self._hyp_LUM.shape[2] + 1)
        row_UM1 = np.tile(ramp_M1, (len(self.n_U), 1))
        for i in range(self._ref_LUN.shape[2]):
            differs_LUM = self._ref_LUN[:, :, i, None] != self._hyp_LUM
            diagonal_UM = row_UM1[:, :-1] + (self.edit + self.weights_L[0]) * differs_LUM[0]
            for level in range(1, len(self.weights_L)):
                diagonal_UM += self.weights_L[level] * differs_LUM[level]
            above_UM1 = row_UM1 + self.edit
            least_UM1 = above_UM1.copy()
            np.minimum(above_UM1[:, 1:], diagonal_UM, out=least_UM1[:, 1:])
            # An insertion comes from the left in the same row: a running minimum once the ramp is taken off.
            row_UM1 = np.minimum.accumulate(least_UM1 - ramp_M1, axis=1) + ramp_M1
            yield diagonal_UM, above_UM1, row_UM1


def _padded(views: Sequence[Views], levels: int, length: int, ids: dict[Hashable, int], filler: int) -> np.ndarray:
    padded_LUT = np.full((levels, len(views), length), filler, np.int32)
    for u, levels_of_one in enumerate(views):
        for level, symbols in enumerate(levels_of_one):
            padded_LUT[level, u, : len(symbols)] = [ids.setdefault(symbol, len(ids)) for symbol in symbols]
    return padded_LUT
