"""What a space holds: a passage of a transcript with its three vectors, and what is asked of it and answered.

Legend of shapes: D dimension of the space, T terms of a sparse vector.
"""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import numpy as np

from data.errors import BadParameter, BadVector, NotFiniteVector, NotUtf8, WrongDimension
from data.schema import Seconds, Word
from serving.search.space import Space

VectorName = Literal["dense", "accented", "folded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """A passage: where it was said, by whom, and which models wrote it down."""

    tenant: str
    recording_id: str
    transcript_id: str
    transcript_version: int
    passage: int
    """Its place among the passages of the transcript, from 0."""
    start_s: Seconds
    end_s: Seconds
    confidence: float
    text: str
    fingerprint: str
    """Of the space that its vectors belong to."""
    speaker: str | None = None
    recorded_at_s: Seconds | None = None
    """When the recording began, in seconds since 1970."""
    words: tuple[Word, ...] = ()
    lineage: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As JSON values; words as [text, start_s, end_s, confidence], which takes half the room."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values["words"] = [[w.text, w.start_s, w.end_s, w.confidence] for w in self.words]
        values["lineage"] = dict(self.lineage)
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Payload:
        """The inverse of `to_json`."""
        words = tuple(Word(text=t, start_s=s, end_s=e, confidence=c) for t, s, e, c in values["words"])
        return cls(**{**values, "words": words})


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Terms and their weights; ids_T are different uint32, weights_T finite float32."""

    ids: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A passage with its vectors: dense_D of unit length, accented and folded terms."""

    dense: np.ndarray
    accented: SparseVector
    folded: SparseVector
    payload: Payload

    @property
    def id(self) -> str:
        """A UUID that follows from the payload, so that no tenant can name, and overwrite, another's point."""
        return point_id(self.payload.tenant, self.payload.transcript_id, self.payload.transcript_version, self.payload.passage)


@dataclass(frozen=True, slots=True)
class VectorQuery:
    """One vector that is searched with: float32 of D numbers for `dense`, a SparseVector for the others."""

    name: VectorName
    vector: np.ndarray | SparseVector


class Scored(NamedTuple):
    """A point that was found; greater scores are better. A tuple, because a query makes hundreds of them."""

    id: str
    score: float


def point_id(tenant: str, transcript_id: str, transcript_version: int, passage: int) -> str:
    """The id of a passage: a UUID of version 8 over all four, which no other four share."""
    digest = bytearray(hashlib.sha256(json.dumps([tenant, transcript_id, transcript_version, passage]).encode()).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(digest)))


def check_points(space: Space, points: Sequence[Point]) -> None:
    """Accept points for a space.

    Raises:
        WrongDimension, NotFiniteVector, BadVector, ForeignSpace: `pointer` names the point by its place.
        NotUtf8, BadParameter: its payload could not be read back as it is.
    """
    for at, point in enumerate(points):
        space.check_same(point.payload.fingerprint, f"point {at}")
        _check_payload(point.payload, f"/points/{at}/payload")
        _check_dense(space, point.dense, f"/points/{at}/dense")
        _check_sparse(point.accented, f"/points/{at}/accented")
        _check_sparse(point.folded, f"/points/{at}/folded")


def check_queries(space: Space, queries: Sequence[VectorQuery]) -> None:
    """Accept queries for a space.

    Raises:
        WrongDimension, NotFiniteVector, BadVector: `pointer` names the query by its place.
    """
    for at, query in enumerate(queries):
        pointer = f"/queries/{at}/vector"
        if query.name == "dense" and isinstance(query.vector, np.ndarray):
            _check_dense(space, query.vector, pointer)
        elif query.name in ("accented", "folded") and isinstance(query.vector, SparseVector):
            _check_sparse(query.vector, pointer)
        else:
            raise BadVector(f"{query.name!r} is not searched with a {type(query.vector).__name__}", pointer=pointer)


def _check_payload(payload: Payload, pointer: str) -> None:
    numbers = [payload.start_s, payload.end_s, payload.confidence]
    numbers += [payload.recorded_at_s] if payload.recorded_at_s is not None else []
    for word in payload.words:
        numbers += (word.start_s, word.end_s, word.confidence)
    if not all(map(math.isfinite, numbers)):
        raise BadParameter("a time or a confidence is not finite", pointer=pointer)
    if not (0 <= payload.transcript_version < 1 << 63 and 0 <= payload.passage < 1 << 63):
        raise BadParameter("a version or a place is out of range", pointer=pointer)
    texts = [payload.tenant, payload.recording_id, payload.transcript_id, payload.text, payload.speaker or ""]
    texts += [*payload.lineage, *payload.lineage.values(), *(word.text for word in payload.words)]
    try:
        "".join(texts).encode()
    except UnicodeEncodeError as error:
        raise NotUtf8(pointer=pointer) from error


def _check_dense(space: Space, vector: np.ndarray, pointer: str) -> None:
    if vector.shape != (space.dim,):
        raise WrongDimension(f"{vector.shape} instead of ({space.dim},)", pointer=pointer)
    if not np.isfinite(vector).all():
        raise NotFiniteVector(pointer=pointer)


def _check_sparse(vector: SparseVector, pointer: str) -> None:
    if vector.ids.ndim != 1 or vector.ids.shape != vector.weights.shape or vector.ids.dtype != np.uint32:
        raise BadVector("ids are one row of uint32 with as many weights", pointer=pointer)
    if len(np.unique(vector.ids)) != len(vector.ids):
        raise BadVector("an id stands twice", pointer=pointer)
    if not np.isfinite(vector.weights).all():
        raise NotFiniteVector(pointer=pointer)
