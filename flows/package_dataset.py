"""Corpus → validated, split, sharded, described dataset: dvc.yaml says how, this flow says when and shows the result."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prefect import flow, task

from data.artifacts import artifacts_dir
from data.config import read_config
from data.corpus.config import DatasetConfig
from data.pack.stages import add_dataset
from flows.environment import REPOSITORY
from flows.packaging import identity, push_bytes, reproduce
from flows.show import show_plots, show_table, show_text


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
    reproduce(f"card@{name}")
    folder = artifacts_dir() / "datasets" / name
    about = json.loads((folder / "shards" / "dataset.json").read_text("utf-8"))
    rejected = json.loads((folder / "valid" / "report.json").read_text("utf-8"))
    show(name, folder, about)
    if push:
        push_bytes(f"card@{name}", push)
    return {
        "dataset": name,
        **identity(folder),
        "splits": about["splits"],
        "rejected": rejected.get("rejected", {}),
    }


@task
def show(name: str, folder: Path, about: dict[str, Any]) -> None:
    """Put the dataset's card, its table of splits and its plots into Prefect's UI."""
    rows = [{"split": split, **figures} for split, figures in about["splits"].items()]
    show_table(f"dataset-{name}-splits", rows, f"{name}: what is in it")
    show_text(f"dataset-{name}-card", (folder / "card" / "README.md").read_text("utf-8"), f"{name}: the dataset's card")
    show_plots(f"dataset-{name}", folder / "card")
