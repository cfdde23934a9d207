"""One batcher for every request: what many callers ask shares the model, and no caller waits for a greedy one.

What is asked has a size (seconds of audio, bytes of text). A batch holds items of one kind and one length bucket, so that
at most half of it is padding, and at most `max_padded` of items times the largest. Tenants take turns in choosing the
bucket. An item that fails takes nobody with it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from data.errors import Overloaded, TiengNoiError, Unavailable
from data.schema import Seconds

_log = logging.getLogger("tiengnoi.batcher")
Work = TypeVar("Work")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a batch and the queue before it may hold, in the unit in which sizes are counted."""

    unit: str
    """What is counted, as people say it."""
    smallest: float
    """What is smaller is padded like it."""
    max_padded: float
    """Largest batch: items times the largest one."""
    max_items: int
    """Most items in a batch."""
    max_wait_s: Seconds
    """How long an idle model waits for company for a first item."""
    max_queued: float
    """How much may wait."""
    timeout_s: Seconds
    """Longest time that an item may wait and be worked on."""


class Watch(Protocol):
    """Who is told what the batcher does."""

    def queued(self, size: float) -> None:
        """So much waits now."""
        ...

    def waited(self, wait_s: Seconds) -> None:
        """An item's turn has come."""
        ...

    def batch_done(self, *, took_s: Seconds, size: float, padded: float, items: int) -> None:
        """A batch was answered."""
        ...


@dataclass(slots=True, eq=False)
class Item(Generic[Work, Result]):
    """What is asked; `answer` is done when it was worked on, failed, or nobody waits any more."""

    work: Work
    size: float
    tenant: str
    answer: asyncio.Future[Result]
    bucket: tuple[str, int] = ("", 0)
    """Items of one bucket are of one kind and differ in size by a factor of two at most."""
    arrived_s: Seconds = 0.0


class Queue(Generic[Work, Result]):
    """Items by tenant, in the order in which they came."""

    def __init__(self) -> None:
        self._tenants: dict[str, deque[Item[Work, Result]]] = {}
        self.size = 0.0

    def __bool__(self) -> bool:
        return bool(self._tenants)

    def oldest_s(self) -> Seconds:
        """When the item came that waits longest."""
        return min(items[0].arrived_s for items in self._tenants.values())

    def put(self, item: Item[Work, Result]) -> None:
        self._tenants.setdefault(item.tenant, deque()).append(item)
        self.size += item.size

    def drop(self, item: Item[Work, Result]) -> None:
        """Forget an item that nobody waits for; one that was taken already stays taken."""
        items = self._tenants.get(item.tenant)
        if items is not None and item in items:
            items.remove(item)
            self._left(item)

    def take(self, *, max_padded: float, max_items: int) -> list[Item[Work, Result]]:
        """The next batch: the tenant whose turn it is chooses the bucket, then all tenants in turn fill it."""
        chooser = next(iter(self._tenants))
        first = self._tenants[chooser].popleft()
        batch, largest = [first], first.size
        self._left(first)
        # The chooser goes to the end of the line, also for the rest of this batch.
        if chooser in self._tenants:
            self._tenants[chooser] = self._tenants.pop(chooser)
        waiting = {t: [i for i in items if i.bucket == first.bucket] for t, items in self._tenants.items()}
        for _ in range(max(map(len, waiting.values()), default=0)):
            for tenant, items in waiting.items():
                if not items:
                    continue
                item = items.pop(0)
                padded = max(largest, item.size) * (len(batch) + 1)
                if len(batch) < max_items and padded <= max_padded:
                    self._tenants[tenant].remove(item)
                    self._left(item)
                    batch.append(item)
                    largest = max(largest, item.size)
        return batch

    def _left(self, item: Item[Work, Result]) -> None:
        self.size -= item.size
        if not self._tenants[item.tenant]:
            del self._tenants[item.tenant]


