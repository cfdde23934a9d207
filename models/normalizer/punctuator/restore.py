"""The weights of a package's punctuator, back in a network: a training goes on from what was shipped.

L layers, H hidden, D width, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from data.errors import ConfigError
from models.normalizer.punctuator.infer import GRAPH
from models.normalizer.punctuator.network import Network


def restore(network: Network, folder: Path) -> list[str]:
    """Copy what a package's graph knows into a network of the same words and the same recurrence.

    Heads and pairs that the package has not keep their beginnings; pairs begin with nothing then, so that the first step
    knows what the package knew.

    Returns:
        What was taken, by the names of the network's parts.
    Raises:
        ConfigError: the folder has no graph, or one of another shape.
    """
    try:
        graph = onnx.load(str(folder / GRAPH)).graph
        return _copy(network, graph)
    except (OSError, KeyError, ValueError, RuntimeError, onnx.checker.ValidationError) as error:
        raise ConfigError(f"{folder} holds no punctuator to go on from: {error}", pointer="/start_from") from error


@torch.no_grad()
def _copy(network: Network, graph: Any) -> list[str]:
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    nodes = {node.name: [known.get(name) for name in node.input] for node in graph.node}
    network.vectors.weight.copy_(_tensor(nodes["/network/vectors/Gather"][0]))
    taken = ["vectors"]
    for layer in range(network.recurrence.num_layers):
        _, inputs_LHD, own_LHD, biases_LH, *_ = nodes[f"/network/recurrence/GRU{f'_{layer}' if layer else ''}"]
        for direction, end in enumerate(("", "_reverse")):
            bias_input, bias_own = np.split(_told(biases_LH)[direction], 2)
            for name, values in {
                "weight_ih": _told(inputs_LHD)[direction], "weight_hh": _told(own_LHD)[direction],
                "bias_ih": bias_input, "bias_hh": bias_own,
            }.items():  # fmt: skip
                getattr(network.recurrence, f"{name}_l{layer}{end}").copy_(_tensor(_gates(values)))
        taken.append(f"recurrence {layer}")
    taken += _copy_pairs(network, nodes)
    seen = 2 * network.recurrence.hidden_size
    for name in ("marks", "spellings", "expressions"):
        if f"/network/{name}/MatMul" in nodes:
            head, weight_DC = getattr(network, name), _told(nodes[f"/network/{name}/MatMul"][1])
            width = min(head.weight.shape[1], weight_DC.shape[0])
            head.weight[:, : max(width, seen)].copy_(_tensor(weight_DC.T[:, :width]))
            head.bias.copy_(_tensor(next(v for v in nodes[f"/network/{name}/Add"] if v is not None)))
            taken.append(name)
    return taken


def _copy_pairs(network: Network, nodes: Mapping[str, list[Any]]) -> list[str]:
    if network.pairs is None:
        return []
    if "/network/pairs/Gather" not in nodes:
        network.pairs.weight.zero_()
        return []
    network.pairs.weight.copy_(_tensor(nodes["/network/pairs/Gather"][0]))
    return ["pairs"]


def _gates(values: np.ndarray) -> np.ndarray:
    """ONNX has update, reset, new; torch reset, update, new."""
    update, reset, new = np.split(values, 3)
    return np.concatenate([reset, update, new])


def _told(values: np.ndarray | None) -> np.ndarray:
    if values is None:
        raise KeyError("a weight is no constant of the graph")
    return values


def _tensor(values: np.ndarray | None) -> torch.Tensor:
    return torch.from_numpy(_told(values).astype(np.float32))
