"""What MLflow shows of a normalizer's training beyond its curves: what it writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow

from models.normalizer import plots
from models.normalizer.config import Recipe
from models.normalizer.seq2seq_training import Seq2SeqTraining
from models.training.curves import Curves
from models.training.plots import curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLES = {
    "train_loss": "training loss, nats a byte",
    "val_loss": "validation loss, nats a byte",
    "val_edit_accuracy": "right bytes where the text is no copy, %",
    "val_exact": "windows written exactly, %",
    "val_punctuation_f1": "F1 of punctuation, %",
    "learning_rate": "learning rate",
}


class MlflowCallback(Curves):
    """Shows what is written at each validation."""

    def __init__(self, recipe: Recipe, *, plots_dir: Path) -> None:
        super().__init__(recipe, Seq2SeqTraining.measure, plots_dir=plots_dir)

    def show(self, module: Seq2SeqTraining, step: int) -> Mapping[str, Figure]:
        written = sorted(module.hypotheses.items())
        shown = written[:: max(1, len(written) // self.recipe.tracking.examples)][: self.recipe.tracking.examples]
        pairs = [module.dev_pairs[index] for index, _ in shown]
        table = {
            "id": [pair.id for pair in pairs],
            "kind": [pair.kind for pair in pairs],
            "spoken": [pair.spoken for pair in pairs],
            "written": [pair.written for pair in pairs],
            "model": [text for _, text in shown],
        }
        if pairs:
            mlflow.log_table(table, f"examples/step_{step:07d}.json")
        compared = [(module.dev_pairs[index], text) for index, text in written]
        return {"curves": curves(self.history, _TITLES), "errors_by_length": plots.errors_by_length(compared)}
