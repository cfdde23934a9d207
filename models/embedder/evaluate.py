"""Package × queries → places and figures, with the embedder that serves: what is measured is what will run.

ndcg.tsv               query<TAB>nDCG@10
group.tsv              query<TAB>stretch of the source text, so that resampling draws neighbours together
slices.tsv             query<TAB>kind=value: how the query was made, how it is spelt
missed.tsv             query<TAB>its text<TAB>place of its passage<TAB>the passage, where it is not among ten: for people
metrics.json           nDCG, recall and reciprocal rank of all, of each kind, and of each length that vectors are cut to
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import ConfigError
from data.queries.reader import read_queries, read_queries_dataset
from data.text.normalform import fold
from models.embedder.infer import SHIPPED, Embedder
from models.embedder.judging import Judged, judge, judged_of, ndcg, rank, read_squad
from models.package import open_package

#: Queries of a packaged split, evenly over its passages.
QUERIES = 4_000
_TOGETHER, _SHOWN_CHARACTERS = 256, 300


def evaluate(embedder: Embedder, judged: Judged, out_dir: Path, *, about: dict[str, Any]) -> dict[str, Any]:
    """Rank all passages for each query, write places and figures into `out_dir`, and return the figures.

    Args:
        about: what else the figures say: dataset, split, package.
    """
    started_s = time.process_time()
    passages_PD = _embed(embedder, judged.passages, "passage")
    passages_s = time.process_time() - started_s
    queries_ND = _embed(embedder, judged.queries, "query")
    queries_s = time.process_time() - started_s - passages_s
    places_N = rank(queries_ND, passages_PD, judged.answers)
    figures = {
        **judge(places_N),
        "queries": len(judged.queries),
        "passages": len(judged.passages),
        "cpu_ms_per_passage": 1000 * passages_s / len(judged.passages),
        "cpu_ms_per_query": 1000 * queries_s / len(judged.queries),
        **about,
        "dims": {
            str(dim): judge(rank(_cut(queries_ND, dim), _cut(passages_PD, dim), judged.answers))
            for dim in embedder.dims
            if dim < embedder.dim
        },
        "slices": {name: judge(places_N[rows]) for name, rows in _rows(judged.slices).items()},
    }
    _write_files(out_dir, judged, places_N, figures)
    return figures


def _embed(embedder: Embedder, texts: Sequence[str], kind: Any) -> np.ndarray:
    parts = [embedder.embed(texts[at : at + _TOGETHER], kind) for at in range(0, len(texts), _TOGETHER)]
    return np.concatenate(parts)


def _cut(vectors_ND: np.ndarray, dim: int) -> np.ndarray:
    short_ND = vectors_ND[:, :dim]
    return short_ND / np.maximum(np.linalg.norm(short_ND, axis=1, keepdims=True), 1e-12)


def _rows(slices: Sequence[tuple[str, ...]]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, names in enumerate(slices):
        for name in names:
            rows.setdefault(name, []).append(row)
    return dict(sorted(rows.items()))


def _write_files(out_dir: Path, judged: Judged, places_N: np.ndarray, figures: dict[str, Any]) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    ids = judged.query_ids
    _write(out_dir / "ndcg.tsv", ((id_, f"{value:.6f}") for id_, value in zip(ids, ndcg(places_N).tolist(), strict=True)))
    _write(out_dir / "group.tsv", zip(ids, judged.groups, strict=True))
    _write(out_dir / "slices.tsv", ((id_, name) for id_, names in zip(ids, judged.slices, strict=True) for name in names))
    missed = ((row, int(place)) for row, place in enumerate(places_N) if place > 10)
    _write(
        out_dir / "missed.tsv",
        ((ids[row], f"{judged.queries[row]}\t{place}\t{_line(judged.passages[judged.answers[row]])}") for row, place in missed),
    )
    # Last and in one step: where it stands, the evaluation is whole.
    partial = out_dir / ".metrics.json"
    partial.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    partial.replace(out_dir / "metrics.json")


def _line(text: str) -> str:
    return " ".join(text[:_SHOWN_CHARACTERS].split())


def _write(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """One `id<TAB>text` a line; no file where there are no rows."""
    lines = "".join(f"{id_}\t{text}\n" for id_, text in rows)
    if lines:
        path.write_text(lines, "utf-8")
    else:
        path.unlink(missing_ok=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models embedder evaluate`."""
    parser.add_argument("--package", type=Path, default=SHIPPED, help="folder of the serving package (default: the shipped)")
    parser.add_argument("--dataset", type=Path, help="folder of the packaged queries")
    parser.add_argument("--split", default="test", help="split to measure on (default: test)")
    parser.add_argument("--squad", type=Path, help="a file in SQuAD's layout, instead of a dataset: questions → paragraphs")
    parser.add_argument("--unaccented", action="store_true", help="take all diacritics off the queries first")
    parser.add_argument("--out", type=Path, required=True, help="folder of the places and figures")


def run(args: argparse.Namespace) -> int:
    """Evaluate and print the figures as JSON."""
    if (args.dataset is None) == (args.squad is None):
        raise ConfigError("either --dataset or --squad", pointer="/dataset")
    if args.squad:
        judged, about = read_squad(args.squad), {"dataset": args.squad.name}
    else:
        description = read_queries_dataset(args.dataset)
        judged = judged_of(read_queries(args.dataset, args.split), queries=QUERIES)
        about = {"dataset": description["name"], "dataset_digest": description["digest"], "split": args.split}
    if args.unaccented:
        judged = replace(judged, queries=[fold(query) for query in judged.queries])
        about["queries_are"] = "unaccented"
    about["package"] = open_package(args.package).digest
    # One thread: processor time is compared, and does not grow with the cores of a machine then.
    figures = evaluate(Embedder.open(args.package, threads=1), judged, args.out, about=about)
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    return 0
