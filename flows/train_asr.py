"""Recipe → packaged dataset → trained, exported, measured and registered challenger."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.runtime import flow_run

from data.artifacts import artifacts_dir
from data.config import read_config
from data.errors import ConfigError
from flows.accelerator import one_accelerator
from flows.child import run_step
from flows.environment import REPOSITORY
from flows.evaluate_model import evaluate_package
from flows.package_dataset import package_dataset
from flows.show import show_link, show_plots, show_table
from models.asr.config import Recipe
from models.registry import register
from models.tracking import collect_lineage, lineage_tags, tracking_uri


@flow(name="train-asr", flow_run_name="{config}")
def train_asr(config: str, set: tuple[str, ...] = ()) -> dict[str, Any]:
    """Train one recipe of configs/asr on its dataset and register the model as challenger.

    The run's folder is named by recipe and dataset digest: the same command after `kill -9` goes on where the last
    checkpoint stands, and after success trains nothing again. Another seed, setting or dataset is another run.

    Args:
        config: configs/asr/NAME.yaml.
        set: overrides of the recipe, `trainer.seed=1`.
    Returns:
        run, run_id, package, version, dataset and the metrics of each evaluated dataset.
    """
    recipe = read_config(config, Recipe, set)
    if not recipe.dataset:
        raise ConfigError(f"{config}: the flow needs `dataset`, a name of configs/data", pointer="/dataset")
    dataset = package_dataset(f"configs/data/{recipe.dataset}.yaml")
    run = run_name(recipe, dataset["digest"])
    run_dir, package_dir = artifacts_dir() / "runs" / "asr" / run, artifacts_dir() / "packages" / run

    run_id = train(config, list(set), dataset["folder"], run_dir)
    export(run_dir, dataset["folder"], package_dir)
    metrics = {recipe.dataset: evaluate_package(package_dir, dataset["folder"], run_id)}
    for name in recipe.evaluate_on:
        other = package_dataset(f"configs/data/{name}.yaml")
        metrics[name] = evaluate_package(package_dir, other["folder"], run_id)

    version = register_challenger(package_dir, dataset["folder"], run_id)
    report(recipe.name, run_dir, run_id, version, metrics)
    return {
        "run": run,
        "run_dir": str(run_dir),
        "run_id": run_id,
        "package": str(package_dir),
        "version": version,
        "dataset": dataset,
        "metrics": metrics,
    }


def run_name(recipe: Recipe, dataset_digest: str) -> str:
    """The recipe's name and a digest of all that decides what is trained."""
    decided = json.dumps([asdict(recipe), dataset_digest], sort_keys=True)
    return f"{recipe.name}-{hashlib.sha256(decided.encode()).hexdigest()[:8]}"


@task
def train(config: str, overrides: list[str], dataset_dir: str, run_dir: Path) -> str:
    """Train in a child process while holding the accelerator; returns the MLflow run."""
    log = get_run_logger()
    arguments = ["--config", config, "--dataset", dataset_dir, "--out", str(run_dir)]
    for override in overrides:
        arguments += ["--set", override]
    with one_accelerator(log):
        run_step(
            ["models", "asr", "train", *arguments],
            log=log,
            cwd=REPOSITORY,
            env={"TIENGNOI_FLOW_RUN_ID": str(flow_run.get_id() or "")},
        )
    return json.loads((run_dir / "run.json").read_text("utf-8"))["mlflow_run_id"]


@task
def export(run_dir: Path, dataset_dir: str, package_dir: Path) -> None:
    """Checkpoint → serving package, whose graph answers as the checkpoint does."""
    arguments = ["--checkpoint", str(run_dir / "model.nemo"), "--dataset", dataset_dir, "--out", str(package_dir)]
    run_step(["models", "asr", "export", *arguments], log=get_run_logger(), cwd=REPOSITORY)


@task
def register_challenger(package_dir: Path, dataset_dir: str, run_id: str) -> str:
    """A version of asr-vi with its lineage; the gate has not spoken yet."""
    lineage = collect_lineage(REPOSITORY, dataset_dir, flow_run_id=str(flow_run.get_id() or ""), run_id=run_id)
    return register(package_dir, family="asr", run_id=run_id, tags=lineage_tags(lineage))


@task
def report(name: str, run_dir: Path, run_id: str, version: str, metrics: dict[str, dict[str, Any]]) -> None:
    """The figures and where to look, in Prefect's UI."""
    rows = [
        {"dataset": dataset, **{k: v for k, v in m.items() if isinstance(v, (int, float))}} for dataset, m in metrics.items()
    ]
    show_table(f"asr-{name}-metrics", rows, f"{name}: asr-vi version {version}")
    if tracking_uri().startswith("http"):
        show_link(f"asr-{name}-run", f"{tracking_uri()}/#/runs/{run_id}", f"MLflow run {run_id}")
    show_plots(f"asr-{name}", run_dir / "plots")
