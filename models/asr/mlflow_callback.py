"""What MLflow shows of an ASR training beyond its curves: examples, and which utterances are wrong."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow

from models.asr import plots
from models.asr.config import Recipe
from models.asr.ctc_training import CtcTraining
from models.metrics import edits
from models.training.curves import Curves
from models.training.plots import curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_TITLES = {
    "train_loss": "training loss",
    "val_loss": "validation loss",
    "val_wer": "validation WER, %",
    "learning_rate": "learning rate",
}


class MlflowCallback(Curves):
    """Shows the hypotheses of each validation."""

    def __init__(self, recipe: Recipe, *, plots_dir: Path) -> None:
        super().__init__(recipe, CtcTraining.measure, plots_dir=plots_dir)

    def show(self, module: CtcTraining, step: int) -> Mapping[str, Figure]:
        utterances, examples = module.dev_split.utterances, self.recipe.tracking.examples
        heard = sorted(module.hypotheses.items())
        wers = [_wer(utterances[index].text, text) for index, text in heard]
        shown = heard[:: max(1, len(heard) // examples)][:examples]
        table = {
            "id": [utterances[i].id for i, _ in shown],
            "reference": [utterances[i].text for i, _ in shown],
            "hypothesis": [text for _, text in shown],
            "wer": [_wer(utterances[i].text, text) for i, text in shown],
            "duration_s": [utterances[i].duration_s for i, _ in shown],
        }
        mlflow.log_table(table, f"examples/step_{step:07d}.json")
        durations_s = [utterances[index].duration_s for index, _ in heard]
        return {"curves": curves(self.history, _TITLES), "wer_by_duration": plots.wer_by_duration(durations_s, wers)}


def _wer(reference: str, hypothesis: str) -> float:
    counted = edits(reference.split(), hypothesis.split())
    return counted.total / max(1, counted.words)
