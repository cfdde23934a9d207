"""Where runs are tracked, and what made a model: commit, dataset, flow run.

Embedded, MLflow is one SQLite file and a folder beside it; MLFLOW_TRACKING_URI names a server instead.
Nothing here opens a database before `connect` is called.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from data.artifacts import artifacts_dir
from data.errors import BadCorpus, ConfigError
from data.schema import Lineage

if TYPE_CHECKING:
    from mlflow import MlflowClient

_SQLITE = "sqlite:///"


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, or an SQLite file under the artifacts folder, whose folder is made here."""
    named = os.environ.get("MLFLOW_TRACKING_URI")
    if named:
        return named
    home = artifacts_dir() / "mlflow"
    home.mkdir(parents=True, exist_ok=True)
    return f"{_SQLITE}{home / 'mlflow.db'}"


def connect() -> MlflowClient:
    """A client of the tracking store and the registry; the fluent API of this process follows it."""
    # MLflow reads the first when it is imported: nothing about a model leaves the house unasked.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    # Otherwise a uv.lock that happens to lie in the working directory would become a model's requirements.
    os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")
    # A bar for each file of each copy drowns a flow's log.
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow

    uri = tracking_uri()
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    with _alone(uri):
        return mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)


@contextmanager
def _alone(uri: str) -> Iterator[None]:
    """The first client of an SQLite file makes its tables, and of two at once one fails: they come one by one."""
    if not uri.startswith(_SQLITE):
        yield
        return
    path = Path(uri.removeprefix(_SQLITE))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ensure_experiment(name: str) -> str:
    """The id of the experiment called `name`, made where it is missing.

    Raises:
        ConfigError: the experiment was deleted and still occupies its name.
    """
    client = connect()
    from mlflow.exceptions import MlflowException  # After `connect`, which decides how MLflow is imported.

    found = client.get_experiment_by_name(name)
    if found is None:
        try:
            return client.create_experiment(name, artifact_location=_artifact_root(tracking_uri()))
        except MlflowException:
            found = client.get_experiment_by_name(name)  # Another process was faster, or the store refuses.
            if found is None:
                raise
    if found.lifecycle_stage == "deleted":
        raise ConfigError(f"the MLflow experiment {name!r} is deleted: restore it or choose another name")
    return found.experiment_id


def _artifact_root(uri: str) -> str | None:
    """Where a new experiment keeps its files; None leaves it to the server.

    Without a server MLflow would write to ./mlruns, wherever the process happens to stand.
    """
    if uri.startswith(("http://", "https://", "databricks")):
        return None
    home = Path(uri.removeprefix(_SQLITE)).absolute().parent if uri.startswith(_SQLITE) else artifacts_dir() / "mlflow"
    return (home / "artifacts").as_uri()


def git_sha(repo: Path | str = ".") -> str:
    """The commit that `repo` stands on, with `-dirty` where files differ from it; empty outside a repository.

    dvc.lock does not count: packaging rewrites it, and `dvc_rev` says what is in it.
    """
    sha = _git(repo, "rev-parse", "HEAD").decode().strip()
    changed = sha and _git(repo, "status", "--porcelain", "--", ":/", ":(top,exclude)dvc.lock").strip()
    return f"{sha}-dirty" if changed else sha


def dataset_digest(dataset_dir: Path | str) -> str:
    """DVC's md5 of the dataset's bytes (its shards, or its pairs): 32 hex digits, as dvc.lock would name them.

    Source: a directory's hash in DVC 3 is the md5 of the JSON list of its files' md5 and relative paths, sorted by
    path (tests/integration/test_tracking.py compares it with DVC's own).
    Raises:
        BadCorpus: the folder holds no dataset.
    """
    home = bytes_of(dataset_dir)
    entries = [{"md5": _md5(path), "relpath": path.relative_to(home).as_posix()} for path in home.rglob("*") if path.is_file()]
    entries.sort(key=lambda entry: entry["relpath"])
    return hashlib.md5(json.dumps(entries).encode(), usedforsecurity=False).hexdigest()


def bytes_of(dataset_dir: Path | str) -> Path:
    """Where the bytes of a dataset are: its shards, or the folder itself where it holds text alone.

    Raises:
        BadCorpus: the folder holds no dataset.
    """
    for folder in (Path(dataset_dir) / "shards", Path(dataset_dir)):
        if (folder / "dataset.json").is_file():
            return folder
    raise BadCorpus(f"{dataset_dir} holds no dataset: package it first")


