"""Where flows run: Prefect's home, MLflow's store and the machine's one accelerator, by settings alone.

Call `prepare()` before the first import of prefect: it reads its settings when it is imported.
"""

from __future__ import annotations

import os
from pathlib import Path

#: The checkout whose dvc.yaml, configs and git history the flows work on.
REPOSITORY = Path(__file__).resolve().parent.parent


def prepare() -> None:
    """Fill in the defaults of one machine; whatever the environment already says wins."""
    from models.tracking import artifacts_dir, tracking_uri

    home = artifacts_dir() / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    defaults = {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # A lease that only lives in the server's memory is held for ever when server and flow die together.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        # The server needs 20 to 30 s for its first start on two cores.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
        "MLFLOW_TRACKING_URI": tracking_uri(),
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
