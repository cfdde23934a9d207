"""The cases of a public suite, both ways: spoken → written in style `nemo`, written → spoken as our verbalizer reads it.

The first asks for exactly what the suite expects; the second whether the suite's reading is one of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import EmptySplit
from data.text.normalform import normal_form
from data.text.reading import seq
from data.text.verbalize.verbalizer import read
from models.normalizer.infer import Normalizer, default_package

_PREFIX = "test_cases_"


@dataclass(frozen=True, slots=True)
class SuiteCase:
    """What goes in and what is expected, with the class of its file."""

    kind: str
    given: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A case and what became of it."""

    case: SuiteCase
    found: str
    right: bool


def suite(name: str) -> list[SuiteCase]:
    """The cases of `itn` or `tn` under TIENGNOI_DATA; none where they are not at hand."""
    data = os.environ.get("TIENGNOI_DATA")
    return list(_cases(Path(data) / "normalization" / name)) if data else []


def _cases(folder: Path) -> Iterator[SuiteCase]:
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            given, tilde, wanted = line.partition("~")
            if tilde:
                yield SuiteCase(path.stem.removeprefix(_PREFIX), given, wanted)


def written_cases(normalizer: Normalizer) -> list[Answered]:
    """The spoken~written cases: right where style `nemo` answers exactly so."""
    cases = suite("itn")
    written = normalizer.normalize([case.given for case in cases], "nemo")
    return [Answered(case, one.text, one.text == case.wanted) for case, one in zip(cases, written, strict=True)]


def spoken_cases() -> list[Answered]:
    """The written~spoken cases: right where the suite's words are a way of saying it that the verbalizer knows."""
    answered: list[Answered] = []
    for case in suite("tn"):
        reading = seq(*(token.reading for token in read(case.given)))
        answered.append(Answered(case, reading.main(), reading.accepts(case.wanted)))
    return answered


def rate(answered: list[Answered]) -> float | None:
    """Share of right answers; None without cases."""
    return sum(one.right for one in answered) / len(answered) if answered else None


def figures(written: list[Answered], spoken: list[Answered]) -> dict[str, Any]:
    """Shares of both suites, in all and by class."""
    main = [Answered(one.case, one.found, one.found == normal_form(one.case.wanted)) for one in spoken]
    return {
        "itn_exact": rate(written),
        "tn_accepted": rate(spoken),
        "tn_main": rate(main),
        "itn": _by_class(written),
        "tn": _by_class(spoken),
    }


def _by_class(answered: list[Answered]) -> dict[str, dict[str, int]]:
    rows: dict[str, dict[str, int]] = {}
    for one in answered:
        row = rows.setdefault(one.case.kind, {"cases": 0, "right": 0})
        row["cases"] += 1
        row["right"] += one.right
    return rows


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models normalizer suites`."""
    parser.add_argument("--package", help="folder of the serving package, or none: the rules alone (default: the shipped one)")
    parser.add_argument("--misses", action="store_true", help="list every miss: suite, class, given, wanted, found")


def run(args: argparse.Namespace) -> int:
    """Print the figures as JSON, and the misses before them where asked.

    Raises:
        EmptySplit: no case is at hand.
    """
    if not suite("itn") and not suite("tn"):
        raise EmptySplit("TIENGNOI_DATA has no normalization/itn and no normalization/tn")
    folder = None if args.package == "none" else Path(args.package) if args.package else default_package()
    normalizer = Normalizer.of_rules() if folder is None else Normalizer.open(folder, threads=1)
    written, spoken = written_cases(normalizer), spoken_cases()
    if args.misses:
        for name, answered in (("itn", written), ("tn", spoken)):
            for one in answered:
                if not one.right:
                    sys.stdout.write(f"{name}\t{one.case.kind}\t{one.case.given}\t{one.case.wanted}\t{one.found}\n")
    sys.stdout.write(json.dumps(figures(written, spoken), ensure_ascii=False) + "\n")
    return 0
