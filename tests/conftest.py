"""What tests of several folders need."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def asr_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A serving package with random weights, made in a process of its own so that torch stays out of this one."""
    folder = tmp_path_factory.mktemp("package") / "asr-vi"
    subprocess.run([sys.executable, "-m", "tests.tiny_package", str(folder)], cwd=ROOT, check=True)
    return folder
