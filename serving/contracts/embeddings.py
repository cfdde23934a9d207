"""The shapes of `POST /v1/embeddings`: OpenAI's, and beside them what is ours (`input_type`, `x_lineage`, `x_space`)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from serving.contracts.api import ModelLineage

EncodingFormat = Literal["float", "base64"]
InputType = Literal["query", "passage"]


class EmbeddingsRequest(BaseModel):
    """What is embedded, and how the numbers come back."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)

    input: str | list[str]
    """One text or several; token ids are not taken, since every model has its own."""
    model: str | None = None
    """One of the served names; the served model when left out."""
    encoding_format: EncodingFormat = "float"
    """`base64`: the numbers as little-endian float32."""
    dimensions: Annotated[int, Field(ge=1)] | None = None
    """Cut each vector to so many numbers; it is of unit length again. The lengths that the model was trained for keep most."""
    user: str | None = None
    """Taken, and not looked at."""
    input_type: InputType = "passage"
    """What the texts are: many models put other words before a query than before what is looked through."""


class EmbeddingShape(BaseModel):
    """One vector, of unit length."""

    object: Literal["embedding"] = "embedding"
    index: int
    embedding: list[float] | str


class EmbeddingsUsage(BaseModel):
    """What is counted: tokens as the model reads them."""

    prompt_tokens: int
    total_tokens: int


class SpaceShape(BaseModel):
    """Which vectors may be compared with these: those of the same model, cut to the same length."""

    dim: int
    dims: list[int]
    """Lengths that the model was trained for."""
    normalform_version: int


class EmbeddingsShape(BaseModel):
    """The answer; vectors stand in the order of the texts."""

    object: Literal["list"] = "list"
    data: list[EmbeddingShape]
    model: str
    usage: EmbeddingsUsage
    x_space: SpaceShape
    x_lineage: ModelLineage


#: For OpenAPI: the route reads its body itself, within limits.
EMBEDDINGS_BODY = {"required": True, "content": {"application/json": {"schema": EmbeddingsRequest.model_json_schema()}}}
