"""One training from start to end: who owns the folder, what MLflow is told, where a killed one goes on.

A family says in a `Job` what is its own; `run_job` is the same for all. The same command goes on where a killed training
stopped, in the same MLflow run, and does nothing where it had finished.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from data.errors import LicenceForbids, TrainingFailed
from models.training.config import TrainingRecipe
from models.training.run_folder import RunFolder, RunState, fingerprint

if TYPE_CHECKING:
    import lightning.pytorch as pl


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training leaves behind."""

    run_id: str
    run_dir: str
    model: str
    model_sha256: str
    state: str
    """`finished`, or `stopped` by the time limit."""
    step: int
    best_step: int
    metric: str
    """Name of what the best checkpoint was chosen by."""
    best: float

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), self.metric: self.best}


class Job(ABC):
    """A recipe on a dataset in a folder, as one family trains it; nothing heavy is imported before `fit`."""

    family: ClassVar[str]
    """`asr`; the name of its room below models/."""
    metric: ClassVar[str]
    """What the best checkpoint is chosen by."""
    result: ClassVar[str]
    """Name of the trained model below the folder."""

    def __init__(self, recipe: TrainingRecipe, dataset_dir: Path, run_dir: Path) -> None:
        self.recipe, self.dataset_dir = recipe, dataset_dir
        self.folder = RunFolder(run_dir, result=self.result)

    @abstractmethod
    def dataset(self) -> dict[str, Any]:
        """The dataset's own description: name, digest, licence, usage."""

    def prepare(self) -> None:
        """Make what must stand before the other processes start; most families need nothing."""
        return

    @abstractmethod
    def callbacks(self) -> list[pl.Callback]:
        """What watches in the first process, inside the MLflow run."""

    @abstractmethod
    def fit(self, callbacks: list[pl.Callback]) -> bool:
        """Train to the end and write the result; True where the time limit came first."""


def run_job(job: Job, *, flow_run_id: str = "", fresh: bool = False) -> Trained | None:
    """Train, or go on training; None in every process of a distributed training but the first.

    Raises:
        Busy: another training writes to the folder.
        ConfigError: the folder holds the training of another recipe or dataset.
        LicenceForbids: the dataset is for evaluation only.
        TrainingFailed: the loss is not finite.
    """
    dataset = job.dataset()
    if dataset.get("usage") == "evaluation":
        raise LicenceForbids(f"{dataset.get('name')} may be used for evaluation only ({dataset.get('licence')})")
    mark = fingerprint(job.recipe, dataset)
    if _rank() != 0:
        job.folder.await_rank_zero(mark)
        job.fit([])
        return None
    with job.folder.locked():
        state = job.folder.begin(mark, fresh=fresh)
        if state.state == "finished" and job.folder.model.exists():
            return _trained(job, state)
        return _run_first(job, state, flow_run_id)


def _run_first(job: Job, state: RunState, flow_run_id: str) -> Trained:
    """The process that owns the folder and the MLflow run."""
    with _logging_to(job.folder.log):
        job.prepare()
        from models.tracking import collect_lineage, connect

        connect()  # Before MLflow is imported, which reads its settings then.
        import mlflow

        from models.training.curves import start_run

        lineage = collect_lineage(Path.cwd(), job.dataset_dir, flow_run_id=flow_run_id)
        place = {"dataset_dir": job.dataset_dir, "run_dir": job.folder.path}
        run_id = start_run(job.recipe, family=job.family, run_id=state.mlflow_run_id, lineage=lineage, **place)
        ended = "FAILED"
        try:
            job.folder.update(mlflow_run_id=run_id, state="running")
            out_of_time = job.fit(job.callbacks())
            state = job.folder.update(state="stopped" if out_of_time else "finished")
            trained = _trained(job, state)
            mlflow.log_metrics({f"best_{job.metric}": trained.best, "best_step": trained.best_step})
            name = job.folder.model.name
            mlflow.set_tags({name: trained.model, f"{name}.sha256": trained.model_sha256, "train.state": trained.state})
            ended = "FINISHED"
        finally:
            mlflow.end_run(ended)
    return trained


def _trained(job: Job, state: RunState) -> Trained:
    if state.best is None:
        raise TrainingFailed(f"{job.folder.path} holds a model without a validation: start anew with --fresh")
    return Trained(
        run_id=state.mlflow_run_id,
        run_dir=str(job.folder.path),
        model=str(job.folder.model),
        model_sha256=state.model_sha256,
        state=state.state,
        step=state.step,
        best_step=state.best_step,
        metric=job.metric,
        best=state.best,
    )


def _rank() -> int:
    """This process's place in a distributed training, as torchrun, Lightning or Slurm told it."""
    for name in ("RANK", "SLURM_PROCID"):
        if name in os.environ:
            return int(os.environ[name])
    return int(os.environ.get("NODE_RANK", "0")) or int(os.environ.get("LOCAL_RANK", "0"))


class _logging_to:
    """Our log lines go to a file and to stderr while the block runs."""

    def __init__(self, path: Path) -> None:
        self._handlers = [logging.FileHandler(path, encoding="utf-8"), logging.StreamHandler(sys.stderr)]

    def __enter__(self) -> None:
        house = logging.getLogger("models")
        house.setLevel(logging.INFO)
        for handler in self._handlers:
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
            house.addHandler(handler)

    def __exit__(self, *_: object) -> None:
        for handler in self._handlers:
            logging.getLogger("models").removeHandler(handler)
            handler.close()


def quiet() -> None:
    """Lightning's and the toolkits' hints are about loaders and loggers that are not theirs here."""
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", module=r"(lightning|nemo|torch|transformers)\.")
