"""MLflow's registry and the serving package: register, download, promote, audit, roll back.

A version is promoted when `champion` moves to it. People move it in the MLflow UI, flows through `promote`; either
way only a version with all required tags and a passed gate stays champion, and `audit_champion` sees to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from data.errors import BrokenPackage, Busy, ConfigError, GateRefused, UnknownModel
from data.schema import Lineage
from models.package import Package, open_package
from models.registry.aliases import Aliases, locked
from models.registry.logged_package import fetch_package, log_package
from models.registry.versions import LINEAGE_TAGS, Version, all_versions, find_version, mlflow_client, model_name, parse_uri
from models.tracking import lineage_tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What an audit found and did: `version` was judged, `champion` is champion now."""

    verdict: Literal["none", "unchanged", "accepted", "refused"]
    version: str | None = None
    champion: str | None = None
    reason: str = ""


def register(package_dir: Path | str, *, family: str, run_id: str, tags: Mapping[str, str]) -> str:
    """Make the package a version of its family's model, logged under its training run; returns the version.

    What the package itself says of its lineage stands above `tags`: it was written when the model was made. The same
    package again is the same version with the new tags, and keeps the gate's answer. It becomes `challenger` unless
    it is champion or the gate has refused it; where the gate has not spoken, gate.status is `pending`.
    Raises:
        ConfigError: a lineage tag is missing (all are named), or the package is not of that family.
        BrokenPackage: a file of the package differs from its manifest.
    """
    name, package = model_name(family), open_package(Path(package_dir))
    if package.manifest["family"] != family:
        raise ConfigError(f"{package.folder} is a package of family {package.manifest['family']}, not {family}")
    tags = {**tags, **_own_lineage(package), "package.sha256": package.digest}
    missing = [tag for tag in LINEAGE_TAGS if not tags.get(tag)]
    if missing:
        raise ConfigError(f"a version of {name} needs these tags: {', '.join(missing)}")
    with mlflow_client(f"{name} from run {run_id}") as client:
        aliases = Aliases(client, name)
        aliases.ensure_model()
        same = next((v for v in all_versions(client, name).values() if v.digest == package.digest), None)
        if same is None:
            tags = {"gate.status": "pending", **tags}
            model_id = log_package(client, package.folder, name=name, family=family, run_id=run_id)
            source = f"models:/{model_id}"
            version = str(client.create_model_version(name, source, run_id, tags=tags, model_id=model_id).version)
        else:
            version, tags = same.version, {**same.tags, **tags}
            for tag, value in tags.items() - same.tags.items():
                client.set_model_version_tag(name, version, tag, value)
        with locked(name):
            if tags["gate.status"] in ("pending", "passed") and aliases.read().get("champion") != version:
                aliases.move("challenger", version)
    return version


def record_gate(family: str, version: str, *, passed: bool, report: str, reason: str = "") -> None:
    """Write the gate's answer on a version; `report` is the URI of its artifact."""
    name = model_name(family)
    tags = {"gate.status": "passed" if passed else "failed", "gate.report": report, "gate.reason": reason}
    with mlflow_client(f"version {version} of {name}") as client:
        for tag, value in tags.items():
            client.set_model_version_tag(name, version, tag, value)


def log_report(run_id: str, folder: Path | str, *, under: str = "gate") -> str:
    """Keep a report's folder as an artifact of the run; returns its URI, for the tag gate.report."""
    with mlflow_client(f"run {run_id}") as client:
        client.log_artifacts(run_id, str(folder), artifact_path=under)
    return f"runs:/{run_id}/{under}"


def download(model_uri: str, dest: Path | str) -> Path:
    """Put the package of `models:/asr-vi@champion` or `models:/asr-vi/3` at `dest`, whole and verified, or not at all.

    The champion is audited first, so that one set by hand without a gate is never what is served.
    Raises:
        UnknownModel: there is no such version or alias.
        BrokenPackage: the bytes differ from the digest that was registered.
        ConfigError: the URI is neither of these, or `dest` holds something else.
    """
    found, dest = resolve(model_uri), Path(dest)
    if _holds(dest, found.digest):
        return dest
    if dest.exists() and (not dest.is_dir() or any(dest.iterdir())):
        raise ConfigError(f"{dest} is in the way: it is not the package of {found.uri}")
    dest.parent.mkdir(parents=True, exist_ok=True)
    with mlflow_client(found.uri), TemporaryDirectory(dir=dest.parent, prefix=f".{dest.name}-") as scratch:
        package = fetch_package(found.uri, Path(scratch))
        digest = open_package(package).digest
        if digest != found.digest:
            raise BrokenPackage(f"{found.uri} holds package {digest}, registered was {found.digest or 'none'}")
        try:
            package.replace(dest)
        except OSError:
            if not _holds(dest, digest):  # Otherwise another process has brought the same package meanwhile.
                raise
    return dest


def resolve(model_uri: str) -> Version:
    """The version that a URI means now; `@champion` is audited first.

    Raises:
        UnknownModel: there is no such version or alias.
    """
    family, alias, number = parse_uri(model_uri)
    name = model_name(family)
    if alias == "champion":
        audit_champion(family)
    with mlflow_client(model_uri) as client:
        number = number or Aliases(client, name).read().get(alias or "")
        if number is None:
            raise UnknownModel(f"{model_uri}: nothing bears that alias")
        return find_version(client, name, number)


