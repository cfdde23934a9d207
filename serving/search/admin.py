"""The door for operators: packages come in, a change of model is ordered, watched, stopped and undone.

    PUT    /v1/search/admin/models/DIGEST   a serving package as a plain tar
    POST   /v1/search/admin/move            to a package that is here; answered at once, it goes on behind the answer
    GET    /v1/search/admin                 what is held, and how far it is
    DELETE /v1/search/admin/move            stop it; its space is dropped
    POST   /v1/search/admin/back            the space before the last move answers again
    POST   /v1/search/admin/finish          let that one go

Whoever enters brings the token of the settings; where none is set, nobody does.
"""

from __future__ import annotations

import asyncio
import errno
import hmac
import shutil
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from data.errors import BadParameter, BadToken, DiskFull, DoorClosed, UnknownModel, UnsupportedBody
from serving.application import parts_of
from serving.contracts.search_admin import (
    ORDER_BODY,
    PACKAGE_BODY,
    ModelReceivedShape,
    MoveOrderShape,
    MoveShape,
    SearchStateShape,
    SpaceShape,
)
from serving.json_body import read_object, receive_json
from serving.search.moving import Order
from serving.search.pipeline import Pipeline
from serving.search.reindex import Golden
from serving.search.space import Space


def entered(request: Request) -> Pipeline:
    """The parts of the service, for whoever brings the token.

    Raises:
        DoorClosed: no token is set. BadToken: the request brings none, or another one.
    """
    pipeline: Pipeline = parts_of(request)
    token = pipeline.settings.admin.token.get_secret_value()
    if not token:
        raise DoorClosed("no token is set for this door: TIENGNOI_SEARCH_ADMIN__TOKEN")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), token.encode()):
        raise BadToken
    return pipeline


router = APIRouter(prefix="/v1/search/admin")
Entered = Annotated[Pipeline, Depends(entered)]


@router.get("")
async def status(pipeline: Entered) -> SearchStateShape:
    """What is held, and how the last change of model stands."""
    state, progress = pipeline.mover.spaces.state, pipeline.mover.progress
    return SearchStateShape(
        serving=_space(state.serving),
        previous=_space(state.previous) if state.previous else None,
        building=_space(state.building) if state.building else None,
        move=MoveShape(
            stage=progress.stage,
            running=progress.running,
            model=progress.model,
            copied=progress.copied,
            points=progress.points,
            code=progress.code,
            detail=progress.detail,
            report=dict(progress.report),
        ),
    )


@router.get("/models/{digest}")
async def get_model(digest: str, pipeline: Entered) -> ModelReceivedShape:
    """Whether a package is here."""
    if not pipeline.mover.library.holds(digest):
        raise UnknownModel(f"no package {digest[:80]!r} is here", pointer="/model")
    return ModelReceivedShape(model=digest)


@router.put("/models/{digest}", openapi_extra={"requestBody": PACKAGE_BODY}, status_code=201)
async def receive_model(digest: str, request: Request, pipeline: Entered, response: Response) -> ModelReceivedShape:
    """Take in a serving package; 200 where it is here already."""
    library, limits = pipeline.mover.library, pipeline.settings.admin
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-tar":
        raise UnsupportedBody("a package comes as application/x-tar")
    with pipeline.package_intake.admitted():
        if library.holds(digest):
            async for _ in pipeline.package_intake.blocks(request):
                pass  # Whoever sends on would else lose the answer.
            response.status_code = 200
            return ModelReceivedShape(model=digest)
        folder = await asyncio.to_thread(library.scratch)
        try:
            archive = folder / "package.tar"
            with archive.open("wb") as file:
                async for block in pipeline.package_intake.blocks(request):
                    await asyncio.to_thread(file.write, block)
            await asyncio.to_thread(library.receive, archive, digest, limits.max_bytes)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            raise DiskFull("the package does not fit on the disk") from error
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    return ModelReceivedShape(model=digest)


@router.post("/move", openapi_extra={"requestBody": ORDER_BODY}, status_code=202)
async def move(request: Request, pipeline: Entered) -> SearchStateShape:
    """Order a change of model."""
    with pipeline.order_intake.admitted():
        body = await receive_json(request, pipeline.order_intake)
    pipeline.mover.start(read_order(body))
    return await status(pipeline)


@router.delete("/move", status_code=202)
async def stop(pipeline: Entered) -> SearchStateShape:
    """Have a running change of model end at its next step."""
    pipeline.mover.stop()
    return await status(pipeline)


@router.post("/back")
async def back(pipeline: Entered) -> SearchStateShape:
    """Serve the space before the last move again."""
    await pipeline.mover.back()
    return await status(pipeline)


@router.post("/finish")
async def finish(pipeline: Entered) -> SearchStateShape:
    """Let the space before the last move go; there is no way back then."""
    await pipeline.mover.finish()
    return await status(pipeline)


def read_order(body: bytes) -> Order:
    """Check an order.

    Raises:
        NotUtf8, BadParameter: no such JSON object, or a judged question that is not among the questions.
    """
    try:
        read = MoveOrderShape.model_validate(read_object(body, MoveOrderShape.model_fields))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadParameter(first["msg"], pointer="/" + "/".join(map(str, first["loc"]))[:200]) from error
    golden = None
    if read.golden is not None:
        golden = Golden(tenant=read.golden.tenant, queries=read.golden.queries, qrels=read.golden.qrels)
        strangers = [name for name in golden.qrels if name not in golden.queries]
        if strangers:
            raise BadParameter(f"{strangers[0][:80]!r} is judged, but there is no such question", pointer="/golden/qrels")
    return Order(model=read.model, golden=golden, max_loss=read.max_loss)


def _space(space: Space) -> SpaceShape:
    return SpaceShape(
        fingerprint=space.fingerprint,
        model=space.model,
        version=space.version,
        package_digest=space.digest,
        dim=space.dim,
    )
