"""A transformer of sentence-transformers as one graph: token ids and mask in, pooled vectors out."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.embedder.graded_table import grade_table, table_of
from models.four_bits import multiply_blocks

#: The graph's input of token ids.
_IDS = "input_ids"


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
        multiply_blocks(model)
        onnx.save(model, str(path))
    return path
