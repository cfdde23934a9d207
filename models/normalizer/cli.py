"""`python -m models normalizer VERB`: each verb's module is imported only when it is asked for."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

_VERBS = {
    "train": ("train", "a recipe and packaged pairs to a T5 in transformers' format and an MLflow run"),
    "train-punctuator": ("punctuator.train", "a recipe and packaged pairs to what tells marks and capitals"),
    "evaluate": ("evaluate", "a serving package on a split of pairs: what is written right, by class"),
    "suites": ("evaluate_suites", "a serving package on the cases of a public suite, both ways"),
    "export": ("export", "a trained model to a serving package"),
    "renew": ("renew", "a package with other settings, measured anew: its card tells what it does"),
    "parity": ("parity", "a serving package against its checkpoint, logits and bytes of every text"),
    "infer": ("infer", "lines of spoken text to lines of written text"),
}


def main(argv: Sequence[str]) -> int:
    """Run one verb and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m models normalizer", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    asked = argv[0] if argv else ""
    for verb, (module, about) in _VERBS.items():
        own = verbs.add_parser(verb, help=about, description=about)
        if verb == asked:
            importlib.import_module(f"models.normalizer.{module}").add_arguments(own)
    args = parser.parse_args(list(argv))
    return importlib.import_module(f"models.normalizer.{_VERBS[args.verb][0]}").run(args) or 0
