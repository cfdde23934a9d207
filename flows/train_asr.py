"""Recipe → packaged dataset → trained, exported, measured and registered challenger."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.package_dataset import package_dataset
from flows.training import Line, train_and_register
from models.asr.config import Recipe
from models.asr.train import AsrJob


@flow(name="train-asr", flow_run_name="{config}")
def train_asr(config: str, set: tuple[str, ...] = ()) -> dict[str, Any]:
    """Train one recipe of configs/asr on its dataset and register the model as challenger.

    The run's folder is named by recipe and dataset digest: the same command after `kill -9` goes on where the last
    checkpoint stands, and after success trains nothing again. Another seed, setting or dataset is another run.

    Args:
        config: configs/asr/NAME.yaml.
        set: overrides of the recipe, `trainer.seed=1`.
    Returns:
        run, run_dir, run_id, package, version, dataset and the metrics of each evaluated dataset.
    """
    line = Line(job=AsrJob, recipe=Recipe, package=lambda name: package_dataset(f"configs/data/{name}.yaml"))
    return train_and_register(line, config, set)
