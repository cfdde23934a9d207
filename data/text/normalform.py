"""The one form of a text for labels, WER and the index, and what is derived from it."""

from __future__ import annotations

import re
import unicodedata

from data.errors import BadAlphabet
from data.text.unicode import clean, place_tone, split_tone

#: Changed whenever `normal_form` answers differently, because labels and indexes were made with it.
NORMALFORM_VERSION = 1

#: What a label may hold: the 29 letters with their tones, and f j w z of names and loan words.
LETTERS = (
    "abcdefghijklmnopqrstuvwxyz" "đ"
    "àáảãạ" "ăằắẳẵặ" "âầấẩẫậ" "èéẻẽẹ" "êềếểễệ" "ìíỉĩị" "òóỏõọ" "ôồốổỗộ" "ơờớởỡợ" "ùúủũụ" "ưừứửữự" "ỳýỷỹỵ"
)  # fmt: skip
_NOT_LABEL = re.compile(f"[^ {LETTERS}]")
_NOT_WORD = re.compile(r"[\W_]+")
_MARKS = re.compile("[\u0300-\u036f]+")
_WITHOUT_TONE = str.maketrans({c: split_tone(c)[0] for c in LETTERS + LETTERS.upper()})


def normal_form(text: str) -> str:
    """Lower-case words in NFC with canonical tone placement, one space between them, no punctuation.

    Digits stay. Idempotent: the form of a form is itself.
    """
    text = unicodedata.normalize("NFC", clean(text).lower())
    if _MARKS.search(text):  # Marks that no letter takes up in NFC belong to no Vietnamese word.
        text = unicodedata.normalize("NFC", _MARKS.sub("", text))
    return " ".join(map(place_tone, _NOT_WORD.sub(" ", text).split()))


def fold(text: str) -> str:
    """The text without any diacritics (đ → d), for search by those who type none; case stays."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).translate(_FOLDED))


def strip_tone(syllable: str) -> str:
    """The syllable without its tone; ă â ê ô ơ ư đ stay (nước → nươc)."""
    return unicodedata.normalize("NFC", syllable).translate(_WITHOUT_TONE)


def check_alphabet(text: str) -> None:
    """Accept a label.

    Raises:
        BadAlphabet: a character that is neither a space nor a lower-case letter of Vietnamese (NFC) or f j w z.
    """
    strangers = sorted(set(_NOT_LABEL.findall(text)))
    if strangers:
        names = ", ".join(f"{c!r} {unicodedata.name(c, f'U+{ord(c):04X}')}" for c in strangers[:5])
        raise BadAlphabet(f"no label may hold {names}")


class _Folded(dict[int, str]):
    """Filled as letters are met: the whole of Unicode would take too long to make."""

    def __missing__(self, code: int) -> str:
        marks = unicodedata.normalize("NFD", chr(code))
        bare = "".join(c for c in marks if not unicodedata.combining(c))
        self[code] = bare
        return bare


_FOLDED = _Folded({ord("đ"): "d", ord("Đ"): "D"})
