"""The static embedder without torch: rows of an int8 table, added up for each text."""

# N texts, T tokens of all of them, V rows, D numbers in a vector.

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.errors import BrokenPackage
from models.embedder.tokenizer import Tokenizer
from models.embedder.vocabulary import Vocabulary

F32: TypeAlias = NDArray[np.float32]
#: Tokens whose rows are added at once: their numbers stay in the processor's cache.
_TOGETHER = 512


class StaticTable:
    """Embeds texts; safe to call from several threads."""

    def __init__(self, vocabulary: Vocabulary, table_VD: NDArray[np.int8], scale_V: F32) -> None:
        """
        Args:
            table_VD: rows of the vocabulary over their scale; those of its words hold their folded word's row already.
        """
        self._tokenizer, self._table_VD, self._scale_V = Tokenizer(vocabulary), table_VD, scale_V

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
        vectors_ND = np.zeros((len(texts), self.dim), np.float32)
        for start in range(0, len(rows_T), _TOGETHER):
            rows, owners = rows_T[start : start + _TOGETHER], text_T[start : start + _TOGETHER]
            firsts = np.flatnonzero(np.diff(owners, prepend=-1))
            weighed_TD = self._table_VD[rows] * self._scale_V[rows, None]
            # Texts are in order, so each stands once here; one that reaches across two stretches is added to twice.
            vectors_ND[owners[firsts]] += np.add.reduceat(weighed_TD, firsts, axis=0)
        return vectors_ND

    def words(self, text: str) -> int:
        """Words of a text; a number counts as it is said."""
        return self._tokenizer.words(text)
