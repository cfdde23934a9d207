"""What MLflow shows of a punctuator's training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from models.normalizer.punctuator.config import Recipe
from models.normalizer.punctuator.module import PunctuatorTraining
from models.training.curves import Curves
from models.training.plots import curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLES = {
    "train_loss": "training loss, nats a word",
    "val_loss": "validation loss, nats a word",
    "val_f1": "F1, mean of the next three, %",
    "val_period_f1": "F1 of full stops, %",
    "val_comma_f1": "F1 of commas, %",
    "val_upper_case_f1": "F1 of capitals, %",
    "val_question_f1": "F1 of question marks, %",
    "val_expression_f1": "F1 of words in expressions, %",
    "learning_rate": "learning rate",
}


class MlflowCallback(Curves):
    """Draws the curves at each validation."""

    def __init__(self, recipe: Recipe, *, plots_dir: Path) -> None:
        super().__init__(recipe, PunctuatorTraining.measure, plots_dir=plots_dir)

    def show(self, module: PunctuatorTraining, step: int) -> Mapping[str, Figure]:
        return {"curves": curves(self.history, _TITLES)}
