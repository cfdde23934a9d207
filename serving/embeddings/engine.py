"""The model behind the service: a verified package, opened, proved on its golden set."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from data.errors import EmptyText
from models.embedder.infer import Embedder
from models.package import open_package
from serving.ports import TextKind
from serving.served_model import ModelChoice, ServedModel

_log = logging.getLogger("tiengnoi.embeddings")


@dataclass(frozen=True, slots=True)
class Part:
    """Some texts of one request; `first` is the place of the first of them."""

    texts: tuple[str, ...]
    kind: TextKind
    first: int = 0


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors of a part, whole, and how many tokens the model read."""

    vectors_ND: np.ndarray
    tokens: int


class Engine:
    """An embedder and its identity."""

    def __init__(self, embedder: Embedder, model: ServedModel) -> None:
        self.embedder, self.model = embedder, model

    def embed(self, parts: Sequence[Part]) -> list[Embedded]:
        """Embed one batch, all of one kind.

        Raises:
            EmptyText: a text holds no word; `pointer` is its place in its request.
        """
        tokens = []
        for part in parts:
            counts = [self.embedder.words(text) for text in part.texts]
            if 0 in counts:
                raise EmptyText("no word is in it", pointer=f"/{part.first + counts.index(0)}")
            tokens.append(sum(counts))
        vectors_ND = self.embedder.embed([text for part in parts for text in part.texts], parts[0].kind)
        ends = np.cumsum([len(part.texts) for part in parts])[:-1]
        return [Embedded(*one) for one in zip(np.split(vectors_ND, ends), tokens, strict=True)]


def open_engine(choice: ModelChoice) -> Engine:
    """Verify the package, load it, warm it up on its golden set.

    Raises:
        BrokenPackage: a file is missing or another one.
        GoldenMismatch: the model does not answer as when it was packaged.
    """
    began = time.monotonic()
    embedder = Embedder.open(
        choice.package_dir, threads=choice.threads or None, version=choice.version, check_golden=choice.check_golden
    )
    model = choice.served(open_package(choice.package_dir))
    _log.info(
        "model ready", extra={"model": model.name, "version": model.version, "took_s": round(time.monotonic() - began, 2)}
    )
    return Engine(embedder, model)
