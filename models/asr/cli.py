"""`python -m models asr VERB`: each verb's module is imported only when it is asked for."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Sequence

_VERBS = {
    "train": "a recipe and a packaged dataset to a .nemo and an MLflow run",
    "evaluate": "a serving package on a split: WER and its parts",
    "export": "a .nemo to a serving package",
    "parity": "a serving package against its checkpoint, log-probabilities and text of every clip",
    "infer": "audio files to JSON lines {audio, text, words}",
}


def main(argv: Sequence[str]) -> int:
    """Run one verb and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m models asr", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    asked = argv[0] if argv else ""
    for verb, about in _VERBS.items():
        own = verbs.add_parser(verb, help=about, description=about)
        if verb == asked:  # Half a minute of imports for the help of another verb would be a bad joke.
            importlib.import_module(f"models.asr.{verb}").add_arguments(own)
    args = parser.parse_args(list(argv))
    return importlib.import_module(f"models.asr.{args.verb}").run(args) or 0
