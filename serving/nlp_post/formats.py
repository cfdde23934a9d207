"""Written texts as the JSON of an answer.

A megabyte of text has some 400,000 spans: as pydantic models they take a gigabyte, so the string is written directly.
It equals what the shapes of contracts write (tests/contract/test_normalize_answers.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from serving.contracts.api import ModelLineage

if TYPE_CHECKING:
    from models.normalizer.spans import Normalized, Span


def render(found: Sequence[Normalized], lineage: ModelLineage, *, single: bool) -> bytes:
    """The body for one text or for several."""
    tail = f'"x_lineage":{lineage.model_dump_json()}'
    if single:
        return f"{{{_fields(found[0])},{tail}}}".encode()
    results = ",".join(f"{{{_fields(one)}}}" for one in found)
    return f'{{"results":[{results}],{tail}}}'.encode()


def _fields(one: Normalized) -> str:
    text, spans = json.dumps(one.text, ensure_ascii=False), ",".join(map(_span, one.spans))
    return f'"text":{text},"spans":[{spans}],"x_refused":{one.refused},"x_ruled":{one.ruled}'


def _span(span: Span) -> str:
    (a, b), (c, d) = span.spoken, span.written
    return f'{{"spoken":[{a},{b}],"written":[{c},{d}],"class":"{span.kind}"}}'
