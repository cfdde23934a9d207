"""What MLflow shows of a training, whatever the family.

Ours and not autolog's: that one watches `pytorch_lightning`, while we (with NeMo) train on `lightning.pytorch`, and it
pickles.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightning.pytorch as pl
import mlflow
import yaml

from data.schema import Lineage
from models.tracking import connect, ensure_experiment, log_dataset
from models.training.config import TrainingRecipe
from models.training.measure import Measure
from models.training.plots import HISTORY
from models.training.run_folder import recipe_digest

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def start_run(recipe: TrainingRecipe, *, family: str, run_id: str, dataset_dir: Path, lineage: Lineage, run_dir: Path) -> str:
    """Go on in the run `run_id`, or begin one that knows its recipe, its dataset and its folder; returns its id."""
    connect()
    if run_id:
        mlflow.start_run(run_id=run_id, log_system_metrics=True)
        return run_id
    experiment_id = ensure_experiment(recipe.tracking.experiment)
    run = mlflow.start_run(experiment_id=experiment_id, run_name=recipe.name, log_system_metrics=True)
    fields = dataclasses.asdict(recipe)
    mlflow.log_params(flat(fields))
    mlflow.log_text(yaml.safe_dump(json.loads(json.dumps(fields)), allow_unicode=True, sort_keys=False), "recipe.yaml")
    log_dataset(run.info.run_id, dataset_dir, lineage)
    mlflow.set_tags({"run_dir": str(run_dir), "family": family, "recipe.digest": recipe_digest(recipe)})
    return run.info.run_id


def flat(fields: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested fields as `section.name`."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        out |= flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return out


class Curves(pl.Callback):
    """Curves while it trains; at each validation what a family's `show` adds. Works on the active run, in the first process."""

    def __init__(self, recipe: TrainingRecipe, measure: Measure, *, plots_dir: Path) -> None:
        self.recipe, self.history = recipe, dict[str, list[tuple[int, float]]]()
        self._measure, self._plots = measure, plots_dir
        self._amount = self._window_amount = self._window_loss = 0.0
        self._window_batches = self._told_step = 0
        self._window_start_s = time.monotonic()

    def show(self, module: Any, step: int) -> Mapping[str, Figure]:
        """Log a family's examples, and return its pictures by name."""
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """Travels in the checkpoint, so that curves and sums of a resumed run are whole."""
        return {"history": self.history, "amount": self._amount}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.history, self._amount = state_dict["history"], state_dict["amount"]

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._told_step, self._window_start_s = trainer.global_step, time.monotonic()

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, *_: Any) -> None:
        self._window_loss += float(outputs["loss"]) * trainer.accumulate_grad_batches
        self._window_amount += self._measure.amount(batch) * trainer.world_size  # The others' batches are about as long.
        self._window_batches += 1
        step = trainer.global_step
        if step == self._told_step or step % self.recipe.trainer.log_every_steps:
            return
        now_s = time.monotonic()
        self._amount += self._window_amount
        values = {
            "train_loss": self._window_loss / self._window_batches,
            "learning_rate": trainer.optimizers[0].param_groups[0]["lr"],
            self._measure.throughput: self._window_amount / max(now_s - self._window_start_s, 1e-9),
            self._measure.total: self._amount / self._measure.total_unit,
        }
        self._log(step, values)
        self._window_amount, self._window_loss, self._window_batches = 0.0, 0.0, 0
        self._window_start_s, self._told_step = now_s, step

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.sanity_checking:
            return
        step = trainer.global_step
        self._log(step, {n: float(v) for n, v in trainer.callback_metrics.items() if n.startswith("val_")})
        self._plots.mkdir(exist_ok=True)
        for name, figure in self.show(pl_module, step).items():
            figure.savefig(self._plots / f"{name}.png", dpi=110)
        (self._plots / HISTORY).write_text(json.dumps(self.history) + "\n", "utf-8")
        mlflow.log_artifacts(str(self._plots), "plots")
        self._window_start_s = time.monotonic()  # Validating is no training time.

    def _log(self, step: int, values: Mapping[str, float]) -> None:
        mlflow.log_metrics(dict(values), step=step)
        for name, value in values.items():
            kept = [point for point in self.history.get(name, []) if point[0] < step]  # A resumed step counts once.
            self.history[name] = [*kept, (step, value)]
