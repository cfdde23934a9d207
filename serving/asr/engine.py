"""The model behind the service: a verified package, opened, proved on its golden set."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.schema import Transcript
from models.asr.infer import Recognizer
from serving.contracts.api import LineageShape

_log = logging.getLogger("tiengnoi.asr")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """Who answers."""

    name: str
    version: str
    digest: str
    created_s: int
    lineage: dict[str, Any]
    names: frozenset[str]

    def lineage_of(self, transcript_id: str, audio_sha256: str) -> LineageShape:
        """The lineage of one transcript."""
        return LineageShape(
            transcript_id=transcript_id,
            model_name=self.name,
            model_version=self.version,
            package_digest=self.digest,
            dataset_digest=str(self.lineage.get("dataset_digest", "")),
            run_id=str(self.lineage.get("run_id", "")),
            audio_sha256=audio_sha256,
        )


class Engine:
    """A recogniser and its identity; a Transcriber."""

    def __init__(self, recognizer: Recognizer, model: ServedModel) -> None:
        self._recognizer, self.model = recognizer, model

    def transcribe(self, clips: list[np.ndarray]) -> list[Transcript]:
        """Recognise one batch."""
        return self._recognizer.transcribe(clips)


def open_engine(
    package_dir: Path, *, name: str, version: str = "", alias: str = "", threads: int = 0, check_golden: bool = True
) -> Engine:
    """Verify the package, load it, warm it up on its golden set.

    Raises:
        BrokenPackage: a file is missing or another one.
        GoldenMismatch: the model does not answer as when it was packaged.
    """
    began = time.monotonic()
    recognizer = Recognizer.open(package_dir, threads=threads or None)
    package = recognizer.package
    if check_golden:
        recognizer.verify_golden()
    version = version or package.digest[:12]
    names = {name, f"{name}@{version}"} | ({f"{name}@{alias}"} if alias else set())
    _log.info("model ready", extra={"model": name, "version": version, "took_s": round(time.monotonic() - began, 2)})
    return Engine(
        recognizer,
        ServedModel(
            name=name,
            version=version,
            digest=package.digest,
            created_s=int((package_dir / "package.json").stat().st_mtime),
            lineage=dict(package.lineage),
            names=frozenset(names),
        ),
    )
