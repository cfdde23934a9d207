"""A checkpoint's attention, trained faster on a CPU: five times on texts of a hundred words in bfloat16.

PyTorch's fused attention goes over blocks that are made for long texts, and computes each of them again for the gradient.
The weights of a short text fit into a core's cache and are kept. Nothing here changes what is computed
(tests/unit/test_punctuator_encoder.py), nor what is saved or exported.

B texts, H heads, W words, E width of a head.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

_NAME = "kept_weights"


def quicken(body: Any) -> None:
    """Let a model of transformers' attend so from now on."""
    AttentionInterface.register(_NAME, _attend)
    AttentionMaskInterface.register(_NAME, eager_mask)
    body.set_attn_implementation(_NAME)


def _attend(
    module: torch.nn.Module, query_BHWE: Tensor, key_BHWE: Tensor, value_BHWE: Tensor, mask_B1WW: Tensor | None,
    *, scaling: float, **_: Any,
) -> tuple[Tensor, None]:  # fmt: skip
    """As `AttentionInterface` asks; no weights are dropped."""
    mask_B11W = None if mask_B1WW is None else mask_B1WW[:, :, :1].to(query_BHWE.dtype)  # All words may look at the same.
    seen_BHWE = _KeptWeights.apply(query_BHWE * scaling, key_BHWE, value_BHWE, mask_B11W)
    return seen_BHWE.transpose(1, 2), None


class _KeptWeights(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, query_BHWE: Tensor, key_BHWE: Tensor, value_BHWE: Tensor, mask_B11W: Tensor | None) -> Tensor:
        with torch.autocast(query_BHWE.device.type, enabled=False):  # It would widen the weights.
            weight_BHWW = query_BHWE @ key_BHWE.transpose(-1, -2)
            if mask_B11W is not None:
                weight_BHWW += mask_B11W
            weight_BHWW = weight_BHWW.softmax(-1)
            ctx.save_for_backward(query_BHWE, key_BHWE, value_BHWE, weight_BHWW)
            return weight_BHWW @ value_BHWE

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        (gradient_BHWE,) = gradients
        query_BHWE, key_BHWE, value_BHWE, weight_BHWW = ctx.saved_tensors
        of_weight_BHWW = gradient_BHWE @ value_BHWE.transpose(-1, -2)
        of_score_BHWW = torch._softmax_backward_data(of_weight_BHWW, weight_BHWW, -1, weight_BHWW.dtype)
        of_value_BHWE = weight_BHWW.transpose(-1, -2) @ gradient_BHWE
        return of_score_BHWW @ key_BHWE, of_score_BHWW.transpose(-1, -2) @ query_BHWE, of_value_BHWE, None
