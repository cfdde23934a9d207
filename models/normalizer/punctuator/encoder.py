"""A checkpoint of a hub under the punctuator: its first layers, fed with a vector for each word in the place of its pieces.

A word begins as the mean of its pieces, so that what the checkpoint knows of it stays, and a text is as long as it has
words. What is needed to build it again lies in the training's own folder: a training goes on, and is exported, without
the hub.

B texts, W words, D width.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from data.errors import ConfigError
from models.normalizer.punctuator.config import ModelConfig
from models.normalizer.punctuator.vocabulary import Vocabulary
from models.training.hub import starting_from

#: Files of the folder that a training begins from.
ARCHITECTURE, WEIGHTS = "encoder.json", "encoder.safetensors"
#: How far apart words that share a bucket begin, over the spread of those that are known.
_BUCKET_SPREAD = 0.3


class Encoder(nn.Module):
    """A transformer of transformers' that begins with one vector of its own and then sees words."""

    def __init__(self, architecture: Mapping[str, Any]) -> None:
        """
        Args:
            architecture: what `fetch` wrote as ARCHITECTURE.
        """
        from transformers import AutoConfig, AutoModel

        super().__init__()
        self.body: Any = AutoModel.from_config(AutoConfig.for_model(**architecture), attn_implementation="sdpa")
        self.body.pooler = None  # What it says of a whole text is not asked.
        self.body.get_input_embeddings().requires_grad_(False)
        self.begin = nn.Parameter(torch.zeros(architecture["hidden_size"]))

    def forward(self, word_BWD: Tensor, is_word_BW: Tensor) -> Tensor:
        """
        Args:
            is_word_BW: False behind the end of a text; nothing looks there.
        Returns:
            seen_BWD
        """
        begin_B1D = self.begin.expand(len(word_BWD), 1, -1)
        is_seen_BW = torch.cat([torch.ones_like(is_word_BW[:, :1]), is_word_BW], 1)
        seen = self.body(inputs_embeds=torch.cat([begin_B1D, word_BWD], 1), attention_mask=is_seen_BW.long())
        return seen.last_hidden_state[:, 1:]


def fetch(model: ModelConfig, vocabulary: Vocabulary, longest: int, folder: Path) -> None:
    """Write what a network begins from into a folder that exists: ARCHITECTURE, and WEIGHTS with the vectors of all words.

    Args:
        model: what is asked for, of kind `encoder`.
        longest: words that it will have to see at once.
    Raises:
        ConfigError: the folder to start from is missing or holds no encoder of enough layers.
        Unavailable: the hub does not answer.
    """
    from safetensors.torch import save_file
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    start_from, layers = model.start_from, model.layers
    known: dict[str, Any] = {"revision": model.revision or None, "trust_remote_code": False}
    with starting_from(start_from, "encoder"), _quietly():
        config = AutoConfig.from_pretrained(start_from, **known)
        tokenizer = AutoTokenizer.from_pretrained(start_from, **known)
        if layers > (had := getattr(config, "num_hidden_layers", 0)):
            raise ConfigError(f"{start_from} has {had} layers", pointer="/model/layers")
        config.num_hidden_layers, config.hidden_dropout_prob = layers, model.dropout
        config.attention_probs_dropout_prob = 0.0  # Drawn for every pair of words, it takes a core half of a forward pass.
        body = AutoModel.from_pretrained(start_from, config=config, dtype=torch.float32, **known)
    # Of its own table of pieces nothing is kept but the place of padding, from which some count their positions.
    write_architecture(config.to_dict() | {"vocab_size": (config.pad_token_id or 0) + 1}, model, longest, folder)
    pieces_VD = body.get_input_embeddings().weight.detach()
    vectors_WD = _vectors(vocabulary, tokenizer, pieces_VD)
    dropped = ("embeddings.word_embeddings", "pooler", "embeddings.position_ids")
    kept = {f"attention.body.{name}": value for name, value in body.state_dict().items() if not name.startswith(dropped)}
    first = tokenizer.cls_token_id if tokenizer.cls_token_id is not None else tokenizer.bos_token_id
    if first is not None:
        kept["attention.begin"] = pieces_VD[first].clone()
    save_file({"vectors.weight": vectors_WD, **{n: v.contiguous() for n, v in kept.items()}}, folder / WEIGHTS)


@contextmanager
def _quietly() -> Iterator[None]:
    """transformers would tell at length of the layers that are left out."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)


def write_architecture(architecture: Mapping[str, Any], model: ModelConfig, longest: int, folder: Path) -> None:
    """ARCHITECTURE, with what the recipe hides of it.

    Raises:
        ConfigError: it sees fewer than `longest` words at once, besides the vector that it begins with.
    """
    # RoBERTa's first places are those of its padding.
    taken = architecture["pad_token_id"] + 1 if "roberta" in architecture["model_type"] else 0
    if longest >= architecture.get("max_position_embeddings", 0) - taken:
        raise ConfigError(f"{model.start_from} sees fewer than {longest} words at once", pointer="/model/start_from")
    told = json.dumps({**architecture, "hidden_dropout_prob": model.dropout}, indent=2, sort_keys=True, default=str)
    (folder / ARCHITECTURE).write_text(told + "\n", "utf-8")


def read_architecture(folder: Path) -> dict[str, Any] | None:
    """What `fetch` wrote of the checkpoint, None where it was not asked."""
    path = folder / ARCHITECTURE
    return json.loads(path.read_text("utf-8")) if path.is_file() else None


def begin(network: nn.Module, folder: Path) -> None:
    """Set what the recipe starts from, where it does: of a checkpoint all but the scores, of another training all.

    Raises:
        ConfigError: these are weights of another shape.
    """
    from safetensors.torch import load_file

    if not (folder / WEIGHTS).is_file():
        return
    try:
        _, unknown = network.load_state_dict(load_file(folder / WEIGHTS), strict=False)
    except RuntimeError as error:
        raise ConfigError(f"the weights to start from are of another shape: {error}", pointer="/model") from error
    if unknown:
        raise ConfigError(f"the weights to start from hold {', '.join(unknown)}, which nothing asks for", pointer="/model")


def _vectors(vocabulary: Vocabulary, tokenizer: Any, pieces_VD: Tensor) -> Tensor:
    """Of each id: the mean of its word's pieces; of buckets, a little beside the mean of all words; of none, nothing."""
    pieces_of = tokenizer(list(vocabulary.words), add_special_tokens=False)["input_ids"]
    known_WD = torch.stack([pieces_VD[ids or [tokenizer.unk_token_id]].mean(0) for ids in pieces_of])
    spread = torch.randn(vocabulary.buckets, known_WD.shape[1], generator=torch.Generator().manual_seed(0))
    bucket_WD = known_WD.mean(0) + _BUCKET_SPREAD * known_WD.std(0) * spread
    return torch.cat([torch.zeros(1, known_WD.shape[1]), known_WD, bucket_WD])
