"""Law 4 and 6: nothing happens at import, and light doors stay light."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: What never enters a light process. NeMo alone costs 35 s and 0.7 GB; lhotse and webdataset are torch in disguise.
HEAVY = ["torch", "nemo", "lightning", "pytorch_lightning", "transformers", "lhotse", "webdataset", "mlflow", "prefect", "dvc"]

LIGHT = {
    "data": [
        "data.schema",
        "data.errors",
        "data.config",
        "data.audio",
        "data.sandbox",
        "data.manifest",
        "data.shards",
        "data.text.unicode",
        "data.text.normalform",
    ],
    "recogniser": ["models.package", "models.asr.infer", "models.asr.features", "models.asr.decode", "models.metrics"],
    "asr service": [
        "serving.settings",
        "serving.application",
        "serving.batcher",
        "serving.asr.bootstrap",
        "serving.asr.handlers",
        "serving.asr.engine",
    ],
    "normalizer": ["models.normalizer.infer", "models.normalizer.generator"],
    "normalizer service": ["serving.nlp_post.bootstrap", "serving.nlp_post.handlers", "serving.nlp_post.engine"],
    "embedder": ["models.embedder.infer", "models.embedder.static_table", "models.embedder.transformer_graph"],
    "embeddings service": ["serving.embeddings.bootstrap", "serving.embeddings.handlers", "serving.embeddings.engine"],
    "search service": [
        "serving.search.bootstrap",
        "serving.search.handlers",
        "serving.search.engine",
        "serving.search.reindex",
    ],
    "command line": ["serving.cli", "models.__main__", "data.__main__", "flows.__main__"],
}


def loaded_after(modules: list[str], cwd: Path) -> list[str]:
    code = f"import json, sys\nfor m in {modules!r}: __import__(m)\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=cwd,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("door", LIGHT)
def test_light_door_loads_nothing_heavy_and_writes_nothing(door, tmp_path):
    loaded = loaded_after(LIGHT[door], tmp_path)
    assert not [name for name in loaded if name.partition(".")[0] in HEAVY]
    assert not list(tmp_path.iterdir()), "importing wrote files"


def test_the_ruler_sees_heavy_modules(tmp_path):
    assert "torch" in loaded_after(["torch"], tmp_path)


@pytest.mark.parametrize("path", sorted(ROOT.glob("[dmsf]*/**/__init__.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_init_files_are_empty(path):
    assert path.read_text("utf-8") == ""
