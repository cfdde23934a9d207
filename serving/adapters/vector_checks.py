"""What every vector index asks before it touches a space, and a filter in the words that the Qdrant engines share."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from data.errors import BadParameter, ForeignSpace, SpaceExists, UnknownSpace
from serving.search.filters import Filter
from serving.search.space import Space

#: Payload fields that filters look at, and the kind of index that each has.
INDEXED: dict[str, Literal["keyword", "integer", "float"]] = {
    "tenant": "keyword",
    "recording_id": "keyword",
    "transcript_id": "keyword",
    "speaker": "keyword",
    "fingerprint": "keyword",
    "transcript_version": "integer",
    "confidence": "float",
    "recorded_at_s": "float",
}

Condition = tuple[str, Literal["is", "any", "from", "until"], str | int | float | list[str]]
"""A field, how it is compared, and with what."""


def check_space(stored: Space | None, asked: Space, *, creating: bool = False) -> Space | None:
    """The stored space of that name; None where it is to be created.

    Raises:
        UnknownSpace, ForeignSpace: there is none, or it holds other vectors.
        SpaceExists: when creating, another space has that name.
    """
    if stored is None:
        if creating:
            return None
        raise UnknownSpace(f"no space is called {asked.name}")
    if stored.fingerprint != asked.fingerprint:
        what = f"the space {asked.name} has the fingerprint {stored.fingerprint}, not {asked.fingerprint}"
        raise SpaceExists(what) if creating else ForeignSpace(what)
    return stored


def check_limit(limit: int) -> None:
    """Accept how many points are asked for.

    Raises:
        BadParameter: none at all.
    """
    if limit < 1:
        raise BadParameter(f"a limit of {limit}", pointer="/limit")


def check_start(after: str | None) -> str | None:
    """The id behind which a scroll begins.

    Raises:
        BadParameter: it is no id.
    """
    if after is not None and not is_id(after):
        raise BadParameter(f"{after[:80]!r} is no id of a point", pointer="/after")
    return after


def is_id(name: str) -> bool:
    """Whether a point may be called so: a UUID in its canonical spelling."""
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False


def next_id(name: str) -> str | None:
    """The first id behind a given one; None behind the last."""
    number = uuid.UUID(name).int + 1
    return str(uuid.UUID(int=number)) if number < 1 << 128 else None


def ids_only(names: Sequence[str]) -> list[str]:
    """Those that can be ids, each once, in their order."""
    return [name for name in dict.fromkeys(names) if is_id(name)]


def conditions(where: Filter) -> Iterator[Condition]:
    """The filter as conditions that hold together; the tenant's is always the first."""
    yield "tenant", "is", where.tenant
    for field, values in (
        ("recording_id", where.recordings),
        ("transcript_id", where.transcripts),
        ("speaker", where.speakers),
    ):
        if values:
            yield field, "any", list(values)
    if where.transcript_version is not None:
        yield "transcript_version", "is", where.transcript_version
    bounds: Iterable[tuple[str, Literal["from", "until"], float | None]] = (
        ("confidence", "from", where.min_confidence),
        ("recorded_at_s", "from", where.recorded_from_s),
        ("recorded_at_s", "until", where.recorded_until_s),
    )
    for field, how, bound in bounds:
        if bound is not None:
            yield field, how, bound
