"""The reader of packaged queries: what people might look for, beside the passage that answers it.

QUERIES/dataset.json           name, digest, licence, usage, splits {train: {passages, queries, words}, …}
QUERIES/{split}.jsonl.gz       one passage with its queries a line, in an order that is random and always the same
QUERIES/card/README.md         what a person should know before using them
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from data.errors import BadCorpus, BadManifest, EmptySplit

QueryKind = Literal["crop", "keywords", "question", "title", "beside"]
"""Words as they stand in the passage; a few of its rarer words; a question for something in it; what its first sentence
speaks of; a sentence that stands next to it in the text and not in it."""
Spelling = Literal["written", "unaccented", "spoken", "noisy"]
"""As written; without diacritics; as it is said, in lower case and without punctuation; with wrong letters."""
KINDS, SPELLINGS = get_args(QueryKind), get_args(Spelling)
SPLITS = ("train", "dev", "test")


@dataclass(frozen=True, slots=True)
class Query:
    """One query."""

    kind: QueryKind
    spelling: Spelling
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A stretch of running text with the queries that it answers; `source` is its first and last line."""

    id: str
    text: str
    queries: tuple[Query, ...]
    source: str


def passage_to_line(passage: Passage) -> str:
    """One line of a split's file; each query is [kind, spelling, text]."""
    queries = [[query.kind, query.spelling, query.text] for query in passage.queries]
    fields = {"id": passage.id, "text": passage.text, "queries": queries, "source": passage.source}
    return json.dumps(fields, ensure_ascii=False) + "\n"


def read_queries_dataset(folder: Path | str) -> dict[str, Any]:
    """The queries' own description, dataset.json.

    Raises:
        BadCorpus: there are no queries.
    """
    path = Path(folder) / "dataset.json"
    try:
        description = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadCorpus(f"{folder} holds no queries: dataset.json is missing or no JSON") from error
    if not isinstance(description, dict) or description.get("corpus") != "queries":
        raise BadCorpus(f"{path} does not describe queries")
    return description


def read_queries(folder: Path | str, split: str) -> Iterator[Passage]:
    """The passages of a split with their queries, in the order of its file.

    Raises:
        BadCorpus: there are no queries, or the file is not whole.
        EmptySplit: the queries have no such split.
        BadManifest: a line is no passage.
    """
    if split not in read_queries_dataset(folder)["splits"]:
        raise EmptySplit(f"{folder} has no split {split!r}")
    path = Path(folder) / f"{split}.jsonl.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                yield _passage_of(line, f"{path}:{number}")
    except (OSError, EOFError, zlib.error) as error:
        raise BadCorpus(f"{path} is not whole: {error}") from error


def _passage_of(line: str, place: str) -> Passage:
    try:
        raw = json.loads(line)
        queries = tuple(Query(kind, spelling, text) for kind, spelling, text in raw.pop("queries"))
        return Passage(queries=queries, **raw)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadManifest(f"{place}: {error}") from error
