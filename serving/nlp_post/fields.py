"""The body of a normalization request, from bytes to checked values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from starlette.requests import Request

from data.errors import BadParameter, BodyTooLarge, EmptyText, MissingField
from serving.contracts.normalization import NormalizeRequest, Style
from serving.intake import Intake
from serving.json_body import is_visible, read_object, receive_json, utf8_size
from serving.nlp_post.settings import RequestSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A checked request; `single` where the caller sent `text`."""

    texts: tuple[str, ...]
    single: bool
    style: Style
    model: str | None


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
        BadParameter: no JSON object, an unknown key, a value of another type, `text` and `texts` together, too many texts.
        MissingField: neither of them.
        NotUtf8: the body is not UTF-8, or a text holds half a surrogate pair.
        EmptyText: a text without anything visible.
        BodyTooLarge: the texts are longer than `max_text_bytes`.
    """
    asked = _validated(read_object(body, NormalizeRequest.model_fields), settings.max_texts)
    single = asked.text is not None
    texts = (asked.text,) if asked.text is not None else tuple(asked.texts or ())
    if single and asked.texts is not None:
        raise BadParameter("either `text` or `texts`", pointer="/texts")
    if not single and asked.texts is None:
        raise MissingField("neither `text` nor `texts`", pointer="/text")
    if not texts:
        raise EmptyText("no text is in it", pointer="/texts")
    size = 0
    for number, text in enumerate(texts):
        pointer = "/text" if single else f"/texts/{number}"
        size += utf8_size(text, pointer)
        if not is_visible(text):
            raise EmptyText("nothing in it can be seen", pointer=pointer)
        if size > settings.max_text_bytes:
            raise BodyTooLarge(f"more than {settings.max_text_bytes} bytes of text", pointer=pointer)
    return Asked(texts=texts, single=single, style=asked.style, model=asked.model)


def _validated(found: dict[str, Any], max_texts: int) -> NormalizeRequest:
    # Before pydantic, which would collect an error for each of a million items.
    if isinstance(found.get("texts"), list) and len(found["texts"]) > max_texts:
        raise BadParameter(f"more than {max_texts} texts", pointer="/texts")
    try:
        return NormalizeRequest.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise BadParameter(first["msg"], pointer="/" + "/".join(map(str, first["loc"]))) from error
