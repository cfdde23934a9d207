"""Champion → Bento: the bytes that passed the gate, bundled with the code that serves them."""

from __future__ import annotations

import json
from typing import Any

from prefect import flow, task

from data.artifacts import artifacts_dir
from data.errors import UnknownModel
from flows.show import show_text
from models.registry import audit_champion, champion, download


@flow(name="release-model", flow_run_name="{family}")
def release_model(config: str = "configs/serving/asr.yaml", family: str = "asr") -> dict[str, Any]:
    """Build the Bento of the family's champion; a champion set by hand without a passed gate is not released.

    Args:
        config: the service's settings, bundled with it.
    Returns:
        bento (its tag), version, package_digest.
    Raises:
        UnknownModel: there is no champion.
    """
    audit = audit_champion(family)
    found = champion(family)
    if found is None:
        raise UnknownModel(f"{family}: there is no champion to release: {audit.reason or 'promote one first'}")
    package_dir = download(found.uri, artifacts_dir() / "packages" / found.digest[:16])
    release = {
        "bento": bundle(str(package_dir), config, found.version),
        "version": found.version,
        "package_digest": found.digest,
    }
    record = artifacts_dir() / "releases" / f"{family}.json"
    record.parent.mkdir(parents=True, exist_ok=True)
    scratch = record.with_suffix(".tmp")
    scratch.write_text(json.dumps(release, indent=2), "utf-8")
    scratch.replace(record)
    show_text(f"release-{family}", f"`bentoml serve {release['bento']}`", f"{found.model} version {found.version}")
    return release


@task
def bundle(package_dir: str, config: str, version: str) -> str:
    """The Bento's tag."""
    from serving.asr.bundle import build_bento

    return str(build_bento(package_dir, config=config, version=version))
