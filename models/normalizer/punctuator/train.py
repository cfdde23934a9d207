"""`python -m models normalizer train-punctuator`: a recipe and packaged pairs to a punctuator and an MLflow run.

The same command goes on where a killed training stopped, in the same run, and does nothing where it had finished.
"""

from __future__ import annotations

import argparse
import json
import logging
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.config import read_config
from data.pairs.reader import Pair, read_pairs, read_pairs_dataset
from models.normalizer.punctuator.config import ModelConfig, Recipe
from models.training import verb
from models.training.job import Job
from models.training.run_folder import replacing

if TYPE_CHECKING:
    import lightning.pytorch as pl

_LOG = logging.getLogger(__name__)
#: Files of a trained punctuator.
WEIGHTS, WORDS, CONFIG = "model.safetensors", "words.txt", "config.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models normalizer train-punctuator`."""
    verb.add_arguments(parser, family="punctuator", dataset="packaged pairs, artifacts/pairs/NAME")


def run(args: argparse.Namespace) -> int:
    """Train and print what came out as JSON."""
    return verb.run(args, PunctuatorJob(read_config(args.config, Recipe, args.set), args.dataset, args.out))


class PunctuatorJob(Job):
    """A tagger of words with Lightning."""

    family, metric, result = "punctuator", "val_f1", "model"
    recipe: Recipe

    def dataset(self) -> dict[str, Any]:
        return read_pairs_dataset(self.dataset_dir)

    def prepare(self) -> None:
        """Choose the words that have a vector of their own, and fetch what the recipe starts from."""
        from models.normalizer.punctuator.encoder import fetch
        from models.normalizer.punctuator.vocabulary import Vocabulary

        model = self.recipe.model
        if self.folder.tokenizer.is_dir():
            return
        texts = (pair.spoken.split() for pair in read_pairs(self.dataset_dir, "train"))
        longest = max(self.recipe.batch.max_words, model.window)
        with replacing(self.folder.tokenizer) as folder:
            folder.mkdir()
            if model.continue_from:
                take_up(model, texts, longest, folder)
                return
            vocabulary = Vocabulary.of(texts, words=model.words, buckets=model.buckets)
            vocabulary.save(folder / WORDS)
            if model.start_from:
                fetch(model, vocabulary, longest, folder)

    def callbacks(self) -> list[pl.Callback]:
        from models.normalizer.punctuator.mlflow_callback import MlflowCallback

        return [MlflowCallback(self.recipe, plots_dir=self.folder.plots)]

    def fit(self, callbacks: list[pl.Callback]) -> bool:
        from models.normalizer.punctuator.encoder import Encoder, begin, read_architecture
        from models.normalizer.punctuator.module import PunctuatorTraining
        from models.normalizer.punctuator.quick_attention import quicken
        from models.normalizer.punctuator.texts import LabelledTexts
        from models.normalizer.punctuator.vocabulary import Vocabulary
        from models.training.fitting import arithmetic, fit, is_first

        recipe = self.recipe
        with arithmetic(recipe.trainer):
            vocabulary = Vocabulary.load(self.folder.tokenizer / WORDS, recipe.model.buckets)
            train, dev = (
                LabelledTexts(self._pairs(split), vocabulary, max_words=recipe.batch.max_words) for split in ("train", "dev")
            )
            architecture = read_architecture(self.folder.tokenizer)
            training = PunctuatorTraining(recipe, len(vocabulary), train, dev, architecture)
            begin(training.network, self.folder.tokenizer)
            if recipe.trainer.accelerator == "cpu" and isinstance(training.network.attention, Encoder):
                quicken(training.network.attention.body)
            _LOG.info(
                "%s: %.2f M parameters, %.2f M words in %d texts, %d steps",
                *(recipe.name, sum(p.numel() for p in training.parameters()) / 1e6, train.lengths_P.sum() / 1e6),
                *(len(train), recipe.trainer.max_steps),
            )
            out_of_time = fit(training, self.folder, callbacks, layers=set())
            if is_first():
                self._save(training, vocabulary)
            return out_of_time

    def _pairs(self, split: str) -> Iterator[Pair]:
        kinds = self.recipe.batch.kinds
        return (pair for pair in read_pairs(self.dataset_dir, split) if not kinds or pair.kind in kinds or "?" in pair.written)

    def _save(self, training: Any, vocabulary: Any) -> None:
        """RUNDIR/model, whole or not at all."""
        from dataclasses import asdict

        from safetensors.torch import save_file

        from data.digest import sha256_of_folder
        from models.normalizer.punctuator.encoder import ARCHITECTURE

        with replacing(self.folder.model) as folder:
            folder.mkdir()
            save_file({name: value.contiguous() for name, value in training.network.state_dict().items()}, folder / WEIGHTS)
            vocabulary.save(folder / WORDS)
            if (architecture := self.folder.tokenizer / ARCHITECTURE).is_file():
                shutil.copyfile(architecture, folder / ARCHITECTURE)
            (folder / CONFIG).write_text(json.dumps(asdict(self.recipe.model), indent=2, sort_keys=True) + "\n", "utf-8")
        self.folder.update(model_sha256=sha256_of_folder(self.folder.model))


