"""A line of a text becomes a sentence that somebody could dictate, or a reason why not.

What nobody hears is taken away by rule: quotation marks go; an aside in parentheses goes with its words, unless it reads
as part of the sentence, then commas stand for it; a spaced dash becomes a comma, a semicolon too; "…" becomes a full
stop at the end and a comma inside. What is said alike is written alike, as the style `vi` writes it: full dates become
24/7/2025, other dates keep their words (ngày 24 tháng 7, tháng 7 năm 2025), times are 6 giờ 50, centuries thế kỷ 19.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data.text.normalform import LETTERS, normal_form
from data.text.unicode import clean

_LETTERS = frozenset(LETTERS + LETTERS.upper())
_MARKUP = re.compile(r"https?://|[{}\[\]<>|\\=~^]|\]\]|&\w+;|\bthumb\b|__|##")
_QUOTES = re.compile(r"[\"“”„«»‹›「」『』]|(?<!\w)['‘’]|['‘’](?!\w)")
_ASIDE = re.compile(r"\s*\(([^()]*)\)")
_LIST = re.compile(r"^(?:[-*•+·#]|\d{1,3}[.)]\s|[a-zđ]\)\s)")
#: A line that ends so was cut inside a name: "John F." / "Kennedy là …". The next line is its rest.
CUT = re.compile(r"(?:^|[\s.(])(?:[A-ZĐ]|[A-Z]h|St|Dr|Mr|Mrs|Ms|Jr|Sr|No|vs|tr|GS|TS|PGS|ThS|BS|TP|Tp|Co|Ltd|Vol|op)\.$")
_SENTENCE_END = re.compile(r"[.?!]$")
_FULL_DATE = re.compile(r"(?<![\d/])(\d{1,2}) (?:tháng (\d{1,2}),? năm|tháng (\d{1,2}),) (\d{4})(?![\d/])")
_Rule = tuple[str, re.Pattern[str], str]


def _rules(*rules: tuple[str, str, str]) -> tuple[_Rule, ...]:
    """(characters of which one must be there, pattern, replacement): most lines have none of them, and that is fast to see."""
    return tuple((needs, re.compile(pattern), replacement) for needs, pattern, replacement in rules)


_SPELLED_ALIKE = _rules(
    ("/.-", r"(?<![\d/.-])0?(\d{1,2})([/.-])0?(\d{1,2})\2([12]\d{3})(?![\d/-])", r"\1/\3/\4"),
    ("/-", r"\b([Tt]háng) 0?(\d{1,2})[/-]([12]\d{3})(?![\d/-])", r"\1 \2 năm \3"),
    ("/-", r"\b([Nn]gày|[Mm]ùng) 0?(\d{1,2})[/-]0?(\d{1,2})(?![\d/.,-]*\d| tháng)", r"\1 \2 tháng \3"),
    (":hg", r"(?<![\d:.,])([01]?\d|2[0-3])(?::|h|g)([0-5]\d)(?![\d:]|\w)", r"\1 giờ \2"),
    ("h", r"(?<![\d:.,])([01]?\d|2[0-3])h(?!\w)", r"\1 giờ"),
    ("0123456789", r"(?<=\d)(?=(?:km/h|kWh|[kM]Hz|GHz|[KMGT]B|[kM]W|[kcm]?m[²³]?|[km]?g|ml|ha)(?![\w/]))", " "),
    ("%", r"(?<=\d)\s+%", "%"),
    # Three digits after a comma are thousands here as in English: people write no such decimals in articles.
    (",", r"(?<![\d.,])([1-9]\d{0,2}),(\d{3})(?![\d.,]*\d)", r"\1.\2"),
)
#: Centuries are written both ways, and nobody hears which: digits, so that there is one.
_ROMAN = {
    numeral: str(number)
    for number, numeral in enumerate(
        (
            "I",
            "II",
            "III",
            "IV",
            "V",
            "VI",
            "VII",
            "VIII",
            "IX",
            "X",
            "XI",
            "XII",
            "XIII",
            "XIV",
            "XV",
            "XVI",
            "XVII",
            "XVIII",
            "XIX",
            "XX",
            "XXI",
        ),
        start=1,
    )
}
_CENTURY = re.compile(rf"\b([Tt]hế kỷ(?: thứ)?) ({'|'.join(_ROMAN)})\b")
_SPACED_RANGE = re.compile(r"(?<=\d)\s*[–—-]\s*(?=\d)")
_TIDY = _rules(
    (".…", r"(?:\.{2,}|…)(?=\s*$)", "."),
    (".…", r"\s*(?:\.{3,}|…)\s*", ", "),
    (";", r"\s*;\s*", ", "),
    ("-–—", r"\s+[–—-]{1,2}\s+", ", "),
    ("–—−", r"[–—−]", "-"),
    ("-", r"(?<=[^\W\d_])(?:-\s+|\s+-)(?=[^\W\d_])", "-"),
    (",.:?!", r"\s+([,.;:?!])", r"\1"),
    (",", r"(?:,\s*)+([,.;:?!])", r"\1"),
    ("?!", r"([?!])[?!.]+", r"\1"),
    (".", r"\.{2,}", "."),
    (":", r":\s*,", ":"),
    (",:?!", r"(?<=[^\W\d_])([,:?!])(?=[^\W\d_])", r"\1 "),
    (",.:-", r"^[\s,.:;-]+", ""),
    (" ", r"\s{2,}", " "),
)
#: Powers, indices and digits of other scripts: nobody writes them from dictation; m² and m³ are units.
_STRANGE_DIGIT = re.compile(r"(?<!m)[²³]|[⁰¹⁴-⁹₀-₉]|(?![0-9])\d")
#: Fewer letters than this share of what is no space: a formula, a table, a list of codes.
_MIN_LETTERS = 0.4
_MIN_WORDS, _MAX_BYTES = 3, 1200


@dataclass(frozen=True, slots=True)
class Sentence:
    """A clean sentence and where it came from; `follows` says that the line before it is the text before it."""

    text: str
    line: int
    follows: bool


def clean_sentences(lines: Sequence[str], first: int, rejected: dict[str, int]) -> Iterator[Sentence]:
    """The sentences of consecutive lines, those that were cut in two joined again; `rejected` counts the rest by reason."""
    follows, start, joined = False, first, ""
    for number, line in enumerate(lines, first):
        start, joined = (start, f"{joined} {line}") if joined else (number, line)
        last = number == first + len(lines) - 1
        if not last and line and CUT.search(line) and len(joined) < _MAX_BYTES:
            continue
        text, reason = clean_line(joined)
        joined = ""
        if reason:
            rejected[reason] = rejected.get(reason, 0) + 1
            follows = False
            continue
        yield Sentence(text, start, follows)
        follows = True


def clean_line(line: str) -> tuple[str, str]:
    """The sentence, and "" or the reason why the line is none."""
    if not line:
        return "", "empty"
    text = clean(line).strip()
    if CUT.search(text):
        return "", "cut"
    if _MARKUP.search(text):
        return "", "markup"
    if _LIST.search(text):
        return "", "list"
    text = _aside_out(text)
    if "(" in text or ")" in text:
        return "", "parentheses"
    text = _FULL_DATE.sub(lambda m: f"{m[1]}/{m[2] or m[3]}/{m[4]}", _QUOTES.sub("", text))
    text = _CENTURY.sub(lambda m: f"{m[1]} {_ROMAN[m[2]]}", text)
    if any(map(str.isdigit, text)):
        text = _apply(_SPELLED_ALIKE, _SPACED_RANGE.sub("-", text))
    text = _apply(_TIDY, text)
    text = unicodedata.normalize("NFC", text.strip())
    return text, _reason(text)


def _apply(rules: tuple[_Rule, ...], text: str) -> str:
    there = set(text)
    for needs, pattern, replacement in rules:
        if not there.isdisjoint(needs):
            text = pattern.sub(replacement, text)
            there |= set(replacement)
    return text


def _reason(text: str) -> str:
    if any(letter.isalpha() for letter in set(text) - _LETTERS):
        return "foreign_script"
    if not _SENTENCE_END.search(text):
        return "no_end"
    if _STRANGE_DIGIT.search(text):
        return "strange_digits"
    solid = text.replace(" ", "")
    if sum(map(str.isalpha, solid)) < _MIN_LETTERS * len(solid):
        return "few_letters"
    if len(text.split()) < _MIN_WORDS:
        return "short"
    if len(text.encode()) > _MAX_BYTES:
        return "long"
    if not text[0].isupper() and not text[0].isdigit():
        return "lower_case"
    return ""


def _aside_out(text: str) -> str:
    if "(" not in text:
        return text
    for _ in range(3):  # From the inside out, for asides within asides.
        changed = _ASIDE.sub(_aside, text)
        if changed == text:
            return text
        text = changed
    return text


def _aside(match: re.Match[str]) -> str:
    """An aside of some Vietnamese words with a number in it reads on between commas; others go with their words."""
    inner = match.group(1).strip()
    words = inner.split()
    vietnamese = sum(not word.isascii() and word.islower() for word in words)
    if 3 <= len(words) <= 12 and vietnamese >= 2 and any(map(str.isdigit, inner)) and not re.search("[.;:]", inner):
        return f", {normal_start(inner)},"
    return ""


def normal_start(text: str) -> str:
    """The text with a small first letter where its first word is an ordinary Vietnamese word."""
    head = text.split(maxsplit=1)[0]
    return text[0].lower() + text[1:] if head.istitle() and not head.isascii() and normal_form(head) else text
