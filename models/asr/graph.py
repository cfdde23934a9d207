"""PyTorch model → ONNX file, and its int8 variant.

B batch, T feature frames, M mel bands.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic

from models.asr.fastconformer import FastConformer

GRAPH, _WEIGHTS = "model.onnx", "model.onnx.data"
_OPSET = 17  # The first with LayerNormalization as one operator.
#: A protobuf ends at 2 GiB: the weights of a larger model lie in a file beside it.
_INLINE_BYTES = 1_900_000_000


def write_graph(model: FastConformer, folder: Path, *, inline_bytes: int = _INLINE_BYTES) -> Path:
    """Write the model as ONNX into a new folder, batch and time free: features, lengths → log_probs, encoded_lengths.

    Returns:
        The path of the graph; its weights lie in it, or beside it where they are more than `inline_bytes`.
    """
    folder.mkdir()
    path = folder / GRAPH
    with TemporaryDirectory(dir=folder.parent) as scratch:
        raw = Path(scratch) / GRAPH
        _trace(model, raw)
        # Above the limit the exporter leaves a file a tensor, which `load` gathers.
        if sum(file.stat().st_size for file in raw.parent.iterdir()) <= inline_bytes:
            raw.rename(path)
        else:
            onnx.save_model(onnx.load(str(raw)), str(path), save_as_external_data=True, location=_WEIGHTS)
    onnx.checker.check_model(str(path))
    return path


def quantize(source: Path, folder: Path) -> Path:
    """Write a graph with int8 weights in its matrix products into a new folder; convolutions and all else stay fp32.

    QInt8 and not QUInt8: its kernels run 1.8 times as fast as fp32 where the other's run 1.4 times.
    """
    folder.mkdir()
    path = folder / GRAPH
    quantize_dynamic(source, path, op_types_to_quantize=["MatMul"], weight_type=QuantType.QInt8, per_channel=True)
    return path


def _trace(model: FastConformer, path: Path) -> None:
    features_BTM = torch.randn(2, 173, model.shape.mel_bands)
    lengths_B = torch.tensor([173, 90])
    with warnings.catch_warnings(), torch.no_grad():
        # The tracing exporter is on its way out, and says so on each call; its successor needs one more package.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            (features_BTM, lengths_B),
            str(path),
            input_names=["features", "lengths"],
            output_names=["log_probs", "encoded_lengths"],
            dynamic_axes={
                "features": {0: "batch", 1: "frames"},
                "lengths": {0: "batch"},
                "log_probs": {0: "batch", 1: "encoded_frames"},
                "encoded_lengths": {0: "batch"},
            },
            opset_version=_OPSET,
            dynamo=False,
        )
