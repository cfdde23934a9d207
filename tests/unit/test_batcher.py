"""What the batcher promises: everybody is answered once, nobody is starved, budgets are kept, a failure stays alone."""

import asyncio
import threading
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from data.errors import NotUtf8, Overloaded, Unavailable
from serving.batcher import Batcher, Item, Limits, Queue, Watch
from serving.observability.metrics import AsrMetrics

LIMITS = Limits(unit="grains", smallest=4, max_padded=1000, max_items=32, max_wait_s=0.005, max_queued=100_000, timeout_s=60)


class Echo:
    """A model that answers with what it was asked, and which can be held up and told to fail."""

    def __init__(self, fails_on: int | None = None) -> None:
        self.batches: list[list[int]] = []
        self.fails_on = fails_on
        self.go = threading.Event()
        self.go.set()

    def __call__(self, work: list[int]) -> list[str]:
        self.go.wait(10)
        self.batches.append(work)
        if self.fails_on in work:
            raise NotUtf8("this one")
        return [str(size) for size in work]


@dataclass
class Told:
    """What the batcher said of itself."""

    queue: list[float] = field(default_factory=list)
    waits_s: list[float] = field(default_factory=list)
    batches: list[tuple[float, float, int]] = field(default_factory=list)

    def queued(self, size: float) -> None:
        self.queue.append(size)

    def waited(self, wait_s: float) -> None:
        self.waits_s.append(wait_s)

    def batch_done(self, *, took_s: float, size: float, padded: float, items: int) -> None:
        assert took_s >= 0
        self.batches.append((size, padded, items))


def batcher(echo: Echo, watch: Watch | None = None, **limits: float) -> Batcher[int, str]:
    return Batcher(echo, replace(LIMITS, **limits), watch or Told())  # type: ignore[arg-type]


def ask(one: Batcher[int, str], size: int, tenant: str = "", kind: str = ""):
    return one.answer(size, size=size, tenant=tenant, kind=kind)


