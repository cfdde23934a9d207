"""Texts → queries with their passages on all cores: artifacts/queries/NAME, replaced as a whole or not at all."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path
from typing import Any

from tqdm import tqdm

from data.config import read_config
from data.errors import ConfigError, EmptySplit
from data.pack.layout import described, locked, replaced, write_json
from data.pack.parallel import cores
from data.pairs.lines import deal_blocks, read_lines
from data.queries.card import write_card
from data.queries.config import PassageSettings, QueriesConfig
from data.queries.making import QueriesJob, make, order_of, rarity_of
from data.queries.reader import SPLITS, Passage, passage_to_line
from data.text.normalform import NORMALFORM_VERSION

#: Blocks that a worker takes at once.
_TOGETHER = 8
#: Level 6 halves the time of 9 and costs two per cent.
_LEVEL = 6


def read_queries_config(path: Path, overrides: Iterable[str] = ()) -> QueriesConfig:
    """A file of configs/data/queries; a relative path in it is relative to the file."""
    config = read_config(path, QueriesConfig, overrides)
    texts = tuple(dataclasses.replace(text, path=path.parent / text.path) for text in config.texts)
    if not texts:
        raise ConfigError("queries need a text", pointer="/texts")
    if not 0 < config.passages.min_words <= config.passages.max_words:
        raise ConfigError("min_words is from 1 to max_words", pointer="/passages/min_words")
    return dataclasses.replace(config, texts=texts)


def build_queries(config: QueriesConfig, out: Path, *, workers: int | None = None) -> dict[str, Any]:
    """Make the queries and their card in `out`; dataset.json is returned too. What is up to date is not made again.

    Raises:
        BadCorpus, NotUtf8: a text cannot be read.
        EmptySplit: nothing is left for train.
        Busy: another process makes these queries.
    """
    with locked(out.parent / f".{out.name}.lock"):
        inputs = inputs_digest(config)
        if (made_before := described(out, inputs)) is not None:
            return made_before
        made = _make_all(config, workers or cores())
        if not made["train"]:
            raise EmptySplit(f"no line of {', '.join(str(text.path) for text in config.texts)} is a sentence for train")
        with replaced(out) as folder:
            splits = {name: write_split(folder / f"{name}.jsonl.gz", made[name]) for name in SPLITS if made[name]}
            description = describe(config, splits, inputs)
            write_json(folder / "dataset.json", description)
            write_card(folder, config.note)
    return description


def describe(config: QueriesConfig, splits: dict[str, Any], inputs: str) -> dict[str, Any]:
    """What dataset.json says; its digest is of every byte of the queries."""
    description = {
        "schema": 1,
        "name": config.name,
        "corpus": "queries",
        "licence": config.licence,
        "usage": "any",
        "texts": [{"file": text.path.name, "licence": text.licence} for text in config.texts],
        "normalform_version": NORMALFORM_VERSION,
        "splits": splits,
    }
    text = json.dumps(description, sort_keys=True, ensure_ascii=False)
    # An md5, as datasets have: a sha256 would not fit where digests are kept.
    return description | {"digest": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(), "inputs": inputs}


def write_split(path: Path, passages: Sequence[Passage]) -> dict[str, Any]:
    """Write the passages, the same bytes every time, and say what is in the file; sha256 is of the lines."""
    digest, kinds, spellings = hashlib.sha256(), Counter[str](), Counter[str]()
    words = 0
    with path.open("wb") as raw, gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as file:
        for passage in passages:
            data = passage_to_line(passage).encode()
            digest.update(data)
            file.write(data)
            words += len(passage.text.split())
            kinds.update(query.kind for query in passage.queries)
            spellings.update(query.spelling for query in passage.queries)
    return {
        "passages": len(passages),
        "queries": kinds.total(),
        "words": words,
        "kinds": dict(sorted(kinds.items())),
        "spellings": dict(sorted(spellings.items())),
        "sha256": digest.hexdigest(),
    }


def inputs_digest(config: QueriesConfig) -> str:
    """A digest of all that the queries depend on: texts, settings, and the code that makes them."""
    digest = hashlib.sha256()
    settings = dataclasses.asdict(config)
    for text in settings["texts"]:
        text["path"] = Path(text["path"]).name
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    for text in config.texts:
        read = text.path.read_bytes() if text.path.is_file() else b""
        digest.update(hashlib.sha256(read).digest())
    room = Path(__file__).resolve().parents[1]
    sources = [*(room / "queries").glob("*.py"), *(room / "text").glob("*.py"), *(room / "text" / "verbalize").rglob("*.py")]
    for source in sorted([*sources, room / "pairs" / "lines.py"]):
        digest.update(f"{source.relative_to(room)}\n".encode() + source.read_bytes())
    return digest.hexdigest()


def _make_all(config: QueriesConfig, workers: int) -> dict[str, list[Passage]]:
    dealt = [deal_blocks(read_lines(text.path), config.split) for text in config.texts]
    rarity = rarity_of([line for blocks in dealt for block in blocks if block.split == "train" for line in block.lines])
    jobs = [
        QueriesJob(index, block, copy)
        for index, blocks in enumerate(dealt)
        for block in blocks
        for copy in range(config.copies if block.split == "train" else 1)
    ]
    found: dict[str, list[Passage]] = {name: [] for name in SPLITS}
    batches = [jobs[at : at + _TOGETHER] for at in range(0, len(jobs), _TOGETHER)]
    # Spawned from a clean server: a fork of a process with threads may inherit a lock that nobody will release.
    context = multiprocessing.get_context("forkserver")
    share = (config.passages, rarity, config.seed)
    with ProcessPoolExecutor(min(workers, len(batches) or 1), context, initializer=_remember, initargs=share) as pool:
        for splits in tqdm(pool.map(_make_batch, batches), total=len(batches), desc="queries", unit="batch", file=sys.stderr):
            for split, passages in splits:
                found[split] += passages
    for split in found:
        found[split].sort(key=lambda passage: order_of(passage, config.seed))
        found[split] = found[split][: None if split == "train" else config.evaluation_passages]
    return found


_SHARED: list[Any] = []


def _remember(settings: PassageSettings, rarity: dict[str, float], seed: int) -> None:
    """In a worker: what all of its jobs need, sent once."""
    _SHARED[:] = [settings, rarity, seed]


def _make_batch(jobs: Sequence[QueriesJob]) -> list[tuple[str, list[Passage]]]:
    return [(job.block.split, make(job, *shared)) for job, shared in zip(jobs, repeat(_SHARED))]
