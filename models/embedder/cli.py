"""`python -m models embedder VERB`: each verb's module is imported only when it is asked for."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

_VERBS = {
    "train": ("train", "a recipe and packaged queries to a model of sentence-transformers and an MLflow run"),
    "evaluate": ("evaluate", "a serving package on queries: nDCG, recall and reciprocal rank, by kind"),
    "export": ("export", "a trained model, or one of a hub, to a serving package"),
    "infer": ("infer", "lines of text to JSON arrays of numbers"),
}


def main(argv: Sequence[str]) -> int:
    """Run one verb and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m models embedder", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    asked = argv[0] if argv else ""
    for verb, (module, about) in _VERBS.items():
        own = verbs.add_parser(verb, help=about, description=about)
        if verb == asked:
            importlib.import_module(f"models.embedder.{module}").add_arguments(own)
    args = parser.parse_args(list(argv))
    return importlib.import_module(f"models.embedder.{_VERBS[args.verb][0]}").run(args) or 0
