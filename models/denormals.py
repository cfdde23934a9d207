"""Numbers too small to be written in full, taken for nothing while a graph runs.

A softmax leaves many of them, and a core takes a hundred times as long for a product of one. Whether they count is a state
of each thread, which is put back behind the run: others would miss them.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager

#: fenv_t of C on Linux for x86-64: 28 bytes of the old unit, then the register of the vector units.
_SIZE, _REGISTER = 32, slice(28, 32)
#: Results are flushed to zero, and what is read counts as zero.
_FLUSH = 0x8000 | 0x0040


def _library() -> ctypes.CDLL | None:
    """C's mathematics, where this is known to work; elsewhere graphs run as they always did."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return None
    try:
        library = ctypes.CDLL("libm.so.6")
        return library if library.fegetenv and library.fesetenv else None
    except (OSError, AttributeError):
        return None


_LIBRARY = _library()
#: Whether `denormals_are_zero` does anything here.
CAN = _LIBRARY is not None


@contextmanager
def denormals_are_zero() -> Iterator[None]:
    """In this thread."""
    if _LIBRARY is None:
        yield
        return
    before = ctypes.create_string_buffer(_SIZE)
    _LIBRARY.fegetenv(before)
    within = bytearray(before.raw)
    register = int.from_bytes(within[_REGISTER], "little") | _FLUSH
    within[_REGISTER] = register.to_bytes(4, "little")
    _LIBRARY.fesetenv(bytes(within))
    try:
        yield
    finally:
        _LIBRARY.fesetenv(before)
