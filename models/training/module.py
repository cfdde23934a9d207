"""What Lightning trains, as far as all families do it alike: optimiser, schedule, clipping, seeds.

The state of a step depends on seed and step alone, so that a resumed run is the same run.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

import lightning.pytorch as pl
import torch

from data.errors import TrainingFailed
from models.training.config import TrainingRecipe
from models.training.measure import Measure


class TrainingModule(pl.LightningModule):
    """One recipe on one dataset; a family adds its batches, its loss and its validation.

    A subclass calls `remember_matrices` once its parameters stand.
    """

    measure: ClassVar[Measure]

    def __init__(self, recipe: TrainingRecipe) -> None:
        super().__init__()
        self.recipe = recipe
        self._matrices: set[str] = set()

    def remember_matrices(self) -> None:
        """Asked before the training, since sharding flattens every parameter to a vector."""
        self._matrices = {name for name, parameter in self.named_parameters() if parameter.ndim > 1}

    @property
    def next_batch(self) -> int:
        """Number of the batch after the last finished step, for a loader that is made when Lightning has restored the step."""
        return self.trainer.global_step * self.recipe.optimizer.accumulate

    @property
    def batch_number(self) -> int:
        """Number of the batch that is being trained on, in this process."""
        return self.trainer.fit_loop.epoch_loop.total_batch_idx

    def seed_of_step(self) -> int:
        """Seed torch for this batch, each process apart; returns what is the same in all of them."""
        shared = self.recipe.trainer.seed * 1_000_003 + self.batch_number
        torch.manual_seed(shared * 4096 + self.trainer.global_rank)
        return shared

    def finite(self, loss: torch.Tensor) -> torch.Tensor:
        """
        Raises:
            TrainingFailed: the loss is not finite.
        """
        if not torch.isfinite(loss):
            raise TrainingFailed(f"the loss is {loss.item()} at step {self.trainer.global_step}: lower the learning rate")
        return loss

    def configure_optimizers(self) -> Any:
        optimizer = self.make_optimizer(*self.parameters_by_decay())
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self.learning_rate_share)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def parameters_by_decay(self) -> tuple[list[torch.nn.Parameter], list[torch.nn.Parameter]]:
        """Matrices, and the rest (biases and norms), which no weight decay touches."""
        named = [(name.replace("_fsdp_wrapped_module.", ""), p) for name, p in self.named_parameters() if p.requires_grad]
        matrices = [p for name, p in named if name in self._matrices]
        return matrices, [p for name, p in named if name not in self._matrices]

    def make_optimizer(self, matrices: list[torch.nn.Parameter], rest: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
        settings = self.recipe.optimizer
        groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=(settings.betas[0], settings.betas[1]))

    def learning_rate_share(self, step: int) -> float:
        """The learning rate of a step over its peak."""
        settings = self.recipe.optimizer
        if step < settings.warmup_steps:
            return (step + 1) / (settings.warmup_steps + 1)
        done = (step - settings.warmup_steps) / max(1, self.recipe.trainer.max_steps - settings.warmup_steps)
        return settings.final_share + (1 - settings.final_share) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    def configure_gradient_clipping(
        self, optimizer: Any, gradient_clip_val: Any = None, gradient_clip_algorithm: Any = None
    ) -> None:
        # Under FSDP a process sees its shard of the gradient alone: the wrapped module knows the whole norm.
        whole = getattr(self.trainer.strategy.model, "clip_grad_norm_", None)
        if whole is not None:
            whole(self.recipe.optimizer.clip_norm)
        else:
            torch.nn.utils.clip_grad_norm_(self.parameters(), self.recipe.optimizer.clip_norm)


def ends_step(trainer: pl.Trainer, batch_idx: int) -> bool:
    """Whether this batch is the last of its step: between the batches of one, gradients wait that no checkpoint holds."""
    return (batch_idx + 1) % trainer.accumulate_grad_batches == 0
