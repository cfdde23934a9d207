"""The program that speaks: espeak-ng behind two pipes.

espeak-ng is GPL-3 and keeps global state, so it lives in a process of its own that imports nothing of the house.
A request is one JSON line {voice, text, rate_wpm, pitch, seed}. The answer is a JSON line: {rate_hz, bytes} and then so
many bytes of little-endian PCM16, or {unknown_voice}, or {error}. End of input ends the program.

Each request is spoken in a fork of the untouched library: espeak-ng carries phases, echoes and noise over from one
sentence to the next, and only a fresh copy makes a clip depend on its own request alone.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import signal
import sys
from typing import Any

# From espeak-ng's speak_lib.h.
_SYNCHRONOUS = 2  # Audio comes through the callback in the calling thread: no hidden thread that a fork would lose.
_UTF8 = 1
_END_PAUSE = 0x1000  # Without it the output stops with the last sound, in the middle of its echo.
_RATE, _VOLUME, _PITCH = 1, 2, 3

#: At the default of 100 some voices reach full scale and clip; the level is set after synthesis anyhow.
_VOLUME_PERCENT = 60
#: A sentence takes milliseconds; a fork that lives this long will never answer.
_TIMEOUT_S = 20

_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class _Library:
    """The shared library, loaded and ready, before its first sentence."""

    def __init__(self) -> None:
        import espeakng_loader

        self._chunks: list[bytes] = []
        # The library keeps the bare pointer, so the callback must outlive the call.
        self._callback = _CALLBACK(self._collect)
        self._c = ctypes.CDLL(espeakng_loader.get_library_path())
        self.rate_hz = self._c.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
        if self.rate_hz <= 0:
            raise OSError("espeak-ng did not start")
        self._c.espeak_SetSynthCallback(self._callback)

    def _collect(self, samples: Any, count: int, _events: Any) -> int:
        if samples and count > 0:
            self._chunks.append(ctypes.string_at(samples, count * 2))
        return 0

    def speak(self, request: dict[str, Any]) -> bytes:
        # Without a seed the noise of breathy voices follows the clock.
        self._c.espeak_ng_SetRandSeed(ctypes.c_long(request["seed"]))
        if self._c.espeak_SetVoiceByName(request["voice"].encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {request['voice']!r}")
        self._c.espeak_SetParameter(_RATE, request["rate_wpm"], 0)
        self._c.espeak_SetParameter(_VOLUME, _VOLUME_PERCENT, 0)
        self._c.espeak_SetParameter(_PITCH, request["pitch"], 0)
        text = request["text"].encode() + b"\0"
        self._c.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 0, 0, _UTF8 | _END_PAUSE, None, None)
        return b"".join(self._chunks)


def _speak_in_fork(library: _Library, request: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        signal.alarm(_TIMEOUT_S)
        os.close(read_end)
        status = 1
        try:
            with os.fdopen(write_end, "wb") as out:
                out.write(library.speak(request))
            status = 0
        except ValueError:
            status = 2
        finally:
            os._exit(status)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as source:
        pcm = source.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == 2:
        return {"unknown_voice": request["voice"]}, b""
    if status != 0:
        return {"error": f"status {status} on {request['text']!r} in {request['voice']}"}, b""
    return {"rate_hz": library.rate_hz, "bytes": len(pcm)}, pcm


def main() -> None:
    library = _Library()
    # The collector writes to every object it looks at, and each page written is copied for the fork: a third of its cost.
    gc.disable()
    gc.freeze()
    for line in sys.stdin.buffer:
        head, pcm = _speak_in_fork(library, json.loads(line))
        sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + pcm)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
