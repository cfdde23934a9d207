"""The verbs that belong to no family: `python -m models score`, `gate` and `gate-ranking`. Each prints one JSON document."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from models.tables import read_groups, read_slices, read_texts

REFUSED = 3
DEFAULT_POLICY = Path(__file__).resolve().parents[1] / "configs" / "gate.yaml"


def score_main(argv: Sequence[str]) -> int:
    """Score a hypothesis file against a reference file."""
    from models.metrics import Compare, score

    parser = argparse.ArgumentParser(prog="python -m models score", description=score_main.__doc__)
    _add_sides(parser, "--hyp")
    parser.add_argument("--compare", choices=get_args(Compare), default="spoken", help="in normal form, or as it stands")
    parser.add_argument("--audio-s", type=float, metavar="S", help="seconds of audio, for the real-time factor")
    parser.add_argument("--compute-s", type=float, metavar="S", help="seconds that recognising took")
    args = parser.parse_args(argv)
    result = score(
        read_texts(args.ref),
        read_texts(args.hyp),
        groups=read_groups(args.group) if args.group else None,
        slices=read_slices(args.slice) if args.slice else None,
        compare=args.compare,
        audio_s=args.audio_s,
        compute_s=args.compute_s,
    )
    _tell(result.to_json())
    return 0


def gate_main(argv: Sequence[str]) -> int:
    """Decide whether a candidate may replace the champion: exit 0 promotes, 3 refuses."""
    from data.config import read_config
    from models.gate.decide import decide
    from models.gate.policy import GatePolicy
    from models.gate.report import to_json, write_report

    parser = argparse.ArgumentParser(prog="python -m models gate", description=gate_main.__doc__)
    parser.add_argument("--champion", required=True, metavar="FILE", help="the champion's hypotheses, or none: floors decide")
    _add_sides(parser, "--candidate")
    parser.add_argument("--champion-rtf", type=float, metavar="X", help="real-time factor, both from one machine")
    parser.add_argument("--candidate-rtf", type=float, metavar="X")
    parser.add_argument("--one-recipe", action="store_true", help="both are seeds of one recipe on one dataset")
    parser.add_argument("--config", type=Path, default=DEFAULT_POLICY, metavar="FILE", help="the policy")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one value of the policy")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write gate.json, gate.md, gate.html and plots there")
    args = parser.parse_args(argv)
    report = decide(
        read_texts(args.ref),
        None if args.champion == "none" else read_texts(args.champion),
        read_texts(args.candidate),
        groups=read_groups(args.group) if args.group else None,
        slices=read_slices(args.slice) if args.slice else None,
        champion_rtf=args.champion_rtf,
        candidate_rtf=args.candidate_rtf,
        one_recipe=args.one_recipe,
        policy=read_config(args.config, GatePolicy, args.set),
    )
    if args.out:
        write_report(report, args.out)
    _tell(to_json(report))
    return 0 if report.promote else REFUSED


def gate_ranking_main(argv: Sequence[str]) -> int:
    """Decide whether a candidate that ranks may replace the champion: exit 0 promotes, 3 refuses."""
    from data.config import read_config
    from models.gate.policy import RankingPolicy
    from models.gate.ranking import decide, read_values, to_json, write_report

    parser = argparse.ArgumentParser(prog="python -m models gate-ranking", description=gate_ranking_main.__doc__)
    parser.add_argument("--champion", required=True, metavar="FILE", help="the champion's nDCG, or none: floors decide")
    parser.add_argument("--candidate", type=Path, required=True, metavar="FILE", help="query<TAB>nDCG a line")
    _add_grouping(parser, "query")
    parser.add_argument("--champion-ms", type=float, metavar="X", help="processor time for a passage, both from one machine")
    parser.add_argument("--candidate-ms", type=float, metavar="X")
    parser.add_argument("--one-recipe", action="store_true", help="both are seeds of one recipe on one dataset")
    parser.add_argument("--config", type=Path, metavar="FILE", help="the policy")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override one value of the policy")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write gate.json, gate.md, gate.html and plots there")
    args = parser.parse_args(argv)
    report = decide(
        None if args.champion == "none" else read_values(args.champion),
        read_values(args.candidate),
        groups=read_groups(args.group) if args.group else None,
        slices=read_slices(args.slice) if args.slice else None,
        champion_ms=args.champion_ms,
        candidate_ms=args.candidate_ms,
        one_recipe=args.one_recipe,
        policy=read_config(args.config or DEFAULT_POLICY.with_name("gate_embedder.yaml"), RankingPolicy, args.set),
    )
    if args.out:
        write_report(report, args.out)
    _tell(to_json(report))
    return 0 if report.promote else REFUSED


def _tell(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def _add_sides(parser: argparse.ArgumentParser, *hypotheses: str) -> None:
    for name in ("--ref", *hypotheses):
        parser.add_argument(name, type=Path, required=True, metavar="FILE", help="id<TAB>text a line")
    _add_grouping(parser, "speaker")


def _add_grouping(parser: argparse.ArgumentParser, of: str) -> None:
    parser.add_argument("--group", type=Path, metavar="FILE", help=f"id<TAB>{of}'s group a line: what is resampled together")
    parser.add_argument("--slice", type=Path, metavar="FILE", help="id<TAB>name a line, several lines an id allowed")
