"""A module, a recipe and a folder to a finished training: Lightning's trainer with our callbacks."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import lightning.pytorch as pl
import torch

from data.errors import TrainingFailed
from models.training.averaging import AveragedWeights
from models.training.checkpoints import Checkpoints
from models.training.config import TrainerConfig
from models.training.job import quiet
from models.training.module import TrainingModule
from models.training.progress import Progress
from models.training.run_folder import RunFolder

_LOG = logging.getLogger(__name__)


@contextmanager
def arithmetic(settings: TrainerConfig) -> Iterator[None]:
    """Threads, arithmetic and seed of a training, from before its model is made to its end."""
    quiet()
    # Gradients behind a softmax fade into numbers so small that a CPU takes ten times as long for each: the backward pass of
    # FastConformer's subsampling alone was a third of a step. Threads inherit the setting, so it comes before all work.
    torch.set_flush_denormal(True)
    try:
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        pl.seed_everything(settings.seed, verbose=False)
        yield
    finally:
        torch.set_flush_denormal(False)  # What else this process computes keeps its small numbers.


def fit(
    module: TrainingModule, folder: RunFolder, callbacks: list[pl.Callback], *, layers: Collection[type[torch.nn.Module]]
) -> bool:
    """Train `module` to the end and leave it, in the first process, with the weights of the best validation.

    Args:
        layers: classes that FSDP shards one by one.
    Returns:
        True where the time limit came before the last step.
    Raises:
        TrainingFailed: the loss is not finite, or time was up before the first validation.
    """
    recipe, settings = module.recipe, module.recipe.trainer
    progress = Progress(module.measure, max_steps=settings.max_steps, max_minutes=settings.max_minutes)
    every_steps = recipe.validate_every_steps
    keeping = Checkpoints(folder, module.measure, minutes=settings.checkpoint_minutes, every_steps=every_steps)
    averaged = recipe.optimizer.average_steps
    averaging = [AveragedWeights(averaged)] if averaged else []
    trainer = pl.Trainer(
        accelerator=settings.accelerator,
        devices=settings.devices,
        num_nodes=settings.nodes,
        strategy=_strategy(settings.strategy, layers),
        precision=settings.precision,
        max_steps=settings.max_steps,
        max_epochs=-1,
        accumulate_grad_batches=recipe.optimizer.accumulate,
        val_check_interval=every_steps * recipe.optimizer.accumulate,
        check_val_every_n_epoch=None,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,  # Our plan shares the batches out already.
        callbacks=[progress, *callbacks, *averaging, keeping],
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    if folder.last.is_file():
        _LOG.info("going on from %s", folder.last)
    trainer.fit(module, ckpt_path=str(folder.last) if folder.last.is_file() else None)
    if trainer.is_global_zero:
        if not folder.best.is_file():
            raise TrainingFailed("the training ended before its first validation: raise the time limit")
        module.load_state_dict(torch.load(folder.best, map_location="cpu", weights_only=True))
    return progress.out_of_time


def is_first() -> bool:
    """Whether this is the process that writes the result."""
    distributed = torch.distributed.is_available() and torch.distributed.is_initialized()
    return not distributed or torch.distributed.get_rank() == 0


def _strategy(name: str, layers: Collection[type[torch.nn.Module]]) -> Any:
    if name != "fsdp":
        return name
    from lightning.pytorch.strategies import FSDPStrategy

    # Full states: one file, whatever the number of devices that goes on with it.
    return FSDPStrategy(state_dict_type="full", auto_wrap_policy=set(layers))
