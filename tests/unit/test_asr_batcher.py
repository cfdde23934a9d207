"""What the batcher promises: everybody is answered once, nobody is starved, budgets are kept, a failure stays alone."""

import asyncio
import math
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from data.errors import Overloaded, Unavailable, UnreadableAudio
from data.schema import RATE_HZ, Transcript
from serving.asr.batcher import Batcher, Clip, Queue
from serving.observability.metrics import AsrMetrics
from serving.settings import BatchSettings


class Echo:
    """A recogniser whose text is the clip's length, and which can be held up and told to fail."""

    def __init__(self, fails_on: int | None = None) -> None:
        self.batches: list[list[int]] = []
        self.fails_on = fails_on
        self.go = threading.Event()
        self.go.set()

    def transcribe(self, clips: list[np.ndarray]) -> list[Transcript]:
        self.go.wait(10)
        self.batches.append([len(clip) for clip in clips])
        if self.fails_on in self.batches[-1]:
            raise UnreadableAudio("this one")
        return [Transcript(text=str(len(clip)), words=(), duration_s=len(clip) / RATE_HZ) for clip in clips]


def clip(duration_s: float) -> np.ndarray:
    return np.zeros(round(duration_s * RATE_HZ), np.float32)


def batcher(echo: Echo, **limits: float) -> Batcher:
    return Batcher(echo, BatchSettings(**limits), AsrMetrics(CollectorRegistry()))  # type: ignore[arg-type]


lengths = st.lists(st.tuples(st.floats(0.05, 25), st.sampled_from("abc")), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(lengths, st.floats(20, 80), st.integers(1, 8))
def test_every_clip_is_answered_once_with_its_own_text_and_the_budget_is_kept(wanted, max_padded_s, max_clips):
    echo = Echo()

    async def run() -> list[Transcript]:
        async with batcher(echo, max_padded_s=max_padded_s, max_clips=max_clips, max_wait_ms=1) as one:
            return await asyncio.gather(*(one.transcribe(clip(s), tenant=tenant) for s, tenant in wanted))

    answers = asyncio.run(run())
    assert [answer.text for answer in answers] == [str(len(clip(s))) for s, _ in wanted]
    assert sorted(n for batch in echo.batches for n in batch) == sorted(len(clip(s)) for s, _ in wanted)
    for batch in echo.batches:
        assert len(batch) <= max_clips
        assert len(batch) == 1 or len(batch) * max(batch) / RATE_HZ <= max_padded_s + 1e-6
        assert max(batch) <= 2 * max(min(batch), RATE_HZ // 4)


@settings(max_examples=100, deadline=None)
@given(lengths)
def test_a_queue_gives_back_what_was_put_in_and_each_tenant_in_turn(wanted):
    loop = asyncio.new_event_loop()
    queue = Queue()
    clips = [Clip(clip(s), tenant, loop.create_future()) for s, tenant in wanted]
    for item in clips:
        queue.put(item)
    assert math.isclose(queue.queued_s, sum(item.duration_s for item in clips))
    waiting, taken, last = list(clips), [], ""
    while queue:
        batch = queue.take(max_padded_s=30, max_clips=4)
        chooser = batch[0].tenant
        assert batch[0] is next(item for item in waiting if item.tenant == chooser), "its oldest clip goes first"
        assert chooser != last or {item.tenant for item in waiting} == {chooser}, "nobody chooses twice in a row"
        waiting, taken, last = [item for item in waiting if item not in batch], taken + batch, chooser
    assert sorted(map(id, taken)) == sorted(map(id, clips))
    assert abs(queue.queued_s) < 1e-6
    loop.close()


def test_a_greedy_tenant_makes_nobody_wait_for_more_than_one_batch():
    async def run() -> list[str]:
        echo, order = Echo(), []
        echo.go.clear()
        async with batcher(echo, max_padded_s=10, max_clips=4, max_wait_ms=0) as one:

            async def ask(tenant: str) -> None:
                await one.transcribe(clip(2), tenant=tenant)
                order.append(tenant)

            greedy = [asyncio.create_task(ask("greedy")) for _ in range(40)]
            await asyncio.sleep(0.05)
            modest = asyncio.create_task(ask("modest"))
            await asyncio.sleep(0.05)
            echo.go.set()
            await asyncio.gather(*greedy, modest)
        return order

    # The batch that ran, and the one in which its turn came: four clips each at most.
    assert asyncio.run(run()).index("modest") < 8


def test_a_clip_that_fails_takes_nobody_with_it():
    echo = Echo(fails_on=len(clip(1.5)))

    async def run() -> list[object]:
        async with batcher(echo, max_wait_ms=20) as one:
            asked = [one.transcribe(clip(s)) for s in (1.2, 1.5, 1.3, 1.4, 1.25)]
            return await asyncio.gather(*asked, return_exceptions=True)

    answers = asyncio.run(run())
    assert isinstance(answers[1], UnreadableAudio)
    assert [a.text for i, a in enumerate(answers) if i != 1] == [str(len(clip(s))) for s in (1.2, 1.3, 1.4, 1.25)]  # type: ignore[union-attr]


def test_a_full_queue_refuses_at_once_and_a_slow_one_in_time():
    async def run() -> None:
        echo = Echo()
        echo.go.clear()
        async with batcher(echo, max_queued_s=5, timeout_s=0.3, max_wait_ms=0) as one:
            running = asyncio.create_task(one.transcribe(clip(3)))
            await asyncio.sleep(0.05)
            waiting = asyncio.create_task(one.transcribe(clip(4)))
            await asyncio.sleep(0.01)
            with pytest.raises(Overloaded, match="waiting"):
                await one.transcribe(clip(2))
            for slow in (running, waiting):
                with pytest.raises(Overloaded, match="within"):
                    await slow
            echo.go.set()
            # What nobody waits for any more takes no room, and is not recognised.
            assert (await one.transcribe(clip(5))).text == str(len(clip(5)))
            assert [len(clip(4))] not in echo.batches

    asyncio.run(run())


def test_who_hangs_up_is_not_recognised():
    async def run() -> list[list[int]]:
        echo = Echo()
        echo.go.clear()
        async with batcher(echo, max_wait_ms=0) as one:
            first = asyncio.create_task(one.transcribe(clip(1)))
            await asyncio.sleep(0.05)
            gone = asyncio.create_task(one.transcribe(clip(8)))
            await asyncio.sleep(0.01)
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            echo.go.set()
            await first
        return echo.batches

    assert asyncio.run(run()) == [[len(clip(1))]]


def test_a_batcher_that_stops_answers_those_who_wait():
    async def run() -> None:
        echo = Echo()
        echo.go.clear()
        one = batcher(echo, max_wait_ms=0)
        async with one:
            asked = [asyncio.create_task(one.transcribe(clip(s))) for s in (1, 9)]
            await asyncio.sleep(0.05)
            asyncio.get_running_loop().call_later(0.1, echo.go.set)
        for waiting in asked:
            with pytest.raises(Unavailable):
                await waiting
        with pytest.raises(Unavailable):
            await one.transcribe(clip(1))

    asyncio.run(run())
