"""What every HTTP service with a model answers beside its own routes: models, health, metrics, and errors in one form."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse

from data.errors import BadMethod, Unavailable, UnknownModel, UnknownRoute
from serving.contracts.api import ModelListShape, ModelShape
from serving.observability.door import Door, problem_response
from serving.observability.metrics import CONTENT_TYPE, HttpMetrics
from serving.served_model import ServedModel

_router = APIRouter()


class Parts(Protocol):
    """The parts of a running service."""

    @property
    def model(self) -> ServedModel:
        """Who answers."""
        ...

    @property
    def alive(self) -> bool:
        """Whether requests are worked on."""
        ...


def create_app(title: str, router: APIRouter, start: Callable[[HttpMetrics], AbstractAsyncContextManager[Parts]]) -> FastAPI:
    """The application; `start` builds its parts when it starts and takes them down when it stops."""
    metrics = HttpMetrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with start(metrics) as parts:
            app.state.parts = parts
            yield
            app.state.parts = None

    # The pages of /docs load their scripts from other people's servers; /openapi.json needs none.
    app = FastAPI(title=title, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.metrics, app.state.parts = metrics, None
    app.include_router(router)
    app.include_router(_router)
    app.add_exception_handler(HTTPException, _routing_failed)
    app.add_middleware(Door, metrics=metrics)
    return app


async def _routing_failed(request: Request, error: Exception) -> Response:
    """404 and 405 of the router, in the form of every other error."""
    kind = BadMethod if getattr(error, "status_code", 404) == 405 else UnknownRoute
    refusal = kind(f"{request.method[:16]} {request.url.path[:200]}")
    request.app.state.metrics.errors.labels(code=refusal.code).inc()
    return problem_response(refusal, request.url.path, getattr(error, "headers", None))


def parts_of(request: Request) -> Any:
    """The parts of the running service, of whatever class its `start` makes them."""
    parts = request.app.state.parts
    if parts is None:
        raise Unavailable("the service starts or stops")
    return parts


def tenant_of(request: Request) -> str:
    """Whose request it is: everybody is one tenant until tokens are checked here."""
    return "public"


Running = Annotated[Parts, Depends(parts_of)]
Tenant = Annotated[str, Depends(tenant_of)]


def check_model(name: str | None, model: ServedModel) -> None:
    """Refuse a request for another model than the one that is served.

    Raises:
        UnknownModel: it is not one of the model's names.
    """
    if name is not None and name not in model.names:
        raise UnknownModel(f"{name[:80]!r} is not served here; {', '.join(sorted(model.names))} are", pointer="/model")


@_router.get("/v1/models")
async def list_models(parts: Running) -> ModelListShape:
    """The one model that is served."""
    return ModelListShape(data=[_model_shape(parts.model)])


@_router.get("/v1/models/{model}")
async def get_model(model: str, parts: Running) -> ModelShape:
    """The model, under any of its names."""
    check_model(model, parts.model)
    return _model_shape(parts.model)


@_router.get("/livez", response_class=PlainTextResponse)
@_router.get("/healthz", response_class=PlainTextResponse)
async def live() -> str:
    """The process answers."""
    return "ok\n"


@_router.get("/readyz", response_class=PlainTextResponse)
async def ready(parts: Running) -> str:
    """The model answers as when it was packaged, and requests are taken."""
    if not parts.alive:
        raise Unavailable("the model does not run")
    return "ok\n"


@_router.get("/metrics")
async def metrics(request: Request) -> Response:
    """What Prometheus reads."""
    return Response(request.app.state.metrics.exposition(), media_type=CONTENT_TYPE)


def _model_shape(model: ServedModel) -> ModelShape:
    return ModelShape(id=model.name, created=model.created_s, x_version=model.version, x_package_digest=model.digest)
