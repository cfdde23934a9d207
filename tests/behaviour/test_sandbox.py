"""A decoder may die, hang or eat memory: its caller gets an answer, and the next file is decoded."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from data.audio import Limits, decode
from data.errors import AudioTooLarge, AudioTooLong, DecodeTimeout, MissingAudio, TiengNoiError, Unavailable, UnreadableAudio
from data.sandbox import DecoderPool
from tests.behaviour.bad_audio import encoded, flac_bomb, muxed


def children(pool: DecoderPool) -> list[int]:
    return [child._process.pid for child in pool._children]


def is_running(pid: int) -> bool:
    """A process that ended and that nobody has asked about yet is a zombie, and runs no more."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text("utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture(scope="module")
def pool():
    with DecoderPool(2) as pool:
        yield pool


@pytest.mark.parametrize("data", [encoded("WAV"), encoded("FLAC"), encoded("OGG", "OPUS"), muxed("ipod", "aac")])
def test_child_answers_as_decode_does(pool, data, tmp_path):
    path = tmp_path / "giọng nói.audio"
    path.write_bytes(data)
    for source in (data, path, str(path)):
        np.testing.assert_array_equal(pool.decode(source), decode(source))
    assert len(pool.decode(data, rate_hz=8_000)) == len(decode(data, rate_hz=8_000))


def test_an_error_keeps_its_kind_and_the_child(pool, tmp_path):
    before = children(pool)
    with pytest.raises(UnreadableAudio, match="promises"):
        pool.decode(encoded("WAV")[:-100])
    with pytest.raises(MissingAudio):
        pool.decode(tmp_path / "none.wav")
    assert children(pool) == before


def test_no_samples_of_one_file_show_up_in_the_next(pool):
    long, short = encoded("FLAC", rate_hz=8_000), encoded("WAV")
    for _ in range(4):
        assert len(pool.decode(long)) == 64_000
        assert len(pool.decode(short)) == 32_000


def test_limits_of_the_pool_hold():
    with DecoderPool(1, limits=Limits(max_duration_s=1, max_bytes=70_000)) as pool:
        with pytest.raises(AudioTooLong):
            pool.decode(encoded("WAV"))
        with pytest.raises(AudioTooLarge):
            pool.decode(encoded("WAV") * 2)


def test_child_that_takes_too_long_is_killed_and_replaced():
    with DecoderPool(1, limits=Limits(max_duration_s=1e6), timeout_s=0.05) as pool:
        pid = children(pool)
        started_s = time.monotonic()
        with pytest.raises(DecodeTimeout):
            pool.decode(flac_bomb(4, claim_total=False))
        assert time.monotonic() - started_s < 30
        assert children(pool) != pid
        pool._timeout_s = 60
        assert len(pool.decode(encoded("WAV"))) == 32_000


def test_child_that_takes_too_much_memory_answers_and_lives():
    with DecoderPool(1, limits=Limits(max_duration_s=1e6), max_memory_bytes=400_000_000) as pool:
        pool.decode(encoded("WAV"))
        before = children(pool)
        with pytest.raises(AudioTooLarge, match="memory"):
            pool.decode(flac_bomb(4, claim_total=True))
        assert len(pool.decode(encoded("WAV"))) == 32_000
        assert children(pool) == before


def test_pool_whose_children_cannot_start_says_so():
    with DecoderPool(1, max_memory_bytes=20_000_000) as pool, pytest.raises(Unavailable):
        pool.decode(encoded("WAV"))


def test_idle_child_killed_hard_is_replaced_unnoticed(pool):
    for pid in children(pool):
        os.kill(pid, signal.SIGKILL)
    assert len(pool.decode(encoded("WAV"))) == 32_000


def test_file_on_which_children_die_twice_is_given_up():
    # SIGKILL from outside is what a crashing codec looks like from here.
    with DecoderPool(1, limits=Limits(max_duration_s=1e6)) as pool:
        pool.decode(encoded("WAV"))
        outcome: list[Exception] = []

        def ask() -> None:
            try:
                pool.decode(flac_bomb(4, claim_total=False))
            except TiengNoiError as error:
                outcome.append(error)

        asking = threading.Thread(target=ask)
        asking.start()
        killed: set[int] = set()
        while asking.is_alive():
            child = pool._children[0]
            if child._ready and child._process.pid not in killed and len(killed) < 2:
                killed.add(child._process.pid)
                time.sleep(0.1)
                os.kill(child._process.pid, signal.SIGKILL)
            time.sleep(0.01)
        assert [type(error) for error in outcome] == [UnreadableAudio]
        assert len(killed) == 2
        assert len(pool.decode(encoded("WAV"))) == 32_000


def test_many_threads_and_many_kills_lose_no_answer():
    files = [encoded("WAV"), encoded("FLAC"), encoded("MP3")]
    expected = [decode(data) for data in files]
    wrong, answered = [], []
    with DecoderPool(2) as pool:
        pool.decode(files[0])

        def ask(seed: int) -> None:
            for turn in range(25):
                which = (seed + turn) % len(files)
                try:
                    if not np.array_equal(pool.decode(files[which]), expected[which]):
                        wrong.append(which)
                except (UnreadableAudio, Unavailable):
                    pass  # A caller whose children are killed again and again is told; that is an answer too.
                answered.append(which)

        threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for turn in range(5):
            time.sleep(0.1)
            os.kill(children(pool)[turn % 2], signal.SIGKILL)
        for thread in threads:
            thread.join(60)
        assert not any(thread.is_alive() for thread in threads), "a caller hangs"
    assert not wrong
    assert len(answered) == 200


def test_closed_pool_leaves_no_process_and_says_that_it_is_closed():
    pool = DecoderPool(2)
    pool.decode(encoded("WAV"))
    pids = children(pool)
    pool.close()
    pool.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    with pytest.raises(Unavailable):
        pool.decode(encoded("WAV"))


def test_children_end_when_their_parent_is_killed_hard():
    program = "from data.sandbox import DecoderPool; pool = DecoderPool(2)\n"
    program += "print(*(child._process.pid for child in pool._children), flush=True); input()"
    parent = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pids = [int(pid) for pid in parent.stdout.readline().split()]
    assert len(pids) == 2
    parent.kill()
    parent.communicate()
    deadline_s = time.monotonic() + 30
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline_s, "a child outlives its parent"
        time.sleep(0.05)


def test_child_sees_neither_secrets_nor_heavy_modules(pool):
    pool.decode(encoded("WAV"))
    pid = children(pool)[-1]
    environment = Path(f"/proc/{pid}/environ").read_text("utf-8").split("\0")
    threads = {"OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"}
    names = {entry.partition("=")[0] for entry in environment if entry}
    assert names <= threads | {"PYTHONPATH", "PATH", "PYTHONUTF8", "LD_LIBRARY_PATH", "LC_CTYPE"}
    assert "torch" not in Path(f"/proc/{pid}/maps").read_text("utf-8")
