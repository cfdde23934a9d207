"""Every minute: a champion that somebody set by hand is accepted or refused, and an accepted one is released."""

from __future__ import annotations

import json
from typing import Any

from prefect import flow, get_run_logger

from data.artifacts import artifacts_dir
from flows.release_model import release_model
from models.registry import audit_champion, champion


@flow(name="guard-champion", flow_run_name="{family}")
def guard_champion(family: str = "asr", config: str = "configs/serving/asr.yaml") -> dict[str, Any]:
    """Judge the champion alias; MLflow cannot refuse a move in its UI, so what it allowed is put right here.

    Returns:
        verdict (none, unchanged, accepted, refused), version, champion, reason.
    """
    audit = audit_champion(family)
    log = get_run_logger()
    if audit.verdict == "refused":
        log.warning("version %s was refused: %s; champion is %s", audit.version, audit.reason, audit.champion or "nobody")
    now = champion(family)
    record = artifacts_dir() / "releases" / f"{family}.json"
    released = json.loads(record.read_text("utf-8"))["package_digest"] if record.exists() else None
    if now and released and now.digest != released:
        log.info("champion %s is not what is released: releasing it", now.version)
        release_model(config, family)
    return {"verdict": audit.verdict, "version": audit.version, "champion": audit.champion, "reason": audit.reason}
