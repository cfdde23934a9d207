"""The sentences of a synthetic corpus, and which split each belongs to."""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from data.corpus.grammar import draw_sentences
from data.corpus.lines import read_lines
from data.corpus.synthesis import TextSettings
from data.errors import BadAlphabet, ConfigError, EmptySplit
from data.text.normalform import check_alphabet, normal_form

T = TypeVar("T")


def deal_sentences(text: TextSettings, shares: Mapping[str, int], seed: int) -> dict[str, list[str]]:
    """Take as many different sentences as `shares` sum up to, or as there are, and deal them to the splits.

    Raises:
        ConfigError: the grammar is broken, or writes what no label may hold.
        BadCorpus: the file cannot be read.
        EmptySplit: there are too few sentences, or too many rare syllables, to hold some out.
    """
    rng = random.Random(f"{seed} sentences")
    count = sum(shares.values())
    if text.file is None:
        drawn = draw_sentences(text.grammar, text.start, count, text.syllables, rng)
        sentences = list(dict.fromkeys(map(_label, drawn)))
    else:
        sentences = shuffled(dict.fromkeys(_lines(text.file, text.syllables)), rng)[:count]
    dealt = split_sentences(sentences, shares, text.least_in_train)
    for name, clips in shares.items():
        if clips and not dealt[name]:
            raise EmptySplit(f"no sentence is left for {name}: there are too few, or too many rare syllables in them")
    return dealt


def _label(sentence: str) -> str:
    label = normal_form(sentence)
    try:
        check_alphabet(label)
    except BadAlphabet as error:
        raise ConfigError(f"the grammar writes {sentence!r}: {error.detail}", pointer="/synthesis/text/grammar") from error
    return label


def _lines(file: Path, syllables: tuple[int, int]) -> Iterator[str]:
    for _, line in read_lines(file):
        sentence = normal_form(line) if isinstance(line, str) else ""
        try:
            check_alphabet(sentence)
        except BadAlphabet:
            continue  # Digits and foreign letters have no one reading; a file that is to keep them is verbalized first.
        if syllables[0] <= len(sentence.split()) <= syllables[1]:
            yield sentence


def split_sentences(sentences: Sequence[str], shares: Mapping[str, int], least_in_train: int) -> dict[str, list[str]]:
    """Deal sentences to splits in proportion to `shares`, so that train knows every syllable of the others.

    A sentence is held out only while at least `least_in_train` sentences with each of its syllables are left for train.
    """
    held = [name for name in shares if name != "train"]
    room = {name: math.ceil(len(sentences) * shares[name] / sum(shares.values())) for name in held}
    left = Counter(syllable for sentence in sentences for syllable in set(sentence.split()))
    dealt: dict[str, list[str]] = {name: [] for name in ("train", *held)}
    for sentence in sentences:
        name = next((name for name in held if len(dealt[name]) < room[name]), "train")
        if any(left[syllable] <= least_in_train for syllable in sentence.split()):
            name = "train"
        if name != "train":
            left.subtract(set(sentence.split()))
        dealt[name].append(sentence)
    return dealt


def shuffled(items: Iterable[T], rng: random.Random) -> list[T]:
    """The items in another order, which is the same in every Python: of random's methods only random() promises that."""
    return [item for _, item in sorted(((rng.random(), item) for item in items), key=lambda pair: pair[0])]
