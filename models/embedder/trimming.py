"""The vocabulary of a multilingual model cut down to the pieces that its texts use: most of its size, none of its layers.

A model for a hundred languages keeps a quarter of a million pieces, of which Vietnamese text uses a few thousand. What
is spelled with pieces that are left out is spelled with shorter ones, whose vectors the model has too.
"""

# V pieces that are kept, D numbers in a vector.

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from data.errors import ConfigError
from data.text.normalform import fold

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

#: Texts that are read at once.
_BATCH = 1024
#: Of all letters so many are of a script that names may need more pieces of.
_SHARE = 0.01
#: Of a piece's log probability: what is behind never decides how a text is cut, and takes half of the file.
_SCORE_DIGITS = 4


def trim(model: SentenceTransformer, texts: Sequence[str], pieces: int, *, always: Sequence[str] = ()) -> SentenceTransformer:
    """Keep the pieces that texts use most, as people write them and without diacritics, and what names may need.

    The characters that the texts are written with stay, and room that is left goes to unused pieces of the same scripts, by
    the model's own scores. Pieces are numbered anew: special tokens, then by how often texts use them. Texts of kept pieces
    get the same vectors as before.

    Args:
        model: a SentenceTransformer over a unigram tokenizer (XLM-R's family: multilingual-e5, bge-m3); changed in place.
        pieces: rows that its table of embeddings is left with at most.
        always: texts whose pieces stay however seldom they are, as prefixes.
    Raises:
        ConfigError: its tokenizer is of another kind, or `pieces` is too few for what must stay.
    """
    from tokenizers import Tokenizer
    from torch import nn, tensor
    from transformers import PreTrainedTokenizerFast

    tokenizer: Any = model.tokenizer
    backend: Any = getattr(tokenizer, "backend_tokenizer", None)
    told = json.loads(backend.to_str()) if backend else {"model": {}}
    if told["model"].get("type") != "Unigram":
        raise ConfigError("only a unigram tokenizer can be cut down", pointer="/model/pieces")
    kept = _kept(backend, told, texts, pieces, always)
    first: Any = model[0]
    first.processor = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(_renumbered(told, kept))),
        model_max_length=tokenizer.model_max_length, model_input_names=tokenizer.model_input_names,
        **tokenizer.special_tokens_map,
    )  # fmt: skip
    transformer = first.auto_model
    rows_VD = transformer.get_input_embeddings().weight.detach()[tensor(kept)].clone()
    transformer.set_input_embeddings(nn.Embedding.from_pretrained(rows_VD, freeze=False, padding_idx=tokenizer.pad_token_id))
    transformer.config.vocab_size = len(kept)
    return model


def _kept(backend: Any, told: dict[str, Any], texts: Sequence[str], pieces: int, always: Sequence[str]) -> list[int]:
    """The old ids of what stays, in the order of their new ones."""
    vocabulary = told["model"]["vocab"]
    first = {one["id"] for one in told["added_tokens"]} | {told["model"]["unk_id"]}
    first |= {id_ for text in always for id_ in backend.encode(text, add_special_tokens=False).ids}
    counts: Counter[int] = Counter()
    for at in range(0, len(texts), _BATCH):
        batch = texts[at : at + _BATCH]
        for encoding in backend.encode_batch([*batch, *map(fold, batch)], add_special_tokens=False):
            counts.update(encoding.ids)
    uses: Counter[str] = Counter()
    for id_, count in counts.items():
        if id_ < len(vocabulary):
            uses.update(dict.fromkeys(vocabulary[id_][0], count))
    scripts = _scripts(uses)

    def rank(id_: int) -> tuple[bool, int, float, int]:
        return (id_ not in first, -counts[id_], -vocabulary[id_][1] if id_ < len(vocabulary) else 0.0, id_)

    def may_be_needed(piece: str) -> bool:
        return scripts.issuperset(filter(None, map(_script, piece)))

    must = first | {id_ for id_, (piece, _) in enumerate(vocabulary) if len(piece) == 1 and piece in uses}
    if len(must) > pieces:
        raise ConfigError(f"{len(must)} pieces at least: characters and special tokens", pointer="/model/pieces")
    others = {id_ for id_, (piece, _) in enumerate(vocabulary) if id_ in counts or may_be_needed(piece)} - must
    return sorted([*must, *sorted(others, key=rank)[: pieces - len(must)]], key=rank)


def _scripts(uses: Mapping[str, int]) -> set[str]:
    """The scripts that texts are mostly written in."""
    letters: Counter[str] = Counter()
    for character, count in uses.items():
        letters[_script(character)] += count
    del letters[""]
    return {script for script, count in letters.items() if count >= _SHARE * letters.total()}


def _script(character: str) -> str:
    """LATIN, CYRILLIC, CJK … of a letter; nothing for all else."""
    return unicodedata.name(character, "").split(" ")[0] if character.isalpha() else ""


def _renumbered(told: dict[str, Any], kept: Sequence[int]) -> dict[str, Any]:
    """The tokenizer's file with the kept pieces under their new ids."""
    new = {old: at for at, old in enumerate(kept)}
    vocabulary = told["model"]["vocab"]
    # A special token behind the pieces is no piece itself; a row holds its place all the same.
    rounded = [[piece, round(score, _SCORE_DIGITS)] for piece, score in vocabulary]
    told["model"]["vocab"] = [rounded[old] if old < len(vocabulary) else [f"<{old}>", 0.0] for old in kept]
    told["model"]["unk_id"] = new[told["model"]["unk_id"]]
    for one in told["added_tokens"]:
        one["id"] = new[one["id"]]
    end = told.get("post_processor") or {}
    if end.get("type") == "TemplateProcessing":
        for one in end["special_tokens"].values():
            one["ids"] = [new[old] for old in one["ids"]]
    for side in ("sep", "cls"):  # Of the processors of RoBERTa and BERT.
        if side in end:
            end[side][1] = new[end[side][1]]
    return told
