"""A PyTorch module → one checked ONNX graph."""

from __future__ import annotations

import warnings
from pathlib import Path

import onnx
import torch

_OPSET = 20


def write_graph(
    model: torch.nn.Module, inputs: tuple[torch.Tensor, ...], path: Path, names: list[str], outputs: list[str], axes: dict
) -> None:
    """Trace the module; `axes` names the free axes of inputs and outputs."""
    with warnings.catch_warnings(), torch.no_grad():
        # The tracing exporter is on its way out, and says so on each call; its successor needs one more package.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model, inputs, str(path), input_names=names, output_names=outputs, dynamic_axes=axes,
            opset_version=_OPSET, dynamo=False,
        )  # fmt: skip
    onnx.checker.check_model(str(path))
