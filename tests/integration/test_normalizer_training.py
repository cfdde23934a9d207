"""A normalizer's training that is killed goes on with the same command: same run, same order, same weights.

The pairs are counted sheep ("ba con cừu" → "3 con cừu."), which a model of some thousand weights begins to write.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from data.errors import Busy, ConfigError, LicenceForbids
from data.pairs.reader import Pair, PairLink, pair_to_line, read_pairs
from models.normalizer.cli import main
from tests.tiny_encoder import tiny_encoder

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = {"một": "1", "hai": "2", "ba": "3", "bốn": "4"}
ANIMALS = ("cừu", "dê", "bò", "gà", "vịt")
MAX_STEPS, EVERY = 48, 16

RECIPE: dict[str, Any] = {
    "name": "sheep",
    "model": {"d_model": 32, "d_kv": 8, "heads": 4, "feed_forward": 64, "layers": 1, "dropout": 0.1},
    "batch": {"padded_bytes": 256, "pairs": 8, "buckets": 2, "max_bytes": 64, "short_bytes": 14, "short_steps": 20},
    "loss": {"edit_weight": 2.0},
    "optimizer": {"learning_rate": 5.0e-3, "warmup_steps": 8, "accumulate": 2},
    "trainer": {
        "max_steps": MAX_STEPS,
        "validations": 3,
        "checkpoint_minutes": 0.001,  # Many checkpoints between validations, none between the batches of a step.
        "log_every_steps": 4,
        "accelerator": "cpu",
        "threads": 1,
    },
    "validation": {"pairs": 20, "decoded": 8},
    "tracking": {"experiment": "sheep", "examples": 5},
}


def some_pairs(split: str, count: int) -> list[Pair]:
    rng = random.Random(split)
    pairs = []
    for place in range(count):
        number, rest = rng.choice(list(NUMBERS)), " ".join(["con", *rng.choices(ANIMALS, k=rng.randint(1, 5))])
        links = (PairLink((0, 1), (0, len(number)), "CARDINAL"),)
        spoken, written = f"{number} {rest}", f"{NUMBERS[number]} {rest}."
        pairs.append(Pair(id=f"{split}-{place}", spoken=spoken, written=written, links=links, kind="running", source="1"))
    return pairs


def write_pairs(folder: Path, *, usage: str = "any") -> Path:
    folder.mkdir(parents=True)
    sizes = {"train": 120, "dev": 24, "test": 4}
    for split, count in sizes.items():
        with gzip.open(folder / f"{split}.jsonl.gz", "wt", encoding="utf-8") as lines:
            lines.writelines(pair_to_line(pair) for pair in some_pairs(split, count))
            if split == "dev":
                sheep = "con " * 499 + "con"
                passage = replace(some_pairs("dev", 1)[0], id="long", kind="passage", spoken=sheep, written=f"{sheep}.")
                lines.write(pair_to_line(replace(passage, links=())))
    about = {"name": "sheep", "digest": "d0", "licence": "CC0-1.0", "usage": usage}
    (folder / "dataset.json").write_text(json.dumps(about | {"splits": {s: {"pairs": n} for s, n in sizes.items()}}))
    return folder


def arguments(pairs: Path, recipe: Path, out: Path, *more: str) -> list[str]:
    return ["train", "--config", str(recipe), "--dataset", str(pairs), "--out", str(out), *more]


def kill_at(run_dir: Path, process: subprocess.Popen[bytes], *, timeout_s: float = 600.0) -> None:
    """kill -9 a few steps after its second checkpoint, somewhere between two others."""
    deadline_s = time.monotonic() + timeout_s
    while not (run_dir / "run.json").exists() or state(run_dir)["step"] < 5:
        assert process.poll() is None, "the training ended before it was killed"
        assert time.monotonic() < deadline_s, f"no fifth step after {timeout_s:.0f} s"
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)


def state(run_dir: Path) -> dict[str, Any]:
    return json.loads((run_dir / "run.json").read_text("utf-8"))


def last(run_dir: Path) -> dict[str, Any]:
    import torch

    return torch.load(run_dir / "checkpoints" / "last.ckpt", map_location="cpu", weights_only=False)["state_dict"]


def logits(model_dir: Path):
    """What a fresh reader of the folder answers to one pair."""
    import torch
    from transformers import AutoModelForSeq2SeqLM

    model = AutoModelForSeq2SeqLM.from_pretrained(model_dir).eval()
    with torch.no_grad():
        return model(input_ids=torch.tensor([[5, 6, 7, 1]]), decoder_input_ids=torch.tensor([[0, 5]])).logits


@pytest.fixture(scope="module")
def place(tmp_path_factory, empty_mlflow):
    """Pairs and recipe; one MLflow for all the trainings of this module."""
    folder = tmp_path_factory.mktemp("training")
    home = folder / "artifacts" / "mlflow"
    shutil.copytree(empty_mlflow, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIENGNOI_ARTIFACTS", str(folder / "artifacts"))
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home / 'mlflow.db'}")
        patch.setenv("TIENGNOI_FLOW_RUN_ID", "flow-1")
        pairs, recipe = write_pairs(folder / "pairs" / "sheep"), folder / "sheep.yaml"
        recipe.write_text(yaml.safe_dump(RECIPE), "utf-8")
        yield folder, pairs, recipe


@pytest.fixture(scope="module")
def trained(place):
    """One training killed at its first checkpoint and started again; beside it one that ran through."""
    folder, pairs, recipe = place
    killed, whole = folder / "killed", folder / "whole"
    command = [sys.executable, "-m", "models", "normalizer", *arguments(pairs, recipe, killed)]
    with (folder / "killed.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        watch = ThreadPoolExecutor(1).submit(kill_at, killed, process)
        assert main(arguments(pairs, recipe, whole)) == 0
        watch.result()
    finally:
        process.kill()
        process.wait()
    before = state(killed)
    assert main(arguments(pairs, recipe, killed)) == 0
    return killed, whole, before


def test_it_was_killed_in_the_middle_and_then_finished(trained):
    killed, _, before = trained
    assert before["state"] == "running"
    assert before["step"] < MAX_STEPS
    assert (state(killed)["state"], state(killed)["step"]) == ("finished", MAX_STEPS)
    assert "going on from" in (killed / "train.log").read_text("utf-8")


def test_killed_or_not_the_weights_are_the_same(trained):
    import torch

    killed, whole, _ = trained
    there, here = last(killed), last(whole)
    assert set(there) == set(here)
    for name in here:
        torch.testing.assert_close(there[name], here[name], rtol=1e-4, atol=1e-5, msg=name)


def test_mlflow_shows_the_whole_training_in_one_run(trained, tmp_path):
    import mlflow

    killed, _, before = trained
    runs = mlflow.search_runs(experiment_names=["sheep"], output_format="list")
    assert len([run for run in runs if Path(run.data.tags["run_dir"]) == killed]) == 1
    client, run_id = mlflow.MlflowClient(), before["mlflow_run_id"]
    run = client.get_run(run_id)
    assert run.info.status == "FINISHED"
    assert run.data.params["model.d_model"] == "32"
    assert run.data.tags["prefect.flow_run_id"] == "flow-1"
    assert {"dataset.digest", "git.sha", "dvc.rev", "model.sha256", "train.state"} <= set(run.data.tags)
    assert run.data.tags["family"] == "normalizer"
    assert [given.dataset.name for given in run.inputs.dataset_inputs] == ["sheep"]  # type: ignore[union-attr]
    for name in ("val_loss", "val_byte_accuracy", "val_edit_accuracy", "val_exact", "val_punctuation_f1", "val_case_f1"):
        assert [point.step for point in client.get_metric_history(run_id, name)] == [*range(EVERY, MAX_STEPS + 1, EVERY)]
    rates = {point.step: point.value for point in client.get_metric_history(run_id, "learning_rate")}
    assert set(rates) == set(range(4, MAX_STEPS + 1, 4))
    assert rates[MAX_STEPS] == pytest.approx(0.01 * 5e-3), "the cosine ends at the last step"
    artifacts = Path(mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=str(tmp_path)))
    assert {path.name for path in artifacts.glob("plots/*")} == {"curves.png", "curves.json", "errors_by_length.png"}
    table = json.loads((artifacts / "examples" / f"step_{MAX_STEPS:07d}.json").read_text("utf-8"))
    assert {"spoken", "written", "model"} <= set(table["columns"])


def test_the_loss_falls(trained):
    import mlflow

    losses = mlflow.MlflowClient().get_metric_history(state(trained[1])["mlflow_run_id"], "val_loss")
    assert losses[-1].value < 0.8 * losses[0].value
    assert state(trained[1])["best"] == pytest.approx(min(point.value for point in losses))


def test_the_result_is_a_t5_that_every_reader_reads_alike(trained):
    import torch
    from transformers import T5ForConditionalGeneration

    model_dir = trained[1] / "model"
    config = json.loads((model_dir / "config.json").read_text("utf-8"))
    assert config["architectures"] == ["T5ForConditionalGeneration"]
    assert config["tie_word_embeddings"] == config["scale_decoder_outputs"] is True
    model = T5ForConditionalGeneration.from_pretrained(model_dir)
    best = torch.load(trained[1] / "checkpoints" / "best.pt", weights_only=True)
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, best[f"model.{name}"], rtol=0, atol=0, msg=name)


def test_a_finished_training_is_not_repeated(trained, place, capsys):
    made_ns = (trained[0] / "model").stat().st_mtime_ns
    assert main(arguments(place[1], place[2], trained[0])) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["metric"]) == ("finished", "val_loss")
    assert (trained[0] / "model").stat().st_mtime_ns == made_ns


def test_a_second_training_in_the_same_folder_is_refused(trained, place):
    from models.training.run_folder import RunFolder

    with RunFolder(trained[0]).locked(), pytest.raises(Busy):
        main(arguments(place[1], place[2], trained[0]))


def test_another_recipe_in_the_same_folder_is_refused(trained, place):
    with pytest.raises(ConfigError, match="--fresh"):
        main(arguments(place[1], place[2], trained[0], "--set", "trainer.seed=9"))


def test_a_time_limit_stops_with_a_model_and_a_later_start_goes_on(place):
    folder, pairs, recipe = place
    out = folder / "limited"
    longer = ["--set", "trainer.max_steps=64", "--set", "trainer.validations=2"]
    assert main(arguments(pairs, recipe, out, *longer, "--set", "trainer.max_minutes=0.0")) == 0
    assert (state(out)["state"], state(out)["step"]) == ("stopped", 1)
    assert (out / "model" / "model.safetensors").is_file(), "what was trained by then can be used"
    assert main(arguments(pairs, recipe, out, *longer)) == 0
    assert (state(out)["state"], state(out)["step"]) == ("finished", 64)


@pytest.mark.parametrize("kind", ["adamw", "adafactor"])
def test_a_local_model_is_fine_tuned(trained, place, kind):
    folder, pairs, recipe = place
    out = folder / f"tuned-{kind}"
    changes = {
        "model.start_from": trained[1] / "model", "optimizer.kind": kind, "optimizer.learning_rate": 1e-4,
        "optimizer.warmup_steps": 1, "trainer.max_steps": 4, "trainer.validations": 1, "batch.short_steps": 0,
    }  # fmt: skip
    assert main(arguments(pairs, recipe, out, *(part for k, v in changes.items() for part in ("--set", f"{k}={v}")))) == 0
    assert state(out)["best"] <= state(trained[1])["best"] * 1.1, "it starts from what was learned"


def test_a_hub_model_keeps_its_own_output_matrix(trained, place, tmp_path):
    """The hub's ByT5 does not tie its matrices, and says so in a way that transformers 5 overwrites when it saves."""
    import torch
    from transformers import T5ForConditionalGeneration

    from models.normalizer.build import build, save, t5_config
    from models.normalizer.config import ModelConfig

    config = t5_config(ModelConfig(d_model=16, d_kv=4, heads=2, feed_forward=16, layers=1))
    config.scale_decoder_outputs = False
    hub = T5ForConditionalGeneration(config)
    hub.lm_head.weight = torch.nn.Parameter(torch.randn(384, 16))
    hub.config.tie_word_embeddings = False
    hub.save_pretrained(tmp_path / "hub")
    as_on_the_hub = json.loads((tmp_path / "hub" / "config.json").read_text("utf-8"))
    del as_on_the_hub["scale_decoder_outputs"]  # Written by older versions, which did not know it.
    (tmp_path / "hub" / "config.json").write_text(json.dumps(as_on_the_hub | {"tie_word_embeddings": False}))

    tuned = build(ModelConfig(start_from=str(tmp_path / "hub")))
    torch.testing.assert_close(tuned.lm_head.weight, hub.lm_head.weight)
    save(tuned, tmp_path / "tuned")
    assert json.loads((tmp_path / "tuned" / "config.json").read_text("utf-8"))["tie_word_embeddings"] is False
    torch.testing.assert_close(logits(tmp_path / "tuned"), logits(tmp_path / "hub"), rtol=0, atol=0)


