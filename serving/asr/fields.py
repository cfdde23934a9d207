"""The fields of a transcription request, from text to checked values; names come with and without `[]`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable
from typing import Any, get_args

from data.errors import BadParameter
from serving.contracts.api import Granularity, ResponseFormat, TranscriptionRequest

MAX_PROMPT_CHARS, MAX_KEYWORDS, MAX_KEYWORD_CHARS, MAX_BOOST = 4000, 1000, 200, 100.0


def read_fields(fields: Iterable[tuple[str, str]]) -> TranscriptionRequest:
    """Check the fields; those that OpenAI knows and we do not are ignored.

    Raises:
        BadParameter: a value that is not allowed, or a single-valued field twice; `pointer` names the field.
    """
    scalars: dict[str, str] = {}
    lists: dict[str, list[str]] = {name: [] for name in ("timestamp_granularities", "include", "keywords", "chunking_strategy")}
    for raw_name, value in fields:
        name = raw_name.partition("[")[0]
        name = "keywords" if name == "hotwords" else name
        if name == "chunking_strategy":
            _check_strategy(raw_name, value)
        elif name in lists:
            lists[name].append(value)
        elif name in scalars:
            raise BadParameter("given twice", pointer=f"/{name}")
        else:
            scalars[name] = value
    values: dict[str, Any] = {name: read(scalars[name]) for name, read in _SCALARS.items() if name in scalars}
    request = TranscriptionRequest(
        **values,
        granularities=frozenset(_all_of(lists, "timestamp_granularities", get_args(Granularity))),
        logprobs="logprobs" in _all_of(lists, "include", ("logprobs",)),
        keywords=_keywords(lists["keywords"]),
    )
    _check_together(request)
    return request


def _check_together(request: TranscriptionRequest) -> None:
    if request.granularities and request.response_format != "verbose_json":
        raise BadParameter("only with response_format=verbose_json", pointer="/timestamp_granularities")
    if request.logprobs and request.response_format != "json":
        raise BadParameter("logprobs only with response_format=json", pointer="/include")
    if request.stream and request.response_format not in ("json", "text"):
        raise BadParameter("a stream carries json or text", pointer="/response_format")


def _all_of(lists: dict[str, list[str]], field: str, allowed: Iterable[str]) -> list[Any]:
    return [_one_of(value, allowed, field) for value in lists[field]]


def _one_of(value: str, allowed: Iterable[str], field: str) -> Any:
    if value not in allowed:
        raise BadParameter(f"{value[:80]!r} is none of {', '.join(allowed)}", pointer=f"/{field}")
    return value


def _language(value: str) -> str:
    if value.lower().replace("_", "-") not in ("vi", "vi-vn", "vie", "vietnamese"):
        raise BadParameter(f"{value[:80]!r} is not spoken here; `vi` is", pointer="/language")
    return "vi"


def _temperature(value: str) -> float:
    number = _number(value, "temperature")
    if not 0 <= number <= 1:
        raise BadParameter(f"{value[:80]} lies outside 0 to 1", pointer="/temperature")
    return number


def _stream(value: str) -> bool:
    return _one_of(value.lower(), ("true", "false", "1", "0"), "stream") in ("true", "1")


def _prompt(value: str) -> str:
    if len(value) > MAX_PROMPT_CHARS:
        raise BadParameter(f"longer than {MAX_PROMPT_CHARS} characters", pointer="/prompt")
    return value


_SCALARS: dict[str, Callable[[str], Any]] = {
    "model": str,
    "language": _language,
    "prompt": _prompt,
    "response_format": lambda value: _one_of(value, get_args(ResponseFormat), "response_format"),
    "temperature": _temperature,
    "stream": _stream,
}


def _keywords(values: list[str]) -> tuple[tuple[str, float], ...]:
    """`phrase` or `phrase:boost`; what stands behind a colon and is no number belongs to the phrase."""
    if len(values) > MAX_KEYWORDS:
        raise BadParameter(f"more than {MAX_KEYWORDS}", pointer="/keywords")
    found = []
    for i, value in enumerate(values):
        phrase, boost = value, 1.0
        head, colon, tail = value.rpartition(":")
        if colon and head:
            try:
                phrase, boost = head, float(tail)
            except ValueError:
                phrase = value
        phrase = phrase.strip()
        if not phrase or len(phrase) > MAX_KEYWORD_CHARS or not abs(boost) <= MAX_BOOST:
            raise BadParameter(f"{value[:80]!r} is no `phrase` or `phrase:boost`", pointer=f"/keywords/{i}")
        found.append((phrase, boost))
    return tuple(found)


def _check_strategy(name: str, value: str) -> None:
    """`auto`, an object as JSON, or an object's fields in brackets; chunks are always placed at silence."""
    strategy: Any = value
    if name.endswith("]") and "[" in name:
        strategy = {name.partition("[")[2][:-1]: value}
    elif value.lstrip().startswith("{"):
        try:
            strategy = json.loads(value)
        except ValueError as error:
            raise BadParameter("no JSON object", pointer="/chunking_strategy") from error
    if not isinstance(strategy, dict):
        _one_of(value, ("auto",), "chunking_strategy")
        return
    for key, setting in strategy.items():
        if key == "type":
            _one_of(str(setting), ("auto", "server_vad"), "chunking_strategy")
        elif key in ("prefix_padding_ms", "silence_duration_ms", "threshold"):
            _number(str(setting), "chunking_strategy")
        else:
            raise BadParameter(f"unknown key {key[:40]!r}", pointer="/chunking_strategy")


def _number(value: str, field: str) -> float:
    try:
        number = float(value)
    except ValueError as error:
        raise BadParameter(f"{value[:80]!r} is no number", pointer=f"/{field}") from error
    if not math.isfinite(number):
        raise BadParameter(f"{value[:80]!r} is not finite", pointer=f"/{field}")
    return number
