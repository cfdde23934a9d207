"""From a file to words: decode in a child process, find speech, recognise its chunks among everybody else's."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.errors import Overloaded
from data.sandbox import DecoderPool
from data.schema import RATE_HZ, Seconds, Transcript, Word
from serving.asr.formats import Heard
from serving.asr.segment import Speech, find_speech, shifted
from serving.asr.settings import AsrSettings
from serving.asr.vad import Vad
from serving.batcher import Batcher
from serving.contracts.api import LineageShape
from serving.intake import Intake
from serving.observability.metrics import AsrMetrics
from serving.served_model import ServedModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """A decoded file with what the detector found in it."""

    samples: np.ndarray
    speech: Speech
    sha256: str
    received_s: Seconds

    @property
    def duration_s(self) -> Seconds:
        return len(self.samples) / RATE_HZ


class Pipeline:
    """The parts of the service, and the way of one request through them."""

    def __init__(
        self,
        *,
        model: ServedModel,
        batcher: Batcher[np.ndarray, Transcript],
        decoders: DecoderPool,
        vad: Vad,
        settings: AsrSettings,
        metrics: AsrMetrics,
    ) -> None:
        self.model, self.metrics, self.settings = model, metrics, settings
        self.intake = Intake(settings.upload)
        self._batcher, self._decoders, self._vad = batcher, decoders, vad
        self._threads = ThreadPoolExecutor(settings.decode.workers, thread_name_prefix="decode")
        self._waiting, self._held_s = 0, 0.0
        self._settings_digest = hashlib.sha256(settings.segment.model_dump_json().encode()).hexdigest()

    def close(self) -> None:
        """Wait for the decodings that run."""
        self._threads.shutdown()

    @property
    def alive(self) -> bool:
        """Whether chunks are recognised."""
        return self._batcher.alive

    @asynccontextmanager
    async def opened(self, path: Path, sha256: str) -> AsyncIterator[Audio]:
        """Decode a file and find speech in it; its samples count as held until the block ends.

        Raises:
            AudioError: the file cannot be used.
            Overloaded: too many files wait, or too much decoded audio is held.
        """
        received_s = time.monotonic()
        if self._waiting >= self.settings.decode.max_waiting:
            raise Overloaded(f"{self._waiting} files wait to be decoded")
        self._waiting += 1
        loop = asyncio.get_running_loop()
        try:
            samples = await loop.run_in_executor(self._threads, self._decode, path)
        finally:
            self._waiting -= 1
        duration_s = len(samples) / RATE_HZ
        if self._held_s and self._held_s + duration_s > self.settings.decode.max_held_s:
            raise Overloaded(f"{self._held_s:.0f} s of decoded audio are held")
        self._hold(duration_s)
        try:
            speech = await loop.run_in_executor(self._threads, self._find_speech, samples)
            yield Audio(samples=samples, speech=speech, sha256=sha256, received_s=received_s)
        finally:
            self._hold(-duration_s)

    async def words(self, audio: Audio, tenant: str) -> AsyncIterator[tuple[Word, ...]]:
        """The words, chunk after chunk in order; leaving the loop gives up the rest."""
        chunks = [
            asyncio.create_task(self._batcher.answer(audio.samples[start:stop], size=(stop - start) / RATE_HZ, tenant=tenant))
            for start, stop in audio.speech.chunks
        ]
        try:
            for (start, _), chunk in zip(audio.speech.chunks, chunks, strict=True):
                found = shifted((await chunk).words, start)
                kept = audio.speech.kept(found)
                self.metrics.invented.inc(len(found) - len(kept))
                yield kept
        finally:
            for chunk in chunks:
                chunk.cancel()
            await asyncio.gather(*chunks, return_exceptions=True)

    def heard(self, audio: Audio, words: tuple[Word, ...]) -> Heard:
        """The whole answer."""
        self.metrics.final_latency_s.observe(time.monotonic() - audio.received_s)
        if not words:
            self.metrics.empty.inc()
        lineage = LineageShape(
            transcript_id=self.transcript_id(audio.sha256), audio_sha256=audio.sha256, **self.model.lineage_fields()
        )
        return Heard(words=words, speech=audio.speech, duration_s=audio.duration_s, lineage=lineage)

    def transcript_id(self, audio_sha256: str) -> str:
        """The same bytes heard by the same model with the same settings are the same transcript."""
        parts = f"{audio_sha256}:{self.model.digest}:{self._settings_digest}"
        return "tr_" + hashlib.sha256(parts.encode()).hexdigest()[:32]

    def _decode(self, path: Path) -> np.ndarray:
        with self.metrics.stage_s.labels(stage="decode").time():
            return self._decoders.decode(path)

    def _find_speech(self, samples: np.ndarray) -> Speech:
        with self.metrics.stage_s.labels(stage="segment").time():
            return find_speech(samples, self._vad, self.settings.segment)

    def _hold(self, duration_s: Seconds) -> None:
        self._held_s += duration_s
        self.metrics.held_s.set(self._held_s)