def dvc_rev(repo: Path | str, digest: str) -> str:
    """The commit whose dvc.lock names the bytes of `digest`, and an honest suffix where none does yet.

    `SHA` alone: dvc.lock is committed and `dvc checkout` at SHA brings the bytes back. `SHA+lock.MD5`: only the
    dvc.lock in the working tree (of that md5) names them. `SHA+unlocked`: DVC does not know them.
    """
    sha = _git(repo, "rev-parse", "HEAD").decode().strip()
    if not sha:
        return ""
    if digest in _locked(_git(repo, "show", "HEAD:./dvc.lock")):
        return sha
    lock = Path(repo) / "dvc.lock"
    text = lock.read_bytes() if lock.is_file() else b""
    if digest in _locked(text):
        return f"{sha}+lock.{hashlib.md5(text, usedforsecurity=False).hexdigest()}"
    return f"{sha}+unlocked"


def collect_lineage(repo: Path | str, dataset_dir: Path | str, flow_run_id: str = "", run_id: str = "") -> Lineage:
    """What a training on `dataset_dir` from the code in `repo` has to remember."""
    digest = dataset_digest(dataset_dir)
    about = _about(dataset_dir)
    return Lineage(
        dataset=str(about.get("name") or Path(dataset_dir).name),
        dataset_digest=digest,
        dvc_rev=dvc_rev(repo, digest),
        git_sha=git_sha(repo),
        flow_run_id=flow_run_id,
        run_id=run_id,
        licence=str(about.get("licence") or ""),
    )


def lineage_tags(lineage: Lineage) -> dict[str, str]:
    """The lineage under the names that runs and model versions carry; what is unknown is left out."""
    tags = {
        "dataset.name": lineage.dataset,
        "dataset.digest": lineage.dataset_digest,
        "dvc.rev": lineage.dvc_rev,
        "git.sha": lineage.git_sha,
        "prefect.flow_run_id": lineage.flow_run_id,
        "license": lineage.licence,
    }
    return {name: value for name, value in tags.items() if value}


def log_dataset(run_id: str, dataset_dir: Path | str, lineage: Lineage, *, context: str = "training") -> None:
    """Show the dataset as an input of the run, and the lineage as its tags."""
    client = connect()
    from mlflow.entities import Dataset, DatasetInput, InputTag  # After `connect`, as above.

    dataset = Dataset(
        name=lineage.dataset,
        digest=lineage.dataset_digest,  # MLflow allows 36 characters: DVC's md5 fits, a sha256 does not.
        source_type="local",
        source=json.dumps({"uri": str(bytes_of(dataset_dir))}),
        profile=json.dumps(_about(dataset_dir).get("splits", {})),
    )
    tags = {"mlflow.data.context": context, "dvc.rev": lineage.dvc_rev, "license": lineage.licence}
    inputs = DatasetInput(dataset, [InputTag(name, value) for name, value in tags.items() if value])
    client.log_inputs(run_id, datasets=[inputs])
    for name, value in lineage_tags(lineage).items():
        client.set_tag(run_id, name, value)


def _about(dataset_dir: Path | str) -> dict[str, Any]:
    path = bytes_of(dataset_dir) / "dataset.json"
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadCorpus(f"{path} cannot be read: package the dataset first") from error


def _git(repo: Path | str, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(repo), *arguments], capture_output=True, check=False)
    except OSError as error:
        raise ConfigError(f"git cannot be run, and without it a model has no lineage: {error}") from error
    return done.stdout if done.returncode == 0 else b""


def _locked(lock: bytes) -> set[str]:
    """The md5 of every folder that a dvc.lock names, whatever its stages are called."""

    def outs(stages: Any) -> Iterator[dict[str, Any]]:
        for stage in (stages or {}).values():
            yield from stage.get("outs", ())

    try:
        stages = (yaml.safe_load(lock) or {}).get("stages")
        return {str(out.get("md5", "")).removesuffix(".dir") for out in outs(stages)}
    except (yaml.YAMLError, AttributeError, TypeError):
        return set()  # A lock in the middle of a merge names nothing.


def _md5(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
