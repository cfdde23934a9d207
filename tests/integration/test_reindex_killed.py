"""kill -9 at fifty random points of a change of model, under queries and writes: nothing fails, is lost or is doubled."""

import asyncio
import multiprocessing
import random
import time
from collections import Counter
from functools import partial

from serving.search.spaces import space_of
from serving.search.state import StateFile
from tests.live_search import EMBEDDERS, TRANSCRIPTS, LiveSearch, live, read_log

KILLS = 50
STAGES = ("copying", "served", "begun", "copying")


def begin(folder):
    async def fill():
        search = LiveSearch(folder)
        await search.spaces.open(EMBEDDERS["1"])
        for number in range(TRANSCRIPTS):
            await search.write(number, 1)
        await search.index.close()

    asyncio.run(fill())


def state_of(folder):
    state = StateFile(folder / "search.json").read()
    assert state is not None
    return state


def stage_of(folder):
    if state_of(folder).building is None:
        return "served"
    return "copying" if (folder / "reindex.json").exists() else "begun"


def is_at(folder, stage):
    return stage_of(folder) == stage


def is_open(folder, behind):
    return any(line[0] == "open" for line in read_log(folder, behind))


def wait_for(child, folder, reached):
    deadline_s = time.monotonic() + 240
    while not reached():
        assert child.is_alive(), f"it ended by itself: {read_log(folder)[-3:]}"
        assert time.monotonic() < deadline_s, "it does not go on"
        time.sleep(0.005)


def test_a_change_of_model_that_is_killed_anywhere_harms_nobody(tmp_path):
    begin(tmp_path)
    fork = multiprocessing.get_context("forkserver")
    fork.set_forkserver_preload(["tests.live_search"])
    chance, stages, moves = random.Random(20261126), Counter(), set()
    for kill in range(KILLS):
        before = (tmp_path / "log").stat().st_size
        child = fork.Process(target=live, args=(tmp_path, kill))
        child.start()
        wait_for(child, tmp_path, partial(is_open, tmp_path, before))
        # Half of the kills come whenever they come, half while a space is made, filled, or just swapped in.
        if kill % 2:
            wait_for(child, tmp_path, partial(is_at, tmp_path, STAGES[kill // 2 % len(STAGES)]))
        time.sleep(chance.random() * (0.3 if kill % 2 else 0.8))
        assert child.is_alive(), f"it ended by itself: {read_log(tmp_path)[-3:]}"
        child.kill()
        child.join()
        stages[stage_of(tmp_path)] += 1
        moves.add(state_of(tmp_path).serving.fingerprint)
    noted = Counter(line[0] for line in read_log(tmp_path))
    print(dict(noted), dict(stages))
    wrong = [line for line in read_log(tmp_path) if line[0] in ("failed", "lost", "mixed", "doubled", "fault")]
    assert not wrong, wrong[:5]
    assert noted["asked"] > 2 * KILLS and noted["moved"] >= 3, "too little was asked or moved to say anything"
    assert stages["copying"] >= 5 and stages["begun"] + stages["served"] >= 5, f"kills came at one stage only: {stages}"
    assert len(moves) == 2

    async def settle():
        search = LiveSearch(tmp_path)
        await search.open()
        await search.move()
        faults = await search.faults(search.spaces.state.written)
        await search.index.close()
        return faults, search.spaces.state

    faults, state = asyncio.run(settle())
    assert not faults
    assert state.building is None
    assert state.previous is not None
    assert {state.serving.fingerprint, state.previous.fingerprint} == {space_of(e).fingerprint for e in EMBEDDERS.values()}
