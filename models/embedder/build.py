"""A recipe to a model of sentence-transformers: from scratch, from a hub id or from a local folder."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data.errors import ConfigError
from data.text.normalform import fold, normal_form
from models.embedder.config import ModelConfig
from models.embedder.trimming import trim
from models.embedder.vocabulary import Vocabulary, words_of
from models.training.hub import starting_from

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: Beside the weights: what sentence-transformers' own files do not say.
ABOUT = "embedder.json"
#: So many passages, evenly over all, teach a vocabulary and tell how rare a token is.
_LEARNT_FROM = 100_000
#: Pieces are learnt many times slower than counted.
_PIECES_FROM = 20_000
#: Of these, how many are also learnt without diacritics.
_FOLDED_EVERY = 3
#: A pair's share of the length that its rarity gives: its words have said half of it.
_PAIR_SHARE = 0.5
#: Characters that are pieces; rarer ones are unknown.
_ALPHABET = 400
_SPECIAL = ("<pad>", "<unk>", "<s>", "</s>")


def build(model: ModelConfig, passages: Sequence[str], tokenizer: Path | None = None) -> SentenceTransformer:
    """The model that the recipe asks for.

    Args:
        passages: texts that a vocabulary from scratch is learnt from, and that one of a hub is cut down to.
        tokenizer: what `train_tokenizer` learnt from them before, for a transformer from scratch.
    Raises:
        ConfigError: the folder to start from is missing or holds no model.
        Unavailable: the hub does not answer.
    """
    if model.kind == "static":
        return _static(model, passages)
    if model.kind == "transformer":
        return _transformer(model, passages, tokenizer)
    made = open_hub(model.start_from, model.revision)
    if not model.pieces:
        return made
    return trim(made, _spread(passages), model.pieces, always=(model.query_prefix, model.passage_prefix))


def open_hub(start_from: str, revision: str = "") -> SentenceTransformer:
    """A model in sentence-transformers' format, by the id of a hub or as a local folder.

    Raises:
        ConfigError: the folder to start from is missing or holds no model.
        Unavailable: the hub does not answer.
    """
    from sentence_transformers import SentenceTransformer

    with starting_from(start_from, "model"):
        # In 32 bits and with plain attention, which the export can trace; code of others is never run.
        return SentenceTransformer(
            start_from,
            device="cpu",
            revision=revision or None,
            trust_remote_code=False,
            model_kwargs={"dtype": "float32", "attn_implementation": "eager"},
        )


def save(made: SentenceTransformer, model: ModelConfig, folder: Path, *, trained: bool = True) -> None:
    """Write the model, and beside it what the recipe says of its use and whether it learnt anything here."""
    folder.mkdir(parents=True, exist_ok=True)
    first: Any = made[0]
    first.save(str(folder)) if model.kind == "static" else made.save(str(folder), create_model_card=False)
    width = int(made.get_embedding_dimension() or model.width)
    dims = [dim for dim in model.dims if dim < width]
    about = {
        "kind": "static" if model.kind == "static" else "transformer",
        "width": width,
        "dims": [width, *dims],
        "prefixes": {"query": model.query_prefix, "passage": model.passage_prefix},
        "start_from": model.start_from,
        "licence": model.licence,
        "trained": trained,
        "fine_pieces": model.fine_pieces,
    }
    (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")


def load(folder: Path) -> tuple[SentenceTransformer, dict[str, Any]]:
    """What `save` wrote.

    Raises:
        ConfigError: the folder holds no such model.
    """
    from sentence_transformers import SentenceTransformer

    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder} holds no embedder: {error}", pointer="/checkpoint") from error
    if about["kind"] == "static":
        from models.embedder.static_module import SyllableEmbedding

        return SentenceTransformer(modules=[SyllableEmbedding.load(str(folder))], device="cpu"), about
    return open_hub(str(folder)), about


def _static(model: ModelConfig, passages: Sequence[str]) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    from models.embedder.static_module import SyllableEmbedding

    settings = model.static
    texts = list(map(words_of, _spread(passages)))
    vocabulary = Vocabulary.learn(texts, words=settings.words, pairs=settings.pairs, buckets=settings.buckets)
    made = SyllableEmbedding(vocabulary, model.width)
    made.begin_rare(rarity(vocabulary, texts) ** settings.rarity)
    return SentenceTransformer(modules=[made], device="cpu")


def rarity(vocabulary: Vocabulary, texts: Sequence[Sequence[str]]) -> np.ndarray:
    """Of each row how rare its token is, from 0 to 1: the idf of BM25 over its greatest."""
    counts_V = np.zeros(vocabulary.size)
    for words in texts:
        counts_V[list(set(vocabulary.rows(words)))] += 1
    idf_V = np.log1p((len(texts) - counts_V + 0.5) / (counts_V + 0.5)) / math.log1p(2 * len(texts) + 1)
    singles = vocabulary.size - len(vocabulary.pairs) - len(vocabulary.folded_pairs)
    return idf_V * np.where(np.arange(vocabulary.size) < singles, 1.0, _PAIR_SHARE)


def _spread(passages: Sequence[str], count: int = _LEARNT_FROM) -> Sequence[str]:
    return passages[:: max(1, len(passages) // count)]


def _transformer(model: ModelConfig, passages: Sequence[str], tokenizer: Path | None) -> SentenceTransformer:
    """A small BERT over a tokenizer of normal forms, its tokens' mean."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    settings = model.transformer
    pad, unknown, begin, end = _SPECIAL
    with tempfile.TemporaryDirectory() as scratch:
        if tokenizer is None:
            tokenizer = Path(scratch) / "learnt.json"
            train_tokenizer(passages, tokenizer, pieces=settings.vocabulary)
        fast = PreTrainedTokenizerFast(
            tokenizer_file=str(tokenizer), model_max_length=settings.max_tokens,
            model_input_names=["input_ids", "attention_mask"],
            pad_token=pad, unk_token=unknown, cls_token=begin, sep_token=end,
        )  # fmt: skip
        config = BertConfig(
            vocab_size=len(fast), hidden_size=model.width, num_hidden_layers=settings.layers,
            num_attention_heads=settings.heads, intermediate_size=settings.feed_forward,
            max_position_embeddings=settings.max_tokens, pad_token_id=0,
            hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
        )  # fmt: skip
        bert, folder = BertModel(config, add_pooling_layer=False), f"{scratch}/bert"
        bert.save_pretrained(folder)
        fast.save_pretrained(folder)
        first = Transformer(folder, max_seq_length=settings.max_tokens, model_kwargs={"attn_implementation": "sdpa"})
    return SentenceTransformer(modules=[first, Pooling(model.width, pooling_mode="mean")], device="cpu")


def train_tokenizer(passages: Sequence[str], path: Path, *, pieces: int) -> None:
    """Learn a tokenizer from passages, with and without their diacritics, since people type both; written whole.

    Its pieces are merged by frequency: a syllable is a word here, and a unigram model cuts the commonest ones in two.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    from models.training.run_folder import replacing

    tokenizer = Tokenizer(models.BPE(unk_token=_SPECIAL[1], fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])  # pyright: ignore
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(  # pyright: ignore
        [pre_tokenizers.Punctuation("removed"), pre_tokenizers.Metaspace()]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=pieces, special_tokens=list(_SPECIAL), limit_alphabet=_ALPHABET, show_progress=False
    )
    said = [normal_form(text) for text in _spread(passages, _PIECES_FROM)]
    tokenizer.train_from_iterator([*said, *map(fold, said[::_FOLDED_EVERY])], trainer)
    ids = [(token, tokenizer.token_to_id(token)) for token in _SPECIAL[2:]]
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ids)  # pyright: ignore
    with replacing(path) as temporary:
        tokenizer.save(str(temporary))
