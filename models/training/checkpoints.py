"""Checkpoints that a `kill -9` cannot spoil: written beside, then renamed."""

from __future__ import annotations

import time
from typing import Any

import lightning.pytorch as pl
import torch

from models.training.measure import Measure
from models.training.module import ends_step
from models.training.run_folder import RunFolder, replacing


class Checkpoints(pl.Callback):
    """Keeps the last state of the training and the weights of its best validation.

    The state is written before a validation, never after it: a training that is killed while it validates comes back,
    validates, and goes on.
    """

    def __init__(self, folder: RunFolder, measure: Measure, *, minutes: float, every_steps: int) -> None:
        self._folder, self._measure = folder, measure
        self._every_s, self._every_steps = minutes * 60, every_steps
        self._written_s = time.monotonic()

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if not ends_step(trainer, batch_idx):
            return
        due = time.monotonic() - self._written_s >= self._every_s
        due = bool(trainer.strategy.broadcast(due)) if trainer.world_size > 1 else due  # One clock decides for all.
        if due or trainer.global_step % self._every_steps == 0 or trainer.should_stop:
            self._save(trainer)

    def on_save_checkpoint(self, trainer: pl.Trainer, pl_module: pl.LightningModule, checkpoint: dict[str, Any]) -> None:
        # The batch is done, but Lightning counts it only after our hook: who goes on would take it for the first of the
        # next step, which would then be made of one batch less.
        progress = checkpoint["loops"]["fit_loop"]["epoch_loop.batch_progress"]
        for counted in (progress["total"], progress["current"]):
            counted["completed"] = counted["processed"]

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.sanity_checking:
            return
        weights = trainer.strategy.lightning_module_state_dict()  # Every process takes part in collecting shards.
        if not trainer.is_global_zero:
            return
        value, state = float(trainer.callback_metrics[self._measure.metric]), self._folder.read()
        best = None if state is None or not self._folder.best.exists() else state.best
        if best is None or self._measure.as_good(value, best):
            with replacing(self._folder.best) as temporary:
                torch.save(weights, temporary)
            self._folder.update(best=value, best_step=trainer.global_step)

    def _save(self, trainer: pl.Trainer) -> None:
        self._written_s = time.monotonic()
        temporary = self._folder.last.with_name(".writing.ckpt")
        trainer.save_checkpoint(temporary)
        if trainer.is_global_zero:
            with replacing(self._folder.last) as place:
                temporary.rename(place)
            self._folder.update(step=trainer.global_step)
        trainer.strategy.barrier("checkpoint")
