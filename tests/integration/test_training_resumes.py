"""A training that is killed goes on with the same command: same run, same order, same weights.

Whistled syllables stand for speech: four tones that even a model of some thousand weights tells apart. NeMo takes half
a minute to import, so one subprocess is killed and everything else happens here.
"""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import yaml

from data.audio import encode_flac
from data.errors import Busy, ConfigError, LicenceForbids
from models.asr.cli import main

ROOT = Path(__file__).resolve().parents[2]
PITCH_HZ = {"một": 400, "hai": 900, "ba": 1700, "bốn": 3100}
MAX_STEPS, EVERY = 48, 16

RECIPE = {
    "name": "whistled",
    "model": {"d_model": 32, "layers": 1, "heads": 2, "subsampling_channels": 8, "look_aheads": [13, 0], "left_context": 28},
    "batch": {"padded_s": 12, "utterances": 8, "max_duration_s": 4, "buckets": 2},
    "optimizer": {"learning_rate": 5.0e-3, "warmup_steps": 8, "average_steps": 8},
    "trainer": {
        "max_steps": MAX_STEPS,
        "validations": MAX_STEPS // EVERY,
        "log_every_steps": 4,
        "accelerator": "cpu",
        "threads": 1,
    },
    "tracking": {"experiment": "resume", "examples": 5},
}


