"""One line that says how far a training is and when it ends; on a terminal it overwrites itself."""

from __future__ import annotations

import logging
import sys
import time
from typing import Any

import lightning.pytorch as pl

from models.asr.batches import audio_seconds

_LOG = logging.getLogger(__name__)
_LOG_EVERY_S = 20.0


class Progress(pl.Callback):
    """Step, loss, best WER so far, speed and time left; stops the training at its time limit."""

    def __init__(self, *, max_steps: int, max_minutes: float | None) -> None:
        self._max_steps, self._max_s = max_steps, None if max_minutes is None else max_minutes * 60
        self._start_s = self._told_s = time.monotonic()
        self._start_step = 0
        self._audio_s = 0.0
        self._loss: float | None = None
        self._wer: float | None = None
        self.out_of_time = False

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._start_s = self._told_s = time.monotonic()
        self._start_step = trainer.global_step

    def on_train_batch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, *_: Any) -> None:
        loss = float(outputs["loss"]) * trainer.accumulate_grad_batches
        self._loss = loss if self._loss is None else 0.95 * self._loss + 0.05 * loss
        self._audio_s += audio_seconds(batch) * trainer.world_size
        now_s = time.monotonic()
        if self._max_s is not None and now_s - self._start_s > self._max_s and trainer.global_step < self._max_steps:
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
        self._wer = float(trainer.callback_metrics["val_wer"])
        if trainer.is_global_zero and not trainer.sanity_checking:
            _LOG.info("step %d: validation WER %.2f %%", trainer.global_step, 100 * self._wer)

    def _line(self, step: int, now_s: float) -> str:
        elapsed_s = max(now_s - self._start_s, 1e-9)
        left_s = elapsed_s / max(step - self._start_step, 1) * (self._max_steps - step)
        if self._max_s is not None:
            left_s = min(left_s, max(0.0, self._max_s - elapsed_s))
        wer = "" if self._wer is None else f"  val WER {100 * self._wer:.2f} %"
        return (
            f"train {step}/{self._max_steps} ({100 * step / self._max_steps:.0f} %)  loss {self._loss or 0:.3f}{wer}"
            f"  {self._audio_s / elapsed_s:.0f}x real time  {clock(left_s)} left"
        )


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are some."""
    minutes, second = divmod(round(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02d}:{second:02d}" if hour else f"{minute}:{second:02d}"
