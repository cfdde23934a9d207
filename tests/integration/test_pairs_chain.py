"""The real DVC stage of pairs in a checkout of its own: one call makes them, a second one nothing, and models know them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from data.pairs.reader import read_pairs, read_pairs_dataset
from models.tracking import collect_lineage, dataset_digest

ROOT = Path(__file__).resolve().parents[2]


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
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "A clone"]):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@localhost", *command], cwd=folder, check=True)
    return folder


def repro(checkout: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(checkout), "DVC_NO_ANALYTICS": "1"}
    command = ["dvc", "repro", "pairs@smoke"]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_one_call_makes_the_pairs_and_a_second_one_nothing(checkout):
    repro(checkout)
    folder = checkout / "artifacts/pairs/smoke"
    assert sum(1 for _ in read_pairs(folder, "train")) == read_pairs_dataset(folder)["splits"]["train"]["pairs"]
    assert (folder / "card/README.md").read_text("utf-8").startswith("# smoke")
    stamps = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    repro(checkout)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == stamps

    stages = yaml.safe_load((checkout / "dvc.lock").read_text("utf-8"))["stages"]
    locked = {out["path"]: out["md5"] for stage in stages.values() for out in stage["outs"]}
    assert locked == {"artifacts/pairs/smoke": f"{dataset_digest(folder)}.dir"}
    lineage = collect_lineage(checkout, folder)
    assert (lineage.dataset, lineage.licence) == ("smoke", "CC0")
    assert "unlocked" not in lineage.dvc_rev
