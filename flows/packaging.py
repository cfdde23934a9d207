"""Steps of every flow that has DVC make something: a dataset, pairs, queries."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import Any

from prefect import get_run_logger, task

from data.artifacts import artifacts_dir
from data.errors import ConfigError
from flows.child import run_step
from flows.environment import REPOSITORY
from models.tracking import dataset_digest, dvc_rev


@task
def reproduce(stage: str) -> None:
    """Let DVC run the stage, and those it needs, where inputs, settings or code changed."""
    run_dvc("repro", stage)


@task(retries=3, retry_delay_seconds=[10, 60, 300])
def push_bytes(stage: str, remote: str) -> None:
    """Copy what the stage made, and what it was made of, to a remote; the network may fail, so it is tried again."""
    run_dvc("push", "--remote", remote, stage, "--with-deps")


def require_place(config: str, *, folder: str, name: str) -> None:
    """
    Raises:
        ConfigError: the config is not the file under `folder` that dvc.yaml reads for `name`.
    """
    expected = REPOSITORY / folder / f"{name}.yaml"
    if not expected.is_file() or expected.resolve() != Path(config).resolve():
        raise ConfigError(f"dvc.yaml reads {folder}/{name}.yaml, not {config}: move it there", pointer="/name")


def identity(folder: Path) -> dict[str, Any]:
    """Where the bytes lie and which they are: folder, digest, dvc_rev."""
    digest = dataset_digest(folder)
    return {"folder": str(folder), "digest": digest, "dvc_rev": dvc_rev(REPOSITORY, digest)}


def run_dvc(*arguments: str) -> None:
    # DVC has one lock a repository; a second flow waits its turn instead of failing.
    lock = artifacts_dir() / "dvc.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    log = get_run_logger()
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.info("waiting: another flow is packaging in this checkout")
            fcntl.flock(file, fcntl.LOCK_EX)
        run_step(["dvc", *arguments], log=log, cwd=REPOSITORY)
