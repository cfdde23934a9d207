"""A transformer embedder without torch: its graph, its tokenizer, batches of like length.

The graph pools: token ids and mask in, one vector a text out (models/embedder/onnx_graph.py writes it).
"""

# N texts, B texts of a batch, T tokens of the longest of them, D numbers in a vector.

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from data.errors import BrokenPackage
from models.onnx_session import start
from models.package import Package

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

F32: TypeAlias = NDArray[np.float32]
#: Tokens of a batch, padding counted: enough to fill two cores, few enough to stay in their cache.
_PADDED_TOKENS = 4096


class TransformerGraph:
    """Embeds texts; safe to call from several threads."""

    def __init__(self, session: InferenceSession, tokenizer: Tokenizer, *, dim: int, max_tokens: int, pad: int) -> None:
        self._session, self._tokenizer, self._pad = session, tokenizer, pad
        self._inputs = {given.name for given in session.get_inputs()}
        self._max_tokens, self._dim = max_tokens, dim
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_tokens)

    @classmethod
    def open(cls, package: Package, threads: int | None = None) -> TransformerGraph:
        """Load the files of a package.

        Raises:
            BrokenPackage: they cannot be loaded.
        """
        from tokenizers import Tokenizer

        path = package.path("tokenizer.json")
        try:
            tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # tokenizers raises the base class alone.
            raise BrokenPackage(f"the tokenizer cannot be loaded: {error}", pointer="/files/tokenizer.json") from error
        model = package.settings["model"]
        session = start(package.path("model.onnx"), None, threads)
        return cls(session, tokenizer, dim=model["width"], max_tokens=model["max_tokens"], pad=model["pad"])

    @property
    def dim(self) -> int:
        return self._dim

    def embed(self, texts: Sequence[str]) -> F32:
        """vectors_ND, as the graph pools them; a text that is longer than the model reads is cut."""
        ids = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        vectors_ND = np.zeros((len(texts), self._dim), np.float32)
        for places in batches_of([len(one) for one in ids], _PADDED_TOKENS):
            longest = len(ids[places[-1]])
            ids_BT = np.full((len(places), longest), self._pad, np.int64)
            mask_BT = np.zeros((len(places), longest), np.int64)
            for row, place in enumerate(places):
                ids_BT[row, : len(ids[place])] = ids[place]
                mask_BT[row, : len(ids[place])] = 1
            feed = {"input_ids": ids_BT, "attention_mask": mask_BT, "token_type_ids": np.zeros_like(ids_BT)}
            feed = {name: value for name, value in feed.items() if name in self._inputs}
            vectors_ND[places] = np.asarray(self._session.run(["vectors"], feed)[0])
        return vectors_ND

    def words(self, text: str) -> int:
        """Tokens of a text as the model reads it."""
        return len(self._tokenizer.encode(text).ids)


def batches_of(lengths_N: Sequence[int], padded: int) -> list[list[int]]:
    """Places by length, shortest first, in batches of at most `padded` tokens with their padding; one text at least."""
    batches: list[list[int]] = []
    for place in np.argsort(lengths_N, kind="stable").tolist():
        # In rising order the newest is the longest.
        if not batches or (len(batches[-1]) + 1) * lengths_N[place] > padded:
            batches.append([])
        batches[-1].append(place)
    return batches
