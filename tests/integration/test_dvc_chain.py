"""The real DVC chain in a checkout of its own: it runs, skips what did not change, and pushes to a folder and to S3."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from data.shards import read_dataset
from tests.toy_corpus import manifest_corpus, write_clip

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
name: toy_calls
corpus: nemo_manifest
root: ${TOY_CORPUS}
licence: CC0
split: {train: 1, dev: 0, test: 0}
"""

Shell = Callable[..., str]


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    return manifest_corpus(tmp_path_factory.mktemp("toy") / "corpus", clips=12)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory) -> Path:
    """A fresh clone as a user has it: what git tracks, and nothing else."""
    folder = tmp_path_factory.mktemp("checkout")
    listed = subprocess.run(
        ["git", "ls-files", "data", "configs", ".dvc", ".dvcignore", ".gitignore", "dvc.yaml"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def shell(checkout, corpus) -> Shell:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {
        "PATH": path, "PYTHONPATH": str(checkout), "TOY_CORPUS": str(corpus), "DVC_NO_ANALYTICS": "1",
        "AWS_ACCESS_KEY_ID": "toy", "AWS_SECRET_ACCESS_KEY": "toy", "AWS_DEFAULT_REGION": "us-east-1",
        "GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@t", "GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@t",
    }  # fmt: skip

    def run(*command: str) -> str:
        done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


@pytest.fixture(scope="module")
def repro(checkout, shell) -> Shell:
    """The user's first steps: a configuration, one line for dvc.yaml, one call."""
    shell("git", "init", "-q")
    (checkout / "configs/data/toy_calls.yaml").write_text(CONFIG, "utf-8")
    assert "now known" in shell("python", "-m", "data", "add", "--config", "configs/data/toy_calls.yaml")
    shell("git", "add", "-A")
    shell("git", "-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-qm", "a dataset of my own")

    def again() -> str:
        return shell("dvc", "repro", "card@toy_calls")

    again()
    return again


def lock(checkout: Path) -> dict[str, str]:
    """Each output of dvc.lock with its md5."""
    import yaml

    stages = yaml.safe_load((checkout / "dvc.lock").read_text("utf-8"))["stages"]
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage["outs"]}


def test_one_call_makes_the_whole_dataset_and_a_second_one_nothing(checkout, corpus, shell, repro):
    dataset = checkout / "artifacts/datasets/toy_calls"
    assert read_dataset(dataset)["splits"]["train"]["utterances"] == 12
    assert (dataset / "card/README.md").read_text("utf-8").startswith("# toy_calls")
    first = lock(checkout)
    assert len(first) == 5
    status = shell("git", "status", "--porcelain")
    assert status.split() == ["??", "dvc.lock"], "the lock is the user's to commit; all else is ignored"

    again = repro()
    assert again.count("didn't change, skipping") == 4, "only the corpus is looked at again"
    assert lock(checkout) == first

    # Outside changes are seen though nothing in the repository changed.
    write_clip(corpus / "audio/0003.wav", 333)
    repro()
    second = lock(checkout)
    assert all(second[path] != first[path] for path in first)


def test_the_lock_names_the_dataset_by_what_models_call_its_digest(checkout, repro):
    from models.tracking import dataset_digest

    dataset = checkout / "artifacts/datasets/toy_calls"
    assert lock(checkout)["artifacts/datasets/toy_calls/shards"] == f"{dataset_digest(dataset)}.dir"


def test_versions_go_to_the_folder_and_come_back(checkout, shell, repro):
    shell("dvc", "push", "card@toy_calls", "shard@toy_calls")
    assert list((checkout / "artifacts/dvc-remote").rglob("*.dir"))
    dataset = checkout / "artifacts/datasets/toy_calls"
    digest = read_dataset(dataset)["digest"]
    shutil.rmtree(dataset / "shards")
    shutil.rmtree(checkout / ".dvc/cache")
    shell("dvc", "pull", "shard@toy_calls")
    assert read_dataset(dataset)["digest"] == digest


@pytest.fixture
def s3(tmp_path) -> Iterator[str]:
    """moto's S3 server with one bucket."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(urllib.request.Request(f"{url}/datasets", method="PUT"), timeout=5).close()
                break
            except OSError:
                assert server.poll() is None, "moto's server did not start"
                time.sleep(0.1)
        yield url
    finally:
        server.kill()
        server.wait()


def test_versions_go_to_s3_by_settings_alone(checkout, shell, repro, s3):
    shell("dvc", "remote", "add", "--local", "--force", "store", "s3://datasets/toy")
    shell("dvc", "remote", "modify", "--local", "store", "endpointurl", s3)
    shell("dvc", "push", "--remote", "store", "shard@toy_calls")
    listed = urllib.request.urlopen(f"{s3}/datasets?list-type=2&prefix=toy", timeout=10).read().decode()
    md5 = lock(checkout)["artifacts/datasets/toy_calls/shards"].removesuffix(".dir")
    assert f"{md5[:2]}/{md5[2:]}.dir" in listed
    assert "dvc.lock" in shell("git", "status", "--porcelain") and "config.local" not in shell("git", "status", "--porcelain")
