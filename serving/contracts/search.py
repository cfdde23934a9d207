"""The shapes of `GET /v1/search`: a question in, the moments at which it was talked about out.

Offsets count Unicode code points of the JSON strings, times are seconds from the start of the recording.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from serving.contracts.api import ModelLineage

SearchMode = Literal["hybrid", "lexical", "dense"]


class HighlightShape(BaseModel):
    """What was asked for, in the text [start, end) and in the audio."""

    start: int
    end: int
    start_s: float
    end_s: float


class HitShape(BaseModel):
    """One passage; scores compare the hits of one answer only."""

    score: float
    recording_id: str
    start_s: float
    end_s: float
    text: str
    highlights: list[HighlightShape]
    transcript_id: str
    x_passage_id: str
    x_transcript_version: int
    x_speaker: str | None
    x_confidence: float
    x_recorded_at_s: float | None
    x_lineage: dict[str, str]
    """The ids that lead from the hit back to the models and data that wrote it down."""


class SearchShape(BaseModel):
    """The answer: best first."""

    hits: list[HitShape]
    x_mode: SearchMode
    """How the question was put; `lexical` where the space's vectors were found to add nothing."""
    x_space: str
    """The fingerprint of the space that answered."""
    x_lineage: ModelLineage
    """Of the embedder that the service was released with."""


def _parameter(name: str, kind: str, description: str, *, required: bool = False) -> dict:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": {"type": kind}}


#: For OpenAPI: the route reads its query string itself, so that what it does not know is refused.
SEARCH_PARAMETERS = [
    _parameter("q", "string", "The question; without any diacritics it finds whatever accents.", required=True),
    _parameter("limit", "integer", "Most hits."),
    _parameter("mode", "string", "hybrid, lexical or dense."),
    _parameter("recording_id", "string", "Only these recordings; may come several times."),
    _parameter("transcript_id", "string", "Only these transcripts; may come several times."),
    _parameter("speaker", "string", "Only these speakers; may come several times."),
    _parameter("transcript_version", "integer", "Only this version."),
    _parameter("min_confidence", "number", "Only what was heard so surely."),
    _parameter("recorded_from_s", "number", "Only recordings that began at this time or later, in seconds since 1970."),
    _parameter("recorded_until_s", "number", "Only recordings that began before this time."),
]
