"""The HTTP interface of the normalizer."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from serving.application import Tenant, check_model, parts_of
from serving.contracts.api import ModelLineage
from serving.contracts.normalization import NORMALIZE_BODY, NormalizedListShape, NormalizedShape
from serving.intake import unless_gone
from serving.nlp_post.fields import receive_request
from serving.nlp_post.formats import render
from serving.nlp_post.pipeline import Pipeline

router = APIRouter()
Pipe = Annotated[Pipeline, Depends(parts_of)]


@router.post(
    "/v1/normalize",
    response_model=NormalizedShape | NormalizedListShape,
    openapi_extra={"requestBody": NORMALIZE_BODY},
)
async def normalize(request: Request, pipeline: Pipe, tenant: Tenant) -> Response:
    """Spoken Vietnamese in, written Vietnamese with its span map out."""
    with pipeline.intake.admitted():
        asked = await receive_request(request, pipeline.intake, pipeline.settings.request)
        check_model(asked.model, pipeline.model)
        found = await unless_gone(request, pipeline.normalize(asked.texts, asked.style, tenant))
        lineage = ModelLineage(**pipeline.model.lineage_fields())
        body = await asyncio.to_thread(render, found, lineage, single=asked.single)
        headers = {"x-model-version": pipeline.model.version}
        return Response(body, media_type="application/json", headers=headers)
