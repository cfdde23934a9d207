"""Generators that are plain functions of text: honest drivers of the normalizer, and liars that its guards must stop."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from data.text.inverse.write import write


class Copy:
    """Writes what was said."""

    def generate(self, spoken: list[str], /) -> list[str]:
        return list(spoken)


class Rules:
    """Writes what the rules can, as a sentence."""

    def generate(self, spoken: list[str], /) -> list[str]:
        return [f"{text[:1].upper()}{text[1:]}." for text in (write(text) for text in spoken)]


@dataclass
class Known:
    """Writes the texts that it was told of, and copies all others."""

    written: dict[str, str] = field(default_factory=dict)

    def generate(self, spoken: list[str], /) -> list[str]:
        return [self.written.get(text, text) for text in spoken]


Lie = Callable[[str, random.Random], str]
_NUMBER = re.compile(r"\d+")


def change_digit(text: str, rng: random.Random) -> str:
    """Another digit."""
    places = [i for i, c in enumerate(text) if c.isdigit()]
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + rng.choice([d for d in "0123456789" if d != text[at]]) + text[at + 1 :]


def drop_digit(text: str, rng: random.Random) -> str:
    """A digit less."""
    places = [i for i, c in enumerate(text) if c.isdigit()]
    return text if not places else text[: (at := rng.choice(places))] + text[at + 1 :]


def add_digit(text: str, rng: random.Random) -> str:
    """A digit more."""
    places = [i for i, c in enumerate(text) if c.isdigit()]
    return text if not places else text[: (at := rng.choice(places))] + rng.choice("0123456789") + text[at:]


def swap_numbers(text: str, rng: random.Random) -> str:
    """Two numbers in each other's place: day and month, hour and minute."""
    numbers = list(_NUMBER.finditer(text))
    if len(numbers) < 2:
        return text
    one, other = sorted(rng.sample(numbers, 2), key=lambda match: match.start())
    middle = text[one.end() : other.start()]
    return text[: one.start()] + other.group() + middle + one.group() + text[other.end() :]


def split_number(text: str, rng: random.Random) -> str:
    """One number as two, with or without a comma."""
    numbers = [match for match in _NUMBER.finditer(text) if len(match.group()) > 1]
    if not numbers:
        return text
    number = rng.choice(numbers)
    at = rng.randrange(number.start() + 1, number.end())
    return text[:at] + rng.choice([" ", ", ", ". ", ",", ".", "/", "-", ":"]) + text[at:]


def join_numbers(text: str, rng: random.Random) -> str:
    """Two numbers as one."""
    gaps = list(re.finditer(r"(?<=\d)[^\d]{1,7}(?=\d)", text))
    if not gaps:
        return text
    gap = rng.choice(gaps)
    return text[: gap.start()] + rng.choice(["", "", ".", ","]) + text[gap.end() :]


def drop_word(text: str, rng: random.Random) -> str:
    """A word less."""
    words = text.split()
    if len(words) > 1:
        del words[rng.randrange(len(words))]
    return " ".join(words)


def add_word(text: str, rng: random.Random) -> str:
    """A word or a number that nobody said."""
    words = text.split()
    words.insert(rng.randint(0, len(words)), rng.choice(["không", "nghìn", "7", "1.000", "24/7", "triệu", "50%", "và", "kg"]))
    return " ".join(words)


def move_word(text: str, rng: random.Random) -> str:
    """A word elsewhere."""
    words = text.split()
    word = words.pop(rng.randrange(len(words)))
    words.insert(rng.randint(0, len(words)), word)
    return " ".join(words)


def change_unit(text: str, rng: random.Random) -> str:
    """Another unit, currency or scale."""
    units = ["kg", "km", "m", "%", "đồng", "USD", "triệu", "nghìn", "tỷ", "giờ", "phút", "tháng", "năm"]
    present = [unit for unit in units if unit in text]
    return text.replace(rng.choice(present), rng.choice(units), 1) if present else text


def move_separator(text: str, rng: random.Random) -> str:
    """A point, comma, slash or colon for another."""
    places = [i for i, c in enumerate(text) if c in ".,/:-"]
    if not places:
        return text
    at = rng.choice(places)
    return text[:at] + rng.choice([".", ",", "/", ":", "-", "", " "]) + text[at + 1 :]


def babble(text: str, rng: random.Random) -> str:
    """Characters that no training text has, somewhere."""
    at = rng.randint(0, len(text))
    noise = "".join(rng.choice("0123456789aăđ%$/.,:;()🙂\u0301\u200b中Ⅻ½²-") for _ in range(rng.randint(1, 6)))
    return text[:at] + noise + text[at + rng.randint(0, 3) :]


LIES: Sequence[Lie] = (
    change_digit, drop_digit, add_digit, swap_numbers, split_number, join_numbers, drop_word, add_word, move_word,
    change_unit, move_separator, babble,
)  # fmt: skip


@dataclass
class Liar:
    """Corrupts what another generator writes, as often as it is told."""

    honest: Known
    rng: random.Random
    lies: int = 1

    def generate(self, spoken: list[str], /) -> list[str]:
        drafts = []
        for draft in self.honest.generate(spoken):
            for _ in range(self.lies):
                draft = self.rng.choice(LIES)(draft, self.rng)
            drafts.append(draft)
        return drafts
