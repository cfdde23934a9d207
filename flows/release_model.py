"""Champion → Bento: the bytes that passed the gate, bundled with the code that serves them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from prefect import flow, task

from data.artifacts import artifacts_dir
from data.errors import UnknownModel
from flows.show import show_text
from models.registry import audit_champion, champion, download
from serving.local import Release, record_release


@flow(name="release-model", flow_run_name="{family}")
def release_model(config: str | None = None, family: str = "asr") -> dict[str, Any]:
    """Build the Bento of the family's champion; a champion set by hand without a passed gate is not released.

    Args:
        config: the service's settings, bundled with it; configs/serving/FAMILY.yaml where none are named.
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
    tag = bundle(str(package_dir), config, found.version)
    release = Release(bento=tag, version=found.version, package_digest=found.digest)
    record_release(family, release)
    show_text(f"release-{family}", f"`bentoml serve {tag}`", f"{found.model} version {found.version}")
    return asdict(release)


@task
def bundle(package_dir: str, config: str | None, version: str) -> str:
    """The Bento's tag."""
    from serving.bundle import build_bento

    return build_bento(package_dir, config=config, version=version)
