"""The body of a request for embeddings, from bytes to checked values."""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request

from data.errors import BadParameter, EmptyText, MissingField, NotUtf8, TextTooLong, UnsupportedBody
from serving.contracts.embeddings import EmbeddingsRequest, EncodingFormat, InputType
from serving.embeddings.settings import RequestSettings
from serving.intake import Intake


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
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise UnsupportedBody("the body must be application/json")
    return read_request(b"".join([block async for block in intake.blocks(request)]), settings)


def read_request(body: bytes, settings: RequestSettings) -> Asked:
    """Check a body; `pointer` of an error names the field.

    Raises:
        BadParameter: no JSON object, an unknown key, a value of another type, too many texts.
        MissingField: no `input`.
        NotUtf8: the body is not UTF-8, or a text holds half a surrogate pair.
        EmptyText: no text, or one without anything visible.
        TextTooLong: a text is longer than `max_text_bytes`.
    """
    found = _validated(_object(body), settings.max_texts)
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
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise NotUtf8(f"character {error.start} is half a surrogate pair, which no UTF-8 has", pointer=pointer) from error
    if size > max_bytes:
        raise TextTooLong(f"{size} bytes are more than {max_bytes}", pointer=pointer)
    if not any(unicodedata.category(character)[0] not in "CZ" for character in text):
        raise EmptyText("nothing in it can be seen", pointer=pointer)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotUtf8(f"byte {error.start} of the body is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise BadParameter(f"the body is no JSON: {reason}") from error
    if not isinstance(found, dict):
        raise BadParameter("the body is no JSON object")
    return found


def _validated(found: dict[str, Any], max_texts: int) -> EmbeddingsRequest:
    # Before pydantic, which would collect an error for each of a million keys or items.
    unknown = next((key for key in found if key not in EmbeddingsRequest.model_fields), None)
    if unknown is not None:
        pointer = f"/{unknown}" if re.fullmatch(r"[\w-]{1,40}", unknown, re.ASCII) else None
        raise BadParameter(f"{unknown[:80]!a} is no field", pointer=pointer)
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
