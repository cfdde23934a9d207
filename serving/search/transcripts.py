"""Transcripts as JSON lines, for what is indexed from a file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.errors import BadParameter, NotUtf8
from data.schema import Seconds, Word
from serving.search.atoms import Heard, WrittenForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A transcript with what the search keeps beside it."""

    heard: Heard
    recorded_at_s: Seconds | None
    lineage: Mapping[str, str]


def read_transcripts(path: Path) -> Iterator[Recorded]:
    """One transcript a line: {recording_id, transcript_id, version, words: [{text, start_s, end_s, confidence}]}.

    A line may hold tenant (`public`), speakers (one a word), written {text, spans}, recorded_at_s and lineage.

    Raises:
        BadParameter: a line of another form; the message names it.
        NotUtf8: the file is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _recorded(line, f"{path}:{number}")
    except UnicodeDecodeError as error:
        raise NotUtf8(f"{path}: byte {error.start} is not UTF-8") from error
    except OSError as error:
        raise BadParameter(f"cannot read {path}: {error.strerror}") from error


def _recorded(line: str, place: str) -> Recorded:
    try:
        found = json.loads(line)
        written: dict[str, Any] | None = found.get("written")
        began = found.get("recorded_at_s")
        heard = Heard(
            tenant=str(found.get("tenant", "public")),
            recording_id=str(found["recording_id"]),
            transcript_id=str(found["transcript_id"]),
            version=int(found["version"]),
            words=tuple(Word(**word) for word in found["words"]),
            speakers=tuple(found.get("speakers", ())),
            written=_written(written) if written else None,
        )
        lineage = {str(name): str(value) for name, value in found.get("lineage", {}).items()}
        return Recorded(heard=heard, recorded_at_s=None if began is None else float(began), lineage=lineage)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadParameter(f"{place}: no transcript: {error}") from error


def _written(found: Mapping[str, Any]) -> WrittenForm:
    spans = tuple(((int(a), int(b)), (int(c), int(d))) for (a, b), (c, d) in found["spans"])
    return WrittenForm(text=str(found["text"]), spans=spans)
