"""A small encoder with its tokenizer in transformers' format, as a hub would give it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

#: Words that it can see at once, beside the vector that it begins with.
LONGEST = 400


def tiny_encoder(folder: Path, pieces: Sequence[str], *, kind: str = "bert", layers: int = 3, width: int = 12) -> Path:
    """One that learnt nothing, on these pieces behind the four special ones.

    Args:
        pieces: as sentencepiece writes them, "▁" before the first of a word.
        kind: `bert`, or `roberta`, which counts its places from behind that of padding.
    """
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import AutoConfig, AutoModel, PreTrainedTokenizerFast

    known = ["<s>", "<pad>", "</s>", "<unk>", *pieces]
    tokenizer = Tokenizer(models.Unigram([(piece, -1.0) for piece in known], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    names = {"cls_token": "<s>", "pad_token": "<pad>", "sep_token": "</s>", "unk_token": "<unk>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names).save_pretrained(folder)
    torch.manual_seed(0)
    config = AutoConfig.for_model(
        kind, vocab_size=len(known), hidden_size=width, num_hidden_layers=layers, num_attention_heads=2,
        intermediate_size=2 * width, max_position_embeddings=LONGEST + 1 + (2 if kind == "roberta" else 0), pad_token_id=1,
    )  # fmt: skip
    AutoModel.from_config(config).save_pretrained(folder)
    return folder
