"""A copy of the engine's folder, brought into shape by another process: optimising holds the interpreter's lock throughout.

    python -m serving.adapters.edge_optimizer FOLDER PARENT SPACE

In the serving process it would stop every query, probe and event for as long as it takes: minutes for 100,000 points.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from data.errors import BrokenIndex, DiskFull
from serving.search.space import Space

_CHUNK_BYTES = 1 << 20
_PR_SET_PDEATHSIG = 1


def optimize_copy(source: Path, target: Path, space: Space) -> None:
    """Copy a shard that nobody writes to, and optimise the copy for as many points as it holds; it is on disk then.

    Raises:
        DiskFull: the copy or the optimiser found no room; the source is as it was.
        BrokenIndex: the optimiser failed.
    """
    for path in sorted(source.rglob("*")):
        there = target / path.relative_to(source)
        if path.is_dir():
            there.mkdir(parents=True, exist_ok=True)
        else:
            there.parent.mkdir(parents=True, exist_ok=True)
            copy_with_holes(path, there)
    command = [sys.executable, "-m", __name__, str(target), str(os.getpid()), json.dumps(space.to_json())]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if done.returncode:
        detail = done.stderr.strip().splitlines()[-1:] or [f"it ended with {done.returncode}"]
        full = "os error 28" in done.stderr or "No space left" in done.stderr or done.returncode == -signal.SIGBUS
        raise (DiskFull if full else BrokenIndex)(f"the index could not be optimised: {detail[0]}")


def copy_with_holes(source: Path, target: Path) -> None:
    """Copy a file without filling its holes: the engine's files are made 32 MiB long and hold little at first."""
    with source.open("rb") as reader, target.open("wb") as writer:
        size, at = os.fstat(reader.fileno()).st_size, 0
        writer.truncate(size)
        while at < size:
            try:
                at = os.lseek(reader.fileno(), at, os.SEEK_DATA)
            except OSError:  # Only a hole is left.
                break
            end = os.lseek(reader.fileno(), at, os.SEEK_HOLE)
            os.lseek(reader.fileno(), at, os.SEEK_SET)
            while at < end:
                block = os.read(reader.fileno(), min(_CHUNK_BYTES, end - at))
                if not block:
                    return
                os.pwrite(writer.fileno(), block, at)
                at += len(block)


def main(folder: str, parent: str, space: str) -> None:
    """Optimise a shard in place, and end with the process that asked for it."""
    import qdrant_edge as edge

    from serving.adapters.edge_config import config_of

    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != int(parent):
        sys.exit("the process that asked for it is gone")
    shard = edge.EdgeShard.load(folder, None)
    points = shard.count(edge.CountRequest(exact=True))
    shard.close()
    # What is stored decides nothing: a space that has grown gets its graph now.
    shard = edge.EdgeShard.load(folder, config_of(Space.from_json(json.loads(space)), points))
    shard.optimize()
    shard.flush()
    shard.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
