"""A serving package inside an MLflow model: how its bytes go in, and how they come out again.

What is logged beside a model is no part of a registered version, so the whole package is the model's artifact. Each
family's `pyfunc.py` is the model; the modules that it stands on go along, and what those import is required.
"""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import yaml

from data.errors import BrokenPackage
from data.sources import ROOT, requirements_of, sources_of

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: What a family's model may be asked beside its input, with the value that it has otherwise.
_PARAMS = {"normalizer": {"style": "vi"}, "embedder": {"kind": "passage"}}


def log_package(client: MlflowClient, package_dir: Path, *, name: str, family: str, run_id: str) -> str:
    """Log the package as a models-from-code pyfunc under the run; returns MLflow's id of the logged model."""
    import mlflow.pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types.schema import ColSpec, ParamSchema, ParamSpec, Schema

    run = client.get_run(run_id)
    # `mlflow.pyfunc.log_model` would need the run to be active: it would reopen a finished training, and its
    # duration would be wrong from then on.
    logged = client.create_logged_model(run.info.experiment_id, name=name, source_run_id=run_id, model_type=family)
    sources = sources_of(f"models.{family}.pyfunc")
    params = [ParamSpec(name, "string", default) for name, default in _PARAMS.get(family, {}).items()]
    with TemporaryDirectory() as scratch, warnings.catch_warnings():
        # It asks for an example input although a signature is given.
        warnings.simplefilter("ignore", UserWarning)
        Model.log(
            artifact_path=None,
            flavor=mlflow.pyfunc,
            model_id=logged.model_id,
            run_id=run_id,
            python_model=str(ROOT / "models" / family / "pyfunc.py"),
            artifacts={"package": str(package_dir)},
            code_paths=[str(folder) for folder in _staged(sources, Path(scratch))],
            # Without a name the column may be a plain list as well as any frame's first.
            signature=ModelSignature(
                Schema([ColSpec("string")]),
                Schema([ColSpec("string")]),
                ParamSchema(params) if params else None,  # pyright: ignore[reportArgumentType]  None is its own default.
            ),
            # Pinned to what it was tested with.
            pip_requirements=requirements_of(sources),
        )
    return logged.model_id


def fetch_package(model_uri: str, folder: Path) -> Path:
    """Download the package of a registered version into `folder`; returns where it lies there.

    Raises:
        BrokenPackage: the version holds no serving package, or its files are gone.
    """
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    try:
        description = Path(download_artifacts(f"{model_uri}/MLmodel", dst_path=str(folder)))
        flavors = yaml.safe_load(description.read_text("utf-8"))["flavors"]
        inside = flavors["python_function"]["artifacts"]["package"]["path"]
        return Path(download_artifacts(f"{model_uri}/{inside}", dst_path=str(folder)))
    except (KeyError, TypeError) as error:
        raise BrokenPackage(f"{model_uri} is an MLflow model without a serving package") from error
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            raise BrokenPackage(f"{model_uri} is registered, but its files are gone") from error
        raise


def _staged(sources: list[Path], scratch: Path) -> list[Path]:
    """Copies of the sources in their places under `scratch`; returns the rooms that lie there."""
    for path in sources:
        target = scratch / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    return sorted(scratch.iterdir())
