"""Hits as the shapes of an answer."""

from __future__ import annotations

from serving.contracts.api import ModelLineage
from serving.contracts.search import HighlightShape, HitShape, SearchMode, SearchShape
from serving.search.hybrid import Hit
from serving.search.pipeline import Answered

_DIGITS = 6


def render(answered: Answered, lineage: ModelLineage) -> SearchShape:
    """The answer to one question."""
    mode: SearchMode = answered.mode
    return SearchShape(hits=list(map(shape_of, answered.hits)), x_mode=mode, x_space=answered.fingerprint, x_lineage=lineage)


def shape_of(hit: Hit) -> HitShape:
    """One hit."""
    payload = hit.payload
    return HitShape(
        score=round(hit.score, _DIGITS),
        recording_id=payload.recording_id,
        start_s=payload.start_s,
        end_s=payload.end_s,
        text=payload.text,
        highlights=[HighlightShape(start=m.start, end=m.end, start_s=m.start_s, end_s=m.end_s) for m in hit.highlights],
        transcript_id=payload.transcript_id,
        x_passage_id=hit.id,
        x_transcript_version=payload.transcript_version,
        x_speaker=payload.speaker,
        x_confidence=round(payload.confidence, _DIGITS),
        x_recorded_at_s=payload.recorded_at_s,
        x_lineage=dict(payload.lineage),
    )
