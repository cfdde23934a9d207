"""A static embedder of a few hundred rows, not trained at all: its rows are random directions, rare words the longest."""

from __future__ import annotations

from pathlib import Path

from data.queries.build import build_queries, read_queries_config
from data.queries.reader import read_queries
from models.embedder.config import ModelConfig, StaticConfig

ROOT = Path(__file__).resolve().parents[1]


def tiny_queries(out: Path) -> Path:
    """The queries `smoke`."""
    build_queries(read_queries_config(ROOT / "configs" / "data" / "queries" / "smoke.yaml"), out, workers=1)
    return out


def tiny_packages(home: Path, *widths: int) -> list[Path]:
    """Serving packages of one kind and of these widths, which no two spaces share."""
    from models.embedder.export import export

    queries = tiny_queries(home / "queries")
    packages = [home / f"package{width}" for width in widths]
    for width, package in zip(widths, packages, strict=True):
        export(tiny_checkpoint(queries, home / f"model{width}", width=width), queries, package)
    return packages


def tiny_checkpoint(queries: Path, folder: Path, *, width: int = 32) -> Path:
    """A model as a training would leave it."""
    from models.embedder.build import build, save

    model = ModelConfig(width=width, dims=(width, width // 2), static=StaticConfig(words=500, pairs=500, buckets=64))
    save(build(model, [passage.text for passage in read_queries(queries, "train")]), model, folder)
    return folder
