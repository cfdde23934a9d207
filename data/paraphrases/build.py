"""Paraphrases: questions that share no syllable with the passages that answer them, among held-out passages of running text.

    passages.jsonl  queries.jsonl   {id, text} a line
    qrels.tsv                       query<TAB>passage<TAB>1
    dataset.json  README.md         what it is, and what a person should know before using it

By hand: passages and questions of handwritten.py, beside a thousand passages that answer none of them.

By synonyms: a passage that holds two things of the list or more is asked for by their other words, and so is every other
passage that holds all of them. Passages that hold one of those other words stay out: words alone would find them, and they
would answer.

Lines of the held-out splits alone are read, so that a model that learnt from the rest may be measured.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from data.errors import EmptySplit
from data.pack.layout import locked, replaced, write_json
from data.pairs.lines import deal_blocks, read_lines
from data.paraphrases.handwritten import rewordings
from data.paraphrases.synonyms import Concept, concepts
from data.queries.config import QueriesConfig
from data.queries.making import cut
from data.text.normalform import NORMALFORM_VERSION, fold, normal_form

#: Things that one question asks for.
_ASKED = (2, 3)
#: A question that so many passages answer says too little.
_MOST_ANSWERS = 10
#: Questions that are tried for each passage; most share a syllable with some passage by chance.
_DRAWS = 8
#: Passages beside those that were written by hand.
_CROWD = 1_000
_SPLITS = ("dev", "test")
_EXAMPLES = 12

By = Literal["synonyms", "hand"]
_TOLD: Mapping[By, str] = {
    "synonyms": "Nobody asked these questions: each names two or three things of a passage by their other words"
    " (data/paraphrases/synonyms.py), so that the two share no syllable, whatever its accents. They measure whether a model"
    " knows that words mean the same, and nothing else of a paraphrase.",
    "hand": "Each question and the passage that answers it were written for this (data/paraphrases/handwritten.py): the two"
    " share no syllable, whatever its accents. A thousand passages of the text stand beside them. They are few: a question is"
    " more than a point.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paraphrases:
    """Texts by their ids, and the passages that answer each question."""

    passages: Mapping[str, str]
    queries: Mapping[str, str]
    answers: Mapping[str, Sequence[str]]


def build_paraphrases(config: QueriesConfig, out: Path, by: By = "synonyms") -> dict[str, Any]:
    """Make the set in `out`, replaced as a whole or not at all; what dataset.json says is returned.

    Args:
        config: a file of configs/data/queries: the texts, how they are split and cut.
        by: who reworded.
    Raises:
        BadCorpus, NotUtf8: a text cannot be read. Busy: another process makes this set.
        EmptySplit: no held-out passage holds two things of the list of synonyms.
    """
    passages = held_out(config)
    made = among(passages, seed=config.seed) if by == "hand" else paraphrase(passages, concepts(), seed=config.seed)
    if not made.queries:
        raise EmptySplit(f"no held-out passage of {config.name} holds two things that have another word")
    description = {
        "schema": 1,
        "name": f"{set_name(config, by)}_paraphrases",
        "corpus": "paraphrases",
        "licence": config.licence,
        "texts": [{"file": text.path.name, "licence": text.licence} for text in config.texts],
        "normalform_version": NORMALFORM_VERSION,
        "by": by,
        "passages": len(made.passages),
        "queries": len(made.queries),
        "judgements": sum(map(len, made.answers.values())),
    }
    with locked(out.parent / f".{out.name}.lock"), replaced(out) as folder:
        _write_texts(folder / "passages.jsonl", made.passages)
        _write_texts(folder / "queries.jsonl", made.queries)
        lines = [f"{query}\t{passage}\t1\n" for query, passages in made.answers.items() for passage in passages]
        (folder / "qrels.tsv").write_text("".join(lines), "utf-8")
        digest = hashlib.md5(usedforsecurity=False)
        for name in ("passages.jsonl", "queries.jsonl", "qrels.tsv"):
            digest.update((folder / name).read_bytes())
        description["digest"] = digest.hexdigest()
        write_json(folder / "dataset.json", description)
        (folder / "README.md").write_text(_card(description, made, by), "utf-8")
    return description


def set_name(config: QueriesConfig, by: By) -> str:
    """The name of a set's folder."""
    return f"{config.name}_by_hand" if by == "hand" else config.name


