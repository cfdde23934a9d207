"""What MLflow shows of a training.

Ours and not autolog's: that one watches `pytorch_lightning`, while NeMo trains on `lightning.pytorch`, and it pickles.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import lightning.pytorch as pl
import mlflow
import yaml

from data.schema import Lineage
from models.asr import plots
from models.asr.batches import audio_seconds
from models.asr.config import Recipe
from models.asr.ctc_training import CtcTraining
from models.metrics import edits
from models.tracking import connect, ensure_experiment, log_dataset


def start_run(recipe: Recipe, *, run_id: str, dataset_dir: Path, lineage: Lineage, run_dir: Path) -> str:
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
    mlflow.set_tags({"run_dir": str(run_dir), "family": "asr"})
    return run.info.run_id


def flat(fields: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested fields as `section.name`."""
    out: dict[str, Any] = {}
    for name, value in fields.items():
        out |= flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return out


class MlflowCallback(pl.Callback):
    """Curves while it trains; examples and plots at each validation. Works on the active run, in the first process."""

    def __init__(self, recipe: Recipe, *, plots_dir: Path) -> None:
        self._recipe, self._plots = recipe, plots_dir
        self._history: dict[str, list[tuple[int, float]]] = {}
        self._audio_s = self._window_audio_s = self._window_loss = 0.0
        self._window_batches = self._told_step = 0
        self._window_start_s = time.monotonic()

    def state_dict(self) -> dict[str, Any]:
        """Travels in the checkpoint, so that curves and hours of a resumed run are whole."""
        return {"history": self._history, "audio_s": self._audio_s}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._history, self._audio_s = state_dict["history"], state_dict["audio_s"]

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._told_step, self._window_start_s = trainer.global_step, time.monotonic()

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, *_: Any) -> None:
        self._window_loss += float(outputs["loss"]) * trainer.accumulate_grad_batches
        self._window_audio_s += audio_seconds(batch) * trainer.world_size  # The others' batches are about as long.
        self._window_batches += 1
        step = trainer.global_step
        if step == self._told_step or step % self._recipe.trainer.log_every_steps:
            return
        now_s = time.monotonic()
        self._audio_s += self._window_audio_s
        self._log(
            step,
            train_loss=self._window_loss / self._window_batches,
            learning_rate=trainer.optimizers[0].param_groups[0]["lr"],
            throughput_audio_s_per_s=self._window_audio_s / max(now_s - self._window_start_s, 1e-9),
            audio_hours=self._audio_s / 3600,
        )
        self._window_audio_s, self._window_loss, self._window_batches = 0.0, 0.0, 0
        self._window_start_s, self._told_step = now_s, step

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.sanity_checking or not isinstance(pl_module, CtcTraining):
            return
        metrics = trainer.callback_metrics
        self._log(trainer.global_step, val_wer=float(metrics["val_wer"]), val_loss=float(metrics["val_loss"]))
        self._show(pl_module, trainer.global_step)
        self._window_start_s = time.monotonic()  # Validating is no training time.

    def _log(self, step: int, **values: float) -> None:
        mlflow.log_metrics(values, step=step)
        for name, value in values.items():
            kept = [point for point in self._history.get(name, []) if point[0] < step]  # A resumed step counts once.
            self._history[name] = [*kept, (step, value)]

    def _show(self, training: CtcTraining, step: int) -> None:
        utterances = training.dev_split.utterances
        heard = sorted(training.hypotheses.items())
        wers = [_wer(utterances[index].text, text) for index, text in heard]
        shown = heard[:: max(1, len(heard) // self._recipe.tracking.examples)][: self._recipe.tracking.examples]
        table = {
            "id": [utterances[i].id for i, _ in shown],
            "reference": [utterances[i].text for i, _ in shown],
            "hypothesis": [text for _, text in shown],
            "wer": [_wer(utterances[i].text, text) for i, text in shown],
            "duration_s": [utterances[i].duration_s for i, _ in shown],
        }
        mlflow.log_table(table, f"examples/step_{step:07d}.json")
        durations_s = [utterances[index].duration_s for index, _ in heard]
        figures = {"curves": plots.curves(self._history), "wer_by_duration": plots.wer_by_duration(durations_s, wers)}
        self._plots.mkdir(exist_ok=True)
        for name, figure in figures.items():
            figure.savefig(self._plots / f"{name}.png", dpi=110)
        mlflow.log_artifacts(str(self._plots), "plots")


def _wer(reference: str, hypothesis: str) -> float:
    counted = edits(reference.split(), hypothesis.split())
    return counted.total / max(1, counted.words)
