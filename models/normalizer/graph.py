"""PyTorch T5 → the two ONNX graphs of a package, and their int8 variants.

B rows, S source tokens, T tokens of a block, C cached tokens.
"""

from __future__ import annotations

from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.normalizer.onnx_graph import write_graph
from models.normalizer.t5 import T5

ENCODER, DECODER = "encoder.onnx", "decoder_step.onnx"


def write_graphs(model: T5, folder: Path) -> Path:
    """Write encoder.onnx and decoder_step.onnx into a new folder, all of rows, block, cache and source free.

    encoder: source → cross_keys_0, cross_values_0, cross_keys_1…
    decoder_step: tokens, cached, source_lengths, and of each layer n past_keys_n, past_values_n, cross_keys_n, cross_values_n
    → next_tokens, logits, new_keys_0, new_values_0, new_keys_1…
    """
    folder.mkdir()
    shape, layers = model.shape, range(model.shape.decoder_layers)
    source_BS = torch.tensor([[5, 6, 7, 8, 1], [9, 10, 1, 0, 0]])
    cross = [f"cross_{part}_{n}" for n in layers for part in ("keys", "values")]
    axes = {"source": {0: "batch", 1: "source"}} | {name: {1: "batch", 2: "source"} for name in cross}
    write_graph(model.encoder, (source_BS,), folder / ENCODER, ["source"], cross, axes)

    def cache(length: int) -> torch.Tensor:
        return torch.zeros(shape.heads, 2, length, shape.head_width)

    names, tensors, axes = ["tokens", "cached", "source_lengths"], [], {}
    for n in layers:
        for kind, length, axis in (("past", 6, "cached"), ("cross", 5, "source")):
            for part in ("keys", "values"):
                names.append(f"{kind}_{part}_{n}")
                axes[names[-1]] = {1: "batch", 2: axis}
                tensors.append(cache(length))
    new = [f"new_{part}_{n}" for n in layers for part in ("keys", "values")]
    axes |= {"tokens": {0: "batch", 1: "block"}, "cached": {0: "batch"}, "source_lengths": {0: "batch"}}
    axes |= {name: {1: "batch", 2: "block"} for name in new}
    axes |= {name: {0: "batch", 1: "block"} for name in ("next_tokens", "logits")}
    inputs = (torch.tensor([[5, 6, 7], [7, 8, 9]]), torch.tensor([6, 4]), torch.tensor([5, 3]), *tensors)
    write_graph(_WithChoice(model), inputs, folder / DECODER, names, ["next_tokens", "logits", *new], axes)
    return folder


def quantize(source: Path, folder: Path) -> Path:
    """Write graphs with int8 weights in their matrix products into a new folder; tables and all else stay fp32."""
    folder.mkdir()
    for name in (ENCODER, DECODER):
        quantize_dynamic(
            source / name, folder / name, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8, per_channel=True
        )
    return folder


class _WithChoice(torch.nn.Module):
    """The decoder step with its choice: what greedy decoding takes."""

    def __init__(self, model: T5) -> None:
        super().__init__()
        self.decoder = model.decoder

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, ...]:
        logits_BTV, *new = self.decoder(*inputs)
        return logits_BTV.argmax(-1), logits_BTV, *new
