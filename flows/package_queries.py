"""Running text → queries with their passages: dvc.yaml says how, this flow says when and shows the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task

from data.artifacts import artifacts_dir
from data.queries.build import read_queries_config
from data.queries.reader import KINDS, SPELLINGS, read_queries_dataset
from flows.packaging import identity, push_bytes, reproduce, require_place
from flows.show import show_table, show_text


@flow(name="package-queries", flow_run_name="{config}")
def package_queries(config: str, push: str | None = None) -> dict[str, Any]:
    """Make the queries that one file of configs/data/queries describes; what is up to date is not made again.

    Args:
        config: configs/data/queries/NAME.yaml, NAME in the list `queries` of configs/data/names.yaml.
        push: name of the DVC remote that gets a copy of every byte.
    Returns:
        queries, folder, digest, dvc_rev, splits.
    """
    name = read_queries_config(Path(config)).name
    require_place(config, folder="configs/data/queries", name=name)
    reproduce(f"queries@{name}")
    folder = artifacts_dir() / "queries" / name
    about = read_queries_dataset(folder)
    show_queries(name, folder, about)
    if push:
        push_bytes(f"queries@{name}", push)
    return {
        "queries": name,
        **identity(folder),
        "splits": {split: figures["queries"] for split, figures in about["splits"].items()},
    }


@task
def show_queries(name: str, folder: Path, about: dict[str, Any]) -> None:
    """Put the card and the tables into Prefect's UI."""
    splits = about["splits"]
    rows = [
        {"split": split, **{key: figures[key] for key in ("passages", "queries", "words")}} for split, figures in splits.items()
    ]
    show_table(f"queries-{name}-splits", rows, f"{name}: what is in it")
    for title, key, names in (("kind", "kinds", KINDS), ("spelling", "spellings", SPELLINGS)):
        counts = [{title: one, **{split: figures[key].get(one, 0) for split, figures in splits.items()}} for one in names]
        show_table(f"queries-{name}-{key}", counts, f"{name}: queries of each {title}")
    show_text(f"queries-{name}-card", (folder / "card" / "README.md").read_text("utf-8"), f"{name}: the card of the queries")
