"""Hard cases made on purpose: carriers with expressions, one to four sentences a window."""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from data.pairs.carriers import GROUPS, WEIGHTS, WORDS
from data.pairs.cleaning import CUT
from data.pairs.expressions import EXPRESSIONS, between, dotted, pick
from data.pairs.saying import Piece, Verbalize, say
from data.text.normalform import normal_form
from data.text.semiotics import Semiotic

_SLOT = re.compile(r"\{(\w+)\}")
_FORCED = re.compile(r"\[([^|\]]+)\|([^|\]]+)\|(\w+)\]")
#: Shares of the carriers that only dev and only test may use.
_HELD_OUT = 0.06
_MORE_SENTENCES = (1, 1, 2, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class Material:
    """What the carriers take out of the text itself: names, and statements without their full stop."""

    titles: tuple[str, ...]
    clauses: tuple[str, ...]


def carriers_of(split: str) -> dict[str, list[str]]:
    """The carriers of a split: dev and test have some that train never sees."""
    dealt: dict[str, list[str]] = {}
    for group, carriers in GROUPS.items():
        dealt[group] = [carrier for carrier in carriers if _split_of(carrier) == split]
    return {group: carriers for group, carriers in dealt.items() if carriers}


def _split_of(carrier: str) -> str:
    place = int.from_bytes(hashlib.blake2b(carrier.encode(), digest_size=8).digest()) / 2**64
    return "test" if place < _HELD_OUT else "dev" if place < 2 * _HELD_OUT else "train"


def draw_case(
    rng: random.Random, carriers: dict[str, list[str]], material: Material, verbalize: Verbalize
) -> tuple[list[list[Piece]], str] | None:
    """The sentences of one hard case in pieces and the groups they come from; None where one cannot be said."""
    sentences: list[list[Piece]] = []
    groups: list[str] = []
    for _ in range(pick(rng, _MORE_SENTENCES)):
        group = _draw_group(rng, carriers)
        text = fill(pick(rng, carriers[group]), rng, material)
        pieces = say_forced(text, verbalize, rng)
        if pieces is None:
            return None
        sentences.append(pieces)
        groups.append(group)
    return sentences, "+".join(groups)


def _draw_group(rng: random.Random, carriers: dict[str, list[str]]) -> str:
    place = rng.random() * sum(WEIGHTS[group] for group in carriers)
    for group in carriers:
        place -= WEIGHTS[group]
        if place < 0:
            return group
    return next(iter(carriers))


def fill(carrier: str, rng: random.Random, material: Material) -> str:
    """The carrier with every slot drawn, beginning with a capital; [written|said|class] is left as it is."""
    text = _SLOT.sub(lambda slot: _value(slot[1], rng, material), carrier)
    return text[0].upper() + text[1:]


def _value(name: str, rng: random.Random, material: Material) -> str:
    if name in EXPRESSIONS:
        return EXPRESSIONS[name](rng)
    if name in WORDS:
        return pick(rng, WORDS[name])
    if name == "title":
        return pick(rng, material.titles) if material.titles else pick(rng, WORDS["place"])
    if name in ("clause", "clause_up"):
        clause = pick(rng, material.clauses) if material.clauses else "trời mưa"
        return clause[0].upper() + clause[1:] if name == "clause_up" else clause
    if name == "command_low":
        command = pick(rng, WORDS["command"])
        return command[0].lower() + command[1:]
    return {
        "month": lambda: str(between(rng, 1, 12)),
        "small_day": lambda: str(between(rng, 1, 10)),
        "weekday": lambda: f"thứ {pick(rng, ['2', '3', '4', '5', '6', '7', 'hai', 'ba', 'tư', 'năm', 'sáu', 'bảy'])}",
        "century": lambda: str(between(rng, 1, 21)),
        "age": lambda: str(between(rng, 3, 95)),
        "small_ward": lambda: str(between(rng, 1, 12)),
        "house": lambda: str(between(rng, 1, 400)),
        "alley": lambda: f"{between(rng, 1, 200)}" if rng.random() < 0.5 else f"{between(rng, 1, 200)}/{between(rng, 1, 60)}",
        "small_up": lambda: str(between(rng, 2, 20)) if rng.random() < 0.7 else dotted(between(rng, 1_001, 9_999)),
        "feeling_up": lambda: pick(rng, WORDS["feeling"]).capitalize(),
    }[name]()


def say_forced(text: str, verbalize: Verbalize, rng: random.Random) -> list[Piece] | None:
    """The pieces of a sentence, what stands in brackets said as prescribed."""
    pieces: list[Piece] = []
    for part in re.split(r"(\[[^\]]+\])", text):
        forced = _FORCED.fullmatch(part)
        if forced:
            pieces.append(Piece(forced[1], normal_form(forced[2]), Semiotic(forced[3]), glued=False))
        elif part.strip():
            said = say(part.strip(), verbalize, rng)
            if said is None:
                return None
            glued = bool(pieces) and not part[0].isspace()
            pieces += [Piece(p.written, p.said, p.kind, p.glued or (glued and i == 0)) for i, p in enumerate(said)]
    return pieces


def take_material(lines: Sequence[str], most: int) -> Material:
    """Names and short statements out of clean sentences; the first `most` of each, in the order of the text."""
    titles: dict[str, None] = {}
    clauses: dict[str, None] = {}
    for line in lines:
        if len(titles) < most and (match := _TITLE.match(line)):
            titles[match[1]] = None
        if len(clauses) < most and _CLAUSE.match(line) and not _ASKS.search(line) and not CUT.search(line):
            body = line[:-1]
            clauses[body if _NAME.match(body) else body[0].lower() + body[1:]] = None
    return Material(tuple(titles), tuple(clauses))


_UP = "[A-ZĐÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚĂĨŨƠƯẠ-Ỹ]"
_TITLE = re.compile(rf"({_UP}[^\W\d_]+(?: {_UP}[^\W\d_]+){{1,3}}) (?:là|nằm|thuộc|được|có)\b")
_NAME = re.compile(rf"{_UP}[^\W\d_]+ {_UP}")
#: A short statement that begins with a word that is no name, or with a name of two words at least.
_CLAUSE = re.compile(
    rf"(?:(?:Nó|Ông|Bà|Các|Những|Trong|Khi|Họ|Đây|Người|Một|Chúng|Cuộc|Hai|Loài|Anh|Cô|Tuy|Trận|Hầu|Mỗi|Chiến|Quân|Thành|"
    rf"Tên|Nhiều|Phần|Bộ|Việc|Con|Vua|Nhà|Nước|Dân|Hệ)|{_UP}[^\W\d_]+ {_UP}[^\W\d_]+) [^\d.,:;?!()\"]{{12,70}}\.$"
)
_ASKS = re.compile(r"\b(?:gì|nào|sao|đâu|ai|không|chưa|tuy|nhưng|mặc dù)\b", re.IGNORECASE)
