"""Passages, queries and judgements that a search is measured by, and queries made worse to see how much it bears."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.errors import NotUtf8, ScoreError
from data.queries.reader import read_queries
from data.text.normalform import fold, normal_form
from models.ranking import read_qrels


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """Texts by their ids; `qrels` grades passages for each query."""

    passages: Mapping[str, str]
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, float]]

    def asking(self, change: Callable[[str, random.Random], str], seed: int = 0) -> Collection:
        """The same with each query changed, always in the same way; a query that nothing is left of stays."""
        changed = {id_: change(text, random.Random(f"{seed} {id_}")) or text for id_, text in self.queries.items()}
        return replace(self, queries=changed)

    def disjoint(self, least: int = 4) -> Collection:
        """Queries that share no word with what answers them: each loses those that a relevant passage holds, whatever
        their accents; what keeps fewer than `least` words is left out. Only meaning can find these."""
        queries = {}
        for name, text in self.queries.items():
            held = {word for passage, grade in self.qrels.get(name, {}).items() if grade > 0 for word in self._words(passage)}
            left = [word for word in normal_form(text).split() if fold(word) not in held]
            if held and len(left) >= least:
                queries[name] = " ".join(left)
        return replace(self, queries=queries, qrels={name: self.qrels[name] for name in queries})

    def _words(self, passage: str) -> list[str]:
        return fold(normal_form(self.passages[passage])).split()


def read_pairs(folder: Path, split: str = "test", kinds: Sequence[str] = ()) -> Collection:
    """Packaged queries (configs/data/queries): each passage is what its queries look for.

    Args:
        kinds: of queries; all where empty.
    Raises:
        BadCorpus, BadManifest, EmptySplit: see data/queries/reader.py.
    """
    passages: dict[str, str] = {}
    queries: dict[str, str] = {}
    qrels: dict[str, dict[str, float]] = {}
    for number, passage in enumerate(read_queries(folder, split)):
        passages[f"p{number}"] = passage.text
        for place, query in enumerate(passage.queries):
            if not kinds or query.kind in kinds:
                queries[f"q{number}.{place}"] = query.text
                qrels[f"q{number}.{place}"] = {f"p{number}": 1.0}
    return Collection(passages=passages, queries=queries, qrels=qrels)


def read_golden(queries: Path, qrels: Path) -> tuple[dict[str, str], dict[str, dict[str, float]]]:
    """Questions and judgements without the passages; raises as `read_collection`, but does not know what is missing."""
    asked, judged = _texts(queries), read_qrels(qrels)
    strangers = [query for query in judged if query not in asked]
    if strangers:
        raise ScoreError(f"{qrels}: {strangers[0]!r} is judged, but there is no such question")
    return asked, judged


def read_collection(passages: Path, queries: Path, qrels: Path) -> Collection:
    """JSON lines {id, text} twice, and `query<TAB>passage<TAB>grade` lines.

    Raises:
        ScoreError: a file that cannot be read, a line of another form, an id that comes twice or is judged but missing.
        NotUtf8: a file is not UTF-8.
    """
    found = Collection(passages=_texts(passages), queries=_texts(queries), qrels=read_qrels(qrels))
    for query, grades in found.qrels.items():
        strangers = [name for name in grades if name not in found.passages]
        if strangers or query not in found.queries:
            raise ScoreError(f"{qrels}: {(strangers or [query])[0]!r} is judged, but there is no such text")
    return found


def read_squad(path: Path) -> Collection:
    """Question answering in SQuAD's layout: each question's passage is the paragraph that it was asked about.

    Raises:
        ScoreError: the file cannot be read, or has another layout.
    """
    passages: dict[str, str] = {}
    queries: dict[str, str] = {}
    qrels: dict[str, dict[str, float]] = {}
    try:
        for article in json.loads(path.read_text("utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                passage = f"p{len(passages)}"
                passages[passage] = paragraph["context"]
                for question in paragraph["qas"]:
                    queries[question["id"]] = question["question"]
                    qrels[question["id"]] = {passage: 1.0}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ScoreError(f"{path}: no SQuAD file: {error}") from error
    return Collection(passages=passages, queries=queries, qrels=qrels)


def unaccented(text: str, _: random.Random) -> str:
    """As people type who set no diacritics."""
    return fold(text)


def half_unaccented(text: str, chance: random.Random) -> str:
    """Every second word without its diacritics, by chance."""
    return " ".join(fold(word) if chance.random() < 0.5 else word for word in text.split())


def corrupted(text: str, chance: random.Random) -> str:
    """One syllable of ten misheard or mistyped: a letter lost, doubled, exchanged, or the diacritics gone."""
    words = text.split()
    for at in chance.sample(range(len(words)), max(1, round(len(words) / 10))):
        words[at] = _misspelt(words[at], chance)
    return " ".join(words)


def _misspelt(word: str, chance: random.Random) -> str:
    at, way = chance.randrange(len(word)), chance.randrange(4)
    if way == 0 and len(word) > 1:
        return word[:at] + word[at + 1 :]
    if way == 1:
        return word[: at + 1] + word[at:]
    if way == 2 and fold(word) != word:
        return fold(word)
    return word[:at] + chance.choice("aeioubcdghklmnpstvxy") + word[at + 1 :]


def _texts(path: Path) -> dict[str, str]:
    texts: dict[str, str] = {}
    try:
        lines = path.read_text("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise NotUtf8(f"{path}: byte {error.start} is not UTF-8") from error
    except OSError as error:
        raise ScoreError(f"cannot read {path}: {error.strerror}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
            id_, text = str(found["id"]), found["text"]
        except (ValueError, KeyError, TypeError) as error:
            raise ScoreError(f"{path}:{number}: a line reads {{id, text}}", pointer=f"/{number}") from error
        if not isinstance(text, str) or id_ in texts:
            raise ScoreError(f"{path}:{number}: no text, or {id_[:80]!r} comes twice", pointer=f"/{number}")
        texts[id_] = text
    return texts
