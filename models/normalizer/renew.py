"""A package whose graphs are kept, with what stands beside them made anew: biases, punctuator, golden texts, card.

The held-out figures of the card are measured by the package itself, or are refused where another one measured them. So a
card tells what the package does, whatever was set in between.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from data.digest import sha256_of
from data.errors import ConfigError
from models.normalizer.answers import answers_digest
from models.normalizer.card import write_card
from models.normalizer.evaluate import evaluate
from models.normalizer.export import (
    PUNCTUATOR,
    TRUST,
    add_punctuator,
    add_trust,
    dev_pairs,
    measure,
    set_calibrated,
    tell,
    trust_of,
    write_golden,
)
from models.normalizer.generator import Generator
from models.normalizer.infer import Normalizer, default_package
from models.normalizer.paths import Trust
from models.normalizer.punctuator.infer import GRAPH, WORDS, Punctuator
from models.package import open_package, write_package
from models.training.trained import copy_plots


def renew(
    package_dir: Path,
    dataset_dir: Path,
    out_dir: Path,
    *,
    biases: Mapping[str, float] | None = None,
    punctuator: Path | None = None,
    recalibrate: bool = False,
    trust: Trust | None = None,
    split: str = "test",
    evaluation: Path | None = None,
) -> str:
    """Write a package with the graphs of another, measured anew.

    Args:
        package_dir: whose T5 is kept, with its proof of parity and its lineage.
        out_dir: may be `package_dir`, which is replaced then in one step.
        biases: of marks, spellings and `expression`, by name, in the place of the package's.
        punctuator: RUNDIR/model of one; none keeps the package's own.
        recalibrate: set the biases of the package's own punctuator anew, before `biases`.
        trust: weights of the T5's own scores beside the punctuator's; None keeps them.
        split: what the figures of the card are measured on.
        evaluation: metrics.json of `evaluate`, which is not repeated then.
    Returns:
        The new package's digest.
    Raises:
        BrokenPackage: the package is not whole.
        ConfigError: the folder holds no punctuator, there is no such bias, or the figures are of another package.
    """
    package = open_package(package_dir)
    settings, pairs = json.loads(json.dumps(package.settings)), dev_pairs(dataset_dir)
    precision, name = settings["model"]["precision"], package.manifest["name"]
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir.parent, prefix=".renew-") as scratch:
        draft = Path(scratch) / "package"
        shutil.copytree(package.folder, draft, ignore=shutil.ignore_patterns("package.json", "README.md", "golden"))
        if punctuator:
            for path in (draft / GRAPH, draft / WORDS, *draft.glob(f"plots/{PUNCTUATOR}*")):
                path.unlink(missing_ok=True)
            settings["punctuator"] = add_punctuator(Path(scratch) / "punctuator", punctuator, dataset_dir, trust or TRUST)
            for file in (Path(scratch) / "punctuator").iterdir():
                file.rename(draft / file.name)
            copy_plots(punctuator, draft / "plots", prefix=PUNCTUATOR)
        elif recalibrate:
            set_calibrated(_told(settings), draft, dataset_dir)
        if trust is not None:
            _told(settings)["trust"] = trust._asdict()
        _set_biases(settings, biases or {})
        generator = Generator(draft, threads=1)
        if told := settings.get("punctuator"):
            generator.punctuator, generator.trust = Punctuator(draft, told, threads=1), Trust(**told["trust"])
        answers = answers_digest(_files(draft), settings)
        figures = {"parity": package.manifest["metrics"]["parity"], "measured": measure({precision: generator}, pairs)[0]}
        if evaluation is None:
            out = Path(scratch) / "evaluation"
            figures["evaluation"] = evaluate(Normalizer.held(generator), dataset_dir, split, out, answers=answers)
        else:
            figures["evaluation"] = json.loads(evaluation.read_text("utf-8"))
        _check_measured(figures["evaluation"], answers)
        write_golden(draft / "golden", generator, pairs)
        lineage = dict(package.lineage)
        write_card(draft, name=name, settings=settings, lineage=lineage, metrics=figures)
        digest = write_package(
            draft, out_dir, family="normalizer", name=name, settings=settings, lineage=lineage, metrics=figures
        )
    package = open_package(out_dir)
    Generator.open(package).verify_golden(package)
    return digest


def _files(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): sha256_of(path) for path in folder.rglob("*") if path.is_file()}


def _told(settings: dict[str, Any]) -> dict[str, Any]:
    if "punctuator" not in settings:
        raise ConfigError("the package has no punctuator", pointer="/settings/punctuator")
    return settings["punctuator"]


def _set_biases(settings: dict[str, Any], biases: Mapping[str, float]) -> None:
    if not biases:
        return
    told = _told(settings)
    known = told.get("bias", {})
    for name, nats in biases.items():
        if name not in known:
            raise ConfigError(f"the package has no bias {name!r}, but {', '.join(known) or 'none'}", pointer="/bias")
        if known[name] != nats:
            known[name] = nats
            told.get("dev_f1", {}).pop(name, None)  # Which the calibration measured with its own bias.


def _check_measured(figures: Mapping[str, Any], answers: str) -> None:
    if figures.get("answers") != answers:
        raise ConfigError("the figures are of a package that writes otherwise: measure this one", pointer="/evaluation")


def _biases(given: Sequence[str]) -> dict[str, float]:
    """NAME=NATS, where the name may be a mark."""
    found: dict[str, float] = {}
    for one in given:
        name, _, nats = one.rpartition("=")
        try:
            found[name] = float(nats)
        except ValueError as error:
            raise ConfigError(f"{one!r} is no NAME=NATS", pointer="/bias") from error
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models normalizer renew`."""
    parser.add_argument("--package", type=Path, help="whose graphs are kept (default: the shipped one)")
    parser.add_argument("--dataset", type=Path, required=True, help="packaged pairs to measure on")
    parser.add_argument("--out", type=Path, help="folder of the new package (default: in the place of the old one)")
    parser.add_argument("--bias", nargs="*", default=[], metavar="NAME=NATS", help="of marks, spellings and `expression`")
    parser.add_argument("--punctuator", type=Path, help="RUNDIR/model of another punctuator")
    parser.add_argument("--recalibrate", action="store_true", help="set the biases of the package's punctuator anew first")
    add_trust(parser)
    parser.add_argument("--split", default="test", help="split that the card's figures are of (default: test)")
    parser.add_argument("--evaluation", type=Path, help="metrics.json of `evaluate` on a package that writes the same")


def run(args: argparse.Namespace) -> int:
    """Renew, and print the package's digest and figures as JSON."""
    source = args.package or default_package()
    out = args.out or source
    told = open_package(source).settings.get("punctuator")
    before = TRUST if args.punctuator or told is None else Trust(**told["trust"])
    digest = renew(
        source, args.dataset, out, biases=_biases(args.bias), punctuator=args.punctuator, recalibrate=args.recalibrate,
        trust=trust_of(args, before) if args.punctuator or told else None, split=args.split, evaluation=args.evaluation,
    )  # fmt: skip
    tell(out, digest)
    return 0
