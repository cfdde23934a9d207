"""Letters by name, and words of letters that are spelled: UBND as u bê nờ dê, or kept as the word ubnd."""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import lru_cache

from data.text.normalform import normal_form
from data.text.reading import Reading, either, say, seq

_NAMES: dict[str, tuple[str, ...]] = {
    "a": ("a",), "ă": ("á",), "â": ("ớ",), "b": ("bê", "bờ"), "c": ("xê", "cờ"), "d": ("dê", "đê"), "đ": ("đê", "đờ"),
    "e": ("e",), "ê": ("ê",), "f": ("ép", "ép phờ"), "g": ("gờ", "giê"), "h": ("hát", "hờ"), "i": ("i",),
    "j": ("gi", "di", "ji"), "k": ("ca",), "l": ("lờ", "e lờ", "eo"), "m": ("mờ", "em mờ", "em"),
    "n": ("nờ", "en nờ", "en"), "o": ("o",), "ô": ("ô",), "ơ": ("ơ",), "p": ("pê", "pờ"), "q": ("quy", "cu"),
    "r": ("rờ", "e rờ", "rờ"), "s": ("ét", "sờ", "ét sì"), "t": ("tê", "tờ"), "u": ("u",), "ư": ("ư",), "v": ("vê", "vờ"),
    "w": ("vê kép", "đắp liu", "vê đúp"), "x": ("ích", "xờ", "ích xì"), "y": ("y", "i dài", "i cờ rét"), "z": ("dét", "giét"),
}  # fmt: skip


def names_of(character: str) -> tuple[str, ...]:
    """The names of a small letter, the usual one first; none where nobody gave it one."""
    return _NAMES.get(character, ())


def by_first_word(letters: Iterable[str], *, without: Set[str] = frozenset()) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
    """Small letters by the first word of each of their names, with all the words of that name.

    Args:
        without: names that are left out.
    """
    found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for character in letters:
        for said in sorted({*names_of(character), character} - without):
            words = tuple(normal_form(said).split())
            found.setdefault(words[0], []).append((character, words))
    return found


@lru_cache(maxsize=512)
def letter(character: str) -> Reading:
    """A letter said by itself: its name, or the letter as those write it who write what they hear."""
    low = normal_form(character)
    names = _NAMES.get(low)
    if names is None:
        return say(low)
    rest = [*names[1:], low]
    return either(names[0], *rest, weights=[0.75] + [0.2 / len(rest)] * (len(rest) - 1) + [0.05])


def spelled(letters: str) -> Reading:
    """One letter after the other."""
    return seq(*map(letter, letters))