def write_dataset(folder: Path, *, usage: str = "any") -> Path:
    """A packaged dataset of whistled numbers."""
    shards = folder / "shards"
    shards.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for split, count in {"train": 60, "dev": 12, "test": 4}.items():
        lines = []
        (shards / split).mkdir()
        with tarfile.open(shards / split / f"{split}-00000.tar", "w") as tar:
            for number in range(count):
                words = rng.choice(list(PITCH_HZ), size=rng.integers(1, 4)).tolist()
                samples_T = np.concatenate([whistle(word, rng) for word in words]).astype(np.float32)
                clip, member = encode_flac(samples_T), tarfile.TarInfo(f"{split}-{number}.flac")
                member.size = len(clip)
                line = {"id": f"{split}-{number}", "audio_filepath": member.name, "text": " ".join(words)}
                line |= {"duration": samples_T.size / 16_000, "shard": f"{split}/{split}-00000.tar"}
                lines.append(json.dumps(line | {"offset": tar.offset + 512, "bytes": len(clip)}, ensure_ascii=False))
                tar.addfile(member, io.BytesIO(clip))
        (shards / f"{split}.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    about = {"name": "whistled", "digest": "d0", "licence": "CC0-1.0", "usage": usage, "splits": {}}
    (shards / "dataset.json").write_text(json.dumps(about))
    return folder


def whistle(word: str, rng: np.random.Generator) -> np.ndarray:
    time_T = np.arange(int(16_000 * rng.uniform(0.25, 0.4))) / 16_000
    return 0.2 * np.hanning(time_T.size) * np.sin(2 * np.pi * PITCH_HZ[word] * time_T) + rng.normal(0, 1e-3, time_T.size)


def arguments(dataset: Path, recipe: Path, out: Path, *more: str) -> list[str]:
    return ["train", "--config", str(recipe), "--dataset", str(dataset), "--out", str(out), *more]


def await_file(path: Path, process: subprocess.Popen, *, timeout_s: float = 600.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not path.exists():
        assert process.poll() is None, f"the training ended before it wrote {path.name}"
        assert time.monotonic() < deadline_s, f"no {path.name} after {timeout_s:.0f} s"
        time.sleep(0.005)


def kill_at(path: Path, process: subprocess.Popen) -> None:
    """kill -9 as soon as the file is there."""
    await_file(path, process)
    process.send_signal(signal.SIGKILL)


def weights(run_dir: Path) -> dict:
    import torch

    return torch.load(run_dir / "checkpoints" / "last.ckpt", map_location="cpu", weights_only=False)["state_dict"]


@pytest.fixture(scope="module")
def place(tmp_path_factory, empty_mlflow):
    """Dataset and recipe; one MLflow for all the trainings of this module."""
    import shutil

    folder = tmp_path_factory.mktemp("training")
    home = folder / "artifacts" / "mlflow"
    shutil.copytree(empty_mlflow, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIENGNOI_ARTIFACTS", str(folder / "artifacts"))
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home / 'mlflow.db'}")
        patch.setenv("TIENGNOI_FLOW_RUN_ID", "flow-1")
        dataset, recipe = write_dataset(folder / "dataset"), folder / "whistled.yaml"
        recipe.write_text(yaml.safe_dump(RECIPE), "utf-8")
        yield folder, dataset, recipe


@pytest.fixture(scope="module")
def trained(place):
    """One training killed at its first checkpoint and started again; beside it one that ran through."""
    folder, dataset, recipe = place
    killed, whole = folder / "killed", folder / "whole"
    command = [sys.executable, "-m", "models", "asr", *arguments(dataset, recipe, killed)]
    with (folder / "killed.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, env={**os.environ, "OMP_NUM_THREADS": "1"})
    try:
        await_file(killed / "run.json", process)
        watch = ThreadPoolExecutor(1).submit(kill_at, killed / "checkpoints" / "last.ckpt", process)
        with pytest.raises(Busy):  # While the first one lives, a second is refused before it costs anything.
            main(arguments(dataset, recipe, killed))
        assert main(arguments(dataset, recipe, whole)) == 0
        watch.result()
    finally:
        process.kill()
        process.wait()
    before = json.loads((killed / "run.json").read_text("utf-8"))
    assert main(arguments(dataset, recipe, killed)) == 0
    return killed, whole, before


def test_it_was_killed_in_the_middle_and_then_finished(trained):
    killed, _, before = trained
    assert before["state"] == "running"
    assert before["step"] < MAX_STEPS
    after = json.loads((killed / "run.json").read_text("utf-8"))
    assert (after["state"], after["step"]) == ("finished", MAX_STEPS)
    assert "going on from" in (killed / "train.log").read_text("utf-8")


def test_it_goes_on_in_the_same_run(trained):
    import mlflow

    killed, whole, before = trained
    runs = {
        Path(run.data.tags["run_dir"]): run for run in mlflow.search_runs(experiment_names=["resume"], output_format="list")
    }
    assert set(runs) >= {killed, whole}
    assert len([run for run in runs if run.name == "killed"]) == 1
    assert runs[killed].info.run_id == before["mlflow_run_id"]
    assert runs[killed].info.status == "FINISHED"


def test_killed_or_not_the_weights_are_the_same(trained):
    import torch

    killed, whole, _ = trained
    there, here = weights(killed), weights(whole)
    assert set(there) == set(here)
    for name in here:
        torch.testing.assert_close(there[name], here[name], rtol=1e-4, atol=1e-5, msg=name)


def test_killed_or_not_the_average_of_the_weights_is_the_same(trained):
    import torch

    killed, whole, _ = trained
    there, here = (torch.load(run / "checkpoints" / "best.pt", weights_only=True) for run in (killed, whole))
    for name in here:
        torch.testing.assert_close(there[name], here[name], rtol=1e-4, atol=1e-5, msg=name)
    last = weights(whole)
    assert any(not torch.equal(here[name], last[name]) for name in here), "what is kept is no single step"


def test_mlflow_shows_the_whole_training(trained, tmp_path):
    import mlflow

    _, _, before = trained
    client, run_id = mlflow.MlflowClient(), before["mlflow_run_id"]
    run = client.get_run(run_id)
    assert run.data.params["model.d_model"] == "32"
    assert run.data.tags["prefect.flow_run_id"] == "flow-1"
    assert {"dataset.digest", "git.sha", "dvc.rev", "model.nemo.sha256"} <= set(run.data.tags)
    assert [given.dataset.name for given in run.inputs.dataset_inputs] == ["whistled"]  # type: ignore[union-attr]
    steps = {point.step for point in client.get_metric_history(run_id, "val_wer")}
    assert steps == set(range(EVERY, MAX_STEPS + 1, EVERY))
    rates = {point.step: point.value for point in client.get_metric_history(run_id, "learning_rate")}
    assert set(rates) == set(range(4, MAX_STEPS + 1, 4))
    assert rates[MAX_STEPS] == pytest.approx(0.01 * 5e-3), "the cosine ends at the last step"
    artifacts = Path(mlflow.artifacts.download_artifacts(run_id=run_id, dst_path=str(tmp_path)))
    assert {path.name for path in artifacts.glob("plots/*")} == {"curves.png", "curves.json", "wer_by_duration.png"}
    table = json.loads((artifacts / "examples" / f"step_{MAX_STEPS:07d}.json").read_text("utf-8"))
    assert {"reference", "hypothesis"} <= set(table["columns"])
    assert yaml.safe_load((artifacts / "recipe.yaml").read_text("utf-8"))["name"] == "whistled"


def test_it_has_learned(trained):
    _, whole, _ = trained
    assert json.loads((whole / "run.json").read_text("utf-8"))["best"] < 0.3


def test_a_finished_training_is_not_repeated(trained, place, capsys):
    _, dataset, recipe = place
    killed = trained[0]
    made_ns = (killed / "model.nemo").stat().st_mtime_ns
    assert main(arguments(dataset, recipe, killed)) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "finished"
    assert (killed / "model.nemo").stat().st_mtime_ns == made_ns


def test_another_recipe_in_the_same_folder_is_refused(trained, place):
    _, dataset, recipe = place
    with pytest.raises(ConfigError, match="--fresh"):
        main(arguments(dataset, recipe, trained[0], "--set", "trainer.seed=9"))


@pytest.mark.skipif(not hasattr(tarfile, "data_filter"), reason="NeMo opens its files with Python 3.11.4 or newer alone")
@pytest.mark.parametrize("keep", [True, False])
def test_a_local_nemo_is_fine_tuned_with_its_own_or_a_new_tokenizer(trained, place, keep):
    folder, dataset, recipe = place
    out = folder / f"tuned-{keep}"
    changes = {
        "model.start_from": trained[1] / "model.nemo",
        "tokenizer.keep": str(keep).lower(),
        "tokenizer.pieces": 9,
        "trainer.max_steps": 6,
        "trainer.validations": 1,
        "optimizer.warmup_steps": 2,
        "optimizer.learning_rate": 1e-4,
    }
    overrides = [part for key, value in changes.items() for part in ("--set", f"{key}={value}")]
    assert main(arguments(dataset, recipe, out, *overrides)) == 0
    tuned = json.loads((out / "run.json").read_text("utf-8"))
    learned = json.loads((trained[1] / "run.json").read_text("utf-8"))
    if keep:
        assert tuned["best"] <= learned["best"] + 0.1, "it starts from what was learned"
    assert (out / "tokenizer").exists() is not keep
    assert (out / "model.nemo").is_file()


def test_a_nemo_with_another_digest_is_not_opened(trained, place):
    from data.errors import BrokenPackage

    folder, dataset, recipe = place
    start = ["--set", f"model.start_from={trained[1] / 'model.nemo'}", "--set", f"model.start_sha256={'f' * 64}"]
    with pytest.raises(BrokenPackage):
        main(arguments(dataset, recipe, folder / "refused", *start))


def test_evaluation_data_trains_nothing(place, tmp_path):
    dataset = write_dataset(tmp_path / "vivos", usage="evaluation")
    with pytest.raises(LicenceForbids):
        main(arguments(dataset, place[2], tmp_path / "run"))
    assert not (tmp_path / "run").exists()


def test_a_fresh_subsampling_starts_level(trained, place):
    import torch

    from data.config import read_config
    from models.asr.build import build, settle_subsampling
    from models.asr.config import Recipe

    model = build(read_config(place[2], Recipe), trained[1] / "tokenizer")
    samples_BT = 0.1 * torch.randn(8, 16_000, generator=torch.Generator().manual_seed(0)).cumsum(1).sin()
    samples_B = torch.full((8,), 16_000)
    settle_subsampling(model, samples_BT, samples_B)
    with torch.no_grad():
        features_BMF, frames_B = model.preprocessor(input_signal=samples_BT, length=samples_B)
        encoded_BLD, _ = model.encoder.pre_encode(x=features_BMF.transpose(1, 2), lengths=frames_B)  # type: ignore[operator]
    encoded_BLD = encoded_BLD * model.encoder.xscale
    torch.testing.assert_close(encoded_BLD.mean((0, 1)), torch.zeros(32), atol=1e-3, rtol=0)
    torch.testing.assert_close(encoded_BLD.std((0, 1)), torch.ones(32), atol=1e-2, rtol=0)
