"""espeak-ng's Vietnamese voices, spoken by a process of their own (see espeak_process.py)."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from data.errors import ConfigError, Unavailable
from data.schema import Hertz

#: The dialects of Vietnamese and the voice that speaks each.
VOICE_OF_DIALECT = {"north": "vi", "central": "vi-vn-x-central", "south": "vi-vn-x-south"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One sentence and how to say it: the same request gives the same samples, always and everywhere."""

    text: str
    voice: str
    """An espeak-ng voice with an optional variant: `vi`, `vi-vn-x-south+f2`."""
    rate_wpm: int
    pitch: int
    """From 0 to 99; 50 is the voice's own."""
    seed: int
    """Seeds the breath noise."""


class Espeak:
    """One speaking process: `with Espeak() as espeak: samples_T, rate_hz = espeak.say(speech)`. For one thread."""

    def __enter__(self) -> Espeak:
        program = Path(__file__).with_name("espeak_process.py")
        self._complaints = tempfile.TemporaryFile()
        # -P keeps this folder off the child's path, where its file names would hide other packages.
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._complaints
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()  # It stops at the end of its input.
        self._complaints.close()

    def say(self, speech: Speech) -> tuple[np.ndarray, Hertz]:
        """Speak one sentence.

        Returns:
            samples_T: mono float32 in [-1, 1], and their rate.
        Raises:
            ConfigError: no such voice.
            Unavailable: the process did not start, died, or could not say it.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise Unavailable("espeak-ng has no pipes")
        try:
            stdin.write(json.dumps(asdict(speech)).encode() + b"\n")
            stdin.flush()
            head = json.loads(stdout.readline())
        except (BrokenPipeError, ValueError) as error:  # Nothing was answered, or half a line.
            raise Unavailable(f"espeak-ng ended: {self._last_words()}") from error
        if "unknown_voice" in head:
            raise ConfigError(f"espeak-ng has no voice {speech.voice!r}")
        if "error" in head:
            raise Unavailable(f"espeak-ng failed: {head['error']}")
        pcm_T = np.frombuffer(stdout.read(head["bytes"]), "<i2")
        return pcm_T.astype(np.float32) / 32768, head["rate_hz"]

    def _last_words(self) -> str:
        status = self._process.wait(timeout=5)
        self._complaints.seek(0)
        lines = self._complaints.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"status {status}"


def voice_variants() -> dict[str, str | None]:
    """Name → gender of all voice variants; espeak-ng itself takes the plain voice without a word on a wrong name.

    Raises:
        ConfigError: espeakng-loader is not installed.
    """
    try:
        import espeakng_loader
    except ImportError as error:
        raise ConfigError("synthetic speech needs the extra `data` (espeakng-loader)") from error
    folder = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
    return {path.name: _gender(path.read_text("utf-8", "replace")) for path in sorted(folder.iterdir())}


def _gender(voice_file: str) -> str | None:
    found = re.search(r"^gender\s+(male|female)", voice_file, re.MULTILINE | re.IGNORECASE)
    return found[1].lower() if found else None
