"""Recipe → packaged queries → trained, exported, measured and registered challenger."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.package_queries import package_queries
from flows.training import Line, train_and_register
from models.embedder.config import Recipe
from models.embedder.train import EmbedderJob


@flow(name="train-embedder", flow_run_name="{config}")
def train_embedder(config: str, set: tuple[str, ...] = ()) -> dict[str, Any]:
    """Train one recipe of configs/embedder on its queries and register the model as challenger.

    The run's folder is named by recipe and queries' digest: the same command after `kill -9` goes on where the last
    checkpoint stands, and after success trains nothing again. Another seed, setting or set of queries is another run.

    Args:
        config: configs/embedder/NAME.yaml.
        set: overrides of the recipe, `trainer.seed=1`.
    Returns:
        run, run_dir, run_id, package, version, dataset and the metrics of each evaluated set of queries.
    """
    line = Line(job=EmbedderJob, recipe=Recipe, package=lambda name: package_queries(f"configs/data/queries/{name}.yaml"))
    return train_and_register(line, config, set)
