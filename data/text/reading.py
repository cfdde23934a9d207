"""A Reading: all the ways to say one written thing, as a small grammar that speaks and that listens.

    seq(say("hai mươi"), either("tư", "bốn", weights=(3, 1)))     hai mươi tư · hai mươi bốn

`main` and `sample` speak, `ends` and `accepts` listen; whatever one of them can say the others accept.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from data.text.normalform import normal_form


class Reading(ABC):
    """The ways to say one written thing. Immutable: parts are shared freely between readings and threads."""

    __slots__ = ()

    @abstractmethod
    def main(self) -> str:
        """The first way of saying it: lower-case words with one space between them; "" where nothing is said."""

    @abstractmethod
    def sample(self, rng: random.Random) -> str:
        """One way of saying it, drawn by the weights."""

    @abstractmethod
    def ends(self, syllables: Sequence[str], start: int) -> frozenset[int]:
        """Every position up to which the words from `start` on say it; empty where they do not.

        Args:
            syllables: words of a normal form (lower case, canonical tone placement).
        """

    @abstractmethod
    def ways(self) -> Iterator[str]:
        """Every way of saying it, the main one first; may repeat itself and be very long."""

    def accepts(self, text: str) -> bool:
        """Whether the whole text is a way of saying it, whatever its case, punctuation and tone placement."""
        syllables = normal_form(text).split()
        return len(syllables) in self.ends(syllables, 0)

    def variants(self, limit: int) -> Iterator[str]:
        """At most `limit` different ways of saying it, the main one first."""
        met: set[str] = set()
        for way in self.ways():
            if len(met) == limit:
                return
            if way not in met:
                met.add(way)
                yield way


Part = Reading | str


def say(words: str) -> Reading:
    """Exactly these words, in their normal form; say("") says nothing."""
    return _say(words) if len(words) <= _LONGEST_KEPT else _Words(tuple(normal_form(words).split()))


def either(first: Part, *others: Part, weights: Sequence[float] | None = None) -> Reading:
    """One of the parts; the first is the main one.

    Args:
        weights: how often each is drawn, equally often if None; 0 is accepted but never drawn.
    """
    parts = tuple(map(_part, (first, *others)))
    if weights is None:
        weights = (1.0,) * len(parts)
    if len(weights) != len(parts) or not weights[0] > 0 or min(weights) < 0:
        raise ValueError(f"{len(parts)} parts need as many weights, none negative and the first positive: {weights}")
    return _Either(parts, tuple(accumulate(weights))) if others else parts[0]


def seq(*parts: Part) -> Reading:
    """The parts one after the other."""
    return _Sequence(tuple(map(_part, parts)))


def maybe(part: Part, p: float = 0.5) -> Reading:
    """The part or nothing; main says it from p = 0.5 on."""
    part = _part(part)
    return either(part, SILENT, weights=(p, 1 - p)) if p >= 0.5 else either(SILENT, part, weights=(1 - p, p))


def heard(part: Part, others: Iterable[str]) -> Reading:
    """The part, which these words are heard as, too, but never said."""
    return _Heard(_part(part), [tuple(normal_form(words).split()) for words in others])


def later(build: Callable[[], Reading]) -> Reading:
    """A reading that is built when it is first needed; build must always give the same."""
    return _Later(build)


def join(*spoken: str) -> str:
    """Put one space between what is said."""
    return " ".join(filter(None, spoken))


class _Words(Reading):
    __slots__ = ("_syllables", "_text")

    def __init__(self, syllables: tuple[str, ...]) -> None:
        self._syllables, self._text = syllables, " ".join(syllables)

    def main(self) -> str:
        return self._text

    def sample(self, rng: random.Random) -> str:
        return self._text

    def ends(self, syllables: Sequence[str], start: int) -> frozenset[int]:
        end = start + len(self._syllables)
        return frozenset((end,)) if tuple(syllables[start:end]) == self._syllables else frozenset()

    def ways(self) -> Iterator[str]:
        yield self._text


class _Either(Reading):
    __slots__ = ("_last", "_parts", "_totals")

    def __init__(self, parts: tuple[Reading, ...], totals: tuple[float, ...]) -> None:
        self._parts, self._totals = parts, totals
        self._last = totals.index(totals[-1])

    def main(self) -> str:
        return self._parts[0].main()

    def sample(self, rng: random.Random) -> str:
        drawn = rng.random() * self._totals[-1]
        # The product may round up to the total itself, which no part that can be drawn lies beyond.
        return self._parts[min(bisect_right(self._totals, drawn), self._last)].sample(rng)

    def ends(self, syllables: Sequence[str], start: int) -> frozenset[int]:
        return frozenset().union(*(part.ends(syllables, start) for part in self._parts))

    def ways(self) -> Iterator[str]:
        for part in self._parts:
            yield from part.ways()


class _Sequence(Reading):
    __slots__ = ("_parts",)

    def __init__(self, parts: tuple[Reading, ...]) -> None:
        self._parts = parts

    def main(self) -> str:
        return join(*(part.main() for part in self._parts))

    def sample(self, rng: random.Random) -> str:
        return join(*(part.sample(rng) for part in self._parts))

    def ends(self, syllables: Sequence[str], start: int) -> frozenset[int]:
        reached = frozenset((start,))
        for part in self._parts:
            reached = frozenset().union(*(part.ends(syllables, position) for position in reached))
        return reached

    def ways(self) -> Iterator[str]:
        if not self._parts:
            yield ""
            return
        # A stack of iterators instead of recursion: a telephone book is a sequence of any length.
        said: list[str] = []
        open_parts = [self._parts[0].ways()]
        while open_parts:
            way = next(open_parts[-1], None)
            if way is None:
                open_parts.pop()
                if said:
                    said.pop()
            elif len(open_parts) == len(self._parts):
                yield join(*said, way)
            else:
                said.append(way)
                open_parts.append(self._parts[len(open_parts)].ways())


class _Heard(Reading):
    __slots__ = ("_others", "_said")

    def __init__(self, said: Reading, others: Iterable[tuple[str, ...]]) -> None:
        self._said = said
        self._others: dict[str, list[tuple[str, ...]]] = {}
        for words in others:
            self._others.setdefault(words[0], []).append(words)

    def main(self) -> str:
        return self._said.main()

    def sample(self, rng: random.Random) -> str:
        return self._said.sample(rng)

    def ends(self, syllables: Sequence[str], start: int) -> frozenset[int]:
        others = self._others.get(syllables[start], ()) if start < len(syllables) else ()
        found = (start + len(words) for words in others if tuple(syllables[start : start + len(words)]) == words)
        return self._said.ends(syllables, start).union(found)

    def ways(self) -> Iterator[str]:
        yield from self._said.ways()
        for others in self._others.values():
            yield from map(" ".join, others)


class _Later(Reading):
    __slots__ = ("_build", "_built")

    def __init__(self, build: Callable[[], Reading]) -> None:
        self._build, self._built = build, None

    def main(self) -> str:
        return self._reading().main()

    def sample(self, rng: random.Random) -> str:
        return self._reading().sample(rng)

    def ends(self, syllables: Sequence[str], start: int) -> frozenset[int]:
        return self._reading().ends(syllables, start)

    def ways(self) -> Iterator[str]:
        return self._reading().ways()

    def _reading(self) -> Reading:
        if self._built is None:
            self._built = self._build()
        return self._built


#: Longer words belong to no language and would only fill the cache.
_LONGEST_KEPT = 48


@lru_cache(maxsize=1 << 16)
def _say(words: str) -> Reading:
    return _Words(tuple(normal_form(words).split()))


def _part(part: Part) -> Reading:
    return say(part) if isinstance(part, str) else part


#: Says nothing.
SILENT = say("")
