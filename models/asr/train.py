"""`python -m models asr train`: a recipe and a packaged dataset to a `.nemo` and an MLflow run.

The same command goes on where a killed training stopped, in the same run, and does nothing where it had finished.
"""

from __future__ import annotations

import argparse
import logging
from typing import TYPE_CHECKING, Any

from data.config import read_config
from data.shards import ShardReader, read_dataset
from models.asr.config import Recipe
from models.training import verb
from models.training.job import Job
from models.training.run_folder import replacing

if TYPE_CHECKING:
    import lightning.pytorch as pl
    import torch

    from models.asr.ctc_training import CtcTraining, Split

_LOG = logging.getLogger(__name__)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models asr train`."""
    verb.add_arguments(parser, family="asr", dataset="packaged dataset, artifacts/datasets/NAME")


def run(args: argparse.Namespace) -> int:
    """Train and print what came out as JSON."""
    return verb.run(args, AsrJob(read_config(args.config, Recipe, args.set), args.dataset, args.out))


class AsrJob(Job):
    """A CTC recogniser with NeMo and Lightning."""

    family, metric, result = "asr", "val_wer", "model.nemo"
    recipe: Recipe

    def dataset(self) -> dict[str, Any]:
        return read_dataset(self.dataset_dir)

    def prepare(self) -> None:
        """Train the tokenizer on the train split."""
        if self.recipe.tokenizer.keep or (self.folder.tokenizer / "tokenizer.model").is_file():
            return
        from models.asr.tokenizer import train_tokenizer

        texts = [utterance.text for utterance in ShardReader(self.dataset_dir, "train").utterances]
        train_tokenizer(texts, self.folder.tokenizer, pieces=self.recipe.tokenizer.pieces)

    def callbacks(self) -> list[pl.Callback]:
        from models.asr.mlflow_callback import MlflowCallback

        return [MlflowCallback(self.recipe, plots_dir=self.folder.plots)]

    def fit(self, callbacks: list[pl.Callback]) -> bool:
        _LOG.info("loading NeMo, which takes half a minute")
        from nemo.collections.asr.parts.submodules.conformer_modules import ConformerLayer

        from models.asr.build import build, settle_subsampling
        from models.asr.ctc_training import CtcTraining, usable
        from models.training.fitting import arithmetic, fit, is_first

        recipe, folder = self.recipe, self.folder
        with arithmetic(recipe.trainer):
            train_reader = ShardReader(self.dataset_dir, "train")
            train_split = usable(train_reader, max_duration_s=recipe.batch.max_duration_s)
            dev_split = usable(ShardReader(self.dataset_dir, "dev"), max_duration_s=float("inf"))
            model = build(recipe, folder.tokenizer)
            if not recipe.model.start_from and not folder.last.is_file():
                settle_subsampling(model, *_some_clips(train_split))
            training = CtcTraining(recipe, model, train_split, dev_split)
            hours = sum(u.duration_s for u in train_split.utterances) / 3600
            left_out = len(train_reader) - len(train_split.positions)
            _LOG.info(
                "%s: %.2f M parameters, %d pieces, %.2f h in %d utterances (%d too long), %d steps",
                *(recipe.name, sum(p.numel() for p in training.parameters()) / 1e6, training.model.tokenizer.vocab_size),
                *(hours, len(train_split.positions), left_out, recipe.trainer.max_steps),
            )
            out_of_time = fit(training, folder, callbacks, layers={ConformerLayer})
            if is_first():
                self._save(training)
            return out_of_time

    def _save(self, training: CtcTraining) -> None:
        """model.nemo, whole or not at all."""
        from data.digest import sha256_of

        model = training.model
        model.cfg.preprocessor.dither = 0.0  # A checkpoint that training started from may have dithered.
        with replacing(self.folder.model) as temporary:
            model.save_to(str(temporary))
        self.folder.update(model_sha256=sha256_of(self.folder.model))


def _some_clips(split: Split, count: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Clips spread evenly over the split, all cut to the shortest: samples_BT, samples_B."""
    import torch

    chosen = split.positions[:: max(1, len(split.positions) // count)][:count]
    clips = [torch.from_numpy(split.reader[position]) for position in chosen]
    shortest = min(map(len, clips))
    return torch.stack([clip[:shortest] for clip in clips]), torch.full((len(clips),), shortest)
