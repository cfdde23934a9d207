"""What a training left beside its checkpoint, for the package that is made of it: MLflow run, lineage, curves."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.digest import sha256_of, sha256_of_folder
from models.tracking import collect_lineage


def run_id_of(checkpoint: Path) -> str:
    """The MLflow run of a training's result, "" where it is not known."""
    run = checkpoint.with_name("run.json")
    return json.loads(run.read_text("utf-8")).get("mlflow_run_id", "") if run.is_file() else ""


def lineage_of(checkpoint: Path, dataset_dir: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """What a package tells of where it comes from.

    Args:
        checkpoint: a training's result, a file or a folder.
        about: what dataset.json of `dataset_dir` says.
    """
    known = asdict(collect_lineage(Path(), dataset_dir, run_id=run_id_of(checkpoint)))
    digest = sha256_of_folder(checkpoint) if checkpoint.is_dir() else sha256_of(checkpoint)
    return {**known, "checkpoint_sha256": digest, "usage": about.get("usage", "any")}


def copy_plots(checkpoint: Path, folder: Path, *, prefix: str = "") -> None:
    """The plots of a training into a package's folder of them, which is made where there are some."""
    for plot in sorted((checkpoint.parent / "plots").glob("*.png")):
        folder.mkdir(exist_ok=True)
        shutil.copyfile(plot, folder / f"{prefix}{plot.name}")
