"""The registered model works where this repository is not: its own sources, its own bytes, no pickle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from data.audio import decode, encode_flac
from models.asr.features import FrontEnd
from models.asr.infer import Recognizer
from models.package import write_package
from models.registry import lifecycle
from models.tracking import ensure_experiment

_TAG_NAMES: list[str] = ["dataset.digest", "dvc.rev", "git.sha", "prefect.flow_run_id", "license"]
_TAGS = dict.fromkeys(_TAG_NAMES, "x")
# The house is installed where tests run; the finder of that installation goes before anything can be imported by it.
_ELSEWHERE = """
import base64, importlib.util, json, sys
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
sys.path[:] = [entry for entry in sys.path if entry not in ("", REPOSITORY) and "editable" not in entry]
if importlib.util.find_spec("models") is not None:
    raise SystemExit("the repository can still be imported: this test proves nothing")
import mlflow, pandas
model = mlflow.pyfunc.load_model(URI)
clip = open(CLIP, "rb").read()
coded = base64.b64encode(clip).decode()
answers = [model.predict([CLIP, coded]), model.predict([clip]), model.predict(pandas.DataFrame({"audio": [CLIP]}))]
heavy = sorted({"torch", "nemo", "lightning", "lhotse"} & sys.modules.keys())
print(json.dumps({"answers": answers, "heavy": heavy}))
"""


@pytest.fixture
def package_dir(tmp_path: Path) -> Path:
    """A package whose graph is one random matrix: it hears nonsense, the same nonsense each time."""
    rng = np.random.default_rng(1)
    tokens = ["▁một", "▁hai", "▁ba"]
    front_end = FrontEnd()
    weights_MV = rng.normal(size=(front_end.mel_bands, len(tokens) + 1)).astype(np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", ["features", "weights"], ["logits"]),
            helper.make_node("LogSoftmax", ["logits"], ["log_probs"], axis=-1),
            helper.make_node("Identity", ["lengths"], ["encoded_lengths"]),
        ],
        "matrix",
        [
            helper.make_tensor_value_info("features", TensorProto.FLOAT, ["B", "T", front_end.mel_bands]),
            helper.make_tensor_value_info("lengths", TensorProto.INT64, ["B"]),
        ],
        [
            helper.make_tensor_value_info("log_probs", TensorProto.FLOAT, ["B", "T", len(tokens) + 1]),
            helper.make_tensor_value_info("encoded_lengths", TensorProto.INT64, ["B"]),
        ],
        [numpy_helper.from_array(weights_MV, "weights")],
    )
    source = tmp_path / "source"
    source.mkdir()
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, source / "model.onnx")
    (source / "tokens.json").write_text(json.dumps(tokens), "utf-8")
    settings = {"front_end": {}, "decoder": {"frame_s": 0.01}, "model": {"precision": "fp32"}}
    write_package(source, tmp_path / "package", family="asr", name="matrix", settings=settings, lineage={}, metrics={})
    return tmp_path / "package"


def test_a_registered_model_works_far_from_this_repository(mlflow_client, tmp_path, package_dir):
    run_id = mlflow_client.create_run(ensure_experiment("asr")).info.run_id
    version = lifecycle.register(package_dir, family="asr", run_id=run_id, tags=_TAGS)
    samples = np.random.default_rng(2).normal(scale=0.1, size=16_000).astype(np.float32)
    clip = tmp_path / "clip.flac"
    clip.write_bytes(encode_flac(samples))

    stored = tmp_path / "artifacts" / "mlflow" / "artifacts"
    assert [path for path in stored.rglob("*") if path.suffix in (".pkl", ".pickle", ".joblib")] == []

    names = {"URI": f"models:/asr-vi/{version}", "CLIP": str(clip), "REPOSITORY": str(Path(__file__).parents[2])}
    head = "".join(f"{name} = {value!r}\n" for name, value in names.items())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", head + _ELSEWHERE],
        cwd=elsewhere,
        env={**os.environ, "PYTHONPATH": "", "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout.splitlines()[-1])

    expected = Recognizer.open(package_dir).transcribe([decode(clip)])[0].text
    assert expected
    assert told["answers"] == [[expected, expected], [expected], [expected]]
    assert told["heavy"] == []
