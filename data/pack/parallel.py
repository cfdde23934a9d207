"""One function over many items on all cores, in order, with a bar; an item that kills its process is lost alone."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")

#: What the server imports once, and every process that it forks has from the start.
_PRELOADED = ["data.pack.clip", "data.pack.shards"]
#: Items that travel together: enough to hide the cost of the trip, few enough to keep memory small.
_CHUNK = 16
#: Chunks that wait for each worker; more would only hold results in memory.
_AHEAD = 4


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_order(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    *,
    crashed: Callable[[Item], Result],
    workers: int | None = None,
    label: str = "",
) -> Iterator[Result]:
    """`work` of every item in the items' order.

    Args:
        crashed: the result of an item whose decoding killed its process (a defect of a codec, or memory).
        workers: processes; None is one a core.
    """
    workers = min(workers or cores(), max(1, -(-len(items) // _CHUNK)))
    # Spawned from a clean server: a fork of a process with threads may inherit a lock that nobody will release.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    chunks = _batched(items)
    pending: deque[tuple[list[Item], Future[list[Result]]]] = deque()
    pool = ProcessPoolExecutor(workers, mp_context=context)
    bar = tqdm(total=len(items), desc=label, unit="clip", file=sys.stderr, mininterval=0.5, disable=not label)
    try:
        while True:
            for chunk in itertools.islice(chunks, workers * _AHEAD - len(pending)):
                pending.append((chunk, pool.submit(_all_of, work, chunk)))
            if not pending:
                return
            chunk, future = pending.popleft()
            try:
                results = future.result()
            except BrokenProcessPool:
                # Who of those in flight did it is not known: this chunk goes one by one, the others try again.
                pool.shutdown(cancel_futures=True)
                results = list(_one_by_one(work, chunk, crashed, context))
                pool = ProcessPoolExecutor(workers, mp_context=context)
                pending = deque((again, pool.submit(_all_of, work, again)) for again, _ in pending)
            bar.update(len(chunk))
            yield from results
    finally:
        bar.close()
        pool.shutdown(cancel_futures=True)


def _all_of(work: Callable[[Item], Result], chunk: list[Item]) -> list[Result]:
    return [work(item) for item in chunk]


def _one_by_one(
    work: Callable[[Item], Result], chunk: list[Item], crashed: Callable[[Item], Result], context
) -> Iterator[Result]:
    pool = ProcessPoolExecutor(1, mp_context=context)
    try:
        for item in chunk:
            try:
                result = pool.submit(work, item).result()
            except BrokenProcessPool:
                pool.shutdown()
                pool = ProcessPoolExecutor(1, mp_context=context)
                result = crashed(item)
            yield result
    finally:
        pool.shutdown()


def _batched(items: Iterable[Item]) -> Iterator[list[Item]]:
    iterator = iter(items)
    while chunk := list(itertools.islice(iterator, _CHUNK)):
        yield chunk
