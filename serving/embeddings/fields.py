"""The body of a request for embeddings, from bytes to checked values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request

from data.errors import BadParameter, EmptyText, MissingField, TextTooLong
from serving.contracts.embeddings import EmbeddingsRequest, EncodingFormat, InputType
from serving.embeddings.settings import RequestSettings
from serving.intake import Intake
from serving.json_body import is_visible, read_object, receive_json, utf8_size


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A checked request; `single` where the caller sent one text."""

    texts: tuple[str, ...]
    single: bool
    kind: InputType
    encoding: EncodingFormat
    dimensions: int | None
    model: str | None

    def pointer(self, place: int) -> str:
        """Where a text stands in the body."""
        return "/input" if self.single else f"/input/{place}"


async def receive_request(request: Request, intake: Intake, settings: RequestSettings) -> Asked:
    """Read the body and check it.

    Raises:
        UnsupportedBody: no application/json.
        BodyTooLarge, SlowRequest: the intake's limits.
        TextError, RequestError: see `read_request`.
    """
    return read_request(await receive_json(request, intake), settings)


def read_request(body: bytes, settings: RequestSettings) -> Asked:
    """Check a body; `pointer` of an error names the field.

    Raises:
        BadParameter: no JSON object, an unknown key, a value of another type, too many texts.
        MissingField: no `input`.
        NotUtf8: the body is not UTF-8, or a text holds half a surrogate pair.
        EmptyText: no text, or one without anything visible.
        TextTooLong: a text is longer than `max_text_bytes`.
    """
    found = _validated(read_object(body, EmbeddingsRequest.model_fields), settings.max_texts)
    single = isinstance(found.input, str)
    asked = Asked(
        texts=(found.input,) if isinstance(found.input, str) else tuple(found.input),
        single=single,
        kind=found.input_type,
        encoding=found.encoding_format,
        dimensions=found.dimensions,
        model=found.model,
    )
    if not asked.texts:
        raise EmptyText("no text is in it", pointer="/input")
    for place, text in enumerate(asked.texts):
        _check(text, asked.pointer(place), settings.max_text_bytes)
    return asked


def _check(text: str, pointer: str, max_bytes: int) -> None:
    size = utf8_size(text, pointer)
    if size > max_bytes:
        raise TextTooLong(f"{size} bytes are more than {max_bytes}", pointer=pointer)
    if not is_visible(text):
        raise EmptyText("nothing in it can be seen", pointer=pointer)


def _validated(found: dict[str, Any], max_texts: int) -> EmbeddingsRequest:
    # Before pydantic, which would collect an error for each of a million items.
    given = found.get("input")
    if given is None:
        raise MissingField("no `input`", pointer="/input")
    if isinstance(given, list):
        if len(given) > max_texts:
            raise BadParameter(f"more than {max_texts} texts", pointer="/input")
        wrong = next((place for place, text in enumerate(given) if not isinstance(text, str)), None)
        if wrong is not None:
            raise BadParameter("no text; token ids are not taken", pointer=f"/input/{wrong}")
    elif not isinstance(given, str):
        raise BadParameter("neither a text nor a list of texts", pointer="/input")
    try:
        return EmbeddingsRequest.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadParameter(first["msg"], pointer=f"/{first['loc'][0]}") from error
