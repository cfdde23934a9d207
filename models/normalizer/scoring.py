"""How well texts were written: punctuation, capitals, numbers, words changed, expressions by class.

Punctuation and case are compared on the spoken words, to which both sides are mapped by their links, so that 24/7/2025
beside "ngày 24 tháng 7 năm 2025" moves no comma. Every figure is a count or a ratio of counts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from data.text.normalform import normal_form
from data.text.numbers.romans import roman_value
from data.text.semiotics import Semiotic

#: written from, written to, spoken from, spoken to, class: half-open, in characters, as in a pair's links.
Link = tuple[int, int, int, int, Semiotic]
Range = tuple[int, int]
Values = Callable[[str], list[str]]

#: A mark counts as the class of what it does: the custom of the literature on punctuation restoration.
STOPS = {".": "period", "!": "period", "…": "period", "?": "question", ",": "comma", ";": "comma", ":": "comma"}
STOP_CLASSES = ("period", "question", "comma")
_SAYS_NOTHING_ELSE = frozenset({Semiotic.PLAIN, Semiotic.PUNCT})
_WORD = re.compile(r"\S+")
_LETTERS = re.compile(r"[^\W_]+")
_ORDINAL = re.compile(r"(?<![^\W_])[Tt]hứ $")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One text: what was said, what was written there, what the normalizer wrote."""

    spoken: str
    reference: str
    reference_links: Sequence[Link]
    output: str
    output_links: Sequence[Link]
    refused: int = 0
    ruled: int = 0


