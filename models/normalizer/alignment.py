"""Which spoken words each written token stands for.

A token stands for exactly the words that it can be read as. Where draft and source disagree, the cheapest set of edits
is taken, found from the cheapest up (Dijkstra), so a draft without errors costs one step a token.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from data.text.normalform import fold, normal_form
from data.text.reading import Reading
from data.text.semiotics import Semiotic

_ANOTHER_WORD, _LIKE_WORD = 10, 5
_LEFT_OUT, _INVENTED = 10, 10
#: An expression that none of its words say may still stand in their place: a little for each, so that it takes all the
#: words between its neighbours and none of theirs.
_EXPRESSION, _EXPRESSION_WORD = 10, 2
#: No expression is said with more words; the longest are telephone numbers of people who say every digit.
_LONGEST_EXPRESSION = 40
#: A draft of so many more tokens than words is no draft of them.
_MOST_TOKENS = 3


class Said(Protocol):
    """What is needed of a token; data.text.verbalize's has it."""

    @property
    def written(self) -> str: ...
    @property
    def kind(self) -> Semiotic: ...
    @property
    def reading(self) -> Reading: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """The words [start, end) of the source and the token that stands for them."""

    start: int
    end: int
    """Equal to start where the token was invented."""
    token: int | None
    """None where the draft left the word out."""
    matched: bool
    """Whether the words are a reading of the token."""


def align(tokens: Sequence[Said], keys: Sequence[str]) -> list[Cell] | None:
    """Lay the tokens of a draft, punctuation left out, over the words of its source.

    Args:
        keys: the words in lower case with canonical tone placement.
    Returns:
        Cells that cover every word once and hold every token once, in order; None where the draft is so much longer than
        the source that it cannot be one of it.
    """
    if len(tokens) > _MOST_TOKENS * len(keys) + 16:
        return None
    if len(tokens) == len(keys) and all(map(_is_word, tokens, keys)):
        return [Cell(start=i, end=i + 1, token=i, matched=True) for i in range(len(keys))]
    goal, width = (len(tokens), len(keys)), len(keys) + 1
    came: dict[int, tuple[int, bool]] = {}
    cheapest: dict[int, int] = {0: 0}
    # The further of two states of the same cost goes first.
    queue = [(0, 0, 0, 0)]
    while queue:
        cost, _, at_token, at_word = heapq.heappop(queue)
        here = at_token * width + at_word
        if cost > cheapest[here]:
            continue
        if (at_token, at_word) == goal:
            break
        for step, next_token, next_word, matched in _steps(tokens, keys, at_token, at_word):
            there, total = next_token * width + next_word, cost + step
            if total < cheapest.get(there, 1 << 30):
                cheapest[there] = total
                came[there] = (here, matched)
                heapq.heappush(queue, (total, -next_token - next_word, next_token, next_word))
    return _trace(came, goal, width)


def _is_word(said: Said, key: str) -> bool:
    return said.kind is Semiotic.PLAIN and _pieces(said.written, True) == (key,)


def _steps(tokens: Sequence[Said], keys: Sequence[str], token: int, word: int) -> Iterator[tuple[int, int, int, bool]]:
    """(cost, next token, next word, matched) of every way on from here."""
    if token == len(tokens):
        if word < len(keys):
            yield _LEFT_OUT, token, word + 1, False
        return
    said = tokens[token]
    plain = said.kind is Semiotic.PLAIN
    matches = _literal(said.written, plain, keys, word)
    if not plain:
        matches = matches | said.reading.ends(keys, word)
    for end in matches:
        if end > word:
            yield 0, token + 1, end, True
    yield _INVENTED, token + 1, word, False
    if word == len(keys):
        return
    yield _LEFT_OUT, token, word + 1, False
    if plain:
        like = _folded(keys[word]) == _folded(said.written.lower())
        yield (_LIKE_WORD if like else _ANOTHER_WORD), token + 1, word + 1, False
    else:
        for taken in range(1, min(_LONGEST_EXPRESSION, len(keys) - word) + 1):
            yield _EXPRESSION + _EXPRESSION_WORD * taken, token + 1, word + taken, False


def _literal(written: str, plain: bool, keys: Sequence[str], word: int) -> frozenset[int]:
    """The token stands for words that differ from it in case alone."""
    pieces = _pieces(written, plain)
    end = word + len(pieces)
    return frozenset((end,)) if pieces and tuple(keys[word:end]) == pieces else frozenset()


@lru_cache(maxsize=1 << 15)
def _pieces(written: str, plain: bool) -> tuple[str, ...]:
    # What holds digits or signs is equal only where every one of them is.
    return tuple((normal_form(written) if plain or written.isalpha() else written.lower()).split())


_folded = lru_cache(maxsize=1 << 15)(fold)


def _trace(came: dict[int, tuple[int, bool]], goal: tuple[int, int], width: int) -> list[Cell]:
    cells = []
    at = goal[0] * width + goal[1]
    while at:
        before, matched = came[at]
        (token, start), (next_token, end) = divmod(before, width), divmod(at, width)
        cells.append(Cell(start=start, end=end, token=token if next_token > token else None, matched=matched))
        at = before
    return cells[::-1]
