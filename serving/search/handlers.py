"""The HTTP interface of the search."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from serving.application import Tenant, parts_of
from serving.contracts.api import ModelLineage
from serving.contracts.search import SEARCH_PARAMETERS, SearchShape
from serving.search.admin import router as admin_router
from serving.search.fields import read_question
from serving.search.formats import render
from serving.search.pipeline import Pipeline

router = APIRouter()
router.include_router(admin_router)
Pipe = Annotated[Pipeline, Depends(parts_of)]


@router.get("/v1/search", response_model=SearchShape, openapi_extra={"parameters": SEARCH_PARAMETERS})
async def search(request: Request, pipeline: Pipe, tenant: Tenant) -> Response:
    """A question in; the passages that answer it, with their place in the audio, out."""
    with pipeline.intake.admitted():
        question = read_question(request.scope["query_string"], tenant, pipeline.settings.query)
        answered = await pipeline.search(question)
        body = render(answered, ModelLineage(**pipeline.model.lineage_fields()))
        headers = {"x-model-version": pipeline.model.version}
        return Response(body.model_dump_json(), media_type="application/json", headers=headers)
