"""Corpus → validated, split, sharded, described dataset: dvc.yaml says how, this flow says when and shows the result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task

from data.artifacts import artifacts_dir
from data.config import read_config
from data.corpus.config import DatasetConfig
from data.pack.stages import add_dataset
from flows.child import run_step
from flows.environment import REPOSITORY
from flows.show import show_plots, show_table, show_text
from models.tracking import dataset_digest, dvc_rev


@flow(name="package-dataset", flow_run_name="{config}")
def package_dataset(config: str, push: str | None = None) -> dict[str, Any]:
    """Package the dataset that one file of configs/data describes; what is up to date is not made again.

    Args:
        config: configs/data/NAME.yaml.
        push: name of the DVC remote that gets a copy of every byte.
    Returns:
        dataset, folder, digest, dvc_rev, splits, rejected.
    """
    name = read_config(config, DatasetConfig).name
    add_dataset(REPOSITORY, Path(config), name)
    reproduce(name)
    folder = artifacts_dir() / "datasets" / name
    about = json.loads((folder / "shards" / "dataset.json").read_text("utf-8"))
    rejected = json.loads((folder / "valid" / "report.json").read_text("utf-8"))
    show(name, folder, about)
    if push:
        push_bytes(name, push)
    digest = dataset_digest(folder)
    return {
        "dataset": name,
        "folder": str(folder),
        "digest": digest,
        "dvc_rev": dvc_rev(REPOSITORY, digest),
        "splits": about["splits"],
        "rejected": rejected.get("rejected", {}),
    }


@task
def reproduce(name: str) -> None:
    """Let DVC run the stages whose inputs changed."""
    run_dvc("repro", f"card@{name}")


@task(retries=3, retry_delay_seconds=[10, 60, 300])
def push_bytes(name: str, remote: str) -> None:
    """Copy the dataset's bytes to a remote; the network may fail, so it is tried again."""
    run_dvc("push", "--remote", remote, f"card@{name}", "--with-deps")


@task
def show(name: str, folder: Path, about: dict[str, Any]) -> None:
    """Put the dataset's card, its table of splits and its plots into Prefect's UI."""
    rows = [{"split": split, **figures} for split, figures in about["splits"].items()]
    show_table(f"dataset-{name}-splits", rows, f"{name}: what is in it")
    show_text(f"dataset-{name}-card", (folder / "card" / "README.md").read_text("utf-8"), f"{name}: the dataset's card")
    show_plots(f"dataset-{name}", folder / "card")


def run_dvc(*arguments: str) -> None:
    # DVC has one lock a repository; a second flow waits its turn instead of failing.
    import fcntl

    lock = artifacts_dir() / "dvc.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    log = get_run_logger()
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("waiting: another flow is packaging in this checkout")
            fcntl.flock(file, fcntl.LOCK_EX)
        run_step(["dvc", *arguments], log=log, cwd=REPOSITORY)
