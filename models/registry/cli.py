"""`python -m models registry show|promote|rollback|audit FAMILY`: the champion by hand. Prints one JSON document."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from models.registry import lifecycle


def main(argv: Sequence[str]) -> int:
    """Show or move the champion of a family.

    Exit: 0 done, 2 the caller's fault (the gate's refusal too); `audit` exits 0 whatever it finds.
    """
    parser = argparse.ArgumentParser(prog="python -m models registry", description=main.__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, does in (
        ("show", "which version bears which alias"),
        ("promote", "make a version champion, if the gate has passed it"),
        ("rollback", "make the previous champion champion again"),
        ("audit", "accept or refuse a champion that was set in the MLflow UI"),
    ):
        parts = verbs.add_parser(verb, help=does, description=does)
        parts.add_argument("family", help="asr")
        if verb == "promote":
            parts.add_argument("version", help="its number")
    args = parser.parse_args(argv)
    if args.verb == "audit":
        told = asdict(lifecycle.audit_champion(args.family))
    else:
        if args.verb == "promote":
            lifecycle.promote(args.family, args.version)
        elif args.verb == "rollback":
            lifecycle.rollback(args.family)
        told = {alias: _told(args.family, alias) for alias in ("champion", "challenger", "previous")}
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    return 0


def _told(family: str, alias: str) -> dict[str, Any] | None:
    found = lifecycle.aliased(family, alias)
    return {**asdict(found), "uri": found.uri} if found else None
