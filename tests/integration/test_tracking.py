"""What is remembered of a training: the digest is DVC's own, and a revision never claims more than it knows."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from data.artifacts import artifacts_dir
from data.errors import BadCorpus
from models.tracking import collect_lineage, dataset_digest, dvc_rev, git_sha, lineage_tags, tracking_uri

_ABOUT = {"name": "tiny", "licence": "CC0-1.0", "splits": {"train": {"utterances": 2, "hours": 0.01, "speakers": 1}}}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    _run(tmp_path, "git", "init", "-q", "-b", "main")
    (tmp_path / ".gitignore").write_text("/artifacts/\n")
    shards = tmp_path / "artifacts/datasets/tiny/shards"
    (shards / "train").mkdir(parents=True)
    (shards / "dataset.json").write_text(json.dumps(_ABOUT))
    (shards / "train" / "train-00000.tar").write_bytes(b"a" * 5000)
    (shards / "train.jsonl").write_text('{"id": "một"}\n')
    _commit(tmp_path)
    return tmp_path


def _run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def _commit(repo: Path) -> str:
    _run(repo, "git", "add", "-A")
    _run(repo, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-qm", "x", "--allow-empty")
    return git_sha(repo)


def _lock(repo: Path, digest: str) -> Path:
    path = repo / "dvc.lock"
    outs = f"    outs:\n    - path: artifacts/datasets/tiny/shards\n      hash: md5\n      md5: {digest}.dir\n"
    path.write_text(f"schema: '2.0'\nstages:\n  shard@tiny:\n    cmd: x\n{outs}")
    return path


def test_dataset_digest_is_the_one_dvc_gives(repo):
    _run(repo, sys.executable, "-m", "dvc", "init", "-q", "--no-scm")
    _run(repo, sys.executable, "-m", "dvc", "add", "-q", "artifacts/datasets/tiny/shards")
    named = (repo / "artifacts/datasets/tiny/shards.dvc").read_text()
    assert f"md5: {dataset_digest(repo / 'artifacts/datasets/tiny')}.dir" in named


def test_one_changed_byte_is_another_dataset(repo):
    dataset = repo / "artifacts/datasets/tiny"
    before = dataset_digest(dataset)
    (dataset / "shards/train/train-00000.tar").write_bytes(b"a" * 4999 + b"b")
    assert dataset_digest(dataset) != before


def test_a_dataset_without_shards_is_refused(tmp_path):
    with pytest.raises(BadCorpus):
        dataset_digest(tmp_path)


def test_a_committed_lock_is_named_by_its_commit_alone(repo):
    digest = dataset_digest(repo / "artifacts/datasets/tiny")
    _lock(repo, digest)
    sha = _commit(repo)
    assert dvc_rev(repo, digest) == sha


def test_an_uncommitted_lock_is_named_by_its_md5(repo):
    digest = dataset_digest(repo / "artifacts/datasets/tiny")
    lock = _lock(repo, digest)
    assert dvc_rev(repo, digest) == f"{git_sha(repo)}+lock.{hashlib.md5(lock.read_bytes()).hexdigest()}"


def test_a_lock_of_other_bytes_names_nothing(repo):
    _lock(repo, "0" * 32)
    sha = _commit(repo)
    assert dvc_rev(repo, dataset_digest(repo / "artifacts/datasets/tiny")) == f"{sha}+unlocked"


@pytest.mark.parametrize("lock", ["", "<<<<<<< HEAD\nstages: [", "- a list", "stages: {a: {outs: [3]}}", "stages: {a: 1}"])
def test_a_broken_lock_names_nothing(repo, lock):
    (repo / "dvc.lock").write_text(lock)
    assert dvc_rev(repo, "0" * 32).endswith("+unlocked")


def test_a_changed_file_makes_the_commit_dirty_and_dvc_lock_does_not(repo):
    clean = git_sha(repo)
    _lock(repo, "0" * 32)
    assert git_sha(repo) == clean
    (repo / "new.py").write_text("x = 1\n")
    assert git_sha(repo) == f"{clean}-dirty"


def test_outside_a_repository_no_commit_is_claimed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    assert (git_sha(folder), dvc_rev(folder, "0" * 32)) == ("", "")


def test_lineage_holds_everything_a_version_needs_from_training(repo):
    lineage = collect_lineage(repo, repo / "artifacts/datasets/tiny", "flow-1", "run-1")
    tags = lineage_tags(lineage)
    assert lineage.run_id == "run-1"
    assert set(tags) == {"dataset.name", "dataset.digest", "dvc.rev", "git.sha", "prefect.flow_run_id", "license"}
    assert (tags["dataset.name"], tags["license"], tags["prefect.flow_run_id"]) == ("tiny", "CC0-1.0", "flow-1")
    assert len(tags["dataset.digest"]) == 32


def test_tracking_is_embedded_under_the_artifacts_unless_a_server_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path / "elsewhere"))
    assert tracking_uri() == f"sqlite:///{tmp_path}/elsewhere/mlflow/mlflow.db"
    assert (artifacts_dir() / "mlflow").is_dir()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example:5000")
    assert tracking_uri() == "http://mlflow.example:5000"


def test_processes_that_start_together_make_one_store(tmp_path):
    code = "from models.tracking import ensure_experiment; print(ensure_experiment('together'))"
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'new' / 'mlflow.db'}"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    ends = [(process.communicate(timeout=120), process.returncode) for process in started]
    assert not any(status for _, status in ends), [errors[-500:] for (_, errors), _ in ends]
    assert len({told.strip() for (told, _), _ in ends}) == 1
