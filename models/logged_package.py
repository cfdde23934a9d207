"""A serving package inside an MLflow model: how its bytes go in, and how they come out again.

What is logged beside a model is no part of a registered version, so the whole package is the model's artifact.
"""

from __future__ import annotations

import shutil
import warnings
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import yaml

from data.errors import BrokenPackage

if TYPE_CHECKING:
    from mlflow import MlflowClient

_ROOT = Path(__file__).resolve().parent.parent
#: The sources that recognition needs: data's light half, and models without other families.
_SOURCES = ("data/*.py", "data/text/*.py", "models/*.py", "models/{family}/*.py")
#: What those sources import; the registered model pins the versions that it was tested with.
_REQUIREMENTS = ("mlflow", "numpy", "onnxruntime", "soundfile", "av", "soxr", "pyyaml")


def log_package(client: MlflowClient, package_dir: Path, *, name: str, family: str, run_id: str) -> str:
    """Log the package as a models-from-code pyfunc under the run; returns MLflow's id of the logged model."""
    import mlflow.pyfunc
    from mlflow.models import Model, ModelSignature
    from mlflow.types.schema import ColSpec, Schema

    run = client.get_run(run_id)
    # `mlflow.pyfunc.log_model` would need the run to be active: it would reopen a finished training, and its
    # duration would be wrong from then on.
    logged = client.create_logged_model(run.info.experiment_id, name=name, source_run_id=run_id, model_type=family)
    with TemporaryDirectory() as scratch, warnings.catch_warnings():
        # It asks for an example input although a signature is given.
        warnings.simplefilter("ignore", UserWarning)
        Model.log(
            artifact_path=None,
            flavor=mlflow.pyfunc,
            model_id=logged.model_id,
            run_id=run_id,
            python_model=str(_ROOT / "models" / "pyfunc.py"),
            artifacts={"package": str(package_dir)},
            code_paths=[str(folder) for folder in _stage_sources(Path(scratch), family)],
            # Without a name the column may be a plain list as well as any frame's first.
            signature=ModelSignature(Schema([ColSpec("string")]), Schema([ColSpec("string")])),
            pip_requirements=[f"{package}=={version(package)}" for package in _REQUIREMENTS],
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


def _stage_sources(scratch: Path, family: str) -> list[Path]:
    for pattern in _SOURCES:
        for path in _ROOT.glob(pattern.format(family=family)):
            target = scratch / path.relative_to(_ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    return sorted(scratch.iterdir())
