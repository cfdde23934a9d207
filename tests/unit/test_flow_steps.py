"""Steps of flows are children: their lines reach the log, their failures the flow, and they die with it."""

import logging
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from data.errors import StepFailed
from flows.child import run_step

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def step(tmp_path):
    def write(code: str) -> list[str]:
        (tmp_path / "a_step.py").write_text(textwrap.dedent(code))
        return ["a_step"]

    return write


def test_lines_reach_the_log_and_a_bar_is_thinned(step, tmp_path, caplog):
    module = step("""
        import sys, time
        print("một")
        for i in range(2000):
            print(f"\\r{i} %", end="", flush=True)
            if i % 100 == 0: time.sleep(0.01)
        print()
        print("hai", file=sys.stderr)
    """)
    with caplog.at_level(logging.INFO):
        printed = run_step(module, log=logging.getLogger("test"), cwd=tmp_path)
    assert printed.splitlines() == ["một", "1999 %", "hai"]
    assert len(caplog.messages) <= 5


def test_a_failed_step_ends_with_its_last_lines(step, tmp_path):
    module = step("print('đang chạy'); raise SystemExit('hết đĩa')")
    with pytest.raises(StepFailed, match="hết đĩa"):
        run_step(module, log=logging.getLogger("test"), cwd=tmp_path)


def test_an_allowed_exit_code_is_an_answer(step, tmp_path):
    assert (
        run_step(step("print('no'); raise SystemExit(3)"), log=logging.getLogger("test"), cwd=tmp_path, allowed=(0, 3)) == "no"
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_step_dies_with_its_killed_flow(step, tmp_path):
    module = step("""
        import os, pathlib, time
        pathlib.Path("pid").write_text(str(os.getpid()))
        time.sleep(60)
    """)
    flow = textwrap.dedent(f"""
        import logging, pathlib
        from flows.child import run_step
        run_step({module!r}, log=logging.getLogger(), cwd=pathlib.Path("."))
    """)
    parent = subprocess.Popen([sys.executable, "-c", flow], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    pid_file = tmp_path / "pid"
    while not pid_file.exists() or not pid_file.read_text():
        time.sleep(0.02)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    stat = Path(f"/proc/{pid_file.read_text()}/stat")
    deadline_s = time.monotonic() + 5
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z" and time.monotonic() < deadline_s:
        time.sleep(0.02)
    assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"
