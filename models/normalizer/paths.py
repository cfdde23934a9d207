"""What a text may be written as: its own words, small or capital, marks between them, and numbers as the rules write them.

Decoding along these paths cannot drop a word, invent one, or write a number that was not said. What is left to the model
is what only it can know: where a sentence ends, what is a name, which of its readings a number has.

Where a punctuator leans (models/normalizer/punctuator), its scores of marks and spellings are added to the model's.

T ids of a block, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from data.text.inverse.alternatives import Alternative, alternatives
from models.normalizer.punctuator.leaning import EXPRESSIONS, MARKS, Leaning
from models.normalizer.tokenizer import END, OFFSET, decode

#: Marks that may end a text.
_LAST = ("", ".", "?", "!")
_ENDS = frozenset(".?!")
_END_CLASSES = [MARKS.index(mark) for mark in sorted(_ENDS)]
_OUTSIDE, _INSIDE = EXPRESSIONS.index("outside"), EXPRESSIONS.index("inside")
#: The score of a small letter where a sentence begins, and the least probability of a capital.
_NEVER, _LEAST = -5.0, 1e-4
_FIGURES = frozenset(byte + OFFSET for byte in b"0123456789")
#: Words all of whose letters may be capitals are no longer: names of organisations, not of people.
_LONGEST_ACRONYM = 6


class Node(NamedTuple):
    """A place between ids: before a word, or behind one and before what follows it."""

    word: int
    behind: bool
    ended: bool = False
    """Before a word: whether a sentence ended there."""


class Way(NamedTuple):
    """A stretch of output: its ids, how many of them are written, and where it leads."""

    ids: tuple[int, ...]
    at: int
    to: Node
    lean: float = 0.0
    """How likely the punctuator holds it, beside the others that begin here."""

    @property
    def is_mark(self) -> bool:
        return not self.to.behind or self.ids[-1] == END


State = tuple[Way, ...]
"""All ways that agree with what is written so far."""


class Paths:
    """The written forms of one spoken text, as an automaton over ids that is unfolded where it is walked."""

    def __init__(self, spoken: str, written: Iterable[Alternative] | None = None, *, leaning: Leaning | None = None) -> None:
        """
        Args:
            spoken: words with one space between them.
            written: how stretches of it may be written; by default what the rules of `data.text.inverse` know.
            leaning: of these words.
        """
        self.leaning = leaning
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
        known = list(alternatives(spoken) if written is None else written)
        sure = [(one.start, one.end) for one in known if one.certain]
        for one in known:
            if one.start not in starts or one.end not in ends:
                continue
            if not one.certain and any(_is_part_of(one, start, end) for start, end in sure):
                continue  # "ngày 24" would leave half of a date that leaves no doubt.
            self._otherwise.setdefault(starts[one.start], []).append((one.written, ends[one.end]))
            if one.certain:
                self._certain.add(starts[one.start])
        self._unfolded: dict[Node, State] = {}

    def start(self) -> State:
        """Before the first id."""
        return self._at(Node(0, behind=False))

    @staticmethod
    def allowed(state: State) -> list[int]:
        """The ids that may come next; none behind the end."""
        return list(dict.fromkeys(way.ids[way.at] for way in state))

    def after(self, state: State, id_: int) -> State:
        """The state behind an allowed id."""
        went: list[Way] = []
        for ids, at, to, lean in state:
            if ids[at] != id_:
                continue
            if at + 1 < len(ids):
                went.append(Way(ids, at + 1, to, lean))
            elif id_ != END:
                # A longer form that began alike is still held against this one: A, 320 or A320.
                went += [way._replace(lean=way.lean + lean) for way in self._at(to)]
        return tuple(went)

    def likeliest(self) -> str:
        """What the punctuator leans to, with the certain expressions alone: a good guess at what will be written."""
        ids: list[int] = []
        state = self.start()
        while state:
            best = max(state, key=lambda way: way.lean)  # Of equals the first: words stand before doubtful expressions.
            ids.append(best.ids[best.at])
            state = self.after(state, ids[-1])
        return decode(ids)

    def _at(self, node: Node) -> State:
        if node not in self._unfolded:
            self._unfolded[node] = self._behind(node.word) if node.behind else self._before(node.word, ended=node.ended)
        return self._unfolded[node]

    def _before(self, word: int, *, ended: bool) -> State:
        """The ways to write a word, and all expressions that begin with it."""
        start, end = self._words[word]
        said = self._spoken[start:end]
        small, capital, capitals = self._spellings(word, ended=ended)
        likely = max(small, capital)
        found: dict[tuple[str, int], float] = {}
        if word not in self._certain:
            outside = self._outside(word)
            found[said, word + 1] = small + outside
            found[_capitalized(said), word + 1] = capital + outside
            if 1 < len(said) <= _LONGEST_ACRONYM:
                found[said.upper(), word + 1] = capitals + outside
        for form, behind in self._otherwise.get(word, ()):
            lettered = _capitalized(form) != form
            told = small if lettered and capital > small and word in self._certain else likely
            expressed = self._expressed(word, behind)
            found.setdefault((form, behind), told + expressed)
            if lettered:
                found.setdefault((_capitalized(form), behind), capital + expressed)
        return tuple(Way(_ids(form), 0, Node(behind - 1, True), lean) for (form, behind), lean in found.items() if form)

    def _outside(self, word: int) -> float:
        """Score of a word that stays one."""
        told_WC = self.leaning and self.leaning.expressions_WC
        return 0.0 if told_WC is None else float(told_WC[word, _OUTSIDE])

    def _expressed(self, word: int, behind: int) -> float:
        """Score of the words up to `behind` as one expression: which begins somewhere, goes on, and ends there."""
        told_WC = self.leaning and self.leaning.expressions_WC
        if told_WC is None:
            return 0.0
        score = _log_of_rest(told_WC[word, _OUTSIDE]) + float(told_WC[word + 1 : behind, _INSIDE].sum())
        return score + (_log_of_rest(told_WC[behind, _INSIDE]) if behind < len(told_WC) else 0.0)

    def _behind(self, word: int) -> State:
        """The ways on from behind a word: marks and a space, or marks and the end."""
        lean_C = [0.0] * len(MARKS) if self.leaning is None else self.leaning.marks_WC[word].tolist()
        if word + 1 == len(self._words):
            return tuple(Way((*_ids(mark), END), 0, Node(word, True), lean_C[MARKS.index(mark)]) for mark in _LAST)
        return tuple(
            Way(_ids(f"{mark} "), 0, Node(word + 1, False, mark in _ENDS), lean)
            for mark, lean in zip(MARKS, lean_C, strict=True)
        )

    def _spellings(self, word: int, *, ended: bool) -> tuple[float, float, float]:
        """Scores of small, capital and capitals."""
        if self.leaning is None:
            return 0.0, 0.0, 0.0
        small, capital, capitals = self.leaning.spellings_WC[word].tolist()
        if not word:
            return small, capital, capitals
        if ended:
            return min(small, _NEVER), max(capital, -0.1), capitals
        # The punctuator gave a capital for sentences that may begin here, too; none was begun.
        began = float(np.exp(self.leaning.marks_WC[word - 1, _END_CLASSES]).sum())
        return small, math.log(max(math.exp(capital) - began, _LEAST)), capitals


class Trust(NamedTuple):
    """Weights of the model's own scores beside the punctuator's, where there is one."""

    marks: float
    words: float
    """Of spellings, and of which expression stands where."""
    figures: float | None = None
    """Of whether figures or words stand there; None: as `words`."""


ALL = Trust(1.0, 1.0)


class Walk:
    """One text's way along its paths while it is decoded."""

    def __init__(self, paths: Paths, trust: Trust = ALL) -> None:
        self._paths, self._state = paths, paths.start()
        self._trust = ALL if paths.leaning is None else trust

    def choose(self, guess: Sequence[int], logits_TV: NDArray[np.float32]) -> list[int]:
        """The best allowed id after each id of a block, as far as the guess was right; the walk goes on behind the last.

        Args:
            guess: the ids of the block without its first, which was certain.
            logits_TV: what the model thinks after each id of the block.
        """
        came: list[int] = []
        for place in range(len(guess) + 1):
            best = self._best(logits_TV[place])
            self._state = self._paths.after(self._state, best)
            came.append(best)
            if place == len(guess) or best != guess[place] or best == END:
                break
        return came

    def scores(self, logits_V: NDArray[np.float32]) -> dict[int, float]:
        """The allowed ids with what speaks for each."""
        leans: dict[int, float] = {}
        marks: set[int] = set()
        for way in self._state:
            id_ = way.ids[way.at]
            leans[id_] = max(way.lean, leans.get(id_, way.lean))
            if way.is_mark:
                marks.add(id_)
        figures = (leans.keys() & _FIGURES) - marks if self._trust.figures is not None else set()
        words = leans.keys() - marks - figures
        # Each kind is judged with a weight of its own: what a word is spelled like says nothing of figures in its place.
        found: dict[int, float] = {}
        best: int | None = None
        for ids, trust in ((marks, self._trust.marks), (words, self._trust.words), (figures, self._trust.figures or 0.0)):
            before = best
            for id_ in ids:
                if before is None:
                    found[id_] = trust * float(logits_V[id_]) + leans[id_]
                else:
                    model = trust * float(logits_V[id_] - logits_V[before])
                    found[id_] = found[before] + leans[id_] - leans[before] + model
            best = max(found, key=lambda id_: found[id_]) if best is None and ids else best
        return found

    def _best(self, logits_V: NDArray[np.float32]) -> int:
        scores = self.scores(logits_V)
        return max(scores, key=lambda id_: scores[id_])


def _is_part_of(one: Alternative, start: int, end: int) -> bool:
    """Whether it has some of the letters [start, end), and not these and more: 12 in 12/3B."""
    longer = one.start <= start and end <= one.end and (one.start, one.end) != (start, end)
    return one.start < end and start < one.end and not longer


def _log_of_rest(log_probability: float) -> float:
    """The logarithm of 1 - p."""
    return math.log(max(-math.expm1(min(float(log_probability), 0.0)), _LEAST))


def _capitalized(text: str) -> str:
    return text[:1].upper() + text[1:]


def _ids(text: str) -> tuple[int, ...]:
    return tuple(byte + OFFSET for byte in text.encode())
