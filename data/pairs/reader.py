"""The reader of packaged pairs: what people say beside what they would write.

PAIRS/dataset.json             name, digest, licence, usage, splits {train: {pairs, bytes, written_bytes}, …}
PAIRS/{split}.jsonl.gz         one pair a line, in an order that is random and always the same
PAIRS/card/                    what a person should know before using them
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from data.errors import BadCorpus, BadManifest, EmptySplit

#: `sentence` and `passage` stand in dev and test alone: single sentences, and stretches of running text that are longer
#: than what a model is trained on.
Kind = Literal["running", "hard", "copy", "noisy", "sentence", "passage"]
SPLITS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class PairLink:
    """An expression that is written otherwise than it is said: character offsets on both sides, and its class."""

    written: tuple[int, int]
    spoken: tuple[int, int]
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One stretch of text, said and written.

    `spoken` is lower-case words without punctuation. Outside the links the words of both sides are the same ones in the
    same order: `normal_form` of the written text between two links is the spoken text between them.
    """

    id: str
    spoken: str
    written: str
    links: tuple[PairLink, ...]
    kind: Kind
    source: str


def pair_to_line(pair: Pair) -> str:
    """One line of a split's file; each link is [written from, to, spoken from, to, class]."""
    links = [[*link.written, *link.spoken, link.kind] for link in pair.links]
    fields = {"id": pair.id, "spoken": pair.spoken, "written": pair.written, "links": links}
    return json.dumps(fields | {"kind": pair.kind, "source": pair.source}, ensure_ascii=False) + "\n"


def read_pairs_dataset(folder: Path | str) -> dict[str, Any]:
    """The pairs' own description, dataset.json.

    Raises:
        BadCorpus: there are no pairs.
    """
    path = Path(folder) / "dataset.json"
    try:
        description = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadCorpus(f"{folder} holds no pairs: dataset.json is missing or no JSON") from error
    if not isinstance(description, dict):
        raise BadCorpus(f"{path} is no JSON object")
    return description


def read_pairs(folder: Path | str, split: str) -> Iterator[Pair]:
    """The pairs of a split in the order of its file.

    Raises:
        BadCorpus: there are no pairs, or the file is not whole.
        EmptySplit: the pairs have no such split.
        BadManifest: a line is no pair.
    """
    if split not in read_pairs_dataset(folder)["splits"]:
        raise EmptySplit(f"{folder} has no split {split!r}")
    path = Path(folder) / f"{split}.jsonl.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                yield _pair_of(line, f"{path}:{number}")
    except (OSError, EOFError, zlib.error) as error:
        raise BadCorpus(f"{path} is not whole: {error}") from error


def _pair_of(line: str, place: str) -> Pair:
    try:
        raw = json.loads(line)
        links = tuple(PairLink((a, b), (c, d), kind) for a, b, c, d, kind in raw.pop("links"))
        return Pair(links=links, **raw)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadManifest(f"{place}: {error}") from error
