"""A trained model → serving package: arrays or a graph, proved equal to it on real texts, with what serving needs.

static         vocabulary.txt  table.npy (int8)  scale.npy
transformer    model.onnx  tokenizer.json
both           package.json  README.md  plots/*.png  golden/{golden.json, vectors.npy}
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from data.config import read_config
from data.errors import ConfigError, ParityError
from data.queries.reader import read_queries, read_queries_dataset
from data.text.normalform import NORMALFORM_VERSION
from models.embedder.build import build, load, save
from models.embedder.card import write_card
from models.embedder.config import Recipe
from models.embedder.infer import Embedder
from models.embedder.judging import Judged, judge, judged_of, rank
from models.package import open_package, write_package
from models.training.trained import copy_plots, lineage_of

#: Texts that travel in the package, and queries and passages that precisions are measured on.
_GOLDEN, _MEASURED = 8, 800
#: Rounding stays far above; a wrong pooling or a missing prefix does not.
_LEAST_COSINE = {"fp32": 0.9999, "int8": 0.995, "int4": 0.995}
_LOG = logging.getLogger(__name__)


def export(
    checkpoint: Path,
    dataset_dir: Path,
    package_dir: Path,
    *,
    name: str = "embedder-vi",
    precision: str = "auto",
    evaluation: Path | None = None,
    fusion: Path | None = None,
) -> str:
    """Write the serving package of a model.

    Args:
        checkpoint: RUNDIR/model.
        dataset_dir: packaged queries; their dev split gives golden texts and the texts of all comparisons.
        precision: fp32; int8; int4; or auto: the smallest by which every text keeps a cosine of 0.995. A table is always int8.
        evaluation: JSON of held-out figures for the card.
        fusion: what `python -m serving.search fit` wrote: how a search weighs the model that has no golden queries of its own.
    Returns:
        The package's digest.
    Raises:
        ParityError: the package's vectors differ from the model's by more than rounding.
        ConfigError: the folder holds no model that can be served, or the file no fusion.
    """
    model, about = load(checkpoint)
    wanted = _Wanted(model, about, judged_of(read_queries(dataset_dir, "dev"), queries=_MEASURED))
    measured: dict[str, Any] = {**wanted.figures}
    package_dir.parent.mkdir(parents=True, exist_ok=True)
    # Beside the package, so that it is moved into place and not copied.
    with tempfile.TemporaryDirectory(dir=package_dir.parent, prefix=".export-") as scratch:
        drafts: dict[str, Path] = {}
        for choice in _choices(about["kind"], precision):
            files, drafts[choice] = Path(scratch) / f"{choice}-files", Path(scratch) / choice
            files.mkdir()
            size = (
                _write_static(model, files)
                if about["kind"] == "static"
                else write_graph_files(model, files, choice, fine=about.get("fine_pieces", 0))
            )
            wanted.write_golden(files / "golden")
            settings = _settings(model, about, choice, size)
            write_package(files, drafts[choice], family="embedder", name=name, settings=settings, lineage={}, metrics={})
            measured[choice] = wanted.compare(Embedder.open(drafts[choice], threads=1))
        chosen = _choose(measured, drafts)
        draft, settings = drafts[chosen], dict(open_package(drafts[chosen]).settings)
        if fusion:
            settings["fusion"] = _fusion(fusion)
        metrics: dict[str, Any] = {"measured": measured}
        if evaluation:
            metrics["evaluation"] = json.loads(evaluation.read_text("utf-8"))
        lineage = lineage_of(checkpoint, dataset_dir, read_queries_dataset(dataset_dir))
        copy_plots(checkpoint, draft / "plots")
        write_card(draft, name=name, settings=settings, lineage=lineage, metrics=metrics)
        digest = write_package(
            draft, package_dir, family="embedder", name=name, settings=settings, lineage=lineage, metrics=metrics
        )
    Embedder.open(package_dir, check_golden=True)
    return digest


class _Wanted:
    """What the model itself makes of the dev queries and passages."""

    def __init__(self, model: Any, about: Mapping[str, Any], judged: Judged) -> None:
        self._judged, prefixes = judged, about["prefixes"]
        self._vectors = {
            kind: np.asarray(model.encode([prefixes[kind] + text for text in texts], normalize_embeddings=True))
            for kind, texts in self._texts().items()
        }
        counts = {"queries": len(judged.queries), "passages": len(judged.passages)}
        self.figures = {**counts, "checkpoint": self._judge(self._vectors["query"], self._vectors["passage"])}

    def compare(self, embedder: Embedder) -> dict[str, float]:
        """Cosines of every text to the model's own, and how well the package ranks."""
        found = {kind: embedder.embed(list(texts), kind) for kind, texts in self._texts().items()}
        cosines = np.concatenate([(found[kind] * self._vectors[kind]).sum(axis=1) for kind in found])
        close = {"least_cosine": float(cosines.min()), "mean_cosine": float(cosines.mean())}
        return close | self._judge(found["query"], found["passage"])

    def write_golden(self, folder: Path) -> None:
        """A few texts with the model's own vectors, which the package answers within its precision."""
        folder.mkdir()
        places = np.linspace(0, len(self._judged.queries) - 1, _GOLDEN // 2).round().astype(int).tolist()
        cases = [("query", self._judged.queries[n], self._vectors["query"][n]) for n in places]
        answers = [self._judged.answers[n] for n in places]
        cases += [("passage", self._judged.passages[n], self._vectors["passage"][n]) for n in answers]
        np.save(folder / "vectors.npy", np.array([vector_D for *_, vector_D in cases], np.float16))
        told = [{"kind": kind, "text": text} for kind, text, _ in cases]
        (folder / "golden.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")

    def _texts(self) -> dict[Any, list[str]]:
        return {"query": list(self._judged.queries), "passage": list(self._judged.passages)}

    def _judge(self, queries_ND: np.ndarray, passages_PD: np.ndarray) -> dict[str, float]:
        return judge(rank(queries_ND, passages_PD, self._judged.answers))


def _fusion(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))["fusion"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{path} holds no fusion: {error}", pointer="/fusion") from error


def _choices(kind: str, precision: str) -> tuple[str, ...]:
    if kind == "static":
        return ("int8",)
    return tuple(_LEAST_COSINE) if precision == "auto" else (precision,)


def _choose(measured: Mapping[str, Any], drafts: Mapping[str, Path]) -> str:
    """The smallest precision that is close enough.

    Raises:
        ParityError: none is.
    """
    # Written so that a NaN is not close.
    close = [choice for choice in drafts if measured[choice]["least_cosine"] >= _LEAST_COSINE[choice]]
    if not close:
        cosines = {choice: measured[choice]["least_cosine"] for choice in drafts}
        raise ParityError(f"cosines to what the model makes of a text go down to {cosines}")
    return close[-1]


def _write_static(model: Any, folder: Path) -> int:
    """The table as int8 rows and their scales; returns how many numbers it has."""
    vocabulary = model[0].vocabulary
    table_VD = model[0].embedding.weight.detach().numpy().copy()
    # A word always stands beside its folded word: their rows are added once, here.
    for word, row in vocabulary.words.items():
        table_VD[row] += table_VD[vocabulary.folded_row(_folded(word))]
    scale_V = np.maximum(np.abs(table_VD).max(axis=1), 1e-12) / 127
    np.save(folder / "table.npy", np.round(table_VD / scale_V[:, None]).astype(np.int8))
    np.save(folder / "scale.npy", scale_V.astype(np.float32))
    vocabulary.write(folder / "vocabulary.txt")
    return table_VD.size


def _folded(word: str) -> str:
    from models.embedder.vocabulary import folded_word

    return folded_word(word)


def write_graph_files(model: Any, folder: Path, precision: str, *, fine: int = 0) -> int:
    """Graph and tokenizer; returns how many numbers the model has.

    Args:
        fine: rows of the table that int4 keeps four bits for; 0 keeps eight for all.
    """
    from models.embedder.onnx_graph import quantize, write_graph

    fp32 = write_graph(model, folder / "model.onnx")
    if precision != "fp32":
        quantize(fp32, folder / "smaller.onnx", precision, fine=fine).replace(fp32)
    backend = getattr(model.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise ConfigError("its tokenizer is none of the `tokenizers` library, which serving needs", pointer="/checkpoint")
    backend.save(str(folder / "tokenizer.json"), pretty=False)
    return sum(parameter.numel() for parameter in model.parameters())


def _settings(model: Any, about: Mapping[str, Any], precision: str, parameters: int) -> dict[str, Any]:
    told = {"kind": about["kind"], "width": about["width"], "precision": precision, "parameters": parameters}
    if about["kind"] == "transformer":
        told |= {"max_tokens": int(model.max_seq_length), "pad": int(model.tokenizer.pad_token_id)}
    return {
        "model": told | {name: about[name] for name in ("start_from", "licence", "trained")},
        "prefixes": about["prefixes"],
        "dims": about["dims"],
        "similarity": "cosine",
        "normalform_version": NORMALFORM_VERSION,
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models embedder export`."""
    parser.add_argument("--checkpoint", type=Path, help="RUNDIR/model of a training")
    parser.add_argument("--config", type=Path, help="a recipe of kind hub, whose model is taken as it is, without training")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="another value for the recipe")
    parser.add_argument("--dataset", type=Path, required=True, help="packaged queries to prove the export on")
    parser.add_argument("--out", type=Path, required=True, help="folder of the serving package")
    parser.add_argument("--name", default="embedder-vi", help="name of the model")
    parser.add_argument("--precision", choices=(*_LEAST_COSINE, "auto"), default="auto")
    parser.add_argument("--evaluation", type=Path, help="metrics.json of `evaluate`, for the card")
    parser.add_argument(
        "--fusion", type=Path, help="what `python -m serving.search fit` wrote: a search's weights to begin with"
    )


def run(args: argparse.Namespace) -> int:
    """Export, and print the package's digest and figures as JSON."""
    if (args.checkpoint is None) == (args.config is None):
        raise ConfigError("either --checkpoint or --config", pointer="/checkpoint")
    options = {"name": args.name, "precision": args.precision, "evaluation": args.evaluation, "fusion": args.fusion}
    if args.checkpoint:
        digest = export(args.checkpoint, args.dataset, args.out, **options)
    else:
        recipe = read_config(args.config, Recipe, args.set)
        if recipe.model.kind != "hub":
            raise ConfigError(f"{recipe.name} is trained first: only a model of a hub is taken as it is", pointer="/model/kind")
        with tempfile.TemporaryDirectory() as scratch:
            passages = [one.text for one in read_queries(args.dataset, "train")] if recipe.model.pieces else []
            save(build(recipe.model, passages), recipe.model, Path(scratch) / "model", trained=False)
            digest = export(Path(scratch) / "model", args.dataset, args.out, **options)
    manifest = open_package(args.out).manifest
    told = {"package": str(args.out), "digest": digest, "precision": manifest["settings"]["model"]["precision"]}
    sys.stdout.write(json.dumps({**told, **manifest["metrics"]}, ensure_ascii=False) + "\n")
    return 0
