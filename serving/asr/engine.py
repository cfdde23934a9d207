"""The model behind the service: a verified package, opened, proved on its golden set."""

from __future__ import annotations

import logging
import time

import numpy as np

from data.schema import Transcript
from models.asr.infer import Recognizer
from serving.served_model import ModelChoice, ServedModel

_log = logging.getLogger("tiengnoi.asr")


class Engine:
    """A recogniser and its identity; a Transcriber."""

    def __init__(self, recognizer: Recognizer, model: ServedModel) -> None:
        self._recognizer, self.model = recognizer, model

    def transcribe(self, clips: list[np.ndarray]) -> list[Transcript]:
        """Recognise one batch."""
        return self._recognizer.transcribe(clips)


def open_engine(choice: ModelChoice) -> Engine:
    """Verify the package, load it, warm it up on its golden set.

    Raises:
        BrokenPackage: a file is missing or another one.
        GoldenMismatch: the model does not answer as when it was packaged.
    """
    began = time.monotonic()
    recognizer = Recognizer.open(choice.package_dir, threads=choice.threads or None)
    if choice.check_golden:
        recognizer.verify_golden()
    model = choice.served(recognizer.package)
    _log.info(
        "model ready", extra={"model": model.name, "version": model.version, "took_s": round(time.monotonic() - began, 2)}
    )
    return Engine(recognizer, model)
