"""kill -9 in mid-packaging leaves no half dataset, and the same command goes on where it stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from data.shards import read_dataset
from tests.toy_corpus import manifest_corpus

ROOT = Path(__file__).resolve().parents[2]


def command(config: Path, out: Path, step: str) -> list[str]:
    return [sys.executable, "-m", "data", step, "--config", str(config), "--out", str(out), "--workers", "1"]


def run(config: Path, out: Path, step: str) -> None:
    subprocess.run(command(config, out, step), cwd=ROOT, check=True, capture_output=True, timeout=120)


@pytest.fixture
def config(tmp_path):
    root = manifest_corpus(tmp_path / "corpus", clips=400, speakers=40)
    path = tmp_path / "toy.yaml"
    settings = {
        "name": "toy", "corpus": "nemo_manifest", "licence": "CC0", "root": str(root),
        "shards": {"min_shards": 64}, "split": {"train": 1, "dev": 0, "test": 0},
    }  # fmt: skip
    path.write_text(yaml.safe_dump(settings), "utf-8")
    return path


def kill_when(config: Path, out: Path, step: str, reached) -> None:
    """Start a step in a session of its own and kill all of it as soon as `reached` says so."""
    child = subprocess.Popen(
        command(config, out, step), cwd=ROOT, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline_s = time.monotonic() + 60
    while not reached() and child.poll() is None and time.monotonic() < deadline_s:
        time.sleep(0.002)
    assert child.poll() is None, "it was done before it could be killed"
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def test_killed_while_sharding_it_goes_on_with_the_next_shard(config, tmp_path):
    whole, out = tmp_path / "whole", tmp_path / "out"
    for step in ("import", "validate", "split", "shard"):
        run(config, whole, step)
    for step in ("import", "validate", "split"):
        run(config, out, step)
    partial = out / ".shards.partial" / "train"
    # Without the scratch every clip is decoded again: long enough to be killed in.
    for path in (out / ".clips").iterdir():
        path.unlink()
    kill_when(config, out, "shard", lambda: len(list(partial.glob("*.json"))) >= 5)
    assert not (out / "shards").exists(), "no half dataset"
    kept = {path.name: path.stat().st_ino for path in partial.glob("*.tar") if path.with_suffix(".json").exists()}
    run(config, out, "shard")
    made = {path.name: path.stat().st_ino for path in (out / "shards/train").glob("*.tar")}
    assert len(kept) >= 5 and all(made[name] == inode for name, inode in kept.items()), "what was whole was kept"
    assert read_dataset(out)["digest"] == read_dataset(whole)["digest"]
    assert not (out / ".shards.partial").exists()


def test_killed_while_validating_the_old_result_stands(config, tmp_path):
    out = tmp_path / "out"
    run(config, out, "import")
    run(config, out, "validate")
    before = (out / "valid/manifest.jsonl").read_bytes()
    kill_when(config, out, "validate", lambda: any((out / ".clips").glob("*.bin")) and not (out / ".clips/index.json").exists())
    assert (out / "valid/manifest.jsonl").read_bytes() == before
    for step in ("split", "shard", "card"):
        run(config, out, step)
    assert read_dataset(out)["splits"]["train"]["utterances"] == 400
    run(config, out, "validate")
    assert (out / "valid/manifest.jsonl").read_bytes() == before
