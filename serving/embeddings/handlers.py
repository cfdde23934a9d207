"""The HTTP interface of the embedder."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from serving.application import Tenant, check_model, parts_of
from serving.contracts.api import ModelLineage
from serving.contracts.embeddings import EMBEDDINGS_BODY, EmbeddingsShape
from serving.embeddings.fields import receive_request
from serving.embeddings.formats import render
from serving.embeddings.pipeline import Pipeline
from serving.intake import unless_gone

router = APIRouter()
Pipe = Annotated[Pipeline, Depends(parts_of)]


@router.post("/v1/embeddings", response_model=EmbeddingsShape, openapi_extra={"requestBody": EMBEDDINGS_BODY})
async def embed(request: Request, pipeline: Pipe, tenant: Tenant) -> Response:
    """Texts in, vectors of unit length out, in the order of the texts."""
    with pipeline.intake.admitted():
        asked = await receive_request(request, pipeline.intake, pipeline.settings.request)
        check_model(asked.model, pipeline.model)
        space = pipeline.space(asked.dimensions)
        vectors_ND, tokens = await unless_gone(request, pipeline.embed(asked, tenant))
        body = await asyncio.to_thread(
            render,
            vectors_ND,
            encoding=asked.encoding,
            model=pipeline.model.name,
            tokens=tokens,
            space=space,
            lineage=ModelLineage(**pipeline.model.lineage_fields()),
        )
        return Response(body, media_type="application/json", headers={"x-model-version": pipeline.model.version})
