"""From the texts of a request to their vectors, among everybody else's."""

# N texts, D numbers in a vector.

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import numpy as np

from data.errors import BadParameter, EmptyText
from data.text.normalform import NORMALFORM_VERSION
from serving.batcher import Batcher
from serving.contracts.embeddings import SpaceShape
from serving.embeddings.settings import EmbeddingsSettings
from serving.intake import Intake
from serving.observability.metrics import EmbedderMetrics
from serving.served_model import ServedModel

if TYPE_CHECKING:
    from serving.embeddings.engine import Embedded, Part
    from serving.embeddings.fields import Asked


class Pipeline:
    """The parts of the service, and the way of one request through them."""

    def __init__(
        self,
        *,
        model: ServedModel,
        dims: tuple[int, ...],
        batcher: Batcher[Part, Embedded],
        settings: EmbeddingsSettings,
        metrics: EmbedderMetrics,
    ) -> None:
        """
        Args:
            dims: lengths that the model was trained for, the whole one first.
        """
        self.model, self.settings = model, settings
        self.intake = Intake(settings.request)
        self._dims, self._batcher, self._metrics = dims, batcher, metrics

    @property
    def alive(self) -> bool:
        """Whether texts are embedded."""
        return self._batcher.alive

    def space(self, dimensions: int | None) -> SpaceShape:
        """What vectors of that length may be compared with.

        Raises:
            BadParameter: the model has not so many numbers.
        """
        if dimensions is not None and dimensions > self._dims[0]:
            raise BadParameter(f"{dimensions} are more than the model's {self._dims[0]}", pointer="/dimensions")
        return SpaceShape(dim=dimensions or self._dims[0], dims=list(self._dims), normalform_version=NORMALFORM_VERSION)

    async def embed(self, asked: Asked, tenant: str) -> tuple[np.ndarray, int]:
        """The vectors of all texts, vectors_ND, and the tokens that were read; leaving gives up the rest.

        Raises:
            Overloaded: too much waits, or the turn of a text did not come in time.
            EmptyText: a text holds no word.
        """
        from serving.embeddings.engine import Part

        began_s, size = time.monotonic(), self.settings.batch.max_texts
        parts = [Part(asked.texts[at : at + size], asked.kind, at) for at in range(0, len(asked.texts), size)]
        working = [asyncio.create_task(self._embed(part, tenant)) for part in parts]
        try:
            found = [await one for one in working]
        except EmptyText as error:
            raise EmptyText(error.detail, pointer=asked.pointer(int((error.pointer or "/0")[1:]))) from error
        finally:
            for one in working:
                one.cancel()
            await asyncio.gather(*working, return_exceptions=True)
        vectors_ND = np.concatenate([one.vectors_ND for one in found])[:, : asked.dimensions]
        if asked.dimensions is not None:
            vectors_ND = vectors_ND / np.maximum(np.linalg.norm(vectors_ND, axis=1, keepdims=True), 1e-12)
        tokens = sum(one.tokens for one in found)
        self._metrics.embedded(kind=asked.kind, took_s=time.monotonic() - began_s, texts=len(asked.texts), tokens=tokens)
        return vectors_ND, tokens

    async def _embed(self, part: Part, tenant: str) -> Embedded:
        size = sum(len(text.encode()) for text in part.texts)
        return await self._batcher.answer(part, size=size, tenant=tenant, kind=part.kind)
