"""A trained punctuator → the ONNX graph of a package."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from models.normalizer.onnx_graph import write_graph
from models.normalizer.punctuator.infer import GRAPH, WORDS
from models.normalizer.punctuator.train import load_network


class _WithLogarithms(torch.nn.Module):
    def __init__(self, network: torch.nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, words_BW: Tensor) -> tuple[Tensor, Tensor]:
        marks_BWC, spellings_BWC = self.network(words_BW)
        return marks_BWC.log_softmax(-1), spellings_BWC.log_softmax(-1)


def write_punctuator(checkpoint: Path, folder: Path) -> int:
    """Write GRAPH and WORDS of RUNDIR/model into a folder; words → marks, spellings (logarithms of probabilities).

    Returns:
        The number of the vocabulary's buckets.
    Raises:
        ConfigError: the checkpoint is no punctuator.
    """
    network, vocabulary = load_network(checkpoint)
    axes = {name: {0: "batch", 1: "words"} for name in ("words", "marks", "spellings")}
    write_graph(_WithLogarithms(network), (torch.tensor([[1, 2, 3]]),), folder / GRAPH, ["words"], ["marks", "spellings"], axes)
    vocabulary.save(folder / WORDS)
    return vocabulary.buckets