@pytest.mark.parametrize(
    ("start", "why"), [("./nowhere", "no such folder"), (str(ROOT / "configs"), "a folder without a model")]
)
def test_a_start_that_is_no_model_is_the_callers_fault(start, why):
    from models.normalizer.build import build
    from models.normalizer.config import ModelConfig

    with pytest.raises(ConfigError) as refused:
        build(ModelConfig(start_from=start))
    assert refused.value.pointer == "/model/start_from", why


def test_evaluation_pairs_train_nothing(place, tmp_path):
    with pytest.raises(LicenceForbids):
        main(arguments(write_pairs(tmp_path / "pairs", usage="evaluation"), place[2], tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_validation_looks_at_windows_alone(place):
    from models.normalizer.seq2seq_training import windows_of

    dev = list(read_pairs(place[1], "dev"))
    assert [pair.kind for pair in dev].count("passage") == 1
    assert {pair.id for pair in windows_of(dev, 999)} == {pair.id for pair in dev} - {"long"}
    assert len(windows_of(dev, 7)) == 7


@pytest.fixture(scope="module", params=["recurrence", "attention", "encoder"])
def punctuator(place, request) -> Path:
    """One trained on the sheep, who end every sentence with a full stop."""
    folder, pairs, _ = place
    name = f"marks-{request.param}"
    recipe = folder / f"{name}.yaml"
    small = {"words": 20, "buckets": 4, "width": 16, "pair_width": 8, "hidden": 16, "heads": 2, "feed_forward": 32}
    own = {"recurrence": {}, "attention": {"cloze": 0.1, "pairs": 0}, "encoder": {"pairs": 0}}[request.param]
    if request.param == "encoder":
        own["start_from"] = str(tiny_encoder(folder / "encoder", ["▁con", "▁dê", "▁cừu"], width=16))
    told = {
        "name": name,
        "model": {"kind": request.param, **small, **own, "layers": 1},
        "batch": {"padded_words": 64, "max_words": 40},
        "optimizer": {"learning_rate": 2.0e-2, "warmup_steps": 2},
        "trainer": {"max_steps": 30, "validations": 2, "accelerator": "cpu", "threads": 1},
    }
    recipe.write_text(yaml.safe_dump(told), "utf-8")
    run = ["train-punctuator", "--config", str(recipe), "--dataset", str(pairs), "--out", str(folder / name)]
    assert main(run) == 0
    assert main(run) == 0, "what is finished is not trained again"
    return folder / name


def test_a_punctuator_learns_where_sentences_end(punctuator):
    assert (state(punctuator)["state"], state(punctuator)["step"]) == ("finished", 30)
    assert state(punctuator)["best"] < 1.0, "nats a word; three classes of spelling and six of marks begin at 2.9"


def test_a_package_with_a_punctuator_writes_its_marks(punctuator, trained, place):
    from models.normalizer.export import export
    from models.normalizer.infer import Normalizer
    from models.package import open_package

    folder, pairs, _ = place
    export(trained[1] / "model", pairs, folder / "package", precision="fp32", punctuator=punctuator / "model")
    told = open_package(folder / "package").settings["punctuator"]
    assert told["run_id"] == state(punctuator)["mlflow_run_id"]
    assert "punctuator" in (folder / "package" / "README.md").read_text("utf-8")
    normalizer = Normalizer.open(folder / "package", threads=1)
    (written,) = normalizer.normalize(["ba con dê con cừu con bò"])
    assert written.text.endswith(".")
    alone = [one.text for one in normalizer.normalize(["ba con gà con vịt"])]
    together = [one.text for one in normalizer.normalize(["một con bò", "ba con gà con vịt", "hai con dê con cừu con gà"])]
    assert together[1:2] == alone
    (long,) = normalizer.normalize([" ".join(["con gà con vịt"] * 700)])
    assert long.text.casefold().replace(".", "").split() == ["con", "gà", "con", "vịt"] * 700


@pytest.mark.parametrize("punctuator", ["recurrence"], indirect=True)
def test_a_renewed_package_tells_what_it_does_itself(punctuator, trained, place, tmp_path):
    """Another bias is another package: its card has its own figures, and those of the old one are refused."""
    from models.normalizer.answers import answers_digest_of
    from models.normalizer.export import export
    from models.normalizer.renew import renew
    from models.package import open_package

    _, pairs, _ = place
    export(trained[1] / "model", pairs, tmp_path / "package", precision="fp32", punctuator=punctuator / "model")
    before = open_package(tmp_path / "package")
    renew(tmp_path / "package", pairs, tmp_path / "package", biases={"expression": -0.625}, split="dev")
    after = open_package(tmp_path / "package")
    assert after.settings["punctuator"]["bias"] == before.settings["punctuator"]["bias"] | {"expression": -0.625}
    assert after.manifest["metrics"]["evaluation"]["answers"] == answers_digest_of(after) != answers_digest_of(before)
    assert "expression -0.625" in (tmp_path / "package" / "README.md").read_text("utf-8")

    (tmp_path / "metrics.json").write_text(json.dumps({"answers": answers_digest_of(before)}), "utf-8")
    with pytest.raises(ConfigError) as refused:
        renew(tmp_path / "package", pairs, tmp_path / "other", evaluation=tmp_path / "metrics.json")
    assert refused.value.pointer == "/evaluation"
    with pytest.raises(ConfigError) as refused:
        renew(tmp_path / "package", pairs, tmp_path / "other", biases={"expresion": 0.0})
    assert refused.value.pointer == "/bias"
    assert open_package(tmp_path / "package").digest == after.digest, "what is refused changes nothing"


def test_a_folder_without_a_punctuator_is_refused(trained, place, tmp_path):
    from models.normalizer.export import export

    with pytest.raises(ConfigError) as refused:
        export(trained[1] / "model", place[1], tmp_path / "package", precision="fp32", punctuator=tmp_path)
    assert refused.value.pointer == "/punctuator"
    assert list(tmp_path.iterdir()) == []
