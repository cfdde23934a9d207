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

from models.embedder.four_bits import BLOCK, four_bits, two_in_a_byte
from models.embedder.graded_table import grade_table, table_of

#: The graph's input of token ids, and the first version of ONNX's files that knows numbers of four bits.
_IDS, _IR_OF_INT4 = "input_ids", 10


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
    inputs = [name for name in (_IDS, "attention_mask", "token_type_ids") if name in sample]
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


def quantize(graph: Path, path: Path, precision: str, *, fine: int = 0) -> Path:
    """The graph with smaller weights.

    The table of embeddings, which is most of a multilingual model, becomes int8; matrix products become int8, or four
    bits with a scale for each 32 weights, whose inputs are rounded to eight bits block by block.

    Args:
        precision: int8 or int4.
        fine: of int4, so many rows of the table keep four bits a number and the others less (models/embedder/graded_table.py);
            0 makes all of it int8.
    """
    graded = precision == "int4" and fine > 0
    whole = [table_of(onnx.load(str(graph)).graph, _IDS).name] if graded else []
    types = ["MatMul", "Gather"] if precision == "int8" else ["Gather"]
    quantize_dynamic(
        graph, path, op_types_to_quantize=types, weight_type=QuantType.QInt8, per_channel=True, nodes_to_exclude=whole
    )
    if precision == "int4":
        model = onnx.load(str(path))
        if graded:
            grade_table(model.graph, _IDS, fine)
        _multiply_blocks(model.graph)
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
        model.ir_version = max(model.ir_version, _IR_OF_INT4)
        onnx.save(model, str(path))
    return path


def _multiply_blocks(graph: onnx.GraphProto) -> None:
    """Write products with constant matrices anew, as products with blocks of four bits; others stay."""
    constants = {one.name: one for one in graph.initializer}
    blocked: dict[str, list[onnx.TensorProto]] = {}
    nodes: list[onnx.NodeProto] = []
    for node in graph.node:
        held = constants.get(node.input[1]) if node.op_type == "MatMul" else None
        if held is None or len(held.dims) != 2 or held.dims[0] % BLOCK:
            nodes.append(node)
            continue
        if held.name not in blocked:
            packed, scales = _packed(numpy_helper.to_array(held))
            named = ((packed, f"{held.name}.blocks"), (scales, f"{held.name}.scales"))
            blocked[held.name] = [numpy_helper.from_array(values, name) for values, name in named]
        names = [node.input[0], *(one.name for one in blocked[held.name])]
        inputs, outputs = held.dims
        nodes.append(
            helper.make_node(
                "MatMulNBits", names, list(node.output), name=node.name, domain="com.microsoft",
                K=inputs, N=outputs, bits=4, block_size=BLOCK, accuracy_level=4,
            )
        )  # fmt: skip
    used = {name for node in nodes for name in node.input}
    kept = [one for name, one in constants.items() if name in used or name not in blocked]
    del graph.node[:], graph.initializer[:]
    graph.node.extend(nodes)
    graph.initializer.extend([*kept, *(one for pair in blocked.values() for one in pair)])


def _packed(weights_KN: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """bytes_NBH and scales: of each column blocks of 32 weights, two in a byte, the first in its lower half."""
    steps_NK, scales_NB = four_bits(weights_KN.T)
    packed_NH = two_in_a_byte(steps_NK + 8)
    return np.ascontiguousarray(packed_NH.reshape(*scales_NB.shape, BLOCK // 2)), scales_NB.ravel()
