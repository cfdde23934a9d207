"""The punctuator's network: a vector a word, a recurrence both ways, scores of marks and spellings.

B texts, W words, D width, C classes.
"""

from __future__ import annotations

from torch import Tensor, nn

from models.normalizer.punctuator.config import ModelConfig
from models.normalizer.punctuator.leaning import MARKS, SPELLINGS
from models.normalizer.punctuator.vocabulary import PAD


class Network(nn.Module):
    """Words of whole texts to the logits of what stands behind each and of how each is spelled."""

    def __init__(self, config: ModelConfig, ids: int) -> None:
        super().__init__()
        self.vectors = nn.Embedding(ids, config.width, padding_idx=PAD)
        nn.init.normal_(self.vectors.weight, std=0.3)
        self.hide = nn.Dropout(config.dropout)
        self.recurrence = nn.GRU(
            config.width, config.hidden, config.layers, batch_first=True, bidirectional=True,
            dropout=config.dropout if config.layers > 1 else 0.0,
        )  # fmt: skip
        self.marks = nn.Linear(2 * config.hidden, len(MARKS))
        self.spellings = nn.Linear(2 * config.hidden, len(SPELLINGS))

    def forward(self, words_BW: Tensor) -> tuple[Tensor, Tensor]:
        """
        Args:
            words_BW: ids, PAD behind the end of a text.
        Returns:
            marks_BWC, spellings_BWC: logits.
        """
        seen_BWD, _ = self.recurrence(self.hide(self.vectors(words_BW)))
        return self.marks(seen_BWD), self.spellings(seen_BWD)
