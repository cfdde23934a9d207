"""A trained punctuator → the ONNX graph of a package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor

from models.normalizer.onnx_graph import write_graph
from models.normalizer.punctuator.infer import GRAPH, WORDS
from models.normalizer.punctuator.train import load_network

_OUTPUTS = ("marks", "spellings", "expressions")


class _WithLogarithms(torch.nn.Module):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, words_BW: Tensor) -> tuple[Tensor, ...]:
        return tuple(logits_BWC.log_softmax(-1) for logits_BWC in self.network(words_BW))


class _Halved(torch.nn.Module):
    """Vectors in half precision, which are most of a package; what is computed with them is not."""

    def __init__(self, table: torch.nn.Embedding) -> None:
        super().__init__()
        self.num_embeddings = table.num_embeddings
        self.register_buffer("vectors", table.weight.detach().half())

    def forward(self, ids: Tensor) -> Tensor:
        return torch.nn.functional.embedding(ids, self.get_buffer("vectors")).float()


def write_punctuator(checkpoint: Path, folder: Path) -> dict[str, Any]:
    """Write GRAPH and WORDS of RUNDIR/model into a folder; words → marks, spellings, expressions (logarithms of
    probabilities).

    Returns:
        What the settings of a package tell of it: the vocabulary's `buckets`, and the checkpoint that it `start_from`.
    Raises:
        ConfigError: the checkpoint is no punctuator.
    """
    network, vocabulary = load_network(checkpoint)
    attends = network.attention is not None
    network.vectors = _Halved(network.vectors)
    network.pairs = network.pairs and _Halved(network.pairs)
    axes = {name: {0: "batch", 1: "words"} for name in ("words", *_OUTPUTS)}
    place = folder / (f"fp32-{GRAPH}" if attends else GRAPH)
    write_graph(_WithLogarithms(network), (torch.tensor([[1, 2, 3]]),), place, ["words"], list(_OUTPUTS), axes)
    if attends:  # Seven bits: with eight, a core without VNNI saturates where two products meet.
        quantize_dynamic(
            place, folder / GRAPH, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8, per_channel=True,
            reduce_range=True,
        )  # fmt: skip
        place.unlink()
    vocabulary.save(folder / WORDS)
    told = {"buckets": vocabulary.buckets}
    return told | ({"start_from": network.start_from} if network.start_from else {})
