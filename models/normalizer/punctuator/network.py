"""The punctuator's network: vectors of words and of pairs of them, what they learn of each other, scores of three kinds.

B texts, W words, D width, P width of a pair, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.normalizer.punctuator.attention import Attention
from models.normalizer.punctuator.config import ModelConfig
from models.normalizer.punctuator.encoder import Encoder
from models.normalizer.punctuator.leaning import EXPRESSIONS, MARKS, SPELLINGS
from models.normalizer.punctuator.vocabulary import PAD

#: Odd numbers that spread pairs of ids over the vectors.
_FIRST, _SECOND, _BOTH = 32_771, 7_919, 10_007


class Network(nn.Module):
    """Words of whole texts to the logits of what stands behind each, of how each is spelled, and of what is an expression."""

    def __init__(self, config: ModelConfig, ids: int, architecture: Mapping[str, Any] | None = None) -> None:
        """
        Args:
            architecture: of the checkpoint, where the recipe starts from one.
        """
        super().__init__()
        self.config = config
        width, hidden = config.width, config.hidden
        if architecture is not None:
            width = hidden = architecture["hidden_size"]
        self.vectors = nn.Embedding(ids, width, padding_idx=PAD)
        nn.init.normal_(self.vectors.weight, std=0.3)
        self.pairs = nn.Embedding(config.pairs, config.pair_width) if config.pairs else None
        if self.pairs is not None:
            nn.init.normal_(self.pairs.weight, std=0.1)
        self.hide = nn.Dropout(config.dropout)
        self.recurrence = self.attention = None
        if architecture is not None:
            self.attention = Encoder(architecture)
        elif config.kind == "recurrence":
            self.recurrence = nn.GRU(
                config.width, config.hidden, config.layers, batch_first=True, bidirectional=True,
                dropout=config.dropout if config.layers > 1 else 0.0,
            )  # fmt: skip
        else:
            self.attention = Attention(
                inputs=config.width, width=config.hidden, layers=config.layers, heads=config.heads,
                feed_forward=config.feed_forward, dropout=config.dropout,
            )  # fmt: skip
        seen = hidden * (1 if self.recurrence is None else 2) + (config.pair_width if config.pairs else 0)
        self.marks = nn.Linear(seen, len(MARKS))
        self.spellings = nn.Linear(seen, len(SPELLINGS))
        self.expressions = nn.Linear(seen, len(EXPRESSIONS))

    def forward(self, words_BW: Tensor, hidden_BW: Tensor | None = None) -> tuple[Tensor, Tensor, Tensor]:
        """
        Args:
            words_BW: ids, PAD behind the end of a text.
            hidden_BW: words that are not to be seen.
        Returns:
            marks_BWC, spellings_BWC, expressions_BWC: logits.
        """
        return self.scores(self.seen(words_BW, hidden_BW))

    def seen(self, words_BW: Tensor, hidden_BW: Tensor | None = None) -> Tensor:
        """Each word among the others, as `forward` is asked: seen_BWD."""
        word_BWD, told = self.vectors(words_BW), []
        if self.pairs is not None:
            pair_BWP = self.pairs(_pair_of(words_BW, self.pairs.num_embeddings))
            # Added to a part of the word's own vector: a wider recurrence would be a slower one.
            word_BWD = word_BWD + functional.pad(pair_BWP, (0, word_BWD.shape[-1] - pair_BWP.shape[-1]))
            told = [self.hide(pair_BWP)]
        if hidden_BW is not None:
            word_BWD = word_BWD.masked_fill(hidden_BW[..., None], 0.0)
        return torch.cat([self._in_context(self.hide(word_BWD), words_BW), *told], -1)

    def scores(self, seen_BWD: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The logits of what was seen."""
        return self.marks(seen_BWD), self.spellings(seen_BWD), self.expressions(seen_BWD)

    def _in_context(self, word_BWD: Tensor, words_BW: Tensor) -> Tensor:
        if self.recurrence is not None:
            return self.recurrence(word_BWD)[0]
        assert self.attention is not None
        return self.attention(word_BWD, words_BW != PAD)


def _pair_of(words_BW: Tensor, vectors: int) -> Tensor:
    """Which vector each word has together with the next."""
    next_BW = torch.cat([words_BW[:, 1:], torch.full_like(words_BW[:, :1], PAD)], 1)
    return (words_BW * _FIRST + next_BW * _SECOND + (words_BW * next_BW) % _BOTH) % vectors
