"""The static embedder in sentence-transformers: a `StaticEmbedding` whose tokenizer is ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from sentence_transformers.sentence_transformer.modules import StaticEmbedding
from torch import nn

from models.embedder.tokenizer import Tokenizer
from models.embedder.vocabulary import Vocabulary

_WEIGHTS, _VOCABULARY = "model.safetensors", "vocabulary.txt"


class SyllableEmbedding(StaticEmbedding):
    """The mean of the rows of a text's tokens."""

    def __init__(self, vocabulary: Vocabulary, dim: int) -> None:
        # Not StaticEmbedding's own, which asks for a tokenizer of the `tokenizers` library: none gives two tokens a word.
        super(StaticEmbedding, self).__init__()
        self.vocabulary, self._rows_of = vocabulary, Tokenizer(vocabulary)
        self.embedding = nn.EmbeddingBag(vocabulary.size, dim, mode="mean")
        self.num_embeddings, self.embedding_dim, self.base_model = vocabulary.size, dim, None

    @property
    def tokenizer(self) -> Any:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Nothing that sentence-transformers could save or ask for a template."""
        return None

    def preprocess(self, inputs: list[str], prompt: str | None = None, **kwargs: Any) -> dict[str, torch.Tensor]:
        """Rows of all texts one behind the other, and where each text begins."""
        rows_T, text_T = self._rows_of.rows([(prompt or "") + text for text in inputs])
        offsets_N = np.searchsorted(text_T, np.arange(len(inputs)))
        return {"input_ids": torch.from_numpy(rows_T), "offsets": torch.from_numpy(offsets_N)}

    def begin_rare(self, rarity_V: np.ndarray) -> None:
        """Rows as random directions of these lengths."""
        with torch.no_grad():
            weight_VD = torch.randn(self.num_embeddings, self.embedding_dim)
            self.embedding.weight.copy_(weight_VD * torch.from_numpy(rarity_V.astype(np.float32))[:, None])

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Weights and vocabulary."""
        save_file({"embedding.weight": self.embedding.weight.detach().contiguous()}, Path(output_path) / _WEIGHTS)
        self.vocabulary.write(Path(output_path) / _VOCABULARY)

    @classmethod
    def load(cls, model_name_or_path: str, *args: Any, **kwargs: Any) -> SyllableEmbedding:  # pyright: ignore
        """What `save` wrote, from a local folder."""
        weight_VD = load_file(Path(model_name_or_path) / _WEIGHTS)["embedding.weight"]
        made = cls(Vocabulary.read(Path(model_name_or_path) / _VOCABULARY), weight_VD.shape[1])
        with torch.no_grad():
            made.embedding.weight.copy_(weight_VD)
        return made
