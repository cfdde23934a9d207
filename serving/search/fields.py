"""The query string of a search, from bytes to checked values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, get_args
from urllib.parse import parse_qsl

from data.errors import BadParameter, BodyTooLarge, EmptyText, MissingField, NotUtf8, TextTooLong
from data.text.normalform import normal_form
from serving.contracts.search import SearchMode
from serving.search.filters import Filter, parse
from serving.search.settings import QuerySettings

_MAX_FIELDS = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A checked request."""

    text: str
    where: Filter
    limit: int
    mode: SearchMode


def read_question(query_string: bytes, tenant: str, settings: QuerySettings) -> Question:
    """Check a query string; `pointer` of an error names the parameter.

    Args:
        tenant: whose request it is; no parameter can say otherwise.
    Raises:
        BodyTooLarge, TextTooLong: longer than the settings allow.
        MissingField, EmptyText: no `q`, or no word in it.
        NotUtf8: bytes that are none.
        BadParameter: a parameter that is not known, comes twice, or has an impossible value.
    """
    given = _parameters(query_string, settings.max_bytes)
    text = _one(given, "q")
    if text is None:
        raise MissingField("no question: q", pointer="/q")
    if len(text.encode()) > settings.max_query_bytes:
        raise TextTooLong(f"a question has at most {settings.max_query_bytes} bytes", pointer="/q")
    if not normal_form(text):
        raise EmptyText("no word is in it", pointer="/q")
    limit, mode = _one(given, "limit"), _one(given, "mode") or "hybrid"
    if mode not in get_args(SearchMode):
        raise BadParameter(f"{mode[:80]!r} is no mode; there are {', '.join(get_args(SearchMode))}", pointer="/mode")
    return Question(
        text=text,
        where=parse(tenant, given),
        limit=settings.limit if limit is None else _limit(limit, settings.max_limit),
        mode=cast(SearchMode, mode),
    )


def _parameters(query_string: bytes, max_bytes: int) -> dict[str, list[str]]:
    if len(query_string) > max_bytes:
        raise BodyTooLarge(f"a query string has at most {max_bytes} bytes")
    try:
        pairs = parse_qsl(query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except UnicodeDecodeError as error:
        raise NotUtf8("the query string is not UTF-8 in percent signs") from error
    except ValueError as error:
        raise BadParameter(f"the query string cannot be read: {error}") from error
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        given.setdefault(name, []).append(value)
    return given


def _one(given: dict[str, list[str]], name: str) -> str | None:
    """Take a parameter that comes once out of the rest."""
    values = given.pop(name, None)
    if values is None:
        return None
    if len(values) > 1:
        raise BadParameter(f"{name}: one value", pointer=f"/{name}")
    return values[0]


def _limit(value: str, most: int) -> int:
    # int() takes spaces, underscores and the digits of other scripts, and is slow on endless ones.
    limit = int(value) if value.isascii() and value.isdigit() and len(value) < 9 else 0
    if not 0 < limit <= most:
        raise BadParameter(f"limit: a whole number between 1 and {most}", pointer="/limit")
    return limit
