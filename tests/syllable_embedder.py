"""An embedder without training: each syllable has a direction of its own, and a text is the sum of its syllables'."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from data.text.normalform import fold, normal_form
from serving.ports import TextKind


class SyllableEmbedder:
    """An Embedder of serving/ports.py; another version has other directions, so that its vectors mean nothing here."""

    def __init__(self, version: str = "1", dim: int = 64, folded: bool = False) -> None:
        self.name, self.version, self.dim, self._folded = "syllables", version, dim, folded
        self.digest = hashlib.sha256(f"{version} {dim}".encode()).hexdigest()
        self._rows: dict[str, np.ndarray] = {}
        self.embedded = 0
        self.fusion: Mapping[str, Any] | None = None

    def embed(self, texts: Sequence[str], kind: TextKind) -> np.ndarray:
        """float32 of (N, dim), of unit length."""
        self.embedded += len(texts)
        rows = np.zeros((len(texts), self.dim), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for syllable in normal_form(fold(text) if self._folded else text).split():
                row += self._row(syllable)
            row /= max(float(np.linalg.norm(row)), 1e-9)
        return rows

    def _row(self, syllable: str) -> np.ndarray:
        if syllable not in self._rows:
            seed = hashlib.sha256(f"{self.version} {syllable}".encode()).digest()[:8]
            self._rows[syllable] = np.random.default_rng(int.from_bytes(seed)).standard_normal(self.dim, dtype=np.float32)
        return self._rows[syllable]
