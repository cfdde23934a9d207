"""Champion → Bentos: the bytes that passed the gate, bundled with the code of each service that holds them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from prefect import flow, task

from data.artifacts import artifacts_dir
from data.errors import UnknownModel
from flows.show import show_text
from models.registry.lifecycle import audit_champion, champion, download
from serving.local import Release, record_release
from serving.services import services_of


@flow(name="release-model", flow_run_name="{family}")
def release_model(config: str | None = None, family: str = "asr") -> dict[str, Any]:
    """Build a Bento of the family's champion for each of its services; one set by hand without a passed gate is not released.

    Args:
        config: settings of the service of the family's name, bundled with it; each takes configs/serving/SERVICE.yaml
            where none are named.
    Returns:
        bento (the tag of the family's own service), version, package_digest, and `bentos`, the tag of each service.
    Raises:
        UnknownModel: there is no champion.
    """
    audit = audit_champion(family)
    found = champion(family)
    if found is None:
        raise UnknownModel(f"{family}: there is no champion to release: {audit.reason or 'promote one first'}")
    package_dir = download(found.uri, artifacts_dir() / "packages" / found.digest[:16])
    names = services_of(family)
    # All are built before one is recorded: a service that cannot be built leaves them together at the old version.
    tags = {name: bundle(str(package_dir), name, config if name == family else None, found.version) for name in names}
    releases = {name: Release(bento=tag, version=found.version, package_digest=found.digest) for name, tag in tags.items()}
    for name, release in releases.items():
        record_release(name, release)
        show_text(f"release-{name}", f"`bentoml serve {release.bento}`", f"{found.model} version {found.version}")
    return asdict(releases[names[0]]) | {"bentos": tags}


@task
def bundle(package_dir: str, service: str, config: str | None, version: str) -> str:
    """The Bento's tag."""
    from serving.bundle import build_bento

    return build_bento(package_dir, service=service, config=config, version=version)
