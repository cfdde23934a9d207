"""Convolution with other padding before than behind: two operators in PyTorch, one in ONNX.

Exported as it stands, the padding would be an operator of its own that copies the whole input.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as fn


def padded_conv(x: Tensor, conv: nn.Conv1d | nn.Conv2d, before: int, behind: int) -> Tensor:
    """Pad every axis of `x` that `conv` runs over with zeros, `before` in front and `behind` at its end, and run it."""
    return _PaddedConv.apply(x, conv.weight, conv.bias, conv.stride[0], conv.groups, before, behind)


class _PaddedConv(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None, stride: int, groups: int, before: int, behind: int
    ) -> Tensor:
        axes = weight.dim() - 2
        run = fn.conv1d if axes == 1 else fn.conv2d
        return run(fn.pad(x, (before, behind) * axes), weight, bias, stride=stride, groups=groups)

    @staticmethod
    def symbolic(g: Any, x: Any, weight: Any, bias: Any, stride: int, groups: int, before: int, behind: int) -> Any:
        kernel = weight.type().sizes()[2:]
        inputs = [x, weight] if bias is None or bias.node().mustBeNone() else [x, weight, bias]
        return g.op(
            "Conv",
            *inputs,
            kernel_shape_i=kernel,
            strides_i=[stride] * len(kernel),
            pads_i=[before] * len(kernel) + [behind] * len(kernel),
            group_i=groups,
        )