sizes = st.lists(st.tuples(st.integers(1, 500), st.sampled_from("abc"), st.sampled_from("xy")), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(sizes, st.integers(500, 2000), st.integers(1, 8))
def test_everybody_is_answered_once_with_his_own_answer_and_the_budget_is_kept(wanted, max_padded, max_items):
    echo, told = Echo(), Told()

    async def run() -> list[str]:
        async with batcher(echo, told, max_padded=max_padded, max_items=max_items, max_wait_s=0.001) as one:
            return await asyncio.gather(*(ask(one, size, tenant) for size, tenant, _ in wanted))

    assert asyncio.run(run()) == [str(size) for size, _, _ in wanted]
    assert sorted(n for batch in echo.batches for n in batch) == sorted(size for size, _, _ in wanted)
    for batch in echo.batches:
        assert len(batch) <= max_items
        assert len(batch) == 1 or len(batch) * max(batch) <= max_padded
        assert max(batch) <= 2 * max(min(batch), LIMITS.smallest)
    assert told.batches == [(sum(batch), len(batch) * max(batch), len(batch)) for batch in echo.batches]
    assert len(told.waits_s) == len(wanted) and told.queue[-1] == 0


@settings(max_examples=15, deadline=None)
@given(sizes)
def test_two_kinds_never_share_a_batch(wanted):
    batches: list[set[str]] = []

    def model(work: list[tuple[int, str]]) -> list[int]:
        batches.append({kind for _, kind in work})
        return [size for size, _ in work]

    async def run() -> list[int]:
        async with Batcher(model, LIMITS, Told()) as one:
            return await asyncio.gather(*(one.answer((s, kind), size=s, tenant=t, kind=kind) for s, t, kind in wanted))

    assert asyncio.run(run()) == [size for size, _, _ in wanted]
    assert all(len(kinds) == 1 for kinds in batches)


@settings(max_examples=100, deadline=None)
@given(sizes)
def test_a_queue_gives_back_what_was_put_in_and_each_tenant_in_turn(wanted):
    loop = asyncio.new_event_loop()
    queue: Queue[int, str] = Queue()
    items = [Item(size, size, tenant, loop.create_future(), (kind, size // 100)) for size, tenant, kind in wanted]
    for item in items:
        queue.put(item)
    assert queue.size == sum(item.size for item in items)
    waiting, taken, last = list(items), [], ""
    while queue:
        batch = queue.take(max_padded=1000, max_items=4)
        chooser = batch[0].tenant
        assert batch[0] is next(item for item in waiting if item.tenant == chooser), "its oldest item goes first"
        assert chooser != last or {item.tenant for item in waiting} == {chooser}, "nobody chooses twice in a row"
        assert len({item.bucket for item in batch}) == 1
        waiting, taken, last = [item for item in waiting if item not in batch], taken + batch, chooser
    assert sorted(map(id, taken)) == sorted(map(id, items))
    assert queue.size == 0
    loop.close()


def test_a_greedy_tenant_makes_nobody_wait_for_more_than_one_batch():
    async def run() -> list[str]:
        echo, order = Echo(), []
        echo.go.clear()
        async with batcher(echo, max_items=4, max_wait_s=0) as one:

            async def wait(tenant: str) -> None:
                await ask(one, 200, tenant)
                order.append(tenant)

            greedy = [asyncio.create_task(wait("greedy")) for _ in range(40)]
            await asyncio.sleep(0.05)
            modest = asyncio.create_task(wait("modest"))
            await asyncio.sleep(0.05)
            echo.go.set()
            await asyncio.gather(*greedy, modest)
        return order

    # The batch that ran, and the one in which its turn came: four items each at most.
    assert asyncio.run(run()).index("modest") < 8


def test_an_item_that_fails_takes_nobody_with_it():
    echo = Echo(fails_on=150)

    async def run() -> list[object]:
        async with batcher(echo, max_wait_s=0.02) as one:
            return await asyncio.gather(*(ask(one, s) for s in (140, 150, 130, 145, 135)), return_exceptions=True)

    answers = asyncio.run(run())
    assert isinstance(answers[1], NotUtf8)
    assert [answer for i, answer in enumerate(answers) if i != 1] == ["140", "130", "145", "135"]


def test_a_full_queue_refuses_at_once_and_a_slow_one_in_time():
    async def run() -> None:
        echo = Echo()
        echo.go.clear()
        async with batcher(echo, max_queued=50, timeout_s=0.3, max_wait_s=0) as one:
            running = asyncio.create_task(ask(one, 30))
            await asyncio.sleep(0.05)
            waiting = asyncio.create_task(ask(one, 40))
            await asyncio.sleep(0.01)
            with pytest.raises(Overloaded, match="40 grains are waiting"):
                await ask(one, 20)
            for slow in (running, waiting):
                with pytest.raises(Overloaded, match="not answered within 0"):
                    await slow
            echo.go.set()
            # What nobody waits for any more takes no room, and is not worked on.
            assert await ask(one, 50) == "50"
            assert [40] not in echo.batches

    asyncio.run(run())


def test_who_hangs_up_is_not_worked_for():
    async def run() -> list[list[int]]:
        echo = Echo()
        echo.go.clear()
        async with batcher(echo, max_wait_s=0) as one:
            first = asyncio.create_task(ask(one, 10))
            await asyncio.sleep(0.05)
            gone = asyncio.create_task(ask(one, 80))
            await asyncio.sleep(0.01)
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            echo.go.set()
            await first
        return echo.batches

    assert asyncio.run(run()) == [[10]]


def test_a_batcher_that_stops_answers_those_who_wait():
    async def run() -> None:
        echo = Echo()
        echo.go.clear()
        one = batcher(echo, max_wait_s=0)
        async with one:
            asked = [asyncio.create_task(ask(one, s)) for s in (10, 90)]
            await asyncio.sleep(0.05)
            asyncio.get_running_loop().call_later(0.1, echo.go.set)
        for waiting in asked:
            with pytest.raises(Unavailable):
                await waiting
        with pytest.raises(Unavailable):
            await ask(one, 10)

    asyncio.run(run())


def test_what_prometheus_reads_is_what_the_batcher_did():
    registry = CollectorRegistry()

    async def run() -> None:
        async with batcher(Echo(), AsrMetrics(registry)) as one:
            await asyncio.gather(*(ask(one, size) for size in (40, 60)))

    asyncio.run(run())
    assert registry.get_sample_value("asr_audio_processed_seconds_total", {"mode": "batch"}) == 100
    assert registry.get_sample_value("asr_batch_clips_sum") == 2
    assert registry.get_sample_value("asr_batch_padding_ratio_sum") == pytest.approx(1 - 100 / 120)
    assert registry.get_sample_value("asr_queue_seconds") == 0
