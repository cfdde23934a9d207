"""The cheapest way through a text over all readings that the rules propose."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from data.text.inverse import date_rules, electronic_rules, measure_rules, name_rules, plain_rules, quantity_rules, time_rules
from data.text.inverse.edge import Edge
from data.text.inverse.text import SpokenText
from data.text.numbers.lexicon import DIGITS, PARTS, STARTS, is_figures

Rule = Callable[[SpokenText, int], Iterator[Edge]]

#: Rules for numbers by the word that must stand behind one.
_BEHIND: dict[str, Rule] = {
    "phần": plain_rules.fraction,
    "trên": plain_rules.fraction,
    "chia": plain_rules.fraction,
    "tháng": date_rules.day_month,
    "giờ": time_rules.clock,
    "tới": quantity_rules.span,
    "đến": quantity_rules.span,
    "độ": measure_rules.coordinate,
    "-": quantity_rules.span,
    "–": quantity_rules.span,
    "phút": time_rules.minutes_seconds,
    "tiếng": time_rules.hours_minutes,
}
_AT_WORDS: dict[str, Rule] = {
    "thứ": plain_rules.ordinal,
    "cộng": plain_rules.country_telephone,
    "tháng": date_rules.month_year,
    "quý": date_rules.quarter,
    "ngày": date_rules.day,
    "mùng": date_rules.day,
    "mồng": date_rules.day,
}


def edges_at(text: SpokenText, at: int) -> Iterator[Edge]:
    """Everything that may begin at a token."""
    key = text.word(at)
    if key in STARTS or is_figures(key):
        yield from _at_number(text, at)
        if key == "năm":
            yield from date_rules.year(text, at)
    elif key in _AT_WORDS:
        yield from _AT_WORDS[key](text, at)
    if name_rules.is_first_letter(key):
        yield from name_rules.acronym(text, at)


def _at_number(text: SpokenText, at: int) -> Iterator[Edge]:
    """What may begin with a number: few rules apply, so that they are chosen by what stands behind."""
    yield from plain_rules.bare(text, at)
    keys = text.keys
    behind = {keys[number.end] for number in text.numbers(at) if number.end < len(keys)}
    behind.update(keys[at + 1 : at + 3])  # Where pairs leave no doubt, as in hours.
    for key in behind & _BEHIND.keys():
        yield from _BEHIND[key](text, at)
    if not behind.isdisjoint(quantity_rules.begins()):
        yield from quantity_rules.quantity(text, at)
    if at and keys[at - 1] in plain_rules.SCORED:
        yield from plain_rules.score(text, at)
    elif at and keys[at] in DIGITS:
        yield from plain_rules.result(text, at)
    if at:
        yield from name_rules.ruler(text, at)


def _skip_cost(text: SpokenText, at: int) -> float:
    """The price of leaving a token as a plain word."""
    key = text.word(at)
    if key in ("không", "âm", "trừ", "linh", "lẻ"):
        return 0.2
    if key == "năm" and text.word(at + 1) not in PARTS - {*DIGITS, "mười"}:
        return 0.7
    if key == "tư":
        return 0.3
    return 1.5 if key in PARTS or is_figures(key) else 0.0


def best_path(text: SpokenText) -> list[Edge]:
    """The edges of the cheapest way through the text, from left to right; equal ways: the longer first edge."""
    written = electronic_rules.electronic(text)
    size = len(text)
    cost = [0.0] * (size + 1)
    choice: list[Edge | None] = [None] * (size + 1)
    for at in range(size - 1, -1, -1):
        best, edge_taken = cost[at + 1] + _skip_cost(text, at), None
        proposed = edges_at(text, at) if at not in written else (*edges_at(text, at), *written[at])
        for edge in proposed:
            total = edge.cost + cost[edge.end]
            longer = edge_taken is None or edge.end > edge_taken.end
            if total < best - 1e-9 or (abs(total - best) <= 1e-9 and longer):
                best, edge_taken = total, edge
        cost[at], choice[at] = best, edge_taken
    path: list[Edge] = []
    at = 0
    while at < size:
        edge = choice[at]
        if edge is None:
            at += 1
        else:
            path.append(edge)
            at = edge.end
    return path
