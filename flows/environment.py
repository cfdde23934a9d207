"""Where flows run: Prefect's server and MLflow's store, by settings alone.

Call `prepare()` before the first import of prefect: it reads its settings when it is imported.
"""

from __future__ import annotations

import os
from pathlib import Path

from models.tracking import tracking_uri
from serving import processes
from serving.local import bento_env, local_dir, prefect_env

#: The checkout whose dvc.yaml, configs and git history the flows work on.
REPOSITORY = Path(__file__).resolve().parent.parent


def prepare() -> None:
    """Fill in the defaults of one machine; whatever the environment already says wins.

    A Prefect server that `tiengnoi up` started is used; flows/server.py brings one otherwise, over the same database.
    """
    defaults = {
        **prefect_env(),
        **bento_env(),
        "MLFLOW_TRACKING_URI": tracking_uri(),
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
    server = processes.running(local_dir()).get("prefect")
    if server:
        defaults["PREFECT_API_URL"] = f"{server}/api"
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
