"""A serving package as an MLflow pyfunc, in models-from-code form: MLflow stores this file and runs it again.

It is no module of the house to import: `models.registry.lifecycle.register` logs it, and MLflow loads the copy. Beside it lie
the package's bytes and the sources it needs, so that it works where this repository is not installed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import mlflow
import pandas
from mlflow.pyfunc import PythonModel, PythonModelContext

from models.normalizer.infer import Normalizer


class PackagedNormalizer(PythonModel):
    """Spoken text in, written text out, through the same normalizer that serving uses."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the package that was logged as the artifact `package`."""
        self.normalizer = Normalizer.open(Path(context.artifacts["package"]))

    def predict(
        self, context: PythonModelContext, model_input: pandas.DataFrame, params: dict[str, Any] | None = None
    ) -> list[str]:
        """What is written for each text.

        Args:
            model_input: its first column holds spoken texts; MLflow makes the frame from a list of them too.
            params: `style`, `vi` where none is named.
        Raises:
            TextError, BadParameter: a text cannot be used, or there is no such style; no text is returned then.
        """
        style = (params or {}).get("style", "vi")
        return [written.text for written in self.normalizer.normalize(list(model_input.iloc[:, 0]), style)]


mlflow.models.set_model(PackagedNormalizer())
