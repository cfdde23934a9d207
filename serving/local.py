"""The whole platform on one machine: MLflow, Prefect, the flows' schedules and the service of every champion."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from data.artifacts import artifacts_dir
from serving.processes import Part
from serving.services import SERVICES

HOST = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class LocalConfig:
    """Where the parts of one machine listen; all on the loopback interface."""

    mlflow_port: int = 5000
    """MLflow's UI: runs, models, promotion."""
    prefect_port: int = 4200
    """Prefect's UI: flow runs, schedules, artifacts."""
    asr_port: int = 3000
    """The speech service of the released champion."""
    normalizer_port: int = 3001
    """The normalizer's service of the released champion."""
    embedder_port: int = 3002
    """The embeddings' service of the released champion."""
    search_port: int = 3003
    """Where the search answers."""

    def port_of(self, service: str) -> int:
        """The port of a service."""
        return getattr(self, f"{service}_port")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a service runs: the champion's bytes as a Bento."""

    bento: str
    """Its tag."""
    version: str
    package_digest: str


def local_dir() -> Path:
    """Records and logs of the running parts."""
    return artifacts_dir() / "local"


def parts(config: LocalConfig) -> list[Part]:
    """The parts in the order in which they start; services only where they were released."""
    found = [mlflow_part(config.mlflow_port), prefect_part(config.prefect_port), schedules_part(config.prefect_port)]
    releases = {name: release for name in SERVICES if (release := released(name))}
    return found + [service_part(name, one.bento, config.port_of(name)) for name, one in releases.items()]


def mlflow_part(port: int) -> Part:
    home, url = artifacts_dir() / "mlflow", f"http://{HOST}:{port}"
    home.mkdir(parents=True, exist_ok=True)
    store, files = f"sqlite:///{home / 'mlflow.db'}", (home / "artifacts").as_uri()
    return Part(
        name="mlflow",
        argv=[sys.executable, "-m", "mlflow", "server", "--backend-store-uri", store, "--artifacts-destination", files,
              "--host", HOST, "--port", str(port), "--workers", "1"],
        url=url,
        health_url=f"{url}/health",
        # The job runner doubles the time to start, and nothing here uses it.
        env={"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"},
    )  # fmt: skip


def prefect_part(port: int) -> Part:
    url = f"http://{HOST}:{port}"
    return Part(
        name="prefect",
        argv=[sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)],
        url=url,
        health_url=f"{url}/api/health",
        env=prefect_env(),
    )


def prefect_env() -> dict[str, str]:
    """Prefect's settings on one machine, the same for its server and for flows that bring their own."""
    home = artifacts_dir() / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        # A lease that only lives in the server's memory is held for ever when server and flow die together.
        "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
        # A SQLite database that two servers share is locked now and then; waiting is cheaper than failing.
        "PREFECT_SERVER_DATABASE_TIMEOUT": "60",
        # A flow is never run by a server of Prefect's own making, which would free nothing that a killed flow held.
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    }


def schedules_part(prefect_port: int) -> Part:
    return Part(
        name="schedules",
        argv=[sys.executable, "-m", "flows", "deployments"],
        env={"PREFECT_API_URL": f"http://{HOST}:{prefect_port}/api"},
    )


def service_part(service: str, bento: str, port: int) -> Part:
    url = f"http://{HOST}:{port}"
    return Part(
        name=service,
        argv=[sys.executable, "-m", "bentoml", "serve", bento, "--host", HOST, "--port", str(port)],
        url=url,
        health_url=f"{url}/readyz",
        env=bento_env(),
        ready_s=60,
    )


def bento_env() -> dict[str, str]:
    """BentoML's store lies with the other artifacts, and tells nobody what it serves."""
    return {"BENTOML_HOME": str(artifacts_dir() / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}


def released(service: str) -> Release | None:
    """The service's last release, None before the first."""
    try:
        return Release(**json.loads(_release_record(service).read_text("utf-8")))
    except FileNotFoundError:
        return None


def record_release(service: str, release: Release) -> None:
    """Remember a release in the place of the last one."""
    record = _release_record(service)
    record.parent.mkdir(parents=True, exist_ok=True)
    scratch = record.with_suffix(".tmp")
    scratch.write_text(json.dumps(asdict(release), indent=2), "utf-8")
    scratch.replace(record)


def _release_record(service: str) -> Path:
    return artifacts_dir() / "releases" / f"{service}.json"
