"""What a text may be written as: its own words, small or capital, marks between them, and numbers as the rules write them.

Decoding along these paths cannot drop a word, invent one, or write a number that was not said. What is left to the model
is what only it can know: where a sentence ends, what is a name, which of its readings a number has.

T ids of a block, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.text.inverse.alternatives import Alternative, alternatives
from models.normalizer.tokenizer import END, OFFSET

#: Marks that may follow a word; people hear no others.
_BETWEEN = (",", ".", "?", "!", ":")
_LAST = (".", "?", "!")
#: Words all of whose letters may be capitals are no longer: names of organisations, not of people.
_LONGEST_ACRONYM = 6


class Node(NamedTuple):
    """A place between ids: before a word, or behind one and before what follows it."""

    word: int
    behind: bool


class Way(NamedTuple):
    """A stretch of output: its ids, how many of them are written, and where it leads."""

    ids: tuple[int, ...]
    at: int
    to: Node


State = tuple[Way, ...]
"""All ways that agree with what is written so far."""


class Paths:
    """The written forms of one spoken text, as an automaton over ids that is unfolded where it is walked."""

    def __init__(self, spoken: str, written: Iterable[Alternative] | None = None) -> None:
        """
        Args:
            spoken: words with one space between them.
            written: how stretches of it may be written; by default what the rules of `data.text.inverse` know.
        """
        self._words: list[tuple[int, int]] = []
        at = 0
        for word in spoken.split(" "):
            self._words.append((at, at + len(word)))
            at += len(word) + 1
        self._spoken = spoken
        starts = {start: index for index, (start, _) in enumerate(self._words)}
        ends = {end: index + 1 for index, (_, end) in enumerate(self._words)}
        self._otherwise: dict[int, list[tuple[str, int]]] = {}
        self._certain: set[int] = set()
        for one in sorted(alternatives(spoken) if written is None else written, key=lambda one: not one.certain):
            if one.start not in starts or one.end not in ends or starts[one.start] in self._certain:
                continue
            self._otherwise.setdefault(starts[one.start], []).append((one.written, ends[one.end]))
            if one.certain:
                self._certain.add(starts[one.start])
        self._unfolded: dict[int, State] = {}

    def start(self) -> State:
        """Before the first id."""
        return self._before(0)

    @staticmethod
    def allowed(state: State) -> list[int]:
        """The ids that may come next; none behind the end."""
        return list(dict.fromkeys(way.ids[way.at] for way in state))

    def after(self, state: State, id_: int) -> State:
        """The state behind an allowed id."""
        went: list[Way] = []
        for ids, at, to in state:
            if ids[at] != id_:
                continue
            if at + 1 < len(ids):
                went.append(Way(ids, at + 1, to))
            elif id_ != END:
                went += self._behind(to.word) if to.behind else self._before(to.word)
        return tuple(went)

    def _before(self, word: int) -> State:
        """The ways to write a word, and all expressions that begin with it."""
        if word not in self._unfolded:
            start, end = self._words[word]
            said = self._spoken[start:end]
            forms = [*self._otherwise.get(word, ())]
            if word not in self._certain:
                forms.append((said, word + 1))
            forms += [(form[:1].upper() + form[1:], behind) for form, behind in forms]
            if word not in self._certain and len(said) <= _LONGEST_ACRONYM:
                forms.append((said.upper(), word + 1))
            distinct = dict.fromkeys((form, behind) for form, behind in forms if form)
            self._unfolded[word] = tuple(Way(_ids(form), 0, Node(behind - 1, True)) for form, behind in distinct)
        return self._unfolded[word]

    def _behind(self, word: int) -> State:
        """The ways on from behind a word: marks and a space, or marks and the end."""
        if word + 1 == len(self._words):
            return tuple(Way((*_ids(mark), END), 0, Node(word, True)) for mark in ("", *_LAST))
        return tuple(Way(_ids(f"{mark} "), 0, Node(word + 1, False)) for mark in ("", *_BETWEEN))


class Walk:
    """One text's way along its paths while it is decoded."""

    def __init__(self, paths: Paths) -> None:
        self._paths, self._state = paths, paths.start()

    def choose(self, guess: Sequence[int], logits_TV: NDArray[np.float32]) -> list[int]:
        """The best allowed id after each id of a block, as far as the guess was right; the walk goes on behind the last.

        Args:
            guess: the ids of the block without its first, which was certain.
            logits_TV: what the model thinks after each id of the block.
        """
        came: list[int] = []
        for place in range(len(guess) + 1):
            allowed = self._paths.allowed(self._state)
            best = allowed[0] if len(allowed) == 1 else allowed[int(logits_TV[place, allowed].argmax())]
            self._state = self._paths.after(self._state, best)
            came.append(best)
            if place == len(guess) or best != guess[place] or best == END:
                break
        return came


def _ids(text: str) -> tuple[int, ...]:
    return tuple(byte + OFFSET for byte in text.encode())
