"""A serving package and the code that serves it as one Bento; BentoML runs in a process of its own.

src/package/                   the serving package, byte for byte
src/configs/serving/asr.yaml   the settings, with the package, its version and alias filled in
src/{data,models,serving}/     the modules that the service imports, and no others
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement

from data.artifacts import artifacts_dir
from data.errors import StepFailed
from models.package import Package, open_package
from serving.settings import HOME, read_asr_settings

_ROOTS = ("serving.asr.service", "serving.bootstrap", "data.sandbox_child")
_ROOMS = ("data", "models", "serving")


def build_bento(
    package_dir: Path | str,
    *,
    name: str = "asr-vi",
    version: str = "",
    alias: str = "champion",
    config: Path | str = "configs/serving/asr.yaml",
) -> str:
    """Build a Bento, or find the one that was built of the same bytes.

    Args:
        version: the package's version in the registry.
        alias: the alias under which it was found there; becomes a name of the model, `asr-vi@champion`.
        config: the service's settings; a relative path is one of the house.
    Returns:
        Its tag, for `bentoml serve`; the store is BENTOML_HOME, or lies with the other artifacts.
    Raises:
        BrokenPackage: the package is not whole.
        ConfigError: the settings are not.
        StepFailed: BentoML could not build.
    """
    package = open_package(package_dir)
    with tempfile.TemporaryDirectory(prefix="bento-") as scratch:
        source = Path(scratch) / "source"
        for module in _modules(_ROOTS):
            target = source / module.relative_to(HOME)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(module, target)
        _write_settings(source, HOME / config, version, alias)
        shutil.copytree(package_dir, source / "package")
        (source / "bentofile.yaml").write_text(yaml.safe_dump(_recipe(package, name, version)), "utf-8")
        digest = _digest(source)[:16]
        store = Path(os.environ.get("BENTOML_HOME") or artifacts_dir() / "bentoml").absolute()
        if not (store / "bentos" / name / digest / "bento.yaml").exists():
            _bentoml_build(source, digest, store)
    return f"{name}:{digest}"


def _recipe(package: Package, name: str, version: str) -> dict[str, Any]:
    lineage = {key: str(package.lineage.get(key) or "") for key in ("run_id", "dataset_digest", "git_sha", "licence")}
    return {
        "service": "serving.asr.service:AsrService",
        "name": name,
        "include": ["*"],
        # Pinned to what is installed here; locking the whole tree would need the network.
        "python": {"packages": _requirements(), "lock_packages": False},
        "envs": [{"name": "BENTOML_DO_NOT_TRACK", "value": "True"}],
        "labels": {"package_digest": package.digest, "model_version": version, **lineage},
    }


def _write_settings(source: Path, config: Path, version: str, alias: str) -> None:
    read_asr_settings(config, environ={})
    values = yaml.safe_load(config.read_text("utf-8")) | {"package": "package", "model_version": version, "model_alias": alias}
    target = source / "configs/serving/asr.yaml"
    target.parent.mkdir(parents=True)
    target.write_text(f"# Written with the Bento, from {config.name}.\n{yaml.safe_dump(values, sort_keys=False)}", "utf-8")


def _modules(roots: Iterable[str]) -> set[Path]:
    """The files of the house that the roots import, wherever the import stands."""
    found: set[Path] = set()
    waiting = list(roots)
    while waiting:
        module = waiting.pop()
        path = HOME / Path(*module.split("."))
        files = [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
        if not files or files[0] in found:
            continue
        found.add(files[0])
        waiting += [module.rpartition(".")[0]] if "." in module else []
        for node in ast.walk(ast.parse(files[0].read_text("utf-8"))):
            if isinstance(node, ast.Import):
                waiting += [alias.name for alias in node.names if alias.name.startswith(_ROOMS)]
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_ROOMS):
                waiting += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


def _digest(source: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        digest.update(f"{file.relative_to(source).as_posix()}\0{file.stat().st_size}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _requirements() -> list[str]:
    """The distributions of the serve role at the versions that are installed here."""
    declared = [Requirement(line) for line in metadata.requires("tiengnoi") or []]
    wanted = [one for one in declared if one.marker is None or one.marker.evaluate({"extra": "serve"})]
    return sorted(f"{one.name}=={metadata.version(one.name)}" for one in wanted)


def _bentoml_build(source: Path, version: str, store: Path) -> None:
    environment = os.environ | {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(store)}
    command = [sys.executable, "-m", "bentoml", "build", str(source), "--version", version]
    built = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    if built.returncode:
        raise StepFailed(f"bentoml build failed:\n{built.stdout}{built.stderr}")
