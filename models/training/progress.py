"""One line that says how far a training is and when it ends; on a terminal it overwrites itself."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import lightning.pytorch as pl

from models.training.measure import Measure
from models.training.module import ends_step

_LOG = logging.getLogger(__name__)
_LOG_EVERY_S = 20.0


class Progress(pl.Callback):
    """Step, loss, last validation, speed and time left; stops the training at its time limit."""

    def __init__(self, measure: Measure, *, max_steps: int, max_minutes: float | None) -> None:
        self._measure = measure
        self._max_steps, self._max_s = max_steps, None if max_minutes is None else max_minutes * 60
        self._start_s = self._told_s = time.monotonic()
        self._start_step = 0
        self._amount = 0.0
        self._loss: float | None = None
        self._validated = ""
        self.out_of_time = False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._start_s = self._told_s = time.monotonic()
        self._start_step = trainer.global_step

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        loss = float(outputs["loss"]) * trainer.accumulate_grad_batches
        self._loss = loss if self._loss is None else 0.95 * self._loss + 0.05 * loss
        self._amount += self._measure.amount(batch) * trainer.world_size
        now_s = time.monotonic()
        over = self._max_s is not None and now_s - self._start_s > self._max_s
        if over and trainer.global_step < self._max_steps and ends_step(trainer, batch_idx):
            self.out_of_time = trainer.should_stop = True
        if not trainer.is_global_zero:
            return
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{self._line(trainer.global_step, now_s)}\x1b[K")
            sys.stderr.flush()
        if now_s - self._told_s >= _LOG_EVERY_S or trainer.global_step == self._max_steps:
            self._told_s = now_s
            _LOG.info(self._line(trainer.global_step, now_s))

    def on_validation_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        told = self._measure.told({name: float(value) for name, value in trainer.callback_metrics.items()})
        self._validated = f"  val {told}"
        if trainer.is_global_zero and not trainer.sanity_checking:
            _LOG.info("step %d: validation %s", trainer.global_step, told)

    def _line(self, step: int, now_s: float) -> str:
        elapsed_s = max(now_s - self._start_s, 1e-9)
        left_s = elapsed_s / max(step - self._start_step, 1) * (self._max_steps - step)
        if self._max_s is not None:
            left_s = min(left_s, max(0.0, self._max_s - elapsed_s))
        return (
            f"train {step}/{self._max_steps} ({100 * step / self._max_steps:.0f} %)  loss {self._loss or 0:.3f}"
            f"{self._validated}  {self._measure.speed(self._amount / elapsed_s)}  {clock(left_s)} left"
        )


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are some."""
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}:{second:02d}" if hour else f"{minute}:{second:02d}"
