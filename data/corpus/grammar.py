"""Sentences from a grammar of alternatives, drawn without repetition."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from data.errors import ConfigError

Grammar = Mapping[str, Sequence[str]]

_SLOT = re.compile(r"\{(\w+)\}")
#: No sensible rule nests deeper; a rule that calls itself without end does.
_MAX_DEPTH = 12
#: A grammar that yields nothing new this many times in a row is taken for used up.
_MAX_MISSES = 2_000


def check_grammar(grammar: Grammar, start: str) -> None:
    """Refuse a grammar with an unknown or an empty rule (ConfigError)."""
    wanted = {start} | {slot for alternatives in grammar.values() for text in alternatives for slot in _SLOT.findall(text)}
    for name in sorted(wanted):
        if not grammar.get(name):
            raise ConfigError(f"the grammar has no alternatives for {{{name}}}", pointer=f"/text/grammar/{name}")


def draw_sentences(grammar: Grammar, start: str, count: int, syllables: tuple[int, int], rng: random.Random) -> list[str]:
    """Draw up to `count` different sentences of `syllables` (least, most); fewer where the grammar has no more."""
    check_grammar(grammar, start)
    sentences: dict[str, None] = {}
    misses = 0
    while len(sentences) < count and misses < _MAX_MISSES:
        sentence = _expand(grammar, start, rng, 0)
        if sentence in sentences or not syllables[0] <= len(sentence.split()) <= syllables[1]:
            misses += 1
            continue
        sentences[sentence] = None
        misses = 0
    return list(sentences)


def _expand(grammar: Grammar, name: str, rng: random.Random, depth: int) -> str:
    if depth > _MAX_DEPTH:
        raise ConfigError(f"the grammar calls {{{name}}} without end", pointer=f"/text/grammar/{name}")
    alternatives = grammar[name]
    # random() alone is promised to stay the same in later Pythons; choice() is not.
    text = alternatives[int(rng.random() * len(alternatives))]
    return _SLOT.sub(lambda slot: _expand(grammar, slot[1], rng, depth + 1), text)
