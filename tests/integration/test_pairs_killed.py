"""kill -9 in mid-build leaves the old pairs as they were, no worker behind, and the same command makes them whole."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from data.pairs.reader import read_pairs, read_pairs_dataset

ROOT = Path(__file__).resolve().parents[2]
SMOKE = ROOT / "configs/data/pairs/smoke.yaml"


def command(out: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "data", "pairs", "--config", str(SMOKE), "--out", str(out), "--workers", "2", *options]


def children_of(pid: int) -> set[int]:
    found: set[int] = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found |= {int(path.parent.name)} | children_of(int(path.parent.name))
    return found


def test_killed_while_making_pairs_nothing_is_half_written_and_nobody_stays(tmp_path):
    out = tmp_path / "smoke"
    subprocess.run(command(out, "--set", "hard=50"), cwd=ROOT, check=True, capture_output=True, timeout=120)
    before = read_pairs_dataset(out)

    child = subprocess.Popen(
        command(out, "--set", "hard=20000"), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline_s = time.monotonic() + 60
    while len(workers := children_of(child.pid)) < 4 and time.monotonic() < deadline_s and child.poll() is None:
        time.sleep(0.05)
    assert len(workers) >= 4, "the fork server with its tracker, and two workers"
    time.sleep(0.5)
    os.kill(child.pid, signal.SIGKILL)  # The parent alone: its workers have to notice.
    child.wait()

    assert read_pairs_dataset(out) == before
    assert sum(1 for _ in read_pairs(out, "train")) == before["splits"]["train"]["pairs"]
    while (left := [pid for pid in workers if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline_s:
        time.sleep(0.1)
    assert not left

    done = subprocess.run(command(out, "--set", "hard=60"), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert read_pairs_dataset(out)["digest"] != before["digest"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".smoke.lock", "smoke"]
