"""Checkpoints that a `kill -9` cannot spoil: written beside, then renamed."""

from __future__ import annotations

import time
from typing import Any

import lightning.pytorch as pl
import torch

from models.asr.ctc_training import CtcTraining
from models.asr.run_folder import RunFolder, replacing


class Checkpoints(pl.Callback):
    """Keeps the last state of the training and the weights of its best validation.

    The state is written before a validation, never after it: a training that is killed while it validates comes back,
    validates, and goes on.
    """

    def __init__(self, folder: RunFolder, *, minutes: float, every_steps: int) -> None:
        self._folder, self._every_s, self._every_steps = folder, minutes * 60, every_steps
        self._written_s = time.monotonic()
        self._written_step = 0

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, *_: Any) -> None:
        step = trainer.global_step
        if step == self._written_step:  # Another batch of an accumulated step.
            return
        due = time.monotonic() - self._written_s >= self._every_s
        due = bool(trainer.strategy.broadcast(due)) if trainer.world_size > 1 else due  # One clock decides for all.
        if due or step % self._every_steps == 0 or trainer.should_stop:
            self._save(trainer)

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if trainer.sanity_checking or not isinstance(pl_module, CtcTraining):
            return
        weights = trainer.strategy.lightning_module_state_dict()  # Every process takes part in collecting shards.
        if not trainer.is_global_zero:
            return
        wer, state = float(trainer.callback_metrics["val_wer"]), self._folder.read()
        # Of equals the later one: it was trained longer.
        if state is None or state.best_wer is None or wer <= state.best_wer or not self._folder.best.exists():
            with replacing(self._folder.best) as temporary:
                torch.save(weights, temporary)
            self._folder.update(best_wer=wer, best_step=trainer.global_step)

    def _save(self, trainer: pl.Trainer) -> None:
        self._written_s, self._written_step = time.monotonic(), trainer.global_step
        temporary = self._folder.last.with_name(".last.ckpt.part")
        trainer.save_checkpoint(temporary)
        if trainer.is_global_zero:
            with replacing(self._folder.last) as place:
                temporary.rename(place)
            self._folder.update(step=trainer.global_step)
        trainer.strategy.barrier("checkpoint")
