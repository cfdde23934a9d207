"""A serving package and the code that serves it as one Bento; BentoML runs in a process of its own.

src/package/                      the serving package, byte for byte
src/configs/serving/SERVICE.yaml  the settings, with the package, its version and alias filled in
src/{data,models,serving}/        the modules that the service imports, and no others
"""

from __future__ import annotations

import hashlib
import importlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from data.artifacts import artifacts_dir
from data.errors import ConfigError, StepFailed
from data.sources import ROOT, requirements_of, sources_of
from models.package import Package, open_package
from serving.services import Service, service_of
from serving.settings import config_file, read_settings


def build_bento(
    package_dir: Path | str,
    *,
    service: str | None = None,
    version: str = "",
    alias: str = "champion",
    config: Path | str | None = None,
) -> str:
    """Build the Bento of a package, or find the one that was built of the same bytes.

    Args:
        service: which of those that hold models of the package's family; the one of the family's own name when None.
        version: the package's version in the registry.
        alias: the alias under which it was found there; becomes a name of the model, `asr-vi@champion`.
        config: the service's settings, a relative path is one of the house; the service's own file when None.
    Returns:
        Its tag, for `bentoml serve`; the store is BENTOML_HOME, or lies with the other artifacts.
    Raises:
        BrokenPackage: the package is not whole.
        ConfigError: the settings are not, or the service holds no models of the package's family.
        StepFailed: BentoML could not build.
    """
    package = open_package(package_dir)
    name = service or package.manifest["family"]
    served, own_config = service_of(name), config_file(name)
    if served.family != package.manifest["family"]:
        raise ConfigError(f"{name} serves models of family {served.family}, not {package.manifest['family']}")
    with tempfile.TemporaryDirectory(prefix="bento-") as scratch:
        source = Path(scratch) / "source"
        modules = sources_of(served.service.partition(":")[0], *served.runs)
        for module in modules:
            target = source / module.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(module, target)
        _write_settings(served, ROOT / (config or own_config), source / own_config, version, alias)
        shutil.copytree(package_dir, source / "package")
        requirements = requirements_of(modules, *served.reads)
        (source / "bentofile.yaml").write_text(yaml.safe_dump(_recipe(served, package, version, requirements)), "utf-8")
        digest = _digest(source)[:16]
        store = Path(os.environ.get("BENTOML_HOME") or artifacts_dir() / "bentoml").absolute()
        if not (store / "bentos" / served.bento / digest / "bento.yaml").exists():
            _bentoml_build(source, digest, store)
    return f"{served.bento}:{digest}"


def _recipe(served: Service, package: Package, version: str, requirements: list[str]) -> dict[str, Any]:
    lineage = {key: str(package.lineage.get(key) or "") for key in ("run_id", "dataset_digest", "git_sha", "licence")}
    return {
        "service": served.service,
        "name": served.bento,
        "include": ["*"],
        # Pinned to what is installed here; locking the whole tree would need the network.
        "python": {"packages": requirements, "lock_packages": False},
        "envs": [{"name": "BENTOML_DO_NOT_TRACK", "value": "True"}],
        "labels": {"package_digest": package.digest, "model_version": version, **lineage},
    }


def _write_settings(served: Service, config: Path, target: Path, version: str, alias: str) -> None:
    module, _, kind = served.settings.partition(":")
    read_settings(getattr(importlib.import_module(module), kind), config, environ={})
    values = yaml.safe_load(config.read_text("utf-8")) | {"package": "package", "model_version": version, "model_alias": alias}
    target.parent.mkdir(parents=True)
    target.write_text(f"# Written with the Bento, from {config.name}.\n{yaml.safe_dump(values, sort_keys=False)}", "utf-8")


def _digest(source: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(source).as_posix()}\0{file.stat().st_size}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _bentoml_build(source: Path, version: str, store: Path) -> None:
    environment = os.environ | {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(store)}
    command = [sys.executable, "-m", "bentoml", "build", str(source), "--version", version]
    built = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    if built.returncode:
        raise StepFailed(f"bentoml build failed:\n{built.stdout}{built.stderr}")
