"""What a piece of work costs, told the same beside a busy neighbour and after a thousand other tests."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable


def cpu_seconds(work: Callable[[], object], *, tries: int = 3) -> float:
    """CPU time of the cheapest of a few tries, s: caches shared with others can only add to it.

    The collector rests meanwhile: a full collection walks over whatever other tests left in memory.
    """
    spent: list[float] = []
    for _ in range(tries):
        gc.collect()
        gc.disable()
        try:
            started_s = time.process_time()
            work()
            spent.append(time.process_time() - started_s)
        finally:
            gc.enable()
    return min(spent)


def costs_less(work: Callable[[], object], bound_s: float, *, tries: int = 3) -> bool:
    """Whether the cheapest of a few tries takes less CPU time than `bound_s`; the first that does ends them."""
    return any(cpu_seconds(work, tries=1) < bound_s for _ in range(tries))
