"""The shapes of `/v1/search/admin`: what a search holds, and a change of its model that is ordered, watched, undone."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class SpaceShape(BaseModel):
    """A space that is held."""

    fingerprint: str
    model: str
    version: str
    package_digest: str
    dim: int


class MoveShape(BaseModel):
    """How the last change of model stands; `idle` where there was none since the service started."""

    stage: str
    """idle, loading, begun, copying, reconciling, optimising, measuring; at the end served, refused, failed or stopped."""
    running: bool
    model: str
    copied: int
    points: int
    code: str
    """Of the error that ended it, as in problem+json."""
    detail: str
    report: dict[str, Any]
    """Old and new on the golden queries, once it is served."""


class SearchStateShape(BaseModel):
    """What the search holds."""

    serving: SpaceShape
    previous: SpaceShape | None
    """What `back` leads to."""
    building: SpaceShape | None
    move: MoveShape


class ModelReceivedShape(BaseModel):
    """A package that is here now."""

    model: str


class GoldenShape(BaseModel):
    """Questions of one tenant, and for each question the grades of the transcripts that answer it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    tenant: str = Field(min_length=1, max_length=256)
    queries: dict[str, str] = Field(min_length=1)
    qrels: dict[str, dict[str, float]] = Field(min_length=1)


class MoveOrderShape(BaseModel):
    """An order to move."""

    model_config = ConfigDict(extra="forbid", strict=True)

    model: str
    """The digest of its package."""
    golden: GoldenShape | None = None
    """Those of the service's settings where there are none."""
    max_loss: float | None = Field(default=None, ge=0, le=1)
    """So much nDCG@10 and recall@10 may be lost; as in the settings where it is left out."""


#: For OpenAPI: the routes read their bodies themselves, in blocks and with limits.
ORDER_BODY = {"required": True, "content": {"application/json": {"schema": MoveOrderShape.model_json_schema()}}}
PACKAGE_BODY = {
    "required": True,
    "content": {"application/x-tar": {"schema": {"type": "string", "format": "binary", "description": "Its files, plain."}}},
}
