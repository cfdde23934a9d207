"""Punctuated text → pairs of what is said and what is written: dvc.yaml says how, this flow says when and shows the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task

from data.artifacts import artifacts_dir
from data.pairs.build import read_pairs_config
from data.pairs.reader import read_pairs_dataset
from flows.packaging import identity, push_bytes, reproduce, require_place
from flows.show import show_plots, show_table, show_text

#: What the table of splits shows; the card has the rest.
_FIGURES = ("pairs", "bytes", "written_bytes", "with_expression", "with_question")


@flow(name="package-pairs", flow_run_name="{config}")
def package_pairs(config: str, push: str | None = None) -> dict[str, Any]:
    """Make the pairs that one file of configs/data/pairs describes; what is up to date is not made again.

    Args:
        config: configs/data/pairs/NAME.yaml, NAME in the list `pairs` of configs/data/names.yaml.
        push: name of the DVC remote that gets a copy of every byte.
    Returns:
        pairs, folder, digest, dvc_rev, splits.
    """
    name = read_pairs_config(Path(config)).name
    require_place(config, folder="configs/data/pairs", name=name)
    reproduce(f"pairs@{name}")
    folder = artifacts_dir() / "pairs" / name
    about = read_pairs_dataset(folder)
    show_pairs(name, folder, about)
    if push:
        push_bytes(f"pairs@{name}", push)
    return {
        "pairs": name,
        **identity(folder),
        "splits": {split: figures["pairs"] for split, figures in about["splits"].items()},
    }


@task
def show_pairs(name: str, folder: Path, about: dict[str, Any]) -> None:
    """Put the card, the tables and the plots into Prefect's UI."""
    splits = about["splits"]
    rows = [{"split": split, **{key: figures[key] for key in _FIGURES}} for split, figures in splits.items()]
    show_table(f"pairs-{name}-splits", rows, f"{name}: what is in it")
    classes = sorted({key for figures in splits.values() for key in figures["classes"]})
    counts = [{"class": key, **{split: figures["classes"].get(key, 0) for split, figures in splits.items()}} for key in classes]
    show_table(f"pairs-{name}-classes", counts, f"{name}: expressions of each class")
    show_text(f"pairs-{name}-card", (folder / "card" / "README.md").read_text("utf-8"), f"{name}: the card of the pairs")
    show_plots(f"pairs-{name}", folder / "card")
