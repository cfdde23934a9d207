"""What all training flows do once their dataset is packaged: train, export, measure, register."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from prefect import get_run_logger, task
from prefect.runtime import flow_run

from data.artifacts import artifacts_dir
from data.config import read_config
from data.errors import ConfigError
from flows.accelerator import one_accelerator
from flows.child import run_step
from flows.environment import REPOSITORY
from flows.evaluate_model import evaluate_package
from flows.show import show_link, show_plots, show_table
from models.registry.lifecycle import register
from models.registry.versions import model_name
from models.tracking import collect_lineage, lineage_tags, tracking_uri
from models.training.config import TrainingRecipe
from models.training.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The production line of one family: its own parts of a training."""

    job: type[Job]
    """Names the family and its result."""
    recipe: type[TrainingRecipe]
    """What its recipes may say."""
    package: Callable[[str], dict[str, Any]]
    """A name of configs/data to the packaged dataset: at least its folder and digest."""
    beside: Callable[[Any, dict[str, Any]], list[str]] = lambda recipe, dataset: []
    """What else a recipe needs trained on its dataset; returns options for the export."""


def train_and_register(line: Line, config: str, overrides: tuple[str, ...]) -> dict[str, Any]:
    """Train one recipe on its dataset and register the model as challenger.

    Returns:
        run, run_dir, run_id, package, version, dataset and the metrics of each evaluated dataset.
    """
    recipe = read_config(config, line.recipe, overrides)
    if not recipe.dataset:
        raise ConfigError(f"{config}: the flow needs `dataset`, a name of configs/data", pointer="/dataset")
    family, dataset = line.job.family, line.package(recipe.dataset)
    run = run_name(recipe, dataset["digest"])
    run_dir, package_dir = artifacts_dir() / "runs" / family / run, artifacts_dir() / "packages" / run

    options = line.beside(recipe, dataset)
    run_id = train([family, "train"], config, list(overrides), dataset["folder"], run_dir)
    export(family, run_dir / line.job.result, dataset["folder"], package_dir, options)
    metrics = {recipe.dataset: evaluate_package(package_dir, dataset["folder"], run_id)}
    for name in recipe.evaluate_on:
        metrics[name] = evaluate_package(package_dir, line.package(name)["folder"], run_id)

    version = register_challenger(family, package_dir, dataset["folder"], run_id)
    report(family, recipe.name, run_dir, run_id, version, metrics)
    return {
        "run": run,
        "run_dir": str(run_dir),
        "run_id": run_id,
        "package": str(package_dir),
        "version": version,
        "dataset": dataset,
        "metrics": metrics,
    }


def run_name(recipe: TrainingRecipe, dataset_digest: str) -> str:
    """The recipe's name and a digest of all that decides what is trained."""
    decided = json.dumps([asdict(recipe), dataset_digest], sort_keys=True)
    return f"{recipe.name}-{hashlib.sha256(decided.encode()).hexdigest()[:8]}"


@task
def train(verb: list[str], config: str, overrides: list[str], dataset_dir: str, run_dir: Path) -> str:
    """Train in a child process while holding the accelerator; returns the MLflow run.

    Args:
        verb: of `python -m models`.
    """
    log = get_run_logger()
    arguments = ["--config", config, "--dataset", dataset_dir, "--out", str(run_dir)]
    for override in overrides:
        arguments += ["--set", override]
    with one_accelerator(log):
        run_step(
            ["models", *verb, *arguments],
            log=log,
            cwd=REPOSITORY,
            env={"TIENGNOI_FLOW_RUN_ID": str(flow_run.get_id() or "")},
        )
    return json.loads((run_dir / "run.json").read_text("utf-8"))["mlflow_run_id"]


@task
def export(family: str, checkpoint: Path, dataset_dir: str, package_dir: Path, options: list[str]) -> None:
    """Checkpoint → serving package, whose graph answers as the checkpoint does."""
    arguments = ["--checkpoint", str(checkpoint), "--dataset", dataset_dir, "--out", str(package_dir), *options]
    run_step(["models", family, "export", *arguments], log=get_run_logger(), cwd=REPOSITORY)


@task
def register_challenger(family: str, package_dir: Path, dataset_dir: str, run_id: str) -> str:
    """A version of the family's model with its lineage; the gate has not spoken yet."""
    lineage = collect_lineage(REPOSITORY, dataset_dir, flow_run_id=str(flow_run.get_id() or ""), run_id=run_id)
    return register(package_dir, family=family, run_id=run_id, tags=lineage_tags(lineage))


@task
def report(family: str, name: str, run_dir: Path, run_id: str, version: str, metrics: dict[str, dict[str, Any]]) -> None:
    """The figures and where to look, in Prefect's UI."""
    rows = [
        {"dataset": dataset, **{k: v for k, v in m.items() if isinstance(v, (int, float))}} for dataset, m in metrics.items()
    ]
    key = f"{family}-{name}"
    show_table(f"{key}-metrics", rows, f"{name}: {model_name(family)} version {version}")
    if tracking_uri().startswith("http"):
        show_link(f"{key}-run", f"{tracking_uri()}/#/runs/{run_id}", f"MLflow run {run_id}")
    show_plots(key, run_dir / "plots")
