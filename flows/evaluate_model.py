"""Package × dataset → figures, with the engine that serves: what is measured is what will run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task

from data.artifacts import artifacts_dir
from flows.child import run_step
from flows.environment import REPOSITORY
from models.package import open_package
from models.registry.lifecycle import download, log_report, resolve
from models.tracking import dataset_digest


@flow(name="evaluate-model", flow_run_name="{model} on {dataset}")
def evaluate_model(model: str, dataset: str) -> dict[str, Any]:
    """Measure a registered model on the test split of a packaged dataset.

    Args:
        model: `models:/asr-vi@champion` or `models:/asr-vi/3`.
        dataset: a packaged name of configs/data (of a normalizer: of its pairs; of an embedder: of its queries).
    """
    found = resolve(model)
    package_dir = download(found.uri, artifacts_dir() / "packages" / found.digest[:16])
    return evaluate_package(package_dir, str(dataset_folder(open_package(package_dir).manifest["family"], dataset)))


def dataset_folder(family: str, name: str) -> Path:
    """Where a packaged dataset of a family lies."""
    return artifacts_dir() / {"normalizer": "pairs", "embedder": "queries"}.get(family, "datasets") / name


@task
def evaluate_package(package_dir: Path, dataset_dir: str, run_id: str | None = None, fresh: bool = False) -> dict[str, Any]:
    """The metrics of a package on a dataset's test split; answers of the same bytes are kept, not made again."""
    out = evaluation_dir(package_dir, dataset_dir)
    if fresh or not (out / "metrics.json").exists():
        arguments = ["--package", str(package_dir), "--dataset", dataset_dir, "--split", "test", "--out", str(out)]
        family = open_package(package_dir).manifest["family"]
        run_step(["models", family, "evaluate", *arguments], log=get_run_logger(), cwd=REPOSITORY)
    if run_id:
        log_report(run_id, out, under=f"evaluation/{Path(dataset_dir).name}")
    return json.loads((out / "metrics.json").read_text("utf-8"))


def evaluation_dir(package_dir: Path, dataset_dir: str) -> Path:
    """Where the answers of these bytes lie: named by both digests."""
    package = open_package(package_dir).digest[:12]
    return artifacts_dir() / "evaluations" / f"{package}-on-{Path(dataset_dir).name}-{dataset_digest(dataset_dir)[:12]}"
