"""`python -m models FAMILY VERB …`, and the verbs of no family: `score`, `gate` and `registry`.

Results go to stdout, everything else to stderr. Exit: 0 done, 3 the gate refuses, 2 the caller's fault (an error is one
JSON line on stderr: code, detail, pointer), 1 anything else.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable, Sequence

from data.errors import Fault, TiengNoiError

USAGE = """usage: python -m models FAMILY VERB …

families: asr, normalizer, embedder (train, evaluate, export, infer)
verbs of no family: score (WER and more of one hypothesis file), gate (may a candidate replace a champion?),
gate-ranking (the same of models that rank),
registry (show, promote, rollback, audit: the champion by hand)
Each takes --help."""

#: Where each first word is answered; a module is imported only when its word is used, since some take half a minute.
_DOORS = {
    "asr": ("models.asr.cli", "main"),
    "normalizer": ("models.normalizer.cli", "main"),
    "embedder": ("models.embedder.cli", "main"),
    "score": ("models.commands", "score_main"),
    "gate": ("models.commands", "gate_main"),
    "gate-ranking": ("models.commands", "gate_ranking_main"),
    "registry": ("models.registry.cli", "main"),
}


def main(argv: Sequence[str]) -> int:
    """Run one verb and return its exit code."""
    if not argv or argv[0] in ("-h", "--help"):
        print(USAGE, file=sys.stdout if argv else sys.stderr)
        return 0 if argv else 2
    if argv[0] not in _DOORS:
        print(f"no family or verb {argv[0]!r}\n{USAGE}", file=sys.stderr)
        return 2
    module, name = _DOORS[argv[0]]
    verb: Callable[[Sequence[str]], int | None] = getattr(importlib.import_module(module), name)
    try:
        return verb(argv[1:]) or 0
    except TiengNoiError as error:
        told = {"code": error.code, "detail": error.detail, "pointer": error.pointer}
        print(json.dumps(told, ensure_ascii=False), file=sys.stderr)
        return 2 if error.fault is Fault.CALLER else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
