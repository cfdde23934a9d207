"""A recipe to a T5 model: from scratch, from a hub id or from a local folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from data.errors import ConfigError
from models.normalizer.config import ModelConfig
from models.normalizer.tokenizer import END, PAD, VOCABULARY
from models.training.hub import starting_from

if TYPE_CHECKING:
    from transformers import T5Config, T5ForConditionalGeneration


def build(model: ModelConfig) -> T5ForConditionalGeneration:
    """The model that the recipe asks for.

    Raises:
        ConfigError: the folder to start from is missing, or its model reads no bytes.
        Unavailable: the hub does not answer.
    """
    import torch
    from transformers import T5ForConditionalGeneration

    if not model.start_from:
        made = T5ForConditionalGeneration(t5_config(model))
        look_near(made)
        return made
    with starting_from(model.start_from, "T5 model"):
        # Whatever precision the checkpoint was saved in, an optimiser needs 32 bits; Lightning lowers it where asked to.
        made = T5ForConditionalGeneration.from_pretrained(model.start_from, dropout_rate=model.dropout, dtype=torch.float32)
    if made.config.vocab_size != VOCABULARY:
        detail = f"{model.start_from} has {made.config.vocab_size} pieces, not ByT5's {VOCABULARY} bytes"
        raise ConfigError(detail, pointer="/model/start_from")
    return made


def look_near(made: T5ForConditionalGeneration, strength: float = 3.0) -> None:
    """Let each head of a fresh model look at one near byte: in the decoder one of the last, in the encoder one on either side.

    To copy, a model must find the place in the source by the last few bytes that it wrote. From T5's own start it takes
    thousands of steps until heads exist that gather those bytes; from here copying begins within two hundred.
    """
    import torch

    stack: Any  # A module's attributes have no types.
    with torch.no_grad():
        for stack, both_ways in ((made.encoder, True), (made.decoder, False)):
            bias_KH = stack.block[0].layer[0].SelfAttention.relative_attention_bias.weight  # K buckets, H heads.
            buckets, heads = bias_KH.shape
            side = buckets // 2 if both_ways else buckets  # Buckets of one way; the near half of them is one byte each.
            for head in range(heads):
                distance = min(head // 2 + 1 if both_ways else head + 1, side // 2 - 1)
                later = both_ways and head % 2
                bias_KH[distance + (side if later else 0), head] += strength


def t5_config(model: ModelConfig) -> T5Config:
    """transformers' configuration of a ByT5 of any size.

    Its embeddings are tied and its outputs scaled, as in the first T5: transformers 5 ties those of a fresh model in any case,
    and other readers of the folder (transformers 4, CTranslate2) take tied to mean scaled.
    """
    from transformers import T5Config

    return T5Config(
        vocab_size=VOCABULARY,
        d_model=model.d_model,
        d_kv=model.d_kv,
        d_ff=model.feed_forward,
        num_layers=model.layers,
        num_decoder_layers=model.decoder_layers,
        num_heads=model.heads,
        relative_attention_num_buckets=model.position_buckets,
        relative_attention_max_distance=model.max_distance,
        dropout_rate=model.dropout,
        feed_forward_proj="gated-gelu",
        pad_token_id=PAD,
        eos_token_id=END,
        decoder_start_token_id=PAD,  # pyright: ignore[reportCallIssue]  Of the parent, which a decorator hides.
    )


def save(model: T5ForConditionalGeneration, folder: Path) -> None:
    """Write transformers' format, such that every reader of it makes the same model."""
    model.save_pretrained(folder)
    if not model.config.scale_decoder_outputs:
        # As the hub's ByT5 have it. transformers 5 writes true even where the two matrices differ.
        path = folder / "config.json"
        told = json.loads(path.read_text("utf-8")) | {"tie_word_embeddings": False}
        path.write_text(json.dumps(told, indent=2, sort_keys=True) + "\n", "utf-8")
