"""What a file in configs/data/queries says: which texts, which licence, how long passages are."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from data.pairs.config import PairSplitSettings


@dataclass(frozen=True, kw_only=True)
class QueryTextSettings:
    """One text file of running text: a sentence a line, UTF-8; .txt, .txt.xz or .txt.gz."""

    path: Path
    """Where it lies; read in place, never written."""
    licence: str
    """The licence of this text."""


@dataclass(frozen=True, kw_only=True)
class PassageSettings:
    """How running text is cut into passages."""

    min_words: int = 20
    """A passage takes sentences until it has so many words at least; the number is drawn up to `max_words`."""
    max_words: int = 120
    """No passage is meant to be longer, though its last sentence may pass it."""
    max_sentences: int = 8
    """Most sentences of a passage."""


@dataclass(frozen=True, kw_only=True)
class QueriesConfig:
    """Queries with the passages that answer them, made from running text."""

    name: str
    """The name of the queries: lower case, digits, underscores; the same as its file's."""
    licence: str
    """The licence of the queries: what follows from the licences of the texts. It travels to the model's card."""
    texts: tuple[QueryTextSettings, ...]
    """The texts."""
    note: str = ""
    """A sentence for the card: what a person should know before using them."""
    passages: PassageSettings = field(default_factory=PassageSettings)
    """How text is cut."""
    split: PairSplitSettings = field(default_factory=PairSplitSettings)
    """Which lines go to train, dev and test."""
    copies: int = 2
    """So many passes over the lines of train, each cut elsewhere; every second one has its passages as they are said."""
    evaluation_passages: int = 4_000
    """At most so many passages in dev and in test each."""
    seed: int = 0
    """Seed of everything that is drawn."""
