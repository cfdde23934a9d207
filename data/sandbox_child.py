"""The process that decodes for `data/sandbox.py`: light imports, hard limits, one JSON line in, one out."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any, BinaryIO

import av  # noqa: F401 - data.decoders imports it when it must; its libraries must not count against a file

from data.audio import Limits, decode
from data.errors import AudioTooLarge, TiengNoiError


def main(settings: dict[str, Any]) -> None:
    """Answer requests until the parent closes the pipe, which it also does by dying."""
    # A decoder that prints must not print into the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _address_space_bytes() > settings["max_memory_bytes"]:
        sys.exit("max_memory_bytes is less than the decoder's libraries take")
    resource.setrlimit(resource.RLIMIT_AS, (settings["max_memory_bytes"],) * 2)
    limits = Limits(**settings["limits"])
    outbox = os.fdopen(settings["outbox"], "r+b", buffering=0)
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        source = Path(request["path"]) if "path" in request else Path(f"/dev/fd/{settings['inbox']}")
        answer = _answer(source, limits, request["rate_hz"], outbox)
        print(json.dumps(answer), file=answers, flush=True)


def _address_space_bytes() -> int:
    statm = Path("/proc/self/statm")  # Only Linux has it; elsewhere too low a limit shows with the first file.
    return int(statm.read_text().split()[0]) * resource.getpagesize() if statm.exists() else 0


def _answer(source: Path, limits: Limits, rate_hz: int, outbox: BinaryIO) -> dict[str, Any]:
    try:
        samples_T = decode(source, limits=limits, rate_hz=rate_hz)
        outbox.seek(0)
        left = samples_T.data.cast("B")
        while left:  # One write moves 2 GB at most.
            left = left[outbox.write(left) :]
        return {"samples": len(samples_T)}
    except TiengNoiError as error:
        return {"error": type(error).__name__, "detail": error.detail, "pointer": error.pointer}
    except MemoryError:
        detail = "decoding takes more memory than any honest file"
        return {"error": AudioTooLarge.__name__, "detail": detail, "pointer": None}


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
