"""One batcher for every request: chunks of many callers share the recogniser, and no caller waits for a greedy one.

A batch holds clips of one length bucket, so that at most half of it is padding, and at most `max_padded_s` seconds of
clips times longest. Tenants take turns in choosing the bucket. A clip that fails takes nobody with it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from data.errors import Overloaded, TiengNoiError, Unavailable
from data.schema import RATE_HZ, Seconds, Transcript
from serving.observability.metrics import AsrMetrics
from serving.ports import Transcriber
from serving.settings import BatchSettings

_log = logging.getLogger("tiengnoi.asr")


@dataclass(slots=True, eq=False)
class Clip:
    """A chunk in the queue; `answer` is done when it was recognised, failed, or nobody waits any more."""

    samples: np.ndarray
    tenant: str
    answer: asyncio.Future[Transcript]
    arrived_s: Seconds = 0.0
    duration_s: Seconds = field(init=False)

    def __post_init__(self) -> None:
        self.duration_s = len(self.samples) / RATE_HZ

    @property
    def bucket(self) -> int:
        """Clips of one bucket differ in length by a factor of two at most."""
        return math.ceil(math.log2(max(self.duration_s, 0.25)))


class Queue:
    """Clips by tenant, in the order in which they came."""

    def __init__(self) -> None:
        self._tenants: dict[str, deque[Clip]] = {}
        self.queued_s: Seconds = 0.0

    def __bool__(self) -> bool:
        return bool(self._tenants)

    def oldest_s(self) -> Seconds:
        """When the clip came that waits longest."""
        return min(clips[0].arrived_s for clips in self._tenants.values())

    def put(self, clip: Clip) -> None:
        self._tenants.setdefault(clip.tenant, deque()).append(clip)
        self.queued_s += clip.duration_s

    def drop(self, clip: Clip) -> None:
        """Forget a clip that nobody waits for; one that was taken already stays taken."""
        clips = self._tenants.get(clip.tenant)
        if clips is not None and clip in clips:
            clips.remove(clip)
            self._left(clip)

    def take(self, *, max_padded_s: Seconds, max_clips: int) -> list[Clip]:
        """The next batch: the tenant whose turn it is chooses the bucket, then all tenants in turn fill it."""
        chooser = next(iter(self._tenants))
        first = self._tenants[chooser].popleft()
        batch, longest_s = [first], first.duration_s
        self._left(first)
        # The chooser goes to the end of the line, also for the rest of this batch.
        if chooser in self._tenants:
            self._tenants[chooser] = self._tenants.pop(chooser)
        waiting = {t: [c for c in clips if c.bucket == first.bucket] for t, clips in self._tenants.items()}
        for _ in range(max(map(len, waiting.values()), default=0)):
            for tenant, clips in waiting.items():
                if not clips:
                    continue
                clip = clips.pop(0)
                padded_s = max(longest_s, clip.duration_s) * (len(batch) + 1)
                if len(batch) < max_clips and padded_s <= max_padded_s:
                    self._tenants[tenant].remove(clip)
                    self._left(clip)
                    batch.append(clip)
                    longest_s = max(longest_s, clip.duration_s)
        return batch

    def _left(self, clip: Clip) -> None:
        self.queued_s -= clip.duration_s
        if not self._tenants[clip.tenant]:
            del self._tenants[clip.tenant]


class Batcher:
    """Feeds a recogniser from a bounded queue, one batch after the other, in a thread of its own."""

    def __init__(self, transcriber: Transcriber, settings: BatchSettings, metrics: AsrMetrics) -> None:
        self._transcriber, self._settings, self._metrics = transcriber, settings, metrics
        self._queue = Queue()
        self._arrived = asyncio.Event()
        self._lane = ThreadPoolExecutor(1, thread_name_prefix="recogniser")
        self._feeding: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Batcher:
        self._feeding = asyncio.create_task(self._feed(), name="batcher")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._feeding is not None:
            self._feeding.cancel()
            await asyncio.gather(self._feeding, return_exceptions=True)
            self._feeding = None
        while self._queue:
            for clip in self._queue.take(max_padded_s=math.inf, max_clips=1 << 30):
                _fail(clip, Unavailable("the service stops"))
        await asyncio.to_thread(self._lane.shutdown)

    @property
    def alive(self) -> bool:
        return self._feeding is not None and not self._feeding.done()

    async def transcribe(self, samples: np.ndarray, *, tenant: str = "") -> Transcript:
        """Recognise one clip of mono float32 at 16 kHz.

        Raises:
            Overloaded: the queue is full, or the clip's turn did not come in time.
            Unavailable: the service stops.
        """
        if not self.alive:
            raise Unavailable("the service stops")
        clip = Clip(samples, tenant, asyncio.get_running_loop().create_future(), time.monotonic())
        if self._queue and self._queue.queued_s + clip.duration_s > self._settings.max_queued_s:
            raise Overloaded(f"{self._queue.queued_s:.0f} s of audio are waiting")
        self._queue.put(clip)
        self._metrics.queued_s.set(self._queue.queued_s)
        self._arrived.set()
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await clip.answer
        except TimeoutError as error:
            raise Overloaded(f"not recognised within {self._settings.timeout_s:.0f} s") from error
        finally:
            self._queue.drop(clip)

    async def _feed(self) -> None:
        while True:
            await self._arrived.wait()
            if not self._queue:
                self._arrived.clear()
                continue
            # After a busy spell the oldest clip has waited long enough, and this is no wait at all.
            company_s = self._queue.oldest_s() + self._settings.max_wait_ms / 1000 - time.monotonic()
            if company_s > 0 and self._queue.queued_s < self._settings.max_padded_s:
                await asyncio.sleep(company_s)
                if not self._queue:
                    continue
            batch = self._queue.take(max_padded_s=self._settings.max_padded_s, max_clips=self._settings.max_clips)
            self._metrics.queued_s.set(self._queue.queued_s)
            await self._recognise(batch)

    async def _recognise(self, batch: Sequence[Clip]) -> None:
        batch = [clip for clip in batch if not clip.answer.done()]
        if not batch:
            return
        now_s = time.monotonic()
        for clip in batch:
            self._metrics.waited_s.observe(now_s - clip.arrived_s)
        clips = [clip.samples for clip in batch]
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._lane, self._transcriber.transcribe, clips)
            if len(found) != len(batch):
                raise RuntimeError(f"{len(batch)} clips went in, {len(found)} transcripts came out")
        except asyncio.CancelledError:
            for clip in batch:
                _fail(clip, Unavailable("the service stops"))
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the clips' callers; the queue goes on
            if len(batch) == 1:
                if not isinstance(error, TiengNoiError):
                    _log.exception("a clip could not be recognised")
                _fail(batch[0], error)
                return
            half = len(batch) // 2
            await self._recognise(batch[:half])
            await self._recognise(batch[half:])
            return
        self._metrics.batch_done(
            took_s=time.monotonic() - now_s,
            audio_s=sum(clip.duration_s for clip in batch),
            padded_s=len(batch) * max(clip.duration_s for clip in batch),
            clips=len(batch),
        )
        for clip, transcript in zip(batch, found, strict=True):
            if not clip.answer.done():
                clip.answer.set_result(transcript)


def _fail(clip: Clip, error: BaseException) -> None:
    if not clip.answer.done():
        clip.answer.set_exception(error)
