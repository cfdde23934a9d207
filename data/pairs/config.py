"""What a file in configs/data/pairs says: which texts, which licence, how much of what."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Layout = Literal["running", "prompts"]


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """One text file: a sentence a line, UTF-8; .txt, .txt.xz or .txt.gz."""

    path: Path
    """Where it lies; read in place, never written."""
    licence: str
    """The licence of this text."""
    layout: Layout = "running"
    """`running`: lines follow each other as in an article. `prompts`: lines of no order, often without a full stop;
    they get one, or a question mark where the words ask, and those that may be either are left out."""
    copies: int = 1
    """So many passes over the text, each cut elsewhere and said in other ways; dev and test always get one."""


@dataclass(frozen=True, kw_only=True)
class PairSplitSettings:
    """Which lines go to train, dev and test: blocks of consecutive lines, dealt by a digest of their first line."""

    dev: float = 0.02
    """Share of dev."""
    test: float = 0.04
    """Share of test."""
    block_lines: int = 300
    """About so many lines a block. A block begins at a line whose digest says so: new lines elsewhere move nobody."""
    guard_lines: int = 60
    """So many lines of train beside a block of dev or test are left out, because an article may run across."""
    seed: int = 0
    """Another seed, another split."""


@dataclass(frozen=True, kw_only=True)
class WindowSettings:
    """How running text is cut into what a model sees at once."""

    max_bytes: int = 200
    """No window says more, in bytes of UTF-8."""
    min_bytes: int = 24
    """Windows are from here on, shorter ones only where the text ends."""
    max_sentences: int = 5
    """A window touches at most so many sentences."""
    start_inside: float = 0.1
    """Share of the windows that begin inside a sentence."""
    end_inside: float = 0.5
    """Share of the windows that end at any word: the end of what was heard is no full stop."""
    keep_plain: float = 0.15
    """Share that train keeps of the windows without an expression, a question, an exclamation, or a word that could be a
    number: of "hai người" and "2 người" train has to see as many as there are."""
    question_copies: int = 6
    """So many windows more around every question or exclamation of running text in train: such text asks little."""


@dataclass(frozen=True, kw_only=True)
class PairsConfig:
    """Pairs of spoken and written text, made from punctuated text."""

    name: str
    """The name of the pairs: lower case, digits, underscores; the same as its file's."""
    licence: str
    """The licence of the pairs: what follows from the licences of the texts. It travels to the model's card."""
    texts: tuple[TextSettings, ...]
    """The texts."""
    note: str = ""
    """A sentence for the card: what a person should know before using them."""
    windows: WindowSettings = field(default_factory=WindowSettings)
    """How running text is cut."""
    split: PairSplitSettings = field(default_factory=PairSplitSettings)
    """Who goes where."""
    hard: int = 40_000
    """So many hard cases made on purpose in train; dev and test get a fiftieth each, from carriers of their own."""
    copies: int = 8_000
    """So many windows of train where what is said is already written: plain ones, and ones with digits in what is said."""
    noisy: int = 8_000
    """So many windows of train with wrong or missing syllables, as a recogniser makes them, on both sides."""
    evaluation_windows: int = 4_000
    """At most so many running windows in dev and in test each."""
    evaluation_sentences: int = 3_000
    """At most so many single sentences beside the questions, and a tenth of it passages, in dev and in test each."""
    seed: int = 0
    """Seed of everything that is drawn."""
