"""The folder of one training: who may write to it, and what a later start has to know.

RUNDIR/run.json               state, MLflow run, digest of what is trained, best so far
RUNDIR/tokenizer/             where a family trains one
RUNDIR/checkpoints/last.ckpt  everything that going on needs; best.pt: the weights of the best validation
RUNDIR/model.nemo             the result (of another family `model`, a folder)
RUNDIR/train.log              what the terminal showed
"""

from __future__ import annotations

import dataclasses
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from data.errors import Busy, ConfigError, TrainingFailed
from models.training.config import TrainingRecipe


@dataclass(frozen=True, slots=True, kw_only=True)
class RunState:
    """What run.json holds."""

    fingerprint: str
    """Digest of recipe and dataset."""
    state: Literal["running", "stopped", "finished"] = "running"
    """`stopped`: by the time limit, with a model but before its last step."""
    mlflow_run_id: str = ""
    step: int = 0
    """Steps behind the result."""
    best: float | None = None
    """The best validation, in the metric that the family chooses checkpoints by."""
    best_step: int = 0
    model_sha256: str = ""


def fingerprint(recipe: TrainingRecipe, dataset: dict[str, Any]) -> str:
    """Digest of everything that decides what a training learns."""
    return _digest([_deciding(recipe), dataset.get("digest"), dataset.get("name")])


def recipe_digest(recipe: TrainingRecipe) -> str:
    """Digest of a recipe without its seed: trainings that share it, on one dataset, differ by luck alone."""
    fields = _deciding(recipe)
    del fields["trainer"]["seed"]
    return _digest(fields)


def _deciding(recipe: TrainingRecipe) -> dict[str, Any]:
    fields = dataclasses.asdict(recipe)
    for name in recipe.BESIDE:
        del fields[name]
    for section, names in recipe.SPEED_ONLY.items():
        for name in names:
            del fields[section][name]
    return fields


def _digest(told: Any) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


class RunFolder:
    """Paths and state of one training; only the process that entered `locked` writes the state."""

    def __init__(self, path: Path | str, *, result: str = "model.nemo") -> None:
        self.path = Path(path).absolute()
        self.tokenizer = self.path / "tokenizer"
        self.checkpoints = self.path / "checkpoints"
        self.last = self.checkpoints / "last.ckpt"
        self.best = self.checkpoints / "best.pt"
        self.model = self.path / result
        self.log = self.path / "train.log"
        self.plots = self.path / "plots"
        self._state = self.path / "run.json"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder; the kernel gives it back however the process ends.

        Raises:
            Busy: another training holds it.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as lock:
            _take(lock, self.path)
            yield

    def begin(self, fingerprint: str, *, fresh: bool) -> RunState:
        """The state to go on from, or a new one.

        Raises:
            ConfigError: the folder holds the training of another recipe or dataset.
        """
        found = None if fresh else self.read()
        if found is None:
            self._clear()
            found = RunState(fingerprint=fingerprint)
            self.write(found)
        elif found.fingerprint != fingerprint:
            raise ConfigError(
                f"{self.path} holds a training of another recipe or dataset: take another folder, or start anew with --fresh"
            )
        return found

    def read(self) -> RunState | None:
        """The state, None where there is none."""
        try:
            known = json.loads(self._state.read_text("utf-8"))
            if "best_wer" in known:  # As it was called while there was one family.
                known["best"] = known.pop("best_wer")
            return RunState(**known)
        except FileNotFoundError:
            return None
        except (TypeError, ValueError) as error:
            raise ConfigError(f"{self._state} cannot be read ({error}): start anew with --fresh") from error

    def write(self, state: RunState) -> None:
        """Replace the state; a reader sees the old one or the new one."""
        with replacing(self._state) as temporary:
            temporary.write_text(json.dumps(dataclasses.asdict(state), indent=2) + "\n", "utf-8")

    def update(self, **changes: Any) -> RunState:
        """Change fields of the state."""
        state = self.read()
        if state is None:
            raise TrainingFailed(f"{self._state} disappeared during training")
        state = dataclasses.replace(state, **changes)
        self.write(state)
        return state

    def await_rank_zero(self, fingerprint: str, *, timeout_s: float = 600.0) -> RunState:
        """In the other processes of a distributed training: wait until the first has prepared the folder."""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            state = self.read()
            if state is not None and state.fingerprint == fingerprint and state.mlflow_run_id:
                return state
            time.sleep(0.2)
        raise TrainingFailed(f"the first process did not prepare {self.path} in {timeout_s:.0f} s")

    def _clear(self) -> None:
        for leftover in (self._state, self.model, self.log, self.tokenizer, self.checkpoints, self.plots):
            _remove(leftover)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well, durably; a folder as well as a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    _remove(temporary)
    try:
        yield temporary
        for written in (temporary, *temporary.rglob("*")):
            _sync(written)
        if temporary.is_dir():
            _remove(path)  # A folder cannot be renamed over one that holds something.
        temporary.replace(path)
    finally:
        _remove(temporary)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _take(lock: IO[str], path: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Busy(f"another training writes to {path}") from error
