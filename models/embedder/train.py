"""`python -m models embedder train`: a recipe and packaged queries to a model of sentence-transformers and an MLflow run.

The same command goes on where a killed training stopped, in the same run, and does nothing where it had finished.
"""

from __future__ import annotations

import argparse
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.config import read_config
from data.queries.reader import read_queries, read_queries_dataset
from models.embedder.config import Recipe
from models.training import verb
from models.training.job import Job
from models.training.run_folder import replacing

if TYPE_CHECKING:
    import lightning.pytorch as pl

    from models.embedder.contrastive_training import ContrastiveTraining

_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models embedder train`."""
    verb.add_arguments(parser, family="embedder", dataset="packaged queries, artifacts/queries/NAME")


def run(args: argparse.Namespace) -> int:
    """Train and print what came out as JSON."""
    return verb.run(args, EmbedderJob(read_config(args.config, Recipe, args.set), args.dataset, args.out))


class EmbedderJob(Job):
    """A static table, a small transformer or a model of a hub, with sentence-transformers and Lightning."""

    family, metric, result = "embedder", "val_ndcg", "model"
    recipe: Recipe

    def dataset(self) -> dict[str, Any]:
        return read_queries_dataset(self.dataset_dir)

    def prepare(self) -> None:
        """Learn the tokenizer of a transformer from scratch."""
        if self.recipe.model.kind != "transformer" or self._tokenizer.is_file():
            return
        from models.embedder.build import train_tokenizer

        passages = [passage.text for passage in read_queries(self.dataset_dir, "train")]
        train_tokenizer(passages, self._tokenizer, pieces=self.recipe.model.transformer.vocabulary)

    def callbacks(self) -> list[pl.Callback]:
        from models.embedder.mlflow_callback import MlflowCallback

        return [MlflowCallback(self.recipe, plots_dir=self.folder.plots)]

    def fit(self, callbacks: list[pl.Callback]) -> bool:
        from models.embedder.build import build
        from models.embedder.contrastive_training import ContrastiveTraining
        from models.embedder.judging import judged_of
        from models.training.fitting import arithmetic, fit, is_first

        recipe = self.recipe
        with arithmetic(recipe.trainer):
            train = list(read_queries(self.dataset_dir, "train"))
            dev = judged_of(read_queries(self.dataset_dir, "dev"), queries=recipe.validation.queries)
            model = build(recipe.model, [passage.text for passage in train], self._tokenizer)
            training = ContrastiveTraining(recipe, model, train, dev)
            size = sum(parameter.numel() for parameter in training.parameters()) / 1e6
            _LOG.info("%s: %.2f M parameters, %d passages, %d steps", recipe.name, size, len(train), recipe.trainer.max_steps)
            out_of_time = fit(training, self.folder, callbacks, layers=_blocks(model))
            if is_first():
                self._save(training)
            return out_of_time

    @property
    def _tokenizer(self) -> Path:
        return self.folder.tokenizer / "tokenizer.json"

    def _save(self, training: ContrastiveTraining) -> None:
        """RUNDIR/model, whole or not at all."""
        from data.digest import sha256_of_folder
        from models.embedder.build import save

        with replacing(self.folder.model) as temporary:
            save(training.model.cpu(), self.recipe.model, temporary, trained=self.recipe.trainer.max_steps > 0)
        self.folder.update(model_sha256=sha256_of_folder(self.folder.model))


def _blocks(model: Any) -> set[Any]:
    """The classes of a transformer's blocks, which sharding takes one by one."""
    from torch.nn import ModuleList

    lists = [module for module in model.modules() if isinstance(module, ModuleList)]
    return {type(block) for found in lists for block in found}
