"""Challenger → champion, through the gate alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task

from data.artifacts import artifacts_dir
from data.errors import ConfigError, UnknownModel
from flows.child import run_step
from flows.environment import REPOSITORY
from flows.evaluate_model import dataset_folder, evaluate_package, evaluation_dir
from flows.show import show_plots, show_text
from models.registry.lifecycle import (
    Version,
    aliased,
    audit_champion,
    download,
    find,
    log_report,
    promote,
    record_gate,
    same_recipe,
)
from models.tracking import dataset_digest

_REFUSED = 3


@flow(name="promote-model", flow_run_name="{family} {version}")
def promote_model(config: str | None = None, family: str = "asr", version: str | None = None) -> dict[str, Any]:
    """Measure challenger and champion on one test split and let the gate decide which of them serves.

    Args:
        config: the gate's policy; configs/gate_FAMILY.yaml where none is named, and configs/gate.yaml where that is missing.
        version: the candidate; the alias `challenger` where none is named.
    Returns:
        version, promoted, sentence, champion, report (URI of the artifact).
    Raises:
        UnknownModel: there is no candidate.
        ConfigError: the dataset that the candidate was trained with is not the one that lies here.
    """
    audit_champion(family)
    candidate = find(family, version) if version else aliased(family, "challenger")
    if candidate is None:
        raise UnknownModel(f"{family}: there is no challenger; train one, or name a version")
    champion = aliased(family, "champion")
    # The champion itself, asked about again, has no rival: the floors judge it.
    rival = champion if champion and champion.version != candidate.version else None

    dataset_dir = dataset_of(family, candidate)
    answers = {"candidate": measure(candidate, dataset_dir)}
    if rival:
        answers["champion"] = measure(rival, dataset_dir)
    against = rival.version if rival else "none"
    report_dir = artifacts_dir() / "gates" / f"{candidate.model}-v{candidate.version}-vs-{against}"
    verdict = decide(config or policy_of(family), answers, report_dir, one_recipe=bool(rival and same_recipe(candidate, rival)))
    uri = log_report(candidate.run_id, report_dir, under=f"gate/v{candidate.version}")
    record_gate(family, candidate.version, passed=verdict["promote"], report=uri, reason=verdict["sentence"])
    if verdict["promote"]:
        promote(family, candidate.version)
    now = aliased(family, "champion")
    return {
        "version": candidate.version,
        "promoted": verdict["promote"],
        "sentence": verdict["sentence"],
        "champion": now.version if now else None,
        "report": uri,
        "report_dir": str(report_dir),
    }


def policy_of(family: str) -> str:
    """The gate's policy of a family: what it writes decides how it is compared and what is good enough."""
    own = f"configs/gate_{family}.yaml"
    return own if (REPOSITORY / own).is_file() else "configs/gate.yaml"


def dataset_of(family: str, candidate: Version) -> str:
    """The folder of the dataset that the candidate was trained with, bytes compared."""
    name, digest = candidate.tags["dataset.name"], candidate.tags["dataset.digest"]
    folder = dataset_folder(family, name)
    here = dataset_digest(folder)
    if here != digest:
        raise ConfigError(
            f"{folder} holds dataset {here}, version {candidate.version} was trained with {digest}: "
            f"dvc checkout at {candidate.tags.get('dvc.rev', 'its commit')}, or train on the new one"
        )
    return str(folder)


def measure(model: Version, dataset_dir: str) -> Path:
    """Answers of one version on the test split; its package comes from the registry, digest checked."""
    package_dir = download(model.uri, artifacts_dir() / "packages" / model.digest[:16])
    # Both are measured in one go, on this machine: real-time factors of other days do not compare.
    evaluate_package(package_dir, dataset_dir, fresh=True)
    return evaluation_dir(package_dir, dataset_dir)


@task
def decide(config: str, answers: dict[str, Path], report_dir: Path, *, one_recipe: bool = False) -> dict[str, Any]:
    """The gate's verdict as JSON, its report in `report_dir` and in Prefect's UI."""
    candidate, champion = answers["candidate"], answers.get("champion")
    # What ranks leaves its nDCG, what writes leaves its words and the reference.
    ranks = (candidate / "ndcg.tsv").exists()
    verb, answer = ("gate-ranking", "ndcg.tsv") if ranks else ("gate", "hyp.tsv")
    option, figure = ("ms", "cpu_ms_per_passage") if ranks else ("rtf", "rtf")
    arguments = [] if ranks else ["--ref", candidate / "ref.tsv"]
    arguments += ["--candidate", candidate / answer, "--config", config, "--out", report_dir]
    arguments += ["--champion", champion / answer if champion else "none"]
    for side, folder in answers.items():
        speed = json.loads((folder / "metrics.json").read_text("utf-8")).get(figure)
        if speed is not None:
            arguments += [f"--{side}-{option}", speed]
    for option, name in (("--group", "group.tsv"), ("--slice", "slices.tsv")):
        if (candidate / name).exists():
            arguments += [option, candidate / name]
    if one_recipe:
        arguments.append("--one-recipe")
    run_step(["models", verb, *map(str, arguments)], log=get_run_logger(), cwd=REPOSITORY, allowed=(0, _REFUSED))
    show_text(f"gate-{report_dir.name}", (report_dir / "gate.md").read_text("utf-8"), "the gate's report")
    show_plots(f"gate-{report_dir.name}", report_dir)
    return json.loads((report_dir / "gate.json").read_text("utf-8"))
