"""Recipe → packaged pairs → trained, exported, measured and registered challenger."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.package_pairs import package_pairs
from flows.training import Line, train_and_register
from models.normalizer.config import Recipe
from models.normalizer.train import NormalizerJob


@flow(name="train-normalizer", flow_run_name="{config}")
def train_normalizer(config: str, set: tuple[str, ...] = ()) -> dict[str, Any]:
    """Train one recipe of configs/normalizer on its pairs and register the model as challenger.

    The run's folder is named by recipe and pairs' digest: the same command after `kill -9` goes on where the last
    checkpoint stands, and after success trains nothing again. Another seed, setting or set of pairs is another run.

    Args:
        config: configs/normalizer/NAME.yaml.
        set: overrides of the recipe, `trainer.seed=1`.
    Returns:
        run, run_dir, run_id, package, version, dataset and the metrics of each evaluated set of pairs.
    """
    line = Line(job=NormalizerJob, recipe=Recipe, package=lambda name: package_pairs(f"configs/data/pairs/{name}.yaml"))
    return train_and_register(line, config, set)
