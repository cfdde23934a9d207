"""`python -m models normalizer train`: a recipe and packaged pairs to a T5 in transformers' format and an MLflow run.

The same command goes on where a killed training stopped, in the same run, and does nothing where it had finished.
"""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING, Any

from data.config import read_config
from data.pairs.reader import read_pairs, read_pairs_dataset
from models.normalizer.config import Recipe
from models.training import verb
from models.training.job import Job
from models.training.run_folder import replacing

if TYPE_CHECKING:
    import lightning.pytorch as pl

    from models.normalizer.seq2seq_training import Seq2SeqTraining

_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models normalizer train`."""
    verb.add_arguments(parser, family="normalizer", dataset="packaged pairs, artifacts/pairs/NAME")


def run(args: argparse.Namespace) -> int:
    """Train and print what came out as JSON."""
    return verb.run(args, NormalizerJob(read_config(args.config, Recipe, args.set), args.dataset, args.out))


class NormalizerJob(Job):
    """A byte-level T5 with transformers and Lightning."""

    family, metric, result = "normalizer", "val_loss", "model"
    recipe: Recipe

    def dataset(self) -> dict[str, Any]:
        return read_pairs_dataset(self.dataset_dir)

    def callbacks(self) -> list[pl.Callback]:
        from models.normalizer.mlflow_callback import MlflowCallback

        return [MlflowCallback(self.recipe, plots_dir=self.folder.plots)]

    def fit(self, callbacks: list[pl.Callback]) -> bool:
        import torch
        from transformers.models.t5.modeling_t5 import T5Block

        from models.normalizer.batches import PairBytes
        from models.normalizer.build import build
        from models.normalizer.quicker import quicken
        from models.normalizer.seq2seq_training import Seq2SeqTraining, windows_of
        from models.training.fitting import arithmetic, fit, is_first

        recipe = self.recipe
        with arithmetic(recipe.trainer):
            train = PairBytes(read_pairs(self.dataset_dir, "train"), max_bytes=recipe.batch.max_bytes)
            dev = windows_of(list(read_pairs(self.dataset_dir, "dev")), recipe.validation.pairs)
            model = build(recipe.model)
            if recipe.trainer.precision == "32-true" and (recipe.trainer.accelerator == "cpu" or not torch.cuda.is_available()):
                quicken(model)
            training = Seq2SeqTraining(recipe, model, train, dev)
            _LOG.info(
                "%s: %.2f M parameters, %.1f MB in %d pairs (%d too long), %d steps",
                *(recipe.name, sum(p.numel() for p in training.parameters()) / 1e6, train.sizes_P2.sum() / 1e6),
                *(len(train), train.left_out, recipe.trainer.max_steps),
            )
            out_of_time = fit(training, self.folder, callbacks, layers={T5Block})
            if is_first():
                self._save(training)
            return out_of_time

    def _save(self, training: Seq2SeqTraining) -> None:
        """RUNDIR/model, whole or not at all."""
        from data.digest import sha256_of_folder
        from models.normalizer.build import save

        with replacing(self.folder.model) as temporary:
            save(training.model, temporary)
        self.folder.update(model_sha256=sha256_of_folder(self.folder.model))
