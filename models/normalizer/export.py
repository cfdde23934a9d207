"""A trained model → serving package: its graphs, proved equal to it on real texts, with what serving needs.

package.json  encoder.onnx  decoder_step.onnx  README.md  plots/*.png  golden/{golden.json, NN.npy}
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from data.digest import sha256_of_folder
from data.errors import ConfigError, EmptySplit
from data.pairs.reader import Pair, read_pairs, read_pairs_dataset
from models.normalizer.card import write_card
from models.normalizer.generator import MAX_SOURCE_BYTES, Generator
from models.normalizer.graph import quantize, write_graphs
from models.normalizer.parity import compare, margin, spread
from models.normalizer.paths import Trust
from models.normalizer.punctuator.calibrate import KINDS, calibrate
from models.normalizer.punctuator.infer import Punctuator
from models.normalizer.t5 import Shape, load_t5
from models.normalizer.tokenizer import encode
from models.package import open_package, write_package
from models.training.plots import HISTORY
from models.training.trained import copy_plots, lineage_of, run_id_of

#: Texts that travel in the package, that graphs are held against transformers on, and that precisions are measured on.
_GOLDEN, _COMPARED, _MEASURED = 6, 24, 240
#: A T5 that was trained for an hour knows less of marks and capitals than a punctuator does.
TRUST = Trust(marks=0.05, words=0.25, figures=0.6)
#: Rounds that time both precisions in turn.
_ROUNDS = 3
#: int8 writes other bytes now and then: it must save so much time at least.
_WORTH = 0.9
#: How the names of a punctuator's plots begin in a package.
PUNCTUATOR = "punctuator_"
_LOG = logging.getLogger(__name__)


def export(
    checkpoint: Path,
    dataset_dir: Path,
    package_dir: Path,
    *,
    name: str = "normalizer-vi",
    precision: str = "auto",
    int8_max_loss: float = 0.005,
    punctuator: Path | None = None,
    trust: Trust = TRUST,
) -> str:
    """Write the serving package of a trained model.

    Args:
        checkpoint: RUNDIR/model, a T5 in transformers' format.
        dataset_dir: packaged pairs; their dev split gives golden texts and the texts of all comparisons.
        precision: fp32; int8; or auto: int8 where it is faster and writes at most `int8_max_loss` fewer pairs exactly.
        punctuator: RUNDIR/model of one; its biases are set on the dev split.
        trust: weights of the T5's own scores beside the punctuator's.
    Returns:
        The package's digest.
    Raises:
        ParityError: the graphs differ from the model by more than rounding.
        ConfigError: the folder holds no model that can be served.
    """
    model = load_t5(checkpoint)
    pairs = dev_pairs(dataset_dir)
    package_dir.parent.mkdir(parents=True, exist_ok=True)
    # Beside the package, so that it is moved into place and not copied.
    with tempfile.TemporaryDirectory(dir=package_dir.parent, prefix=".export-") as scratch:
        folders = {"fp32": write_graphs(model, Path(scratch) / "fp32")}
        generators = {"fp32": Generator(folders["fp32"], threads=1)}
        figures: dict[str, Any] = {
            "parity": asdict(compare(checkpoint, generators["fp32"], [pair.spoken for pair in spread(pairs, _COMPARED)]))
        }
        if precision != "fp32":
            folders["int8"] = quantize(folders["fp32"], Path(scratch) / "int8")
            generators["int8"] = Generator(folders["int8"], threads=1)
        told = None
        if punctuator:
            told = add_punctuator(Path(scratch) / "punctuator", punctuator, dataset_dir, trust)
            for generator in generators.values():
                generator.punctuator, generator.trust = Punctuator(Path(scratch) / "punctuator", told, threads=1), trust
        figures["measured"], ms_per_text = measure(generators, pairs)
        _LOG.info("CPU milliseconds a text: %s", ms_per_text)
        chosen = _choose(precision, figures["measured"], ms_per_text, int8_max_loss)
        settings = _settings(model.shape, chosen, model.parameters_in_checkpoint)
        lineage = lineage_of(checkpoint, dataset_dir, read_pairs_dataset(dataset_dir))
        draft = folders[chosen]
        if told:
            settings["punctuator"] = told
            for file in (Path(scratch) / "punctuator").iterdir():
                file.rename(draft / file.name)
        write_golden(draft / "golden", generators[chosen], pairs)
        copy_plots(checkpoint, draft / "plots")
        if punctuator:
            copy_plots(punctuator, draft / "plots", prefix=PUNCTUATOR)
        write_card(draft, name=name, settings=settings, lineage=lineage, metrics=figures)
        digest = write_package(
            draft, package_dir, family="normalizer", name=name, settings=settings, lineage=lineage, metrics=figures
        )
    package = open_package(package_dir)
    Generator.open(package).verify_golden(package)
    return digest


def add_punctuator(folder: Path, checkpoint: Path, dataset_dir: Path, trust: Trust) -> dict[str, Any]:
    """Write a punctuator's files, and return its settings with the biases that suit running text best."""
    from models.normalizer.punctuator.graph import write_punctuator

    folder.mkdir()
    settings: dict[str, Any] = {**write_punctuator(checkpoint, folder), "bias": {}, "trust": trust._asdict()}
    if any(pair.kind in KINDS for pair in read_pairs(dataset_dir, "dev")):
        set_calibrated(settings, folder, dataset_dir)
    settings["learning"] = _learning(checkpoint.parent / "plots" / HISTORY)
    settings["dataset_digest"] = read_pairs_dataset(dataset_dir).get("digest", "")
    return {**settings, "run_id": run_id_of(checkpoint), "checkpoint_sha256": sha256_of_folder(checkpoint)}


