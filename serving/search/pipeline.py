"""The parts of the service, and the way of one question through them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from data.errors import Overloaded, UnknownSpace
from serving.intake import Intake
from serving.observability.metrics import SearchMetrics
from serving.search.fields import Question
from serving.search.hybrid import Hit, Hybrid, Mode, is_bare
from serving.search.moving import Mover
from serving.search.settings import SearchSettings
from serving.search.spaces import Spaces
from serving.served_model import ServedModel
from serving.settings import IntakeSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """Hits, how they were found, and in which space."""

    hits: Sequence[Hit]
    mode: Mode
    fingerprint: str


class Pipeline:
    """Answers questions, each from the space that is served when it comes."""

    def __init__(
        self, *, model: ServedModel, spaces: Spaces, settings: SearchSettings, metrics: SearchMetrics, mover: Mover
    ) -> None:
        self.model, self.settings, self.mover = model, settings, mover
        self.intake, self.package_intake = Intake(settings.query), Intake(settings.admin)
        self.order_intake = Intake(IntakeSettings(max_bytes=settings.admin.max_order_bytes, max_open=settings.admin.max_open))
        self._spaces, self._metrics = spaces, metrics
        self._hybrid = Hybrid(spaces.index, spaces.lexicon)

    @property
    def alive(self) -> bool:
        """Whether questions are answered."""
        return True

    async def search(self, question: Question) -> Answered:
        """Find the passages.

        Raises:
            Overloaded: it took longer than `timeout_s`.
        """
        began_s = time.monotonic()
        served = self._spaces.served()
        needed = served.fusion.weight(is_bare(question.text)) > 0
        mode: Mode = "lexical" if question.mode == "hybrid" and not needed else question.mode
        try:
            async with asyncio.timeout(self.settings.query.timeout_s):
                hits = await self._hybrid.search(served, question.text, question.where, question.limit, mode)
        except UnknownSpace:
            # It was let go while this question was on its way to it; the next one is there already.
            if served.space == self._spaces.state.serving:
                raise
            return await self.search(question)
        except TimeoutError as error:
            raise Overloaded(f"no answer after {self.settings.query.timeout_s:.0f} s") from error
        self._metrics.answered(mode=mode, took_s=time.monotonic() - began_s, hits=len(hits))
        return Answered(hits=hits, mode=mode, fingerprint=served.space.fingerprint)
