"""One spelling for what looks the same: NFC, look-alike letters, invisible characters, tone placement.

Vietnamese is written with the tone on one of two places in open oa, oe, uy: hòa, khỏe, thúy (old) or hoà, khoẻ, thuý
(new). The old placement is canonical here because people write it: of 61,263 such syllables in 376,286 sentences of
the Vietnamese Wikipedia 86.5 % have it. The rule reads whole syllables, so that toàn, quà, giờ and quý keep theirs.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

GRAVE, ACUTE, TILDE, HOOK, DOT = "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"
TONES = GRAVE + ACUTE + TILDE + HOOK + DOT
#: Letters of "nghiêng", the longest Vietnamese syllable.
LONGEST_SYLLABLE = 7

#: Cyrillic and Greek letters that look like Latin ones; used only in words that become wholly Latin by it.
_LOOK_ALIKE = str.maketrans(
    "аеорсухіјѕԁһӏАВЕКМНОРСТУХІЈЅԌԚԜοαινυρκΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhlABEKMHOPCTYXIJSGQWoaivupkABEZHIKMNOPTYX",
)
_OTHER_SCRIPT = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
_WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
#: A tone typed before its circumflex or breve: both stand above, so canonical ordering does not mend it.
_TONE_BEFORE_SHAPE = re.compile("([\u0300\u0301\u0303\u0309])([\u0302\u0306])")

_ONSET = r"(?:gi(?=[aăâeêoôơuưy])|qu|ngh?|[ctpkg]h|tr|nh|[bcdđghklmnpqrstvx])?"
_CODA = r"(?:ch|ngh?|nh|[cmnpt])?"
#: Vowels that carry the tone of their syllable by themselves, and vowel groups with their bearer's place:
#: open groups first, then what a final consonant closes.
_BEARER: dict[str, int] = {
    **dict.fromkeys(("ai", "ao", "au", "ay", "eo", "ia", "iu", "oi", "ua", "ui"), 0),
    **dict.fromkeys(("oa", "oe", "uy"), 0),
    **dict.fromkeys(("oai", "oao", "oay", "oeo", "uya", "uyu"), 1),
}
_BEARER_CLOSED: dict[str, int] = dict.fromkeys(("oa", "oe", "uy", "oo"), 1)
_SYLLABLE = re.compile(rf"({_ONSET})([aăâeêioôơuưy]{{1,3}})({_CODA})")
_SHAPED_GROUPS = frozenset({
    "âu", "ây", "êu", "iê", "iêu", "oă", "ôi", "ôô", "ơi", "uâ", "uây", "uê", "uêu", "uô", "uôi", "uơ",
    "ưa", "ưi", "ươ", "ươi", "ươu", "ưu", "uyê", "yê", "yêu",
})  # fmt: skip


def clean(text: str) -> str:
    """Spell what looks the same with the same characters: NFC, no look-alikes, nothing invisible, on one line.

    Letters of other scripts stay where a whole word is written in them. Case, punctuation and tone placement stay.
    """
    text = unicodedata.normalize("NFC", text).translate(_single_characters())
    if _OTHER_SCRIPT.search(text):
        text = _WORD.sub(lambda match: _to_latin(match.group()), text)
    if not text.isascii() and re.search("[\u0300-\u036f]", text):
        text = _TONE_BEFORE_SHAPE.sub(r"\2\1", unicodedata.normalize("NFD", text))
    return unicodedata.normalize("NFC", text)


def place_tones(text: str) -> str:
    """Put the tone of every Vietnamese syllable on its canonical letter; text must be NFC, case is kept."""
    return _WORD.sub(lambda match: place_tone(match.group()), text)


def place_tone(word: str) -> str:
    """Put the tone of one syllable on its canonical letter; what is no Vietnamese syllable stays as it is."""
    # What cannot be a syllable stays out of the cache, which hostile text would fill with endless words.
    return word if word.isascii() or len(word) > LONGEST_SYLLABLE else _place_tone(word)


@lru_cache(maxsize=1 << 16)
def is_syllable(word: str) -> bool:
    """Whether a lower-case word has the shape of a Vietnamese syllable; those of names (venera, louis) have not."""
    match = _SYLLABLE.fullmatch("".join(split_tone(letter)[0] for letter in word))
    return match is not None and _bearer(match.group(2), closed=bool(match.group(3))) is not None


@lru_cache(maxsize=1 << 16)
def _place_tone(word: str) -> str:
    if word.lower() == "gịa":  # giặt gịa is the only word that keeps its tone on the i of gi + ia; giạ is another.
        return word
    tone, plain = "", []
    for letter in word:
        bare, mark = split_tone(letter)
        if mark:
            if tone:
                return word
            tone = mark
        plain.append(bare)
    if not tone:
        return word
    match = _SYLLABLE.fullmatch("".join(plain).lower())
    if match is None or len(match.group()) != len(plain):
        return word
    bearer = _bearer(match.group(2), closed=bool(match.group(3)))
    if bearer is None:
        return word
    at = match.end(1) + bearer
    plain[at] = unicodedata.normalize("NFC", plain[at] + tone)
    return "".join(plain)


@lru_cache(maxsize=1 << 10)
def split_tone(letter: str) -> tuple[str, str]:
    """A letter without its tone, and the tone as a combining mark or "" (ế → ê, U+0301)."""
    marks = unicodedata.normalize("NFD", letter)
    tone = next((mark for mark in marks[1:] if mark in TONES), "")
    return (unicodedata.normalize("NFC", marks.replace(tone, "")), tone) if tone else (letter, "")


def _bearer(vowels: str, *, closed: bool) -> int | None:
    """Which vowel of a group carries the tone; None where no Vietnamese syllable has that group."""
    if len(vowels) == 1:
        return 0
    if vowels in _SHAPED_GROUPS:  # A letter with a hat, breve or horn takes the tone; of ươ the ơ.
        return max(i for i, vowel in enumerate(vowels) if vowel in "ăâêôơư")
    return (_BEARER_CLOSED if closed else _BEARER).get(vowels)


def _to_latin(word: str) -> str:
    latin = word.translate(_LOOK_ALIKE)
    if _OTHER_SCRIPT.search(latin):
        return word
    # "α" alone is an alpha, and so is "о" in a Russian title; beside other letters they are typing mistakes.
    return latin if sum(map(str.isalpha, word)) > 1 else word


@lru_cache(maxsize=1)
def _single_characters() -> dict[int, str | None]:
    """What a character becomes wherever it stands."""
    # Vietnamese fonts of the time before Unicode had Đ at U+00D0; eth looks the same in capitals.
    table: dict[int, str | None] = {0xD0: "Đ", 0xF0: "đ", 0x189: "Đ", 0x256: "đ"}
    # The basic plane, the mathematical alphabets and the tags; nothing beyond them is meant here.
    for code in (*range(0xD800), *range(0xE000, 0x10000), *range(0x1D400, 0x1D800), *range(0xE0000, 0xE01F0)):
        character = chr(code)
        category = unicodedata.category(character)
        if category in ("Zs", "Zl", "Zp", "Cc"):
            table[code] = " "
        elif category == "Cf" or 0xFE00 <= code <= 0xFE0F or code >= 0xE0100:  # Zero-width, soft hyphen, variants.
            table[code] = None
        elif unicodedata.decomposition(character).startswith(("<wide>", "<font>")) or 0xFB00 <= code <= 0xFB06:
            table[code] = unicodedata.normalize("NFKC", character)
    return table
