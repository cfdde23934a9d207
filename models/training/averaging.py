"""The average of the weights over the last steps: steadier than any single step, at the price of one copy."""

from __future__ import annotations

from typing import Any

import lightning.pytorch as pl
import torch

from models.training.module import ends_step


class AveragedWeights(pl.Callback):
    """Validates, and so keeps, an exponential average of the weights; the training itself goes on with its own.

    The average lives in the checkpoint, so that a training that goes on ends as one that was never interrupted. It must
    come before the callback that writes checkpoints. Source: Polyak and Juditsky, 1992; Izmailov et al., 2018.
    """

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._averages: list[torch.Tensor] = []
        self._own: list[torch.Tensor] = []  # The training's weights, while the average stands in their place.

    @torch.no_grad()
    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if not ends_step(trainer, batch_idx):
            return
        weights = list(pl_module.parameters())
        if not self._averages:
            self._averages = [weight.detach().clone() for weight in weights]
            return
        self._averages = [average.to(weight.device) for average, weight in zip(self._averages, weights, strict=True)]
        # A young average forgets sooner: what the first steps were is of no use to anybody.
        share = 1 / min(self._steps, 1 + trainer.global_step / 10)
        torch._foreach_lerp_(self._averages, [weight.detach() for weight in weights], share)

    def on_validation_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        if self._averages and not self._own:
            self._own = [weight.detach().clone() for weight in pl_module.parameters()]
            _put(self._averages, pl_module)

    # The best weights are written when a validation has ended, so the average leaves only with the next batch.
    def on_train_batch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule, batch: Any, batch_idx: int) -> None:
        self._leave(pl_module)

    def on_fit_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        self._leave(pl_module)

    def state_dict(self) -> dict[str, Any]:
        return {"averages": self._averages}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._averages = list(state_dict["averages"])

    def _leave(self, pl_module: pl.LightningModule) -> None:
        if self._own:
            _put(self._own, pl_module)
            self._own = []


@torch.no_grad()
def _put(values: list[torch.Tensor], module: torch.nn.Module) -> None:
    for weight, value in zip(module.parameters(), values, strict=True):
        weight.copy_(value)
