"""Work that brings its process down, in a module so light that a new process is there at once."""

from __future__ import annotations

import os


def square(number: int) -> int:
    """The square of every number but 37, of which the process dies as of a codec's defect."""
    if number == 37:
        os.kill(os.getpid(), 9)
    return number * number


def lost(number: int) -> int:
    """What stands for a number that was not survived."""
    return -number
