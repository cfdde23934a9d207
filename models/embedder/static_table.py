"""The static embedder without torch: rows of a table, added up for each text; int8 in the package, float32 in memory."""

# N texts, T tokens of all of them, V rows, D numbers in a vector.

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.errors import BrokenPackage
from models.embedder.tokenizer import Tokenizer
from models.embedder.vocabulary import Vocabulary

F32: TypeAlias = NDArray[np.float32]


class StaticTable:
    """Embeds texts; safe to call from several threads."""

    def __init__(self, vocabulary: Vocabulary, table_VD: NDArray[np.int8], scale_V: F32) -> None:
        """
        Args:
            table_VD: rows of the vocabulary over their scale; those of its words hold their folded word's row already.
        """
        self._tokenizer = Tokenizer(vocabulary)
        # Four times the memory, a third of the time: numpy turns int8 into float32 slowly, and every text would pay for it.
        self._table_VD = table_VD.astype(np.float32)
        self._table_VD *= scale_V[:, None]

    @classmethod
    def open(cls, vocabulary: Path, table: Path, scale: Path) -> StaticTable:
        """Load the files of a package.

        Raises:
            BrokenPackage: they are other files, or do not fit each other.
        """
        known = Vocabulary.read(vocabulary)
        try:
            table_VD, scale_V = (np.load(path, allow_pickle=False) for path in (table, scale))
        except (OSError, ValueError) as error:
            raise BrokenPackage(f"the table cannot be read: {error}", pointer=f"/files/{table.name}") from error
        if table_VD.dtype != np.int8 or table_VD.ndim != 2 or not len(table_VD) == len(scale_V) == known.size:
            raise BrokenPackage("the table is none of this vocabulary", pointer=f"/files/{table.name}")
        return cls(known, table_VD, scale_V.astype(np.float32))

    @property
    def dim(self) -> int:
        """Numbers in a vector."""
        return self._table_VD.shape[1]

    def embed(self, texts: Sequence[str]) -> F32:
        """vectors_ND, not of unit length; a text without a word is all zeros."""
        rows_T, text_T = self._tokenizer.rows(texts, joined=True)
        vectors_ND = np.empty((len(texts), self.dim), np.float32)
        ends_N = np.searchsorted(text_T, np.arange(len(texts) + 1)).tolist()
        longest = max((end - start for start, end in pairwise(ends_N)), default=0)
        ones_T = np.ones(longest, np.float32)
        for place, (start, end) in enumerate(pairwise(ends_N)):
            # A product with ones is the quickest sum over rows that numpy has.
            vectors_ND[place] = ones_T[: end - start] @ self._table_VD.take(rows_T[start:end], axis=0)
        return vectors_ND

    def words(self, text: str) -> int:
        """Words of a text; a number counts as it is said."""
        return self._tokenizer.words(text)
