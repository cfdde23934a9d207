"""A copy of this checkout, small enough to run the whole platform in minutes: other values, the same code.

Only files of `configs/` are changed, and each change makes something smaller, or takes a free port.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from serving.processes import free_port

ROOT = Path(__file__).resolve().parents[1]


def small_checkout(folder: Path) -> Path:
    """Copy what git would commit, make it small, commit it as a repository of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    (folder / ".venv").symlink_to(sys.prefix)
    for name in ("pyproject.toml", "requirements.lock"):
        os.utime(folder / name, (0, 0))  # Older than the environment: `make` must not install the copy into it.
    ready = folder / ".venv" / ".ready"
    if not ready.exists():  # An environment that `make` did not make.
        ready.touch()
    _make_small(folder / "configs")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "A small copy"]):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@localhost", *command], cwd=folder, check=True)
    return folder


def environment(checkout: Path) -> dict[str, str]:
    """What a shell in the copy sees after `source .venv/bin/activate`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW_", "PREFECT_", "TIENGNOI_ART"))}
    path = f"{checkout / '.venv' / 'bin'}:{os.environ['PATH']}"
    return {**kept, "PATH": path, "PYTHONPATH": str(checkout), "CI": "true"}


def change(path: Path, **changes: Any) -> None:
    """Change values of one YAML file: `trainer__max_steps=5` is trainer: {max_steps: 5}."""
    values = yaml.safe_load(path.read_text("utf-8")) or {}
    for name, value in changes.items():
        *sections, key = name.split("__")
        inner = values
        for section in sections:
            inner = inner.setdefault(section, {})
        inner[key] = value
    path.write_text(yaml.safe_dump(values, allow_unicode=True, sort_keys=False), "utf-8")


def _make_small(configs: Path) -> None:
    splits = {"train": 240, "dev": 24, "test": 40}
    change(
        configs / "data" / "synthetic_commands.yaml",
        **{f"synthesis__splits__{name}__clips": clips for name, clips in splits.items()},
    )
    for name in ("smoke", "phone_keywords"):
        change(
            configs / "asr" / f"{name}.yaml",
            model__d_model=48,
            model__layers=2,
            model__subsampling_channels=24,
            batch__padded_s=24.0,
            trainer__max_steps=24,
            trainer__validations=2,
            optimizer__warmup_steps=4,
        )
    _make_normalizer_small(configs)
    # A model that learned for seconds hears nothing; the floors are another test's business.
    floors = {
        "max_wer": 5.0,
        "max_tone_only_rate": 1.0,
        "min_number_accuracy": 0.0,
        "max_empty_rate": 1.0,
        "max_invented_per_silence": 1000.0,
        "max_rtf": 10.0,
    }
    for name in ("gate", "gate_normalizer"):
        change(configs / f"{name}.yaml", floors=floors)
    ports = {name: free_port() for name in ("mlflow_port", "prefect_port", "asr_port", "normalizer_port")}
    change(configs / "serving" / "local.yaml", **ports)


def _make_normalizer_small(configs: Path) -> None:
    change(configs / "data" / "pairs" / "smoke.yaml", hard=80, copies=5, noisy=5)
    change(
        configs / "normalizer" / "smoke.yaml",
        model__d_model=32,
        model__d_kv=8,
        model__feed_forward=64,
        model__layers=1,
        batch__short_steps=0,
        trainer__max_steps=8,
        trainer__validations=1,
        optimizer__warmup_steps=2,
        validation__pairs=20,
        validation__decoded=5,
    )
    punctuator = configs / "punctuator" / "smoke.yaml"
    change(punctuator, trainer__max_steps=8, trainer__validations=1, optimizer__warmup_steps=2)
