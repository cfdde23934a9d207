"""What one worker makes of one block of text: passages with their queries."""

from __future__ import annotations

import hashlib
import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.pairs.lines import Block
from data.queries.asking import queries_of, said, spelt
from data.queries.config import PassageSettings
from data.queries.reader import Passage, Query
from data.text.normalform import normal_form

#: So many of the passages also answer a sentence that stands beside them.
_BESIDE = 0.35
_FEWEST_WORDS = 4


@dataclass(frozen=True, slots=True)
class QueriesJob:
    """One pass over one block of one text."""

    text: int
    block: Block
    copy: int


def make(job: QueriesJob, settings: PassageSettings, rarity: Mapping[str, float], seed: int) -> list[Passage]:
    """The passages of a block; the same job and settings give the same ones.

    Every second copy has its passages as they are said: that is what transcripts are.
    """
    rng = random.Random(f"{seed}:{job.text}:{job.block.first}:{job.copy}")
    made = []
    for first, sentences in cut(job.block, settings, rng):
        kept, beside = sentences, list[Query]()
        if len(sentences) > 1 and rng.random() < _BESIDE:
            at = rng.randrange(len(sentences))
            kept = sentences[:at] + sentences[at + 1 :]
            beside = [spelt("beside", sentences[at], rng)]
        queries = (*queries_of(kept, rarity, rng), *beside)
        text = " ".join(kept)
        # Of what is held out, half the passages are said.
        if job.copy % 2 or (job.block.split != "train" and rng.random() < 0.5):
            text = said(text, rng)
        line = job.block.first + first
        source = f"{line}-{line + len(sentences) - 1}"
        queries = tuple(query for query in queries if normal_form(query.text))
        if queries and normal_form(text):
            made.append(Passage(id=f"{job.text}.{source}.{job.copy}", text=text, queries=queries, source=source))
    return made


def cut(block: Block, settings: PassageSettings, rng: random.Random) -> Iterator[tuple[int, list[str]]]:
    """Passages of consecutive sentences, each with the place of its first line; an empty line ends one."""
    sentences: list[str] = []
    words, wanted, first = 0, rng.randint(settings.min_words, settings.max_words), 0
    for place, line in enumerate((*block.lines, "")):
        if sentences and (not line or words >= wanted or len(sentences) == settings.max_sentences):
            yield first, sentences
            sentences, words, wanted = [], 0, rng.randint(settings.min_words, settings.max_words)
        count = len(line.split())
        if count >= _FEWEST_WORDS:
            first = first if sentences else place
            sentences = [*sentences, line]
            words += count


def rarity_of(lines: Sequence[str]) -> dict[str, float]:
    """Of each word met twice, how much rarer it is than the commonest, in nats."""
    counts = Counter(word for line in lines for word in normal_form(line).split())
    most = max(counts.values(), default=1)
    return {word: math.log(most / count) for word, count in counts.items() if count > 1}


def order_of(passage: Passage, seed: int) -> bytes:
    """Where a passage stands in its split: at random, and always the same."""
    return hashlib.blake2b(f"{seed}:{passage.id}:{passage.text}".encode(), digest_size=8).digest()
