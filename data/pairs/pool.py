"""The jobs of a build on all cores, in order, with a bar."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.connection import wait

from tqdm import tqdm

from data.pack.parallel import cores
from data.pairs.config import PairsConfig
from data.pairs.hard import Material
from data.pairs.making import Batch, HardJob, TextJob, make

#: Jobs that travel together.
_CHUNK = 4

#: What every job needs, set once in each worker by `_begin`.
_shared: list[tuple[PairsConfig, Material]] = []


def run_jobs(
    jobs: Sequence[TextJob | HardJob], config: PairsConfig, material: Material, *, workers: int | None = None
) -> list[Batch]:
    """What every job makes, in the order of the jobs."""
    workers = min(workers or cores(), max(1, -(-len(jobs) // _CHUNK)))
    context = multiprocessing.get_context("forkserver")
    bar = tqdm(total=len(jobs), desc="pairs", unit="block", file=sys.stderr, mininterval=0.5)
    batches: list[Batch] = []
    with bar, ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(config, material)) as pool:
        for batch in pool.map(_work, jobs, chunksize=_CHUNK):
            batches.append(batch)
            bar.update()
    return batches


def _begin(config: PairsConfig, material: Material) -> None:
    _shared[:] = [(config, material)]
    threading.Thread(target=_die_with_parent, daemon=True).start()


def _die_with_parent() -> None:
    """End this worker as soon as the process that started it is gone, however it went."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)


def _work(job: TextJob | HardJob) -> Batch:
    from data.text.verbalize.verbalizer import verbalize

    config, material = _shared[0]
    return make(job, config, material, verbalize)
