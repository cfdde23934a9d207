"""A serving package as an MLflow pyfunc, in models-from-code form: MLflow stores this file and runs it again.

It is no module of the house to import: `models.registry.lifecycle.register` logs it, and MLflow loads the copy. Beside it lie
the package's bytes and the sources it needs, so that it works where this repository is not installed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlflow
import pandas
from mlflow.pyfunc import PythonModel, PythonModelContext

from models.embedder.infer import Embedder


class PackagedEmbedder(PythonModel):
    """Texts in, vectors out as JSON arrays, through the same embedder that serving uses."""

    def load_context(self, context: PythonModelContext) -> None:
        """Open the package that was logged as the artifact `package`."""
        self.embedder = Embedder.open(Path(context.artifacts["package"]))

    def predict(
        self, context: PythonModelContext, model_input: pandas.DataFrame, params: dict[str, Any] | None = None
    ) -> list[str]:
        """A JSON array of numbers for each text.

        Args:
            model_input: its first column holds texts; MLflow makes the frame from a list of them too.
            params: `kind`, `passage` where none is named.
        Raises:
            TextError: a text cannot be used; no vector is returned then.
        """
        kind = (params or {}).get("kind", "passage")
        return [json.dumps(vector_D.tolist()) for vector_D in self.embedder.embed(list(model_input.iloc[:, 0]), kind)]


mlflow.models.set_model(PackagedEmbedder())
