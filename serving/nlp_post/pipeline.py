"""From the texts of a request to what is written for them, among everybody else's."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from serving.batcher import Batcher
from serving.intake import Intake
from serving.nlp_post.settings import NormalizerSettings
from serving.observability.metrics import NormalizerMetrics
from serving.served_model import ServedModel

if TYPE_CHECKING:
    from models.normalizer.spans import Normalized

#: A text and its style.
Ask = tuple[str, str]


class Pipeline:
    """The parts of the service, and the way of one request through them."""

    def __init__(
        self,
        *,
        model: ServedModel,
        batcher: Batcher[Ask, Normalized],
        long_batcher: Batcher[Ask, Normalized],
        settings: NormalizerSettings,
        metrics: NormalizerMetrics,
    ) -> None:
        self.model, self.settings = model, settings
        self.intake = Intake(settings.request)
        self._batcher, self._long_batcher, self._metrics = batcher, long_batcher, metrics

    @property
    def alive(self) -> bool:
        """Whether texts are written."""
        return self._batcher.alive and self._long_batcher.alive

    async def normalize(self, texts: Sequence[str], style: str, tenant: str) -> list[Normalized]:
        """Write each text; leaving gives up the rest.

        Raises:
            Overloaded: too much waits, or the turn of a text did not come in time.
        """
        began_s = time.monotonic()
        asked = [asyncio.create_task(self._write(text, style, tenant)) for text in texts]
        try:
            found = [await one for one in asked]
        finally:
            for one in asked:
                one.cancel()
            await asyncio.gather(*asked, return_exceptions=True)
        self._metrics.written(
            style=style,
            took_s=time.monotonic() - began_s,
            refused=sum(one.refused for one in found),
            ruled=sum(one.ruled for one in found),
        )
        return found

    async def _write(self, text: str, style: str, tenant: str) -> Normalized:
        size = len(text.encode())
        batcher = self._long_batcher if size > self.settings.long_bytes else self._batcher
        return await batcher.answer((text, style), size=size, tenant=tenant, kind=style)
