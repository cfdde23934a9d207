"""When flows run: the only file that says so.

On one machine `serve_all` runs them in this process's children. With PREFECT_WORK_POOL set they are registered with
that pool instead, and its workers (Kubernetes, for instance) run them from the image PREFECT_IMAGE.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from prefect import serve
from prefect.deployments.runner import RunnerDeployment
from prefect.types.entrypoint import EntrypointType

from flows.guard_champion import guard_champion
from flows.package_dataset import package_dataset
from flows.package_pairs import package_pairs
from flows.package_queries import package_queries
from flows.promote_model import promote_model
from flows.reindex_search import reindex_search
from flows.release_model import release_model
from flows.train_asr import train_asr
from flows.train_embedder import train_embedder
from flows.train_normalizer import train_normalizer

TIMEZONE = "Asia/Ho_Chi_Minh"


def deployments() -> list[RunnerDeployment]:
    """Every flow with its schedule; those that cost hours are registered paused, for a person to start."""
    weekly: dict[str, Any] = {"cron": "0 1 * * 6", "paused": True}
    nightly: dict[str, Any] = {"cron": "0 23 * * *", "paused": True}
    return [
        _deploy(package_dataset, "nightly", {"config": "configs/data/synthetic_commands.yaml"}, **nightly),
        _deploy(package_pairs, "nightly", {"config": "configs/data/pairs/smoke.yaml"}, **nightly),
        _deploy(package_queries, "nightly", {"config": "configs/data/queries/smoke.yaml"}, **nightly),
        _deploy(train_asr, "weekly", {"config": "configs/asr/smoke.yaml"}, **weekly),
        _deploy(train_normalizer, "weekly", {"config": "configs/normalizer/small.yaml"}, **weekly),
        _deploy(train_embedder, "weekly", {"config": "configs/embedder/static.yaml"}, **weekly),
        _deploy(promote_model, "by-hand", {"family": "asr"}),
        _deploy(release_model, "by-hand", {"family": "asr"}),
        _deploy(reindex_search, "by-hand", {"step": "move"}),
        _deploy(guard_champion, "every-minute", {"family": "all"}, interval=timedelta(minutes=1)),
    ]


def _deploy(flow: Any, name: str, parameters: dict[str, Any], *, cron: str | None = None, **when: Any) -> RunnerDeployment:
    from prefect.schedules import Cron

    schedule = Cron(cron, timezone=TIMEZONE) if cron else None
    # A path entrypoint would put flows/ itself first on sys.path; a dotted one imports the package.
    kind = EntrypointType.MODULE_PATH
    return flow.to_deployment(name, parameters=parameters, schedule=schedule, concurrency_limit=1, entrypoint_type=kind, **when)


def serve_all() -> None:
    """Run on schedule until stopped, or register with a work pool and return."""
    pool = os.environ.get("PREFECT_WORK_POOL")
    if not pool:
        serve(*deployments())  # pyright: ignore[reportCallIssue, reportArgumentType]  The sync side of a dual function.
        return
    for deployment in deployments():
        deployment.apply(work_pool_name=pool, image=os.environ.get("PREFECT_IMAGE"))