def held_out(config: QueriesConfig) -> dict[str, str]:
    """Passages of dev and test, as the queries of that configuration are cut, under the numbers of their lines."""
    passages = {}
    for index, text in enumerate(config.texts):
        for block in deal_blocks(read_lines(text.path), config.split):
            if block.split in _SPLITS:
                rng = random.Random(f"{config.seed}:{index}:{block.first}:0")
                for first, sentences in cut(block, config.passages, rng):
                    line = block.first + first
                    passages[f"{index}.{line}-{line + len(sentences) - 1}"] = " ".join(sentences)
    return passages


def paraphrase(passages: Mapping[str, str], things: Sequence[Concept], *, seed: int = 0) -> Paraphrases:
    """The questions for those of the passages that hold no asked word; the same seed gives the same ones."""
    rng = random.Random(seed)
    kept: dict[str, str] = {}
    holding: dict[str, list[int]] = {}
    holders: list[set[str]] = [set() for _ in things]
    syllables: dict[str, set[str]] = {}
    for name, text in passages.items():
        plain = f" {normal_form(text)} "
        if any(f" {word} " in plain for thing in things for word in thing.asked):
            continue
        kept[name], syllables[name] = text, set(fold(plain).split())
        holding[name] = [at for at, thing in enumerate(things) if any(f" {word} " in plain for word in thing.written)]
        for at in holding[name]:
            holders[at].add(name)
    order = {name: at for at, name in enumerate(kept)}
    queries: dict[str, str] = {}
    answers: dict[str, list[str]] = {}
    seen: set[tuple[int, ...]] = set()
    for held in (held for held in holding.values() for _ in range(_DRAWS) if len(held) >= _ASKED[0]):
        chosen = tuple(sorted(rng.sample(held, min(len(held), rng.randint(*_ASKED)))))
        if chosen in seen:
            continue
        seen.add(chosen)
        right = sorted(set.intersection(*(holders[at] for at in chosen)), key=order.__getitem__)
        asked = ", ".join(rng.choice(things[at].asked) for at in chosen)
        words = set(fold(normal_form(asked)).split())
        if len(right) <= _MOST_ANSWERS and not any(syllables[name] & words for name in right):
            queries[f"q{len(queries)}"], answers[f"q{len(answers)}"] = asked, right
    return Paraphrases(passages=kept, queries=queries, answers=answers)


def among(passages: Mapping[str, str], *, seed: int = 0) -> Paraphrases:
    """What was written by hand in a crowd of passages, which is drawn at random; the same seed draws the same one."""
    written = {f"w{number}": one for number, one in enumerate(rewordings())}
    crowd = random.Random(seed).sample(sorted(passages), min(len(passages), _CROWD))
    return Paraphrases(
        passages={name: one.passage for name, one in written.items()} | {name: passages[name] for name in sorted(crowd)},
        queries={f"q{name}": one.question for name, one in written.items()},
        answers={f"q{name}": [name] for name in written},
    )


def _write_texts(path: Path, texts: Mapping[str, str]) -> None:
    lines = [json.dumps({"id": name, "text": text}, ensure_ascii=False) + "\n" for name, text in texts.items()]
    path.write_text("".join(lines), "utf-8")


def _card(about: Mapping[str, Any], made: Paraphrases, by: By) -> str:
    examples = []
    for query, text in list(made.queries.items())[:_EXAMPLES]:
        examples.append(f"**{text}**\n\n> {made.passages[made.answers[query][0]]}")
    facts = "\n".join(f"| {name} | {about[name]} |" for name in ("licence", "passages", "queries", "judgements", "digest"))
    return (
        "\n\n".join(
            [
                f"# {about['name']}",
                _TOLD[by],
                f"| | |\n|---|---|\n{facts}",
                "## Examples",
                *examples,
            ]
        )
        + "\n"
    )
