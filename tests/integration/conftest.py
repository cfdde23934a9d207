"""A real MLflow for each test that asks for one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def empty_mlflow(tmp_path_factory) -> Path:
    """The folder of an MLflow database with its tables: making one takes 12 s, copying it none."""
    from models.tracking import connect

    home = tmp_path_factory.mktemp("mlflow-template")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home / 'mlflow.db'}")
        connect().search_experiments()
    return home


@pytest.fixture
def mlflow_client(empty_mlflow, tmp_path, monkeypatch):
    """A client of an empty MLflow of its own; the artifacts folder is tmp_path / "artifacts"."""
    from models.tracking import connect

    home = tmp_path / "artifacts" / "mlflow"
    shutil.copytree(empty_mlflow, home)
    monkeypatch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path / "artifacts"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{home / 'mlflow.db'}")
    return connect()
