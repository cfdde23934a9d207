"""What tests of several folders need."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest

from tests.served import Served, serve

ROOT = Path(__file__).resolve().parents[1]

# The same examples at every run, so that main is never red by luck; HYPOTHESIS_PROFILE=explore looks for new ones.
hypothesis.settings.register_profile("same", derandomize=True)
hypothesis.settings.register_profile("explore", derandomize=False)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@dataclass(frozen=True)
class Bento:
    """A built Bento: its tag and the store that holds it."""

    tag: str
    home: Path


@pytest.fixture(autouse=True)
def _small_numbers_stay() -> Iterator[None]:
    """A training that leaves its flush-to-zero behind makes other tests fail, far from the cause."""
    yield
    assert sys.float_info.min / 2 > 0, "this test leaves a processor that rounds small numbers to zero"


@pytest.fixture(scope="session")
def asr_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A speech package with random weights, made in a process of its own so that torch stays out of this one."""
    return _once(tmp_path_factory, "asr-vi", lambda folder: _make("tests.tiny_package", folder))


@pytest.fixture(scope="session")
def normalizer_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A normalizer's package whose model says nothing, so that what is written is what the rules write."""
    return _once(tmp_path_factory, "normalizer-vi", lambda folder: _make("tests.tiny_normalizer", folder))


@pytest.fixture(scope="session")
def asr_bento(asr_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Bento:
    """The package as a Bento, in a store of its own."""
    return _built(asr_package, tmp_path_factory, "asr_bento")


@pytest.fixture(scope="session")
def normalizer_bento(normalizer_package: Path, tmp_path_factory: pytest.TempPathFactory) -> Bento:
    """The package as a Bento, in a store of its own."""
    return _built(normalizer_package, tmp_path_factory, "normalizer_bento")


@pytest.fixture(scope="session")
def asr_service(asr_bento: Bento, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The Bento, served; one for all tests that do not end it."""
    folder = tmp_path_factory.mktemp("served")
    with serve(asr_bento.tag, bentoml_home=asr_bento.home, folder=folder, upload__max_bytes=str(32 << 20)) as served:
        yield served


@pytest.fixture(scope="session")
def normalizer_service(normalizer_bento: Bento, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The Bento, served; one for all tests that do not end it."""
    folder = tmp_path_factory.mktemp("served")
    with serve(normalizer_bento.tag, bentoml_home=normalizer_bento.home, folder=folder) as served:
        yield served


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that the first process to ask for it fills, while the others wait: pytest-xdist gives each its own session."""
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made_once" / name
    made = folder.with_name(f"{name}.made")
    folder.parent.mkdir(exist_ok=True)
    with folder.with_name(f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            make(folder)
            made.touch()
    return folder


def _make(module: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-m", module, str(folder)], cwd=ROOT, check=True)


def _built(package: Path, factory: pytest.TempPathFactory, name: str) -> Bento:
    from serving.bundle import build_bento

    def build(home: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("BENTOML_HOME", str(home))
            (home / "tag").write_text(build_bento(package, version="7"))

    home = _once(factory, name, build)
    return Bento(tag=(home / "tag").read_text(), home=home)