def set_calibrated(settings: dict[str, Any], folder: Path, dataset_dir: Path) -> None:
    """Set the biases of the punctuator in a folder anew, on the dev split."""
    plain = {**settings, "bias": {}, "sentence_end": None}
    found = calibrate(Punctuator(folder, plain, threads=1), read_pairs(dataset_dir, "dev"))
    settings["bias"], settings["sentence_end"], settings["dev_f1"] = found


def _learning(history: Path) -> list[list[float]]:
    """The F1 halfway through a training and at its end, each behind its step; none where no curve was kept."""
    points = json.loads(history.read_text("utf-8")).get("val_f1", []) if history.is_file() else []
    return [points[(len(points) - 1) // 2], points[-1]] if len(points) > 1 else []


def measure(generators: dict[str, Generator], pairs: Sequence[Pair]) -> tuple[dict[str, Any], dict[str, float]]:
    """How much of the pairs each writes exactly as people did, and how much as fp32 does; and CPU milliseconds a text.

    Times are apart: they are this machine's and this hour's, and have no place in what a digest is made of.
    """
    spoken = [pair.spoken for pair in pairs]
    written: dict[str, list[str]] = {}
    seconds: dict[str, list[float]] = {name: [] for name in generators}
    for _ in range(_ROUNDS if len(generators) > 1 else 1):  # One alone is compared with none.
        for name, generator in generators.items():
            start_s = time.process_time()
            written[name] = generator.generate_held(spoken)
            seconds[name].append(time.process_time() - start_s)
    figures: dict[str, Any] = {"pairs": len(pairs)}
    for name, texts in written.items():
        exact = sum(text == pair.written for text, pair in zip(texts, pairs, strict=True))
        figures[name] = {"exact": exact / len(pairs)}
        if name != "fp32" and "fp32" in written:
            figures[name]["same_as_fp32"] = sum(map(str.__eq__, texts, written["fp32"])) / len(pairs)
    return figures, {name: round(1000 * min(spent) / len(pairs), 2) for name, spent in seconds.items()}


def _choose(precision: str, measured: dict[str, Any], ms_per_text: dict[str, float], max_loss: float) -> str:
    if precision != "auto":
        return precision
    good = measured["int8"]["exact"] >= measured["fp32"]["exact"] - max_loss
    return "int8" if good and ms_per_text["int8"] < _WORTH * ms_per_text["fp32"] else "fp32"


def _settings(shape: Shape, precision: str, parameters: int) -> dict[str, Any]:
    return {
        "tokenizer": {"kind": "bytes", "offset": 3, "pad": 0, "end": 1},
        "decoder": {"kind": "greedy", "drafts": "source", "start": 0, "max_source_bytes": MAX_SOURCE_BYTES},
        "model": {
            "kind": "t5", "precision": precision, "parameters": parameters, "width": shape.width, "heads": shape.heads,
            "layers": shape.layers, "decoder_layers": shape.decoder_layers,
        },
    }  # fmt: skip


def dev_pairs(dataset_dir: Path) -> list[Pair]:
    """Pairs that training did not learn from, evenly over the split."""
    short = [pair for pair in read_pairs(dataset_dir, "dev") if 0 < len(pair.spoken.encode()) <= 400]
    if not short:
        raise EmptySplit(f"{dataset_dir} has no dev pairs to prove an export on")
    return spread(short, _MEASURED)


def write_golden(folder: Path, generator: Generator, pairs: Sequence[Pair]) -> None:
    """Texts of which the model is so sure that another machine's rounding writes no other byte; half of them with numbers."""
    folder.mkdir()
    sure = sorted(spread(pairs, 10 * _GOLDEN), key=lambda pair: -margin(generator, pair.spoken))
    plain, numbers = ([pair for pair in sure if bool(pair.links) is linked] for linked in (False, True))
    spoken = [pair.spoken for pair in (*plain[: _GOLDEN // 2], *numbers[: _GOLDEN // 2])]
    golden = []
    for number, (text, written) in enumerate(zip(spoken, generator.generate_golden(spoken), strict=True)):
        path = folder / f"{number:02}.npy"
        np.save(path, generator.log_probs(text, encode(written)).astype(np.float16))
        golden.append({"spoken": text, "written": written, "log_probs": f"golden/{path.name}"})
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", "utf-8")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models normalizer export`."""
    parser.add_argument("--checkpoint", type=Path, required=True, help="RUNDIR/model of a training")
    parser.add_argument("--dataset", type=Path, required=True, help="packaged pairs to prove the export on")
    parser.add_argument("--out", type=Path, required=True, help="folder of the serving package")
    parser.add_argument("--name", default="normalizer-vi", help="name of the model")
    parser.add_argument("--precision", choices=("fp32", "int8", "auto"), default="auto")
    parser.add_argument("--int8-max-loss", type=float, default=0.005, help="exact pairs auto may lose (default: 0.005)")
    parser.add_argument("--punctuator", type=Path, help="RUNDIR/model of a punctuator, for marks and capitals")
    add_trust(parser)


def add_trust(parser: argparse.ArgumentParser) -> None:
    """Declare the options that `trust_of` reads."""
    for name, of_what in (("marks", "marks"), ("words", "words"), ("figures", "choice of figures or words")):
        about = f"weight of the T5's {of_what} (of a new punctuator: {getattr(TRUST, name)})"
        parser.add_argument(f"--trust-{name}", type=float, help=about)


def trust_of(args: argparse.Namespace, default: Trust) -> Trust:
    """What was asked for, and the default's where nothing was."""
    asked = {name: getattr(args, f"trust_{name}") for name in Trust._fields}
    return default._replace(**{name: weight for name, weight in asked.items() if weight is not None})


def run(args: argparse.Namespace) -> int:
    """Export, and print the package's digest and figures as JSON."""
    if not args.checkpoint.is_dir():
        raise ConfigError(f"{args.checkpoint} is no folder", pointer="/checkpoint")
    digest = export(
        args.checkpoint, args.dataset, args.out, name=args.name, precision=args.precision, int8_max_loss=args.int8_max_loss,
        punctuator=args.punctuator, trust=trust_of(args, TRUST),
    )  # fmt: skip
    tell(args.out, digest)
    return 0


def tell(package_dir: Path, digest: str) -> None:
    """Print a new package's digest and figures as JSON."""
    manifest = json.loads((package_dir / "package.json").read_text("utf-8"))
    told = {"package": str(package_dir), "digest": digest, "precision": manifest["settings"]["model"]["precision"]}
    sys.stdout.write(json.dumps({**told, **manifest["metrics"]}, ensure_ascii=False) + "\n")
