"""What tests of several folders need."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.served import Served, serve

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Bento:
    """A built Bento: its tag and the store that holds it."""

    tag: str
    home: Path


@pytest.fixture(scope="session")
def asr_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A serving package with random weights, made in a process of its own so that torch stays out of this one."""
    folder = tmp_path_factory.mktemp("package") / "asr-vi"
    subprocess.run([sys.executable, "-m", "tests.tiny_package", str(folder)], cwd=ROOT, check=True)
    return folder


@pytest.fixture(scope="session")
def asr_bento(asr_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Bento:
    """The package as a Bento, in a store of its own."""
    from serving.asr.bundle import build_bento

    home = tmp_path_factory.mktemp("bentoml")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(home))
        return Bento(tag=build_bento(asr_package, version="7"), home=home)


@pytest.fixture(scope="session")
def asr_service(asr_bento: Bento, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The Bento, served; one for all tests that do not end it."""
    folder = tmp_path_factory.mktemp("served")
    with serve(asr_bento.tag, bentoml_home=asr_bento.home, folder=folder, upload__max_bytes=str(32 << 20)) as served:
        yield served
