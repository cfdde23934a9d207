"""A serving package as an MLflow pyfunc, in models-from-code form: MLflow stores this file and runs it again.

It is no module of the house to import: `models.registry.lifecycle.register` logs it, and MLflow loads the copy. Beside it lie
the package's bytes and the sources it needs, so that it works where this repository is not installed.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import Any

import mlflow
import pandas
from mlflow.pyfunc import PythonModel, PythonModelContext

from data.audio import decode
from data.errors import UnreadableAudio
from models.asr.infer import Recognizer


class PackagedRecognizer(PythonModel):
    """Speech in, text out, through the same recogniser that serving uses."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the package that was logged as the artifact `package`."""
        self.recognizer = Recognizer.open(Path(context.artifacts["package"]))

    def predict(
        self, context: PythonModelContext, model_input: pandas.DataFrame, params: dict[str, Any] | None = None
    ) -> list[str]:
        """The text of each audio.

        Args:
            model_input: its first column holds paths, base64 text or bytes of audio files; MLflow makes the frame
                from a list of them too.
        Raises:
            AudioError: an audio cannot be used; no text is returned then.
        """
        clips = [decode(_source(item)) for item in model_input.iloc[:, 0]]
        return [transcript.text for transcript in self.recognizer.transcribe(clips)]


def _source(item: str | bytes) -> Path | bytes:
    if isinstance(item, bytes):
        return item
    # Path.is_file would raise on base64 text, which is longer than any file's name may be.
    if os.path.isfile(item):  # noqa: PTH113
        return Path(item)
    try:
        return base64.b64decode(item, validate=True)
    except binascii.Error as error:
        raise UnreadableAudio("an audio is neither a file that exists nor base64") from error


mlflow.models.set_model(PackagedRecognizer())
