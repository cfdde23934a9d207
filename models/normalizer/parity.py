"""How far graphs are from the model that they were made of, on real texts: rounding, or an error.

`python -m models normalizer parity --package DIR --checkpoint DIR --dataset DIR` holds a package against its checkpoint.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import ConfigError, EmptySplit, ParityError
from models.normalizer.generator import Generator, limit_of
from models.normalizer.paths import Paths, Walk
from models.normalizer.tokenizer import decode, encode
from models.package import open_package

#: Rounding stays an order of magnitude below; a wrong operator does not.
TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """The largest difference of any logit, how many texts were written and how many of them byte for byte the same."""

    max_difference: float
    texts: int
    same_text: int


def compare(checkpoint: Path, generator: Generator, spoken: Sequence[str]) -> Parity:
    """Hold the graphs against transformers running the checkpoint: logits, and what `generate` writes.

    A text may differ where the model itself hangs between two bytes, nearer than rounding.

    Raises:
        ParityError: a logit differs by more than rounding, or a text without being a tie.
    """
    import torch
    from transformers import T5ForConditionalGeneration

    model: Any = T5ForConditionalGeneration.from_pretrained(str(checkpoint), dtype=torch.float32).eval()
    worst, same = 0.0, 0
    for text, found in zip(spoken, generator.generate_ids(spoken), strict=True):
        source = torch.tensor([encode(text)])
        with torch.inference_mode():
            wanted = model.generate(source, do_sample=False, num_beams=1, max_new_tokens=limit_of(source.size(1) - 1))
            logits_TV = model(input_ids=source, decoder_input_ids=wanted[:, :-1]).logits[0].numpy()
        written = wanted[0, 1:].tolist()
        difference_TV = np.abs(generator.logits(text, written) - logits_TV)
        worst = max(worst, float(difference_TV.max(initial=0)))
        # Written so that a NaN is an error too.
        if not worst <= TOLERANCE:
            raise ParityError(f"logits differ by {worst:.3g} on {text!r}")
        same += found == written
        if found != written:
            at = next(i for i, pair in enumerate(zip(found, written, strict=False)) if pair[0] != pair[1])
            lead = logits_TV[at, written[at]] - logits_TV[at, found[at]]
            if lead > TOLERANCE:
                raise ParityError(f"wrote {decode(found)!r}, its checkpoint {decode(written)!r}")
    return Parity(max_difference=worst, texts=len(spoken), same_text=same)


def margin(generator: Generator, spoken: str) -> float:
    """By how much the model preferred what it wrote to the next best byte that it might write, where it was least sure."""
    paths = Paths(spoken, [], leaning=generator.lean(spoken))
    (ids,) = generator.generate_ids([spoken], paths=[paths])
    least, walk = float("inf"), Walk(paths, generator.trust)
    for id_, logits_V in zip(ids, generator.logits(spoken, ids), strict=True):
        *_, second, best = (-np.inf, *sorted(walk.scores(logits_V).values()))
        least = min(least, best - second)
        if walk.choose([], logits_V[None]) != [id_]:
            return 0.0  # In int8 a block rounds otherwise than all at once, and that was enough to choose otherwise.
    return least


def spread(items: Sequence[Any], count: int) -> list[Any]:
    """So many of the items, evenly over them."""
    return [items[int(at)] for at in np.linspace(0, len(items) - 1, min(len(items), count)).round()]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models normalizer parity`."""
    parser.add_argument("--package", type=Path, required=True, help="folder of the serving package")
    parser.add_argument("--checkpoint", type=Path, required=True, help="RUNDIR/model that it was exported from")
    parser.add_argument("--dataset", type=Path, required=True, help="folder of the packaged pairs")
    parser.add_argument("--split", default="test", help="split whose pairs are compared (default: test)")
    parser.add_argument("--texts", type=int, default=100, help="how many of them, evenly over the split (default: 100)")


def run(args: argparse.Namespace) -> int:
    """Print the figures as JSON; an error where they are more than rounding."""
    from data.digest import sha256_of_folder
    from data.pairs.reader import read_pairs

    package = open_package(args.package)
    if package.settings["model"]["precision"] != "fp32":
        raise ConfigError(
            "only an fp32 package equals its checkpoint; int8 is judged by what it writes", pointer="/settings/model/precision"
        )
    if package.lineage["checkpoint_sha256"] != sha256_of_folder(args.checkpoint):
        raise ConfigError(f"the package was not exported from {args.checkpoint}", pointer="/lineage/checkpoint_sha256")
    spoken = spread([pair.spoken for pair in read_pairs(args.dataset, args.split)], args.texts)
    if not spoken:
        raise EmptySplit(f"{args.dataset} has no pairs in {args.split}")
    figures = compare(args.checkpoint, Generator.open(package), spoken)
    sys.stdout.write(json.dumps(asdict(figures)) + "\n")
    return 0