def champion(family: str) -> Version | None:
    """The champion after an audit, so one that may be served; None where there is none."""
    return aliased(family, "champion") if audit_champion(family).champion else None


def aliased(family: str, alias: str) -> Version | None:
    """The version behind `champion`, `challenger` or `previous` as it is; None where there is none."""
    name = model_name(family)
    with mlflow_client(name) as client:
        version = Aliases(client, name).read().get(alias)
        return find_version(client, name, version) if version else None


def find(family: str, version: str) -> Version:
    """The version of that number.

    Raises:
        UnknownModel: there is none.
    """
    name = model_name(family)
    with mlflow_client(f"version {version} of {name}") as client:
        return find_version(client, name, version)


def same_recipe(one: Version, other: Version) -> bool:
    """Whether two versions were trained by one recipe on one dataset, so that they differ by the seed alone."""
    if one.tags.get("dataset.digest") != other.tags.get("dataset.digest"):
        return False
    with mlflow_client(f"the runs of versions {one.version} and {other.version} of {one.model}") as client:
        recipes = {client.get_run(version.run_id).data.tags.get("recipe.digest") for version in (one, other)}
    return len(recipes) == 1 and None not in recipes


def promote(family: str, version: str) -> Version:
    """Move `champion` to `version`; the old one becomes `previous`.

    Raises:
        GateRefused: the gate has not passed it, or tags are missing (all are named).
        Busy: somebody else moves the alias in the same moment.
    """
    name = model_name(family)
    with mlflow_client(f"version {version} of {name}") as client, locked(name):
        aliases = Aliases(client, name)
        candidate = _promotable(aliases, version)
        if _audit(aliases).champion != version:
            _crown(aliases, version, "promoted")
    return candidate


def rollback(family: str) -> Version:
    """Move `champion` back to `previous`, and `previous` to what was champion: twice is as before.

    Raises:
        UnknownModel: there is no previous champion.
        GateRefused: it no longer holds what a champion must hold.
    """
    name = model_name(family)
    with mlflow_client(name) as client, locked(name):
        aliases = Aliases(client, name)
        _audit(aliases)
        version = aliases.read().get("previous")
        if version is None:
            raise UnknownModel(f"{name} has no previous champion to go back to")
        previous = _promotable(aliases, version)
        _crown(aliases, version, "rolled back")
    return previous


def audit_champion(family: str) -> Audit:
    """Judge a champion that was set by hand: accept it as a promotion, or put the last gated one back.

    A refused version is tagged gate.status=blocked with gate.reason. Doing it again, or in two processes, is harmless.
    """
    name = model_name(family)
    with mlflow_client(name) as client, locked(name):
        return _audit(Aliases(client, name))


def _audit(aliases: Aliases) -> Audit:
    for _ in range(5):  # Who clicks in the UI while we write is judged in the next round.
        now = aliases.read().get("champion")
        if now is None:
            return Audit(verdict="none")
        judged = find_version(aliases.client, aliases.model, now)
        try:
            if judged.refusal:
                return _depose(aliases, judged)
            if now == aliases.decided():
                return Audit(verdict="unchanged", version=now, champion=now)
            _crown(aliases, now, "set by hand")
            return Audit(verdict="accepted", version=now, champion=now)
        except Busy:
            continue
    raise Busy(f"the champion of {aliases.model} is moved by somebody else, again and again")


def _promotable(aliases: Aliases, version: str) -> Version:
    candidate = find_version(aliases.client, aliases.model, version)
    if candidate.refusal:
        raise GateRefused(f"version {version} of {aliases.model} cannot be champion: {candidate.refusal}")
    return candidate


def _crown(aliases: Aliases, version: str, how: str) -> None:
    # In this order a crash at any point leaves what the next audit settles: an alias on a version that may be
    # champion is accepted, whatever was decided before.
    before = aliases.decided()
    if before and before != version and before in all_versions(aliases.client, aliases.model):
        aliases.move("previous", before)
    aliases.move("champion", version)
    if aliases.read().get("challenger") == version:
        aliases.remove("challenger")
    aliases.decide(version, how)


def _depose(aliases: Aliases, judged: Version) -> Audit:
    reason = f"it was set champion, but {judged.refusal}"
    for tag, value in {"gate.status": "blocked", "gate.reason": reason}.items():
        aliases.client.set_model_version_tag(aliases.model, judged.version, tag, value)
    known = all_versions(aliases.client, aliases.model)
    earlier = [aliases.decided(), *(entry["version"] for entry in reversed(aliases.history()))]
    kept = next((v for v in earlier if v in known and v != judged.version and not known[v].refusal), None)
    if aliases.read().get("champion") != judged.version:
        raise Busy(f"{aliases.model}@champion has moved on from {judged.version}")
    if kept is None:
        aliases.remove("champion")
    else:
        aliases.move("champion", kept)
    aliases.decide(kept, f"kept: version {judged.version} was refused")
    return Audit(verdict="refused", version=judged.version, champion=kept, reason=reason)


def _own_lineage(package: Package) -> dict[str, str]:
    known = {name.name: str(package.lineage.get(name.name) or "") for name in fields(Lineage)}
    return lineage_tags(Lineage(**known))


def _holds(dest: Path, digest: str) -> bool:
    try:
        return open_package(dest).digest == digest
    except BrokenPackage:
        return False
