"""A trained punctuator → the ONNX graph of a package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnx
import torch
from torch import Tensor

from models.four_bits import multiply_blocks
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


class _Narrow(torch.nn.Module):
    """Vectors in a byte a number, which are most of a package, each with a scale of its own."""

    def __init__(self, table: torch.nn.Embedding) -> None:
        super().__init__()
        self.num_embeddings = table.num_embeddings
        vectors_VD = table.weight.detach()
        scale_V1 = vectors_VD.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("scale_V1", scale_V1)
        self.register_buffer("vectors_VD", (vectors_VD / scale_V1).round().to(torch.int8))

    def forward(self, ids: Tensor) -> Tensor:
        vectors, scale = (torch.nn.functional.embedding(ids, self.get_buffer(name)) for name in ("vectors_VD", "scale_V1"))
        return vectors.float() * scale


def write_punctuator(checkpoint: Path, folder: Path) -> dict[str, Any]:
    """Write GRAPH and WORDS of RUNDIR/model into a folder; words → marks, spellings, expressions (logarithms of
    probabilities).

    Returns:
        What the settings of a package tell of it: the vocabulary's `buckets`, the `window` that is read at once, and the
        checkpoint that it `start_from` with its `licence`.
    Raises:
        ConfigError: the checkpoint is no punctuator.
    """
    network, vocabulary = load_network(checkpoint)
    network.vectors = _Narrow(network.vectors)
    network.pairs = network.pairs and _Narrow(network.pairs)
    axes = {name: {0: "batch", 1: "words"} for name in ("words", *_OUTPUTS)}
    write_graph(_WithLogarithms(network), (torch.tensor([[1, 2, 3]]),), folder / GRAPH, ["words"], list(_OUTPUTS), axes)
    if network.attention is not None:
        model = onnx.load(str(folder / GRAPH))
        multiply_blocks(model)
        onnx.save(model, str(folder / GRAPH))
    vocabulary.save(folder / WORDS)
    config = network.config
    told = {"buckets": vocabulary.buckets, "window": config.window}
    return told | ({"start_from": config.start_from, "licence": config.licence} if config.start_from else {})