class Batcher(Generic[Work, Result]):
    """Feeds a model from a bounded queue, one batch after the other, in a thread of its own."""

    def __init__(self, model: Callable[[list[Work]], Sequence[Result]], limits: Limits, watch: Watch) -> None:
        self._model, self._limits, self._watch = model, limits, watch
        self._queue: Queue[Work, Result] = Queue()
        self._arrived = asyncio.Event()
        self._lane = ThreadPoolExecutor(1, thread_name_prefix="model")
        self._feeding: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Batcher[Work, Result]:
        self._feeding = asyncio.create_task(self._feed(), name="batcher")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._feeding is not None:
            self._feeding.cancel()
            await asyncio.gather(self._feeding, return_exceptions=True)
            self._feeding = None
        while self._queue:
            for item in self._queue.take(max_padded=math.inf, max_items=1 << 30):
                _fail(item, Unavailable("the service stops"))
        await asyncio.to_thread(self._lane.shutdown)

    @property
    def alive(self) -> bool:
        return self._feeding is not None and not self._feeding.done()

    async def answer(self, work: Work, *, size: float, tenant: str = "", kind: str = "") -> Result:
        """What the model makes of one item.

        Args:
            kind: only items of one kind share a batch.
        Raises:
            Overloaded: the queue is full, or the item's turn did not come in time.
            Unavailable: the service stops.
        """
        limits = self._limits
        if not self.alive:
            raise Unavailable("the service stops")
        if self._queue and self._queue.size + size > limits.max_queued:
            raise Overloaded(f"{self._queue.size:.0f} {limits.unit} are waiting")
        bucket = (kind, math.ceil(math.log2(max(size, limits.smallest))))
        item = Item(work, size, tenant, asyncio.get_running_loop().create_future(), bucket, time.monotonic())
        self._queue.put(item)
        self._watch.queued(self._queue.size)
        self._arrived.set()
        try:
            async with asyncio.timeout(limits.timeout_s):
                return await item.answer
        except TimeoutError as error:
            raise Overloaded(f"not answered within {limits.timeout_s:g} s") from error
        finally:
            self._queue.drop(item)

    async def _feed(self) -> None:
        limits = self._limits
        while True:
            await self._arrived.wait()
            if not self._queue:
                self._arrived.clear()
                continue
            # After a busy spell the oldest item has waited long enough, and this is no wait at all.
            company_s = self._queue.oldest_s() + limits.max_wait_s - time.monotonic()
            if company_s > 0 and self._queue.size < limits.max_padded:
                await asyncio.sleep(company_s)
                if not self._queue:
                    continue
            batch = self._queue.take(max_padded=limits.max_padded, max_items=limits.max_items)
            self._watch.queued(self._queue.size)
            await self._work_on(batch)

    async def _work_on(self, batch: Sequence[Item[Work, Result]]) -> None:
        batch = [item for item in batch if not item.answer.done()]
        if not batch:
            return
        now_s = time.monotonic()
        for item in batch:
            self._watch.waited(now_s - item.arrived_s)
        try:
            found = await asyncio.get_running_loop().run_in_executor(self._lane, self._model, [item.work for item in batch])
            if len(found) != len(batch):
                raise RuntimeError(f"{len(batch)} items went in, {len(found)} answers came out")
        except asyncio.CancelledError:
            for item in batch:
                _fail(item, Unavailable("the service stops"))
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to the items' callers; the queue goes on
            if len(batch) == 1:
                if not isinstance(error, TiengNoiError):
                    _log.exception("an item could not be answered")
                _fail(batch[0], error)
                return
            half = len(batch) // 2
            await self._work_on(batch[:half])
            await self._work_on(batch[half:])
            return
        self._watch.batch_done(
            took_s=time.monotonic() - now_s,
            size=sum(item.size for item in batch),
            padded=len(batch) * max(item.size for item in batch),
            items=len(batch),
        )
        for item, result in zip(batch, found, strict=True):
            if not item.answer.done():
                item.answer.set_result(result)


def _fail(item: Item[Work, Result], error: BaseException) -> None:
    if not item.answer.done():
        item.answer.set_exception(error)
