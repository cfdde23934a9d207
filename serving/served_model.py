"""Who answers: the identity of the one model that a service holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.package import MANIFEST, Package


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """The model that a service is told to hold, and how it is opened."""

    package_dir: Path
    name: str
    version: str = ""
    alias: str = ""
    threads: int = 0
    """0 takes all cores."""
    check_golden: bool = True

    def served(self, package: Package) -> ServedModel:
        """Who answers, now that the package is open."""
        return ServedModel.of(package, name=self.name, version=self.version, alias=self.alias)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedModel:
    """Who answers."""

    name: str
    version: str
    digest: str
    created_s: int
    names: frozenset[str]
    """Everything that a caller may call it."""
    lineage: Mapping[str, Any]

    @classmethod
    def of(cls, package: Package, *, name: str, version: str = "", alias: str = "") -> ServedModel:
        """The model of an opened package.

        Args:
            version: the version in the registry; the start of the package's digest when empty.
            alias: becomes a name of it, `name@alias`.
        """
        version = version or package.digest[:12]
        return cls(
            name=name,
            version=version,
            digest=package.digest,
            created_s=int((package.folder / MANIFEST).stat().st_mtime),
            names=frozenset({name, f"{name}@{version}"} | ({f"{name}@{alias}"} if alias else set())),
            lineage=package.lineage,
        )

    def lineage_fields(self) -> dict[str, str]:
        """The fields of contracts' ModelLineage."""
        return {
            "model_name": self.name,
            "model_version": self.version,
            "package_digest": self.digest,
            "dataset_digest": str(self.lineage.get("dataset_digest", "")),
            "run_id": str(self.lineage.get("run_id", "")),
        }
