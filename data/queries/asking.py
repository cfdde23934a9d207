"""A sentence to what somebody might type who looks for it: crops, keywords, questions, titles; and how it is spelt."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

from data.queries.reader import Query, QueryKind, Spelling
from data.text.normalform import fold, normal_form, strip_tone
from data.text.verbalize.verbalizer import verbalize

#: Shares of the spellings; most queries are typed with all their diacritics, many with none.
_SPELLINGS: dict[Spelling, float] = {"written": 0.45, "unaccented": 0.25, "spoken": 0.15, "noisy": 0.15}
#: So many of a noisy query's syllables are wrong.
_WRONG = 0.15
_CROP_WORDS, _KEYWORDS, _QUESTION_WORDS = (3, 12), (2, 7), 14
_LETTERS = "abcdeghiklmnopqrstuvxy"
_NAME = r"[^\W\d_a-zđ]\w+(?: [^\W\d_a-zđ]\w*)*"
#: What is asked for, and the words that ask.
_ASKED = (
    (re.compile(r"\b[Nn]gày \d+(?: tháng \d+)?(?: năm \d+)?\b"), ("ngày nào", "khi nào", "ngày mấy")),
    (re.compile(r"\b(?:[Tt]ừ |[Vv]ào |[Tt]rong )?năm \d{3,4}\b"), ("năm nào", "khi nào", "vào năm nào")),
    (re.compile(r"\b\d[\d.,]*\d(?=\s)|\b\d(?=\s)"), ("bao nhiêu", "mấy")),
    (re.compile(rf"(?<=\bở ){_NAME}|(?<=\btại ){_NAME}"), ("đâu", "nước nào", "nơi nào")),
    (re.compile(rf"(?<=\bbởi ){_NAME}|(?<=\bcủa ){_NAME}"), ("ai", "nước nào", "cái gì")),
    (re.compile(rf"(?<=\blà ){_NAME}"), ("gì", "ai")),
    (re.compile(rf"^{_NAME}(?= \w)"), ("ai", "cái gì", "nước nào", "thành phố nào")),
)
_TITLE = re.compile(r"([^\W\d_a-zđ][\w ]{1,50}?) (?:là|được|có|thuộc|nằm) ")
_TITLE_ENDS = ("", " là gì", " là ai", " ở đâu", " là như thế nào")


def queries_of(sentences: list[str], rarity: Mapping[str, float], rng: random.Random) -> list[Query]:
    """Several queries for the passage of these sentences, each in one spelling."""
    found: list[tuple[QueryKind, str]] = []
    for _ in range(2):
        found.append(("crop", _crop(rng.choice(sentences), rng)))
        found.append(("keywords", _keywords(rng.choice(sentences), rarity, rng)))
    for sentence in rng.sample(sentences, min(3, len(sentences))):
        found.append(("question", _question(sentence, rarity, rng)))
    if match := _TITLE.match(sentences[0]):
        found.append(("title", match[1] + rng.choice(_TITLE_ENDS)))
    return [spelt(kind, text, rng) for kind, text in found if len(text.split()) > 1 or kind == "title"]


def spelt(kind: QueryKind, text: str, rng: random.Random) -> Query:
    """The query in one of the spellings."""
    (spelling,) = rng.choices(list(_SPELLINGS), list(_SPELLINGS.values()))
    if spelling == "unaccented":
        text = fold(text) if rng.random() < 0.5 else fold(normal_form(text))
    elif spelling == "spoken":
        text = said(text, rng)
    elif spelling == "noisy":
        text = " ".join(_misspelt(word, rng) if rng.random() < _WRONG else word for word in text.split())
    return Query(kind, spelling, text)


def said(text: str, rng: random.Random) -> str:
    """The text as a recogniser would give it: numbers in words, lower case, no punctuation."""
    if any(map(str.isdigit, text)):
        text = verbalize(text, rng).text
    return normal_form(text)


def _crop(sentence: str, rng: random.Random) -> str:
    words = sentence.split()
    length = rng.randint(*_CROP_WORDS)
    start = rng.randint(0, max(0, len(words) - length))
    return " ".join(words[start : start + length]).strip(" .,;:()\"'")


def _keywords(sentence: str, rarity: Mapping[str, float], rng: random.Random) -> str:
    """A few words in their order; the rarer a word, the likelier it is taken."""
    words = [word.strip(".,;:()\"'“”?!") for word in sentence.split()]
    weighed = [(rng.random() ** (1 / max(_rarity(word, rarity), 1e-3)), place) for place, word in enumerate(words) if word]
    places = sorted(place for _, place in sorted(weighed, reverse=True)[: rng.randint(*_KEYWORDS)])
    return " ".join(words[place] for place in places)


def _question(sentence: str, rarity: Mapping[str, float], rng: random.Random) -> str:
    """The sentence's own words around something in it that is asked for, the commoner ones now and then left out."""
    ways = [(match, asks) for pattern, asks in _ASKED for match in [pattern.search(sentence)] if match]
    if not ways:
        return ""
    match, asks = rng.choice(ways)
    asked = rng.choice(asks)
    before = [word.strip(",;:()\"'“”") for word in sentence[: match.start()].split()]
    behind = [word.strip(".,;:()\"'“”") for word in sentence[match.end() :].split()]
    room = _QUESTION_WORDS - rng.randint(0, 6)
    kept_before = before[-rng.randint(room // 2, room) :] if before else []
    kept = [kept_before, behind[: room - len(kept_before)]]
    left, right = ([w for w in side if w and rng.random() < 0.6 + 0.08 * _rarity(w, rarity)] for side in kept)
    if len(left) + len(right) < 2:
        return ""
    if rng.random() < 0.5:  # Vietnamese leaves the question word in its place; people as often put it at an end.
        return " ".join([*left, asked, *right])
    return " ".join([*left, *right, asked]) if rng.random() < 0.6 else " ".join([asked, *left, *right])


def _rarity(word: str, rarity: Mapping[str, float]) -> float:
    """Nats of surprise above a word that is everywhere."""
    return rarity.get(normal_form(word), 9.0)


def _misspelt(word: str, rng: random.Random) -> str:
    """The word with a wrong tone, or a letter too few, twice, changed, or in another's place."""
    at, kind = rng.randrange(len(word)), rng.random()
    if kind < 0.4:
        return strip_tone(word)
    if kind < 0.55 and len(word) > 2:
        return word[:at] + word[at + 1 :]
    if kind < 0.7:
        return word[:at] + word[at] + word[at:]
    if kind < 0.85 and at + 1 < len(word):
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + rng.choice(_LETTERS) + word[at + 1 :]
