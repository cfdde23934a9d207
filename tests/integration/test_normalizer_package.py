"""From a trained normalizer to a serving package: exported, opened, held against its checkpoint, refused when touched."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from data.errors import BrokenPackage, ConfigError, EmptySplit, GoldenMismatch, ParityError
from data.pairs.reader import Pair, PairLink, pair_to_line
from models.normalizer.export import export
from models.normalizer.generator import Generator
from models.normalizer.graph import write_graphs
from models.normalizer.parity import compare
from models.normalizer.t5 import load_t5
from models.package import open_package
from tests.tiny_t5 import copying_t5, known_pairs, random_t5, save


@pytest.fixture(scope="module")
def pairs(tmp_path_factory) -> Path:
    """Packaged pairs of which the model knows all, half of them marked as having a number."""
    folder = tmp_path_factory.mktemp("pairs")
    lines = [
        pair_to_line(Pair(
            id=str(at), spoken=spoken, written=written, kind="running", source="toy",
            links=(PairLink((0, 1), (0, 1), "cardinal"),) if at % 2 else (),
        ))
        for at, (spoken, written) in enumerate(known_pairs())
    ]  # fmt: skip
    for split in ("dev", "test"):
        (folder / f"{split}.jsonl.gz").write_bytes(gzip.compress("".join(lines).encode(), mtime=0))
    description = {"name": "toy", "digest": "d1", "licence": "CC BY-SA 3.0", "usage": "any", "splits": {"dev": {}, "test": {}}}
    (folder / "dataset.json").write_text(json.dumps(description), "utf-8")
    return folder


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory) -> Path:
    """A run folder as trainings leave it."""
    folder = tmp_path_factory.mktemp("run")
    save(copying_t5(), folder / "model")
    (folder / "run.json").write_text(json.dumps({"mlflow_run_id": "r1"}), "utf-8")
    (folder / "plots").mkdir()
    (folder / "plots" / "loss.png").write_bytes(b"\x89PNG")
    return folder


@pytest.fixture(scope="module")
def package(run_dir, pairs) -> Path:
    export(run_dir / "model", pairs, run_dir.parent / "package", precision="fp32")
    return run_dir.parent / "package"


def test_a_package_says_where_it_comes_from(package):
    opened = open_package(package)
    assert opened.manifest["family"] == "normalizer"
    assert opened.manifest["metrics"]["parity"] == opened.manifest["metrics"]["parity"] | {"texts": 24, "same_text": 24}
    assert opened.manifest["metrics"]["parity"]["max_difference"] <= 1e-3
    assert opened.manifest["metrics"]["measured"]["fp32"]["exact"] > 0.8
    assert opened.lineage["run_id"] == "r1"
    assert (opened.lineage["dataset"], opened.lineage["licence"]) == ("toy", "CC BY-SA 3.0")
    assert opened.settings["model"]["precision"] == "fp32"
    card = (package / "README.md").read_text("utf-8")
    assert "CC BY-SA" in card and "plots/loss.png" in card and "24 of 24 texts byte for byte" in card


def test_the_same_checkpoint_gives_the_same_package(package, run_dir, pairs, tmp_path):
    digest = export(run_dir / "model", pairs, tmp_path / "again", precision="fp32")
    assert digest == open_package(package).digest


def test_a_package_writes_what_its_model_learnt(package):
    engine = Generator.open(open_package(package), threads=1)
    spoken, written = zip(*known_pairs(), strict=True)
    found = engine.generate(spoken)
    assert sum(map(str.__eq__, found, written)) > 0.8 * len(written)


def test_golden_texts_are_written_as_when_packaged(package):
    opened = open_package(package)
    golden = json.loads((package / "golden/golden.json").read_text("utf-8"))
    assert len(golden) == 6
    Generator.open(opened).verify_golden(opened)


def test_other_weights_do_not_write_the_golden_texts(package, tmp_path):
    save(random_t5(), tmp_path / "model")
    other = Generator(write_graphs(load_t5(tmp_path / "model"), tmp_path / "graphs"))
    with pytest.raises(GoldenMismatch):
        other.verify_golden(open_package(package))


def test_a_flipped_byte_in_a_graph_is_not_loaded(package, tmp_path):
    shutil.copytree(package, tmp_path / "package")
    path = tmp_path / "package" / "decoder_step.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    with pytest.raises(BrokenPackage):
        open_package(tmp_path / "package")


def test_int8_is_taken_where_it_is_asked_for(package, run_dir, pairs, tmp_path):
    export(run_dir / "model", pairs, tmp_path / "package", precision="int8")
    opened = open_package(tmp_path / "package")
    assert opened.settings["model"]["precision"] == "int8"
    assert opened.manifest["metrics"]["measured"]["int8"]["same_as_fp32"] > 0.5
    assert (tmp_path / "package/encoder.onnx").stat().st_size < (package / "encoder.onnx").stat().st_size


def test_int8_is_not_taken_where_it_costs_too_much(run_dir, pairs, tmp_path):
    export(run_dir / "model", pairs, tmp_path / "package", precision="auto", int8_max_loss=-2.0)
    opened = open_package(tmp_path / "package")
    assert opened.settings["model"]["precision"] == "fp32"
    assert "int8" in opened.manifest["metrics"]["measured"]


def test_graphs_of_other_weights_are_no_export(run_dir, tmp_path):
    save(random_t5(), tmp_path / "model")
    other = Generator(write_graphs(load_t5(tmp_path / "model"), tmp_path / "graphs"))
    with pytest.raises(ParityError):
        compare(run_dir / "model", other, ["một hai"])


def test_nothing_is_left_behind_where_an_export_fails(pairs, tmp_path):
    with pytest.raises(ConfigError):
        export(tmp_path / "nothing", pairs, tmp_path / "package")
    assert list(tmp_path.iterdir()) == []


def test_pairs_without_a_dev_split_prove_nothing(run_dir, pairs, tmp_path):
    bare = shutil.copytree(pairs, tmp_path / "pairs")
    description = json.loads((bare / "dataset.json").read_text("utf-8"))
    (bare / "dataset.json").write_text(json.dumps(description | {"splits": {"test": {}}}), "utf-8")
    with pytest.raises(EmptySplit):
        export(run_dir / "model", bare, tmp_path / "package")


def _models(*arguments: str | Path | int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "models", "normalizer", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_export_and_parity_print_their_figures(run_dir, pairs, tmp_path):
    paths = ("--checkpoint", run_dir / "model", "--dataset", pairs)
    done = _models("export", *paths, "--out", tmp_path / "package", "--precision", "fp32")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["digest"] == open_package(tmp_path / "package").digest
    done = _models("parity", "--package", tmp_path / "package", *paths, "--texts", 5)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["texts"] == 5


def test_a_checkpoint_that_is_none_is_the_callers_fault(pairs, tmp_path):
    done = _models("export", "--checkpoint", tmp_path / "none", "--dataset", pairs, "--out", tmp_path / "package")
    assert (done.returncode, json.loads(done.stderr.splitlines()[-1])["code"]) == (2, "config.invalid")


def test_generation_loads_nothing_heavy(package):
    heavy = {"torch", "transformers", "safetensors", "lightning", "mlflow", "onnx", "scipy"}
    code = (
        "import sys; from models.normalizer.generator import Generator; from models.package import open_package;"
        f"Generator.open(open_package({str(package)!r})).generate(['một hai']); print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
