"""The names of a dataset that `dvc repro` knows: the list that dvc.yaml's matrix is made of."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from data.errors import ConfigError

#: Beside dvc.yaml, which reads it.
NAMES_FILE = Path("configs/data/names.yaml")


def dataset_names(repository: Path) -> list[str]:
    """The datasets that dvc.yaml packages."""
    try:
        return list(yaml.safe_load((repository / NAMES_FILE).read_text("utf-8"))["datasets"])
    except (OSError, KeyError, TypeError, yaml.YAMLError) as error:
        raise ConfigError(f"{NAMES_FILE} holds no list `datasets`: {error}") from error


def add_dataset(repository: Path, config: Path, name: str) -> bool:
    """Make configs/data/NAME.yaml known to dvc.yaml; False where it is known already.

    Raises:
        ConfigError: the file is not where dvc.yaml will look for it, or the name is no stage's name.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ConfigError(f"{name!r}: a dataset is called by lower-case letters, digits and underscores", pointer="/name")
    expected = repository / NAMES_FILE.parent / f"{name}.yaml"
    if not expected.is_file() or expected.resolve() != config.resolve():
        raise ConfigError(f"dvc.yaml reads {NAMES_FILE.parent}/{name}.yaml, not {config}: move it there", pointer="/name")
    if name in dataset_names(repository):
        return False
    path = repository / NAMES_FILE
    path.write_text(path.read_text("utf-8").rstrip("\n") + f"\n  - {name}\n", "utf-8")
    return True
