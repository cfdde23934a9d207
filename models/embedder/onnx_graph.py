"""A transformer of sentence-transformers as one graph: token ids and mask in, pooled vectors out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

#: Weights that share a scale in four bits, as in the format Q4_0 of llama.cpp.
_BLOCK = 32


class _Pooled(torch.nn.Module):
    """All modules of the model one behind the other, with the graph's inputs by place."""

    def __init__(self, model: Any, inputs: list[str]) -> None:
        super().__init__()
        self._modules_in_order, self._inputs = torch.nn.ModuleList(list(model)), inputs

    def forward(self, *values: torch.Tensor) -> torch.Tensor:
        features: Any = dict(zip(self._inputs, values, strict=True))
        for module in self._modules_in_order:
            features = module(features)
        return features["sentence_embedding"]


def write_graph(model: Any, path: Path) -> Path:
    """Write the fp32 graph of a model whose first module is a transformer.

    Args:
        model: a SentenceTransformer.
    """
    sample = model.preprocess(["một câu ngắn", "một câu dài hơn câu kia một chút"])
    inputs = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in sample]
    axes = {name: {0: "batch", 1: "tokens"} for name in inputs} | {"vectors": {0: "batch"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of tracing: shapes are compared with what is known of them.
        torch.onnx.export(
            _Pooled(model, inputs).eval(),
            tuple(sample[name] for name in inputs),
            str(path),
            input_names=inputs,
            output_names=["vectors"],
            dynamic_axes=axes,
            opset_version=17,
            dynamo=False,
        )
    onnx.checker.check_model(str(path))
    return path


def quantize(graph: Path, path: Path, precision: str) -> Path:
    """The graph with smaller weights.

    The table of embeddings, which is most of a multilingual model, becomes int8; matrix products become int8, or four
    bits with a scale for each 32 weights, whose inputs are rounded to eight bits block by block.

    Args:
        precision: int8 or int4.
    """
    types = ["MatMul", "Gather"] if precision == "int8" else ["Gather"]
    quantize_dynamic(graph, path, op_types_to_quantize=types, weight_type=QuantType.QInt8, per_channel=True)
    if precision == "int4":
        _multiply_blocks(path)
    return path


def _multiply_blocks(path: Path) -> None:
    """Write products with constant matrices anew, as products with blocks of four bits; others stay."""
    model = onnx.load(str(path))
    graph = model.graph
    constants = {one.name: one for one in graph.initializer}
    blocked: dict[str, list[onnx.TensorProto]] = {}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        held = constants.get(node.input[1]) if node.op_type == "MatMul" else None
        if held is None or len(held.dims) != 2 or held.dims[0] % _BLOCK:
            nodes.append(node)
            continue
        if held.name not in blocked:
            packed, scales = _four_bits(numpy_helper.to_array(held))
            named = ((packed, f"{held.name}.blocks"), (scales, f"{held.name}.scales"))
            blocked[held.name] = [numpy_helper.from_array(values, name) for values, name in named]
        names = [node.input[0], *(one.name for one in blocked[held.name])]
        inputs, outputs = held.dims
        nodes.append(
            helper.make_node(
                "MatMulNBits", names, list(node.output), name=node.name, domain="com.microsoft",
                K=inputs, N=outputs, bits=4, block_size=_BLOCK, accuracy_level=4,
            )
        )  # fmt: skip
    used = {name for node in nodes for name in node.input}
    kept = [one for name, one in constants.items() if name in used or name not in blocked]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*kept, *(one for pair in blocked.values() for one in pair)])
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    onnx.save(model, str(path))


def _four_bits(weights_KN: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """bytes_NBH and scales: of each column blocks of 32 weights, two in a byte, the first in its lower half.

    The weight of a block that is furthest from 0 becomes -8, so that what was rounded so before is not rounded again.
    """
    blocks_NBK = weights_KN.T.reshape(weights_KN.shape[1], -1, _BLOCK).astype(np.float32)
    furthest = np.abs(blocks_NBK).argmax(axis=2)[..., None]
    scales_NB1 = np.take_along_axis(blocks_NBK, furthest, axis=2) / -8
    steps_NBK = np.round(blocks_NBK / np.where(scales_NB1 == 0, 1, scales_NB1)) + 8
    halves_NBK = steps_NBK.clip(0, 15).astype(np.uint8)
    packed_NBH = halves_NBK[..., 0::2] | halves_NBK[..., 1::2] << 4
    return np.ascontiguousarray(packed_NBH), scales_NB1.ravel()
