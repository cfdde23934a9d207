"""Texts → pairs on all cores: artifacts/pairs/NAME, replaced as a whole or not at all, the same bytes every time."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from data.config import read_config
from data.errors import ConfigError, EmptySplit
from data.pack.layout import described, locked, replaced, write_json
from data.pairs.config import PairsConfig, TextSettings
from data.pairs.hard import Material, take_material
from data.pairs.lines import deal_blocks, read_lines
from data.pairs.making import Batch, HardJob, Made, TextJob, count_reasons
from data.pairs.pool import run_jobs
from data.pairs.prompts import without_small_names
from data.pairs.reader import SPLITS
from data.pairs.writing import write_split
from data.text.normalform import NORMALFORM_VERSION

#: So many names and statements of the text for the carriers.
_MATERIAL = 6_000
_HARD_BATCH = 200
#: Dev and test get so many of the hard cases that train gets, each.
_HELD_OUT_HARD = 0.02


def read_pairs_config(path: Path, overrides: Iterable[str] = ()) -> PairsConfig:
    """A file of configs/data/pairs; a relative path in it is relative to the file."""
    config = read_config(path, PairsConfig, overrides)
    texts = tuple(dataclasses.replace(text, path=path.parent / text.path) for text in config.texts)
    if not texts:
        raise ConfigError("pairs need a text", pointer="/texts")
    return dataclasses.replace(config, texts=texts)


def build_pairs(config: PairsConfig, out: Path, *, workers: int | None = None) -> dict[str, Any]:
    """Make the pairs and their card in `out`; dataset.json is returned too. What is up to date is not made again.

    Raises:
        BadCorpus, NotUtf8: a text cannot be read.
        EmptySplit: nothing is left for train.
        Busy: another process makes these pairs.
    """
    with locked(out.parent / f".{out.name}.lock"):
        inputs = inputs_digest(config)
        if (made_before := described(out, inputs)) is not None:
            return made_before
        jobs, material = plan_jobs(config)
        batches = run_jobs(jobs, config, material, workers=workers)
        chosen = choose(batches, config)
        if not chosen["train"]:
            raise EmptySplit(f"no line of {', '.join(str(t.path) for t in config.texts)} is a sentence for train")
        with replaced(out) as folder:
            splits = {name: write_split(folder / f"{name}.jsonl.gz", chosen[name]) for name in SPLITS if chosen[name]}
            refused = count_reasons(batches)
            del batches, chosen
            description = describe(config, splits, inputs, refused)
            write_json(folder / "dataset.json", description)
            from data.pairs.card import write_card

            write_card(folder, config)
    return description


def describe(config: PairsConfig, splits: dict[str, Any], inputs: str, refused: dict[str, int]) -> dict[str, Any]:
    """What dataset.json says; its digest is of every byte of the pairs."""
    description = {
        "schema": 1,
        "name": config.name,
        "corpus": "pairs",
        "licence": config.licence,
        "usage": "any",
        "texts": [{"file": text.path.name, "licence": text.licence} for text in config.texts],
        "normalform_version": NORMALFORM_VERSION,
        "splits": splits,
        "refused": refused,
    }
    text = json.dumps(description, sort_keys=True, ensure_ascii=False)
    # An md5, as datasets have: a sha256 would not fit where digests are kept.
    return description | {"digest": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest(), "inputs": inputs}


def plan_jobs(config: PairsConfig) -> tuple[list[TextJob | HardJob], Material]:
    """Every job in order, and what the carriers take from the lines of train."""
    jobs: list[TextJob | HardJob] = []
    known: list[str] = []
    dealt = [deal_blocks(_read(text), config.split) for text in config.texts]
    lines = Counter(block.split for blocks in dealt for block in blocks for _ in block.lines)
    for index, (text, blocks) in enumerate(zip(config.texts, dealt, strict=True)):
        prompts = text.layout == "prompts"
        for block in blocks:
            if block.split == "train" and len(known) < 100 * _MATERIAL:
                known += block.lines
            share = len(block.lines) / lines[block.split]
            copies = text.copies if block.split == "train" else 1
            jobs += [TextJob(index, block, prompts, copy, share) for copy in range(copies)]
    for split in SPLITS:
        if split != "train" and not lines[split]:
            continue
        count = config.hard if split == "train" else round(config.hard * _HELD_OUT_HARD)
        starts = range(0, count, _HARD_BATCH)
        jobs += [HardJob(split, number, min(_HARD_BATCH, count - start)) for number, start in enumerate(starts)]
    return jobs, take_material(_spread(known), _MATERIAL)


def _read(text: TextSettings) -> list[str]:
    lines = read_lines(text.path)
    return without_small_names(lines) if text.layout == "prompts" else lines


def _spread(lines: Sequence[str]) -> Sequence[str]:
    """The lines in an order that is all over the text, so that the first names are not of the first articles alone."""
    return sorted(lines, key=lambda line: hashlib.blake2b(line.encode(), digest_size=8).digest())


def choose(batches: Sequence[Batch], config: PairsConfig) -> dict[str, list[Made]]:
    """The pairs of each split in their order: no text twice, none of train also in test, not more than was asked for."""
    most = {
        ("train", "copy"): config.copies,
        ("train", "noisy"): config.noisy,
        ("train", "hard"): config.hard,
        **{(split, "running"): config.evaluation_windows for split in ("dev", "test")},
        **{(split, "sentence"): config.evaluation_sentences for split in ("dev", "test")},
        **{(split, "passage"): config.evaluation_sentences // 10 for split in ("dev", "test")},
    }
    found: defaultdict[str, list[Made]] = defaultdict(list)
    for batch in batches:
        for made in batch.made:
            found[made.split].append(made)
    seen: set[bytes] = set()
    chosen: dict[str, list[Made]] = {}
    for split in ("test", "dev", "train"):
        counts: Counter[str] = Counter()
        kept = chosen[split] = []
        for made in sorted(found[split], key=lambda made: (made.order, made.line)):
            if made.said in seen:
                continue
            # Articles ask so little that every question that is held out is wanted; running windows stay as text runs.
            asks = made.kind == "sentence" and "?" in made.line
            if counts[made.kind] >= most.get((split, made.kind), len(found[split])) and not asks:
                continue
            seen.add(made.said)
            counts[made.kind] += 1
            kept.append(made)
    return chosen


def inputs_digest(config: PairsConfig) -> str:
    """A digest of all that the pairs depend on: texts, settings, and the code that makes them."""
    digest = hashlib.sha256()
    settings = dataclasses.asdict(config)
    for text in settings["texts"]:
        text["path"] = Path(text["path"]).name
    digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    for text in config.texts:
        read = text.path.read_bytes() if text.path.is_file() else b""
        digest.update(hashlib.sha256(read).digest())
    room = Path(__file__).resolve().parents[1]
    sources = [*(room / "pairs").glob("*.py"), *(room / "text").glob("*.py"), *(room / "text" / "verbalize").rglob("*.py")]
    for source in sorted(sources):
        digest.update(f"{source.relative_to(room)}\n".encode() + source.read_bytes())
    return digest.hexdigest()
