"""The verbs that belong to no family: `python -m models score` and `gate`. Both print one JSON document."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.tables import read_groups, read_slices, read_texts


def score_main(argv: Sequence[str]) -> int:
    """Score a hypothesis file against a reference file."""
    from models.metrics import score

    parser = argparse.ArgumentParser(prog="python -m models score", description=score_main.__doc__)
    _add_sides(parser, "--hyp")
    parser.add_argument("--audio-s", type=float, metavar="S", help="seconds of audio, for the real-time factor")
    parser.add_argument("--compute-s", type=float, metavar="S", help="seconds that recognising took")
    args = parser.parse_args(argv)
    result = score(
        read_texts(args.ref),
        read_texts(args.hyp),
        groups=read_groups(args.group) if args.group else None,
        slices=read_slices(args.slice) if args.slice else None,
        audio_s=args.audio_s,
        compute_s=args.compute_s,
    )
    _tell(result.to_json())
    return 0


def _tell(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def _add_sides(parser: argparse.ArgumentParser, *hypotheses: str) -> None:
    for name in ("--ref", *hypotheses):
        parser.add_argument(name, type=Path, required=True, metavar="FILE", help="id<TAB>text a line")
    parser.add_argument("--group", type=Path, metavar="FILE", help="id<TAB>speaker a line")
    parser.add_argument("--slice", type=Path, metavar="FILE", help="id<TAB>name a line, several lines an id allowed")
