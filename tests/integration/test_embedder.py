"""An embedder's life: trained, exported, opened without torch; and a model of a hub's format by its own files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from data.errors import BrokenPackage, ConfigError, EmptyText, GoldenMismatch, NotUtf8, WrongDimension
from data.queries.build import build_queries, read_queries_config
from data.queries.reader import read_queries
from models.embedder.infer import Embedder, Kind

ROOT = Path(__file__).resolve().parents[2]
TEXTS = ["Mẹ tôi dậy lúc 4 giờ 30.", "con gà", "con trâu và con gà ở trong làng tôi " * 12, "cay cau moi dai 120 m"]


@pytest.fixture(scope="module")
def queries(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("queries") / "smoke"
    build_queries(read_queries_config(ROOT / "configs/data/queries/smoke.yaml"), out, workers=1)
    return out


@pytest.fixture(scope="module")
def home(tmp_path_factory, queries) -> Path:
    """A trained smoke model and its package, through the verbs, each a process of its own as flows run them."""
    home = tmp_path_factory.mktemp("embedder")
    verb(home, "train", "--config", "configs/embedder/smoke.yaml", "--dataset", queries, "--out", home / "run")
    verb(home, "export", "--checkpoint", home / "run/model", "--dataset", queries, "--out", home / "package")
    return home


def verb(home: Path, *arguments: object, stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "models", "embedder", *map(str, arguments)],
        cwd=ROOT, env=os.environ | {"TIENGNOI_ARTIFACTS": str(home / "artifacts")}, input=stdin,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def embedder(home) -> Embedder:
    return Embedder.open(home / "package", check_golden=True)


def test_the_trained_model_is_better_than_chance_and_its_run_is_known(home):
    run = json.loads((home / "run" / "run.json").read_text("utf-8"))
    assert run["state"] == "finished"
    assert run["best"] > 0.6
    manifest = json.loads((home / "package" / "package.json").read_text("utf-8"))
    assert manifest["lineage"]["run_id"] == run["mlflow_run_id"]
    assert manifest["lineage"]["licence"] == "CC0"


def test_the_package_answers_as_sentence_transformers_does(home, embedder, queries):
    from models.embedder.build import load

    model, _ = load(home / "run" / "model")
    texts = TEXTS + [passage.text for passage in read_queries(queries, "test")]
    wanted_ND = np.asarray(model.encode(texts, normalize_embeddings=True))
    assert (embedder.embed(texts, "passage") * wanted_ND).sum(axis=1).min() >= 0.995


def test_vectors_are_of_unit_length_in_the_texts_order_and_may_be_cut(embedder):
    vectors_ND = embedder.embed(TEXTS, "query")
    assert vectors_ND.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors_ND, axis=1), 1, atol=1e-5)
    assert np.allclose(embedder.embed(TEXTS[::-1], "query")[::-1], vectors_ND, atol=1e-6)
    short_ND = embedder.embed(TEXTS, "query", dim=8)
    assert np.allclose(short_ND, vectors_ND[:, :8] / np.linalg.norm(vectors_ND[:, :8], axis=1, keepdims=True), atol=1e-5)
    assert embedder.embed([], "query").shape == (0, embedder.dim)


@pytest.mark.parametrize(
    ("text", "error"), [("", EmptyText), (" \n", EmptyText), ("...", EmptyText), ("\ud800 con gà", NotUtf8)]
)
def test_a_text_that_cannot_be_embedded_is_named(embedder, text, error):
    with pytest.raises(error) as refusal:
        embedder.embed(["con gà", text], "query")
    assert refusal.value.pointer == "/1"


@pytest.mark.parametrize("dim", [0, -1, 33])
def test_a_length_that_the_model_has_not_is_refused(embedder, dim):
    with pytest.raises(WrongDimension):
        embedder.embed(["con gà"], "query", dim=dim)


def test_one_flipped_byte_and_another_answer_are_seen(home, tmp_path):
    import shutil

    copy = shutil.copytree(home / "package", tmp_path / "package")
    table = bytearray((copy / "table.npy").read_bytes())
    table[-1] ^= 1
    (copy / "table.npy").write_bytes(table)
    with pytest.raises(BrokenPackage):
        Embedder.open(copy)
    opened = Embedder.open(home / "package")
    opened._prefixes = {"query": "con trâu con trâu con trâu ", "passage": "con gà con gà "}
    with pytest.raises(GoldenMismatch):
        opened.verify_golden()


def test_lines_become_arrays_one_for_one(home, embedder):
    lines = verb(home, "infer", "--package", home / "package", "--kind", "query", stdin="con gà\nHà Nội\n").splitlines()
    found_ND = np.array([json.loads(line) for line in lines], np.float32)
    assert np.allclose(found_ND, embedder.embed(["con gà", "Hà Nội"], "query"), atol=1e-6)


def test_an_evaluation_says_the_figures_of_each_query(home, queries, tmp_path):
    told = json.loads(verb(home, "evaluate", "--package", home / "package", "--dataset", queries, "--out", tmp_path))
    rows = dict(line.split("\t") for line in (tmp_path / "ndcg.tsv").read_text("utf-8").splitlines())
    assert len(rows) == told["queries"]
    assert np.mean([float(value) for value in rows.values()]) == pytest.approx(told["ndcg@10"], abs=1e-6)
    assert set(told["dims"]) == {"16"}


def test_a_model_of_a_hub_is_exported_with_its_prefixes_and_equals_sentence_transformers(queries, tmp_path):
    from models.embedder.build import build, open_hub, save
    from models.embedder.config import ModelConfig, TransformerConfig
    from models.embedder.export import export

    passages = [passage.text for passage in read_queries(queries, "train")]
    small = TransformerConfig(vocabulary=150, layers=2, heads=2, feed_forward=64, max_tokens=48)
    made = build(ModelConfig(kind="transformer", width=32, dims=(32,), transformer=small), passages)
    made.save(str(tmp_path / "hub"))
    recipe = ModelConfig(
        kind="hub", start_from=str(tmp_path / "hub"), dims=(384, 16), query_prefix="hỏi: ", passage_prefix="đoạn: "
    )
    save(open_hub(recipe.start_from), recipe, tmp_path / "model")
    export(tmp_path / "model", queries, tmp_path / "package")
    opened, again = Embedder.open(tmp_path / "package", check_golden=True), open_hub(str(tmp_path / "hub"))
    assert (opened.dim, opened.dims) == (32, (32, 16))
    kinds: tuple[tuple[Kind, str], ...] = (("query", "hỏi: "), ("passage", "đoạn: "))
    for kind, prefix in kinds:
        wanted_ND = np.asarray(again.encode([prefix + text for text in TEXTS], normalize_embeddings=True))
        assert (opened.embed(TEXTS, kind) * wanted_ND).sum(axis=1).min() >= 0.995
    assert not np.allclose(opened.embed(TEXTS, "query"), opened.embed(TEXTS, "passage"))
    with pytest.raises(ConfigError):
        open_hub(str(tmp_path / "nothing"))