def take_up(model: ModelConfig, texts: Iterable[Sequence[str]], longest: int, folder: Path) -> None:
    """Write what `encoder.begin` reads: a trained punctuator, and of further words the vectors that their buckets had.

    Args:
        model: what is asked for, with `continue_from`.
        texts: words are counted in them where `model.words` asks for more than the trained one has.
        longest: words that it will have to see at once.
    Raises:
        ConfigError: the folder holds no punctuator, one of other layers, or one that sees fewer words.
    """
    import torch
    from safetensors.torch import save_file

    from data.errors import ConfigError
    from models.normalizer.punctuator.encoder import WEIGHTS as BEGINNING
    from models.normalizer.punctuator.encoder import read_architecture, write_architecture

    trained = Path(model.continue_from)
    network, known = load_network(trained, pointer="/model/continue_from")
    vocabulary = known.grown(texts, words=model.words) if model.words > len(known.words) else known
    state = network.state_dict()
    kept, buckets = state["vectors.weight"].split([1 + len(known.words), known.buckets])
    others = [known.bucket_of(word) for word in vocabulary.words[len(known.words) :]]
    state["vectors.weight"] = torch.cat([kept, state["vectors.weight"][others], buckets])
    save_file({name: value.contiguous() for name, value in state.items()}, folder / BEGINNING)
    vocabulary.save(folder / WORDS)
    if (architecture := read_architecture(trained)) is not None:
        if model.layers != (had := architecture["num_hidden_layers"]):
            raise ConfigError(f"{trained} has {had} layers", pointer="/model/layers")
        write_architecture(architecture, model, longest, folder)


def load_network(folder: Path, *, pointer: str = "/punctuator") -> tuple[Any, Any]:
    """The network and vocabulary of RUNDIR/model.

    Raises:
        ConfigError: the folder holds no punctuator.
    """
    from safetensors.torch import load_file

    from data.config import from_mapping
    from data.errors import ConfigError
    from models.normalizer.punctuator.config import ModelConfig
    from models.normalizer.punctuator.encoder import read_architecture
    from models.normalizer.punctuator.network import Network
    from models.normalizer.punctuator.vocabulary import Vocabulary

    try:
        config = from_mapping(json.loads((folder / CONFIG).read_text("utf-8")), ModelConfig)
        vocabulary = Vocabulary.load(folder / WORDS, config.buckets)
        network = Network(config, len(vocabulary), read_architecture(folder))
        network.load_state_dict(load_file(folder / WEIGHTS))
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise ConfigError(f"{folder} holds no punctuator: {error}", pointer=pointer) from error
    return network.requires_grad_(False).eval(), vocabulary
