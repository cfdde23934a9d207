"""Parts of one machine: started once, found again, stopped whole."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from data.errors import Unavailable
from serving import processes
from serving.processes import Part


@pytest.fixture
def part():
    port = processes.free_port()
    url = f"http://127.0.0.1:{port}"
    return Part(
        name="pages",
        argv=[sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        url=url,
        health_url=url,
        ready_s=20,
    )


def test_starting_twice_is_one_process(part, tmp_path):
    try:
        pid = processes.start(part, tmp_path)
        processes.wait_ready(part, tmp_path)
        assert processes.start(part, tmp_path) == pid
        assert processes.running(tmp_path) == {"pages": part.url}
    finally:
        assert processes.stop("pages", tmp_path)
    assert processes.running(tmp_path) == {}
    assert not processes.answers(part.url)


def test_a_killed_part_starts_again(part, tmp_path):
    first = processes.start(part, tmp_path)
    processes.wait_ready(part, tmp_path)
    os.kill(first, signal.SIGKILL)
    deadline_s = time.monotonic() + 5
    while processes.pid_of("pages", tmp_path) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    try:
        assert processes.start(part, tmp_path) != first
        processes.wait_ready(part, tmp_path)
    finally:
        processes.stop("pages", tmp_path)


def test_a_stranger_with_the_same_number_is_never_stopped(tmp_path):
    stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
    try:
        record = {"pid": stranger.pid, "started": "an earlier life", "url": ""}
        (tmp_path / "pages.json").write_text(json.dumps(record))
        assert not processes.stop("pages", tmp_path)
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_part_that_ends_while_starting_shows_its_log(tmp_path):
    broken = Part(
        name="broken", argv=[sys.executable, "-c", "raise SystemExit('no such port')"], health_url="http://127.0.0.1:9/"
    )
    processes.start(broken, tmp_path)
    with pytest.raises(Unavailable, match="no such port"):
        processes.wait_ready(broken, tmp_path)
