"""A request's JSON body, from bytes to an object with known fields, and what every text in it must be."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection
from typing import Any

from starlette.requests import Request

from data.errors import BadParameter, NotUtf8, UnsupportedBody
from serving.intake import Intake


async def receive_json(request: Request, intake: Intake) -> bytes:
    """The body of a request that says it is JSON.

    Raises:
        UnsupportedBody: no application/json.
        BodyTooLarge, SlowRequest: the intake's limits.
    """
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise UnsupportedBody("the body must be application/json")
    return b"".join([block async for block in intake.blocks(request)])


def read_object(body: bytes, fields: Collection[str]) -> dict[str, Any]:
    """The object of a body, with no other keys than `fields`.

    Raises:
        NotUtf8: the body is not UTF-8.
        BadParameter: no JSON object, or an unknown key, which `pointer` names.
    """
    try:
        found = json.loads(body.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotUtf8(f"byte {error.start} of the body is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise BadParameter(f"the body is no JSON: {reason}") from error
    if not isinstance(found, dict):
        raise BadParameter("the body is no JSON object")
    # Before pydantic, which would collect an error for each of a million keys.
    unknown = next((key for key in found if key not in fields), None)
    if unknown is not None:
        pointer = f"/{unknown}" if re.fullmatch(r"[\w-]{1,40}", unknown, re.ASCII) else None
        raise BadParameter(f"{unknown[:80]!a} is no field", pointer=pointer)
    return found


def utf8_size(text: str, pointer: str) -> int:
    """Bytes of a text.

    Raises:
        NotUtf8: it holds half a surrogate pair.
    """
    try:
        return len(text.encode())
    except UnicodeEncodeError as error:
        raise NotUtf8(f"character {error.start} is half a surrogate pair, which no UTF-8 has", pointer=pointer) from error


def is_visible(text: str) -> bool:
    """Whether any character is neither a space nor a control character."""
    return any(unicodedata.category(character)[0] not in "CZ" for character in text)
