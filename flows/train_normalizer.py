"""Recipe → packaged pairs → trained, exported, measured and registered challenger."""

from __future__ import annotations

from typing import Any

from prefect import flow

from data.artifacts import artifacts_dir
from data.config import read_config
from flows.package_pairs import package_pairs
from flows.training import Line, run_name, train, train_and_register
from models.normalizer.config import Recipe
from models.normalizer.punctuator import config as punctuator
from models.normalizer.punctuator.train import PunctuatorJob
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
    line = Line(
        job=NormalizerJob,
        recipe=Recipe,
        package=lambda name: package_pairs(f"configs/data/pairs/{name}.yaml"),
        beside=train_punctuator,
    )
    return train_and_register(line, config, set)


def train_punctuator(recipe: Recipe, dataset: dict[str, Any]) -> list[str]:
    """Train what tells marks and capitals, where the recipe names it; in a run and a folder of its own."""
    if not recipe.punctuator:
        return []
    config = f"configs/punctuator/{recipe.punctuator}.yaml"
    run_dir = (
        artifacts_dir() / "runs" / PunctuatorJob.family / run_name(read_config(config, punctuator.Recipe), dataset["digest"])
    )
    train(["normalizer", "train-punctuator"], config, [], dataset["folder"], run_dir)
    return ["--punctuator", str(run_dir / PunctuatorJob.result)]
