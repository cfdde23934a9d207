"""The model behind the service: a verified package, opened, proved on its golden set."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence

from models.normalizer.generator import Generator
from models.normalizer.infer import Normalizer
from models.normalizer.spans import Normalized
from models.package import open_package
from serving.served_model import ModelChoice, ServedModel

_log = logging.getLogger("tiengnoi.normalizer")


class Engine:
    """A normalizer and its identity; a Normalizer of serving/ports.py."""

    def __init__(self, normalizer: Normalizer, model: ServedModel) -> None:
        self._normalizer, self.model = normalizer, model

    def normalize(self, texts: Sequence[str], style: str = "vi") -> list[Normalized]:
        """Write one batch."""
        return self._normalizer.normalize(texts, style)


def open_engine(choice: ModelChoice) -> Engine:
    """Verify the package, load it, warm it up on its golden set.

    Raises:
        BrokenPackage: a file is missing or another one.
        GoldenMismatch: the model does not answer as when it was packaged.
    """
    began = time.monotonic()
    package = open_package(choice.package_dir)
    generator = Generator.open(package, threads=choice.threads or None)
    if choice.check_golden:
        generator.verify_golden(package)
    model = choice.served(package)
    _log.info(
        "model ready", extra={"model": model.name, "version": model.version, "took_s": round(time.monotonic() - began, 2)}
    )
    return Engine(Normalizer.held(generator), model)
