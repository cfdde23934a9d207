"""Words that look at each other: a transformer encoder with rotary positions, for a punctuator that a GPU trains.

B texts, W words, D width, H heads, E width of a head.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

#: Of RoFormer (arXiv:2104.09864): the slowest pair of numbers turns once in so many words.
_SLOWEST = 10_000.0


class Attention(nn.Module):
    """Layers of self-attention and gated feed-forward parts, each behind a norm of its own (pre-norm, SwiGLU)."""

    def __init__(self, *, inputs: int, width: int, layers: int, heads: int, feed_forward: int, dropout: float) -> None:
        """
        Args:
            inputs: width of what comes in.
        """
        super().__init__()
        self.widen = nn.Linear(inputs, width)
        self.layers = nn.ModuleList(_Layer(width, heads, feed_forward, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self._head_width = width // heads

    def forward(self, word_BWI: Tensor, is_word_BW: Tensor) -> Tensor:
        """
        Args:
            is_word_BW: False behind the end of a text; nothing looks there.
        Returns:
            seen_BWD
        """
        turn_WE = _turns(is_word_BW.shape[1], self._head_width, word_BWI.device)
        seen_BWD, may_look_B11W = self.widen(word_BWI), is_word_BW[:, None, None, :]
        for layer in self.layers:
            seen_BWD = layer(seen_BWD, turn_WE, may_look_B11W)
        return self.norm(seen_BWD)


class _Layer(nn.Module):
    def __init__(self, width: int, heads: int, feed_forward: int, dropout: float) -> None:
        super().__init__()
        self._heads, self._dropout = heads, dropout
        self.norm_of_words, self.norm_of_seen = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked = nn.Linear(width, 3 * width, bias=False)
        self.told = nn.Linear(width, width, bias=False)
        self.gate = nn.Linear(width, 2 * feed_forward, bias=False)
        self.back = nn.Linear(feed_forward, width, bias=False)
        self.hide = nn.Dropout(dropout)

    def forward(self, seen_BWD: Tensor, turn_WE: tuple[Tensor, Tensor], may_look_B11W: Tensor) -> Tensor:
        parts = self.asked(self.norm_of_words(seen_BWD)).chunk(3, -1)
        query_BHWE, key_BHWE, value_BHWE = (part.unflatten(-1, (self._heads, -1)).transpose(1, 2) for part in parts)
        told_BHWE = functional.scaled_dot_product_attention(
            _turned(query_BHWE, turn_WE), _turned(key_BHWE, turn_WE), value_BHWE, attn_mask=may_look_B11W,
            dropout_p=self._dropout if self.training else 0.0,
        )  # fmt: skip
        seen_BWD = seen_BWD + self.hide(self.told(told_BHWE.transpose(1, 2).flatten(2)))
        gate_BWF, value_BWF = self.gate(self.norm_of_seen(seen_BWD)).chunk(2, -1)
        return seen_BWD + self.hide(self.back(functional.silu(gate_BWF) * value_BWF))


def _turns(words: int, head_width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Cosine and sine by which the numbers of a head turn at each place."""
    pair_E = torch.arange(0, head_width, 2, device=device) / head_width
    angle_WE = torch.arange(words, device=device)[:, None] * _SLOWEST**-pair_E
    angle_WE = torch.cat([angle_WE, angle_WE], -1)
    return angle_WE.cos(), angle_WE.sin()


def _turned(values_BHWE: Tensor, turn_WE: tuple[Tensor, Tensor]) -> Tensor:
    first_BHWE, second_BHWE = values_BHWE.chunk(2, -1)
    across_BHWE = torch.cat([-second_BHWE, first_BHWE], -1)
    return (values_BHWE * turn_WE[0] + across_BHWE * turn_WE[1]).to(values_BHWE.dtype)
