"""Every minute: a champion that somebody set by hand is accepted or refused, and an accepted one is released."""

from __future__ import annotations

from typing import Any

from prefect import flow, get_run_logger

from data.errors import TiengNoiError
from flows.release_model import release_model
from models.registry.lifecycle import audit_champion, champion
from serving.local import released
from serving.services import families, services_of


@flow(name="guard-champion", flow_run_name="{family}")
def guard_champion(family: str = "all", config: str | None = None) -> dict[str, Any]:
    """Judge the champion alias; MLflow cannot refuse a move in its UI, so what it allowed is put right here.

    Args:
        family: one of them, or `all`: one run for all, since a run costs seconds. One that fails stops no other.
        config: settings of the own service of one family.
    Returns:
        of each family: verdict (none, unchanged, accepted, refused), version, champion, reason.
    """
    verdicts: dict[str, Any] = {}
    failed: list[TiengNoiError] = []
    for name in families() if family == "all" else (family,):
        try:
            verdicts[name] = _guard(name, config)
        except TiengNoiError as error:
            get_run_logger().error("%s: %s: %s", name, error.code, error.detail)
            failed.append(error)
    if failed:
        raise failed[0]
    return verdicts


def _guard(family: str, config: str | None) -> dict[str, Any]:
    audit = audit_champion(family)
    log = get_run_logger()
    if audit.verdict == "refused":
        log.warning("version %s was refused: %s; champion is %s", audit.version, audit.reason, audit.champion or "nobody")
    now, releases = champion(family), [release for name in services_of(family) if (release := released(name))]
    if now and any(release.package_digest != now.digest for release in releases):
        log.info("champion %s is not what is released: releasing it", now.version)
        release_model(config, family)
    return {"verdict": audit.verdict, "version": audit.version, "champion": audit.champion, "reason": audit.reason}
