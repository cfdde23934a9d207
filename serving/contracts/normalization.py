"""The shapes of `POST /v1/normalize`: spoken Vietnamese in, written Vietnamese with its span map out.

Offsets count Unicode code points of the JSON strings, not bytes and not the UTF-16 units of JavaScript. Spans follow each
other without a gap on both sides, so each written character leads back to what was spoken, and each spoken one is found.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from data.text.semiotics import Semiotic
from serving.contracts.api import ModelLineage

Style = Literal["vi", "nemo"]


class NormalizeRequest(BaseModel):
    """Either `text` or `texts`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)

    text: str | None = None
    """What was spoken: lower-case words without punctuation. Lines that are written already stay as they are."""
    texts: list[str] | None = None
    """Several, each for itself; the results stand in their order."""
    style: Style = "vi"
    """`vi` for people (24/7/2025, 1.500.000 đồng), `nemo` for the scores of that suite."""
    model: str | None = None
    """One of the served names; the served model when left out."""


class SpanShape(BaseModel):
    """What a stretch of written text says: [start, end) in the spoken text and in the written one, in Unicode code points."""

    spoken: tuple[int, int]
    written: tuple[int, int]
    kind: Annotated[Semiotic, Field(alias="class")]


class WrittenShape(BaseModel):
    """One text."""

    text: str
    spans: list[SpanShape]
    x_refused: int
    """Stretches that the model wrote and a guard did not let through."""
    x_ruled: int
    """Expressions that the rules wrote."""


class NormalizedShape(WrittenShape):
    """The answer to `text`."""

    x_lineage: ModelLineage


class NormalizedListShape(BaseModel):
    """The answer to `texts`."""

    results: list[WrittenShape]
    x_lineage: ModelLineage


#: For OpenAPI: the route reads its body itself, within limits.
NORMALIZE_BODY = {"required": True, "content": {"application/json": {"schema": NormalizeRequest.model_json_schema()}}}
