"""Running text → queries with their passages: dvc.yaml says how, this flow says when and shows the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prefect import flow, task

from data.artifacts import artifacts_dir
from data.errors import ConfigError
from data.queries.build import read_queries_config
from data.queries.reader import KINDS, SPELLINGS, read_queries_dataset
from flows.environment import REPOSITORY
from flows.package_dataset import run_dvc
from flows.show import show_table, show_text
from models.tracking import dataset_digest, dvc_rev


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
    expected = REPOSITORY / "configs" / "data" / "queries" / f"{name}.yaml"
    if not expected.is_file() or expected.resolve() != Path(config).resolve():
        raise ConfigError(f"dvc.yaml reads configs/data/queries/{name}.yaml, not {config}: move it there", pointer="/name")
    make_queries(name)
    folder = artifacts_dir() / "queries" / name
    about = read_queries_dataset(folder)
    show_queries(name, folder, about)
    if push:
        push_queries(name, push)
    digest = dataset_digest(folder)
    return {
        "queries": name,
        "folder": str(folder),
        "digest": digest,
        "dvc_rev": dvc_rev(REPOSITORY, digest),
        "splits": {split: figures["queries"] for split, figures in about["splits"].items()},
    }


@task
def make_queries(name: str) -> None:
    """Let DVC make the queries where a text, a setting or the code changed."""
    run_dvc("repro", f"queries@{name}")


@task(retries=3, retry_delay_seconds=[10, 60, 300])
def push_queries(name: str, remote: str) -> None:
    """Copy the queries' bytes to a remote; the network may fail, so it is tried again."""
    run_dvc("push", "--remote", remote, f"queries@{name}")


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
