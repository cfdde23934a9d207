"""Errors as a recogniser makes them, on both sides: who writes a transcript must not mend what it cannot know."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from data.pairs.expressions import pick
from data.pairs.saying import Piece
from data.text.normalform import normal_form
from data.text.unicode import TONES, split_tone

#: Of the plain words of a noisy window, so many are wrong.
_WRONG = 0.12
#: Of the wrong ones, so many are missing; of the rest most have another tone, some another beginning.
_MISSING, _TONE = 0.2, 0.65
_ALIKE = (("ch", "tr"), ("s", "x"), ("d", "gi"), ("l", "n"), ("r", "d"), ("v", "d"), ("ng", "n"), ("c", "k"), ("t", "th"))


def make_noisy(pieces: Sequence[Piece], rng: random.Random) -> list[Piece]:
    """The pieces with some plain words wrong or missing; numbers and marks stay as they are."""
    noisy: list[Piece] = []
    for piece in pieces:
        simple = not piece.converted and piece.said and normal_form(piece.written).isalpha() and not piece.glued
        if not simple or rng.random() >= _WRONG:
            noisy.append(piece)
        elif rng.random() < _MISSING:
            # Only a word without a mark, and never the first one, which carries the capital.
            if not noisy or not piece.written.isalpha() or piece.written[0].isupper():
                noisy.append(piece)
        else:
            noisy.append(_misheard(piece, rng))
    return noisy


def _misheard(piece: Piece, rng: random.Random) -> Piece:
    wrong = other_tone(piece.said, rng) if rng.random() < _TONE else _other_onset(piece.said, rng)
    start = next(i for i, letter in enumerate(piece.written) if letter.isalpha())
    body = piece.written[start : start + len(piece.said)]
    if normal_form(body) != piece.said or normal_form(wrong) != wrong or wrong == piece.said:
        return piece
    cased = wrong.upper() if body.isupper() and len(body) > 1 else wrong.capitalize() if body[0].isupper() else wrong
    return replace(piece, written=piece.written[:start] + cased + piece.written[start + len(body) :], said=wrong)


def other_tone(syllable: str, rng: random.Random) -> str:
    """The syllable with another tone, placed where it belongs; as it is where it has no tone to change."""
    for index, letter in enumerate(syllable):
        bare, tone = split_tone(letter)
        if tone:
            other = pick(rng, [mark for mark in TONES if mark != tone])
            return normal_form(unicodedata.normalize("NFC", syllable[:index] + bare + other + syllable[index + 1 :]))
    return syllable


def _other_onset(syllable: str, rng: random.Random) -> str:
    left, right = pick(rng, _ALIKE)
    if rng.random() < 0.5:
        left, right = right, left
    rest = syllable[len(left) :]
    if syllable.startswith(left) and rest[:1] in "aăâeêoôơuưàáảãạằắẳẵặầấẩẫậòóỏõọồốổỗộờớởỡợùúủũụ" and rest:
        return right + rest
    return syllable
