"""What MLflow shows of an embedder's training beyond its curves: which queries find what, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import mlflow

from models.embedder.config import Recipe
from models.embedder.contrastive_training import ContrastiveTraining
from models.embedder.plots import by_slice
from models.training.curves import Curves
from models.training.plots import curves

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

_TITLES = {
    "train_loss": "training loss, nats a query and length",
    "val_ndcg": "nDCG@10 of dev queries, %",
    "val_recall": "recall@10 of dev queries, %",
    "learning_rate": "learning rate",
}


class MlflowCallback(Curves):
    """Shows the dev queries with the place of their passage at each validation."""

    def __init__(self, recipe: Recipe, *, plots_dir: Path) -> None:
        super().__init__(recipe, ContrastiveTraining.measure, plots_dir=plots_dir)

    def show(self, module: ContrastiveTraining, step: int) -> Mapping[str, Figure]:
        dev, places = module.dev, module.places_N.tolist()
        shown = range(0, len(places), max(1, len(places) // self.recipe.tracking.examples))
        table = {
            "query": [dev.queries[n] for n in shown],
            "kind": [", ".join(dev.slices[n]) for n in shown],
            "place": [places[n] for n in shown],
            "passage": [dev.passages[dev.answers[n]] for n in shown],
        }
        mlflow.log_table(table, f"examples/step_{step:07d}.json")
        return {"curves": curves(self.history, _TITLES), "ndcg_by_kind": by_slice(module.places_N, dev.slices)}