@dataclass(slots=True, kw_only=True)
class Tally:
    """Hits and misses of one class."""

    right: int = 0
    wrong: int = 0
    """Written where the reference has none of that class."""
    missed: int = 0

    @property
    def precision(self) -> float | None:
        return _rate(self.right, self.right + self.wrong)

    @property
    def recall(self) -> float | None:
        return _rate(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        return _rate(2 * self.right, 2 * self.right + self.wrong + self.missed)

    def add(self, wanted: bool, found: bool) -> None:
        self.right += wanted and found
        self.wrong += found and not wanted
        self.missed += wanted and not found

    def to_json(self) -> dict[str, Any]:
        rates = {"f1": self.f1, "precision": self.precision, "recall": self.recall}
        return {**rates, "right": self.right, "wrong": self.wrong, "missed": self.missed}


@dataclass(slots=True, kw_only=True)
class Expressions:
    """What became of the expressions of one class."""

    total: int = 0
    exact: int = 0
    """Written as in the reference, letter by letter."""
    valued: int = 0
    """Those that have number values; an abbreviation has none."""
    same_value: int = 0
    """Of these, the ones written with the same values."""
    left_spoken: int = 0
    """Not written at all: right but not converted."""

    def to_json(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in ("total", "exact", "valued", "same_value", "left_spoken")}
        rates = {"exact_rate": _rate(self.exact, self.total), "value_accuracy": _rate(self.same_value, self.valued)}
        return {**counts, **rates}


@dataclass(slots=True, kw_only=True)
class Score:
    """Figures of a set of texts."""

    texts: int = 0
    exact: int = 0
    words: int = 0
    changed_words: int = 0
    """Spoken words that are written neither as they were said nor as the reference writes them, marks and case aside."""
    changed_texts: int = 0
    with_numbers: int = 0
    """Texts whose reference has a number value."""
    values_right: int = 0
    """Of these, the texts with every value of the reference, in order, and no other; in digits or in words."""
    numbers_right: int = 0
    """Of these, the texts in which also everything is in digits that the reference has in digits."""
    wrong_values: int = 0
    """Expressions with a digit in the output whose values are not those of the reference over the same spoken words."""
    wrong_unguarded: int = 0
    """Texts with such an expression in which no guard refused anything and no rule wrote anything."""
    refused: int = 0
    ruled: int = 0
    stops: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in STOP_CLASSES})
    capitals: Tally = field(default_factory=Tally)
    classes: dict[str, Expressions] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        plain = ("texts", "exact", "words", "changed_words", "changed_texts", "with_numbers", "values_right", "numbers_right")
        return {
            **{name: getattr(self, name) for name in (*plain, "wrong_values", "wrong_unguarded", "refused", "ruled")},
            "exact_rate": _rate(self.exact, self.texts),
            "changed_word_rate": _rate(self.changed_words, self.words),
            "changed_text_rate": _rate(self.changed_texts, self.texts),
            "number_accuracy": _rate(self.numbers_right, self.with_numbers),
            "value_accuracy": _rate(self.values_right, self.with_numbers),
            **{f"{name}_f1": tally.f1 for name, tally in self.stops.items()},
            "upper_case_f1": self.capitals.f1,
            "stops": {name: tally.to_json() for name, tally in self.stops.items()},
            "upper_case": self.capitals.to_json(),
            "classes": {name: self.classes[name].to_json() for name in sorted(self.classes)},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What writing added to each spoken word."""

    stops: tuple[str | None, ...]
    """Class of the mark after the word; None where there is none."""
    capitals: tuple[bool | None, ...]
    """Whether the word is written with a capital; None where it is part of a number, an abbreviation or the like."""


def score(cases: Iterable[Case], values_of_written: Values, values_in_digits: Values) -> Score:
    """Add up all figures.

    Args:
        values_of_written: the number values of a text in order, written in digits or in words.
        values_in_digits: those of them that are written in digits.
    """
    total = Score()
    for case in cases:
        _count(total, case, values_of_written, values_in_digits)
    return total


def is_right(output: str, reference: str, values_of_written: Values, values_in_digits: Values) -> bool:
    """Whether a text says the numbers of the reference, and has in digits all that the reference has in digits."""
    if values_of_written(output) != values_of_written(reference):
        return False
    return _has_digits(output, reference, values_in_digits)


def _has_digits(output: str, reference: str, values_in_digits: Values) -> bool:
    left = iter(values_in_digits(output))
    return all(value in left for value in values_in_digits(reference))


def marks(spoken: str, written: str, links: Sequence[Link]) -> Marks:
    """Map punctuation and case to the words of the spoken text."""
    starts, ends = zip(*(match.span() for match in _WORD.finditer(spoken)), strict=True) if spoken.strip() else ((), ())
    stops: list[str | None] = [None] * len(starts)
    capitals: list[bool | None] = [None] * len(starts)
    said = [link for link in links if link[4] is not Semiotic.PUNCT and link[3] > link[2]]
    followers = [link[0] for link in said[1:]]
    last_of, first_of = {end: i for i, end in enumerate(ends)}, {start: i for i, start in enumerate(starts)}
    for (a, b, c, d, kind), next_a in zip(said, [*followers, len(written)], strict=False):
        if d in last_of:
            stops[last_of[d]] = next((STOPS[mark] for mark in written[b:next_a] if mark in STOPS), None)
        if kind is Semiotic.PLAIN and c in first_of:
            capitals[first_of[c]] = written[a:b][:1].isupper()
    return Marks(stops=tuple(stops), capitals=tuple(capitals))


def whole_links(spoken: str, written: str, converted: Sequence[Link]) -> list[Link]:
    """Links of every word, from those of the expressions that are written otherwise than they are said.

    Between two expressions the words of both sides are the same ones (data.pairs.reader.Pair); where their numbers differ
    all the same, they are one link.
    """
    links: list[Link] = []
    before = (0, 0)
    for a, b, c, d, kind in [*converted, (len(written), len(written), len(spoken), len(spoken), Semiotic.PUNCT)]:
        ours = [match.span() for match in _LETTERS.finditer(written, before[0], a)]
        theirs = [match.span() for match in _WORD.finditer(spoken, before[1], c)]
        if len(ours) == len(theirs):
            links += [(*one, *other, Semiotic.PLAIN) for one, other in zip(ours, theirs, strict=True)]
        elif ours and theirs:
            links.append((ours[0][0], ours[-1][1], theirs[0][0], theirs[-1][1], Semiotic.PLAIN))
        if b > a:
            links.append((a, b, c, d, kind))
        before = (b, d)
    return links


def wrong_expressions(case: Case, values_of_written: Values) -> int:
    """How many stretches of the output hold digits and say other values than the reference says there.

    A stretch is the shortest that both sides cut the spoken text at: so a date that one side writes as one expression
    and the other as three is one stretch. What a reference writes may hang on what stands beside it (Peter II): where it
    changes nothing in the output's place, it is no other value. Words that stand as they were said ask for no such
    grace: a reader that takes the output's 5 for right takes their "năm" for a five, too.
    """
    wrong = 0
    for (start, end), theirs, said in _shared_stretches(case):
        found, wanted = case.output[start:end], with_figures(case.reference, case.reference_links, theirs)
        if not any(map(str.isdigit, found)) or values_of_written(found) == values_of_written(wanted):
            continue
        if _ORDINAL.search(case.output, 0, start) and values_of_written(f"thứ {found}") == values_of_written(f"thứ {wanted}"):
            continue  # Behind "thứ" a "năm" is a five for every reader.
        exchanged = case.output[:start] + wanted + case.output[end:]
        converted = normal_form(wanted) != normal_form(case.spoken[slice(*said)])
        wrong += not converted or values_of_written(exchanged) != values_of_written(case.output)
    return wrong


def with_figures(text: str, links: Sequence[Link], part: Range | None = None) -> str:
    """A text, or a part of it, with figures for its Roman numerals, whose values do not hang on what stands beside them."""
    start, end = part or (0, len(text))
    parts: list[str] = []
    for a, b, _, _, kind in links:
        value = roman_value(text[a:b]) if kind is Semiotic.ROMAN and start <= a and b <= end else None
        if value is not None:
            parts += (text[start:a], str(value))
            start = b
    return "".join((*parts, text[start:end]))


def changed_words(case: Case) -> int:
    """How many spoken words lie in stretches that are written neither as they were said nor as the reference has them."""
    changed = 0
    for ours, theirs, said in _shared_stretches(case):
        written = normal_form(case.output[slice(*ours)])
        spoken = case.spoken[slice(*said)]
        if written not in (normal_form(spoken), normal_form(case.reference[slice(*theirs)])):
            changed += len(spoken.split())
    return changed


def _count(total: Score, case: Case, values_of_written: Values, values_in_digits: Values) -> None:
    total.texts += 1
    total.exact += case.output == case.reference
    total.refused += case.refused
    total.ruled += case.ruled

    changed = changed_words(case)
    total.words += len(case.spoken.split())
    total.changed_words += changed
    total.changed_texts += changed > 0

    wanted_values = values_of_written(with_figures(case.reference, case.reference_links))
    if wanted_values:
        same = values_of_written(with_figures(case.output, case.output_links)) == wanted_values
        total.with_numbers += 1
        total.values_right += same
        total.numbers_right += same and _has_digits(case.output, case.reference, values_in_digits)
    wrong = wrong_expressions(case, values_of_written)
    total.wrong_values += wrong
    total.wrong_unguarded += bool(wrong) and not case.refused and not case.ruled

    wanted = marks(case.spoken, case.reference, case.reference_links)
    found = marks(case.spoken, case.output, case.output_links)
    for one, other in zip(wanted.stops, found.stops, strict=True):
        for name in {one, other} - {None}:
            total.stops[str(name)].add(one == name, other == name)
    for one, other in zip(wanted.capitals, found.capitals, strict=True):
        if one is not None:
            total.capitals.add(one, bool(other))
    _count_expressions(total.classes, case, values_of_written)


def _count_expressions(classes: dict[str, Expressions], case: Case, values_of_written: Values) -> None:
    for a, b, c, d, kind in case.reference_links:
        if kind in _SAYS_NOTHING_ELSE:
            continue
        tally = classes.setdefault(str(kind), Expressions())
        over = [link for link in case.output_links if link[2] < d and link[3] > c and link[4] is not Semiotic.PUNCT]
        place = (over[0][0], over[-1][1]) if over else (0, 0)
        found = case.output[slice(*place)]
        ours = values_of_written(with_figures(case.output, case.output_links, place))
        theirs = values_of_written(with_figures(case.reference, case.reference_links, (a, b)))
        tally.total += 1
        tally.exact += found == case.reference[a:b]
        tally.valued += theirs != []
        tally.same_value += theirs != [] and (ours == theirs or found == case.reference[a:b])
        tally.left_spoken += normal_form(found) == normal_form(case.spoken[c:d])


def _shared_stretches(case: Case) -> list[tuple[Range, Range, Range]]:
    """Output, reference and spoken range of each shortest stretch that both sides cut the spoken text at."""
    ours, theirs = (
        [link for link in links if link[4] is not Semiotic.PUNCT and link[3] > link[2]]
        for links in (case.output_links, case.reference_links)
    )
    cuts = sorted({link[3] for link in ours} & {link[3] for link in theirs})
    mine, yours = _groups(ours, cuts), _groups(theirs, cuts)
    return [
        ((mine[at][0][0], mine[at][-1][1]), (yours[at][0][0], yours[at][-1][1]), (mine[at][0][2], mine[at][-1][3]))
        for at in sorted(mine.keys() & yours.keys())
    ]


def _groups(links: Sequence[Link], cuts: Sequence[int]) -> dict[int, list[Link]]:
    groups: dict[int, list[Link]] = defaultdict(list)
    at = 0
    for link in links:
        while at < len(cuts) and link[3] > cuts[at]:
            at += 1
        groups[at].append(link)
    return groups


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None
