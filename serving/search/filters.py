"""The filter language of the search: which passages a request may and wants to see.

The tenant comes from who asks, never from what is asked. `Filter.matches` is the reference that every index equals.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from data.errors import BadParameter
from data.schema import Seconds
from serving.search.points import Payload

_MAX_TEXT = 256
_MAX_CHOICES = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """All conditions hold together; a condition on a field that a passage lacks does not hold.

    Raises:
        BadParameter: no tenant, an empty or endless value, or a number that is none.
    """

    tenant: str
    recordings: tuple[str, ...] = ()
    """Any of these; all where empty."""
    transcripts: tuple[str, ...] = ()
    """Any of these; all where empty."""
    speakers: tuple[str, ...] = ()
    """Any of these; all where empty."""
    transcript_version: int | None = None
    """Exactly this version."""
    min_confidence: float | None = None
    """Not less sure than this."""
    recorded_from_s: Seconds | None = None
    """Recordings that began at this time or later, in seconds since 1970."""
    recorded_until_s: Seconds | None = None
    """Recordings that began before this time."""

    def __post_init__(self) -> None:
        _check_text("tenant", self.tenant)
        for name in ("recordings", "transcripts", "speakers"):
            values = getattr(self, name)
            if len(values) > _MAX_CHOICES:
                raise BadParameter(f"{name}: at most {_MAX_CHOICES} values", pointer=f"/{name}")
            for value in values:
                _check_text(name, value)
        for name in ("min_confidence", "recorded_from_s", "recorded_until_s"):
            if (number := getattr(self, name)) is not None and not math.isfinite(number):
                raise BadParameter(f"{name}: {number} is no number", pointer=f"/{name}")
        if self.transcript_version is not None and not 0 <= self.transcript_version < 2**63:
            raise BadParameter("transcript_version: not a version", pointer="/transcript_version")

    def matches(self, payload: Payload) -> bool:
        """Whether a passage may be seen and is wanted."""
        began = payload.recorded_at_s
        return (
            payload.tenant == self.tenant
            and (not self.recordings or payload.recording_id in self.recordings)
            and (not self.transcripts or payload.transcript_id in self.transcripts)
            and (not self.speakers or payload.speaker in self.speakers)
            and (self.transcript_version is None or payload.transcript_version == self.transcript_version)
            and (self.min_confidence is None or payload.confidence >= self.min_confidence)
            and (self.recorded_from_s is None or (began is not None and began >= self.recorded_from_s))
            and (self.recorded_until_s is None or (began is not None and began < self.recorded_until_s))
        )


#: Query parameter → field of the filter.
_TEXTS = {"recording_id": "recordings", "transcript_id": "transcripts", "speaker": "speakers"}
_NUMBERS = {"min_confidence": "min_confidence", "recorded_from_s": "recorded_from_s", "recorded_until_s": "recorded_until_s"}
#: The query parameters that `parse` reads.
PARAMETERS = frozenset({*_TEXTS, *_NUMBERS, "transcript_version"})


def parse(tenant: str, parameters: Mapping[str, Sequence[str]]) -> Filter:
    """The filter of a request: names → all values given; the texts may be given several times and mean any of them.

    Raises:
        BadParameter: an unknown name (`tenant` too: it cannot be asked for), or a value that is none.
    """
    fields: dict[str, object] = {}
    for name, values in parameters.items():
        if name not in PARAMETERS:
            raise BadParameter(
                f"{name[:80]!r} is no filter; known are {', '.join(sorted(PARAMETERS))}", pointer=f"/{name[:80]}"
            )
        if name in _TEXTS:
            fields[_TEXTS[name]] = tuple(dict.fromkeys(values))
            continue
        if len(values) != 1:
            raise BadParameter(f"{name}: one value", pointer=f"/{name}")
        try:
            fields[name] = int(values[0]) if name == "transcript_version" else float(values[0])
        except ValueError as error:
            raise BadParameter(f"{name}: {values[0][:80]!r} is no number", pointer=f"/{name}") from error
    return Filter(tenant=tenant, **fields)  # pyright: ignore[reportArgumentType]


def _check_text(name: str, value: str) -> None:
    if not value or len(value) > _MAX_TEXT:
        raise BadParameter(f"{name}: between 1 and {_MAX_TEXT} characters", pointer=f"/{name}")
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise BadParameter(f"{name}: half a surrogate pair", pointer=f"/{name}")
