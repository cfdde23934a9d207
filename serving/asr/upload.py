"""A multipart request, read while it arrives: one file onto disk, small fields into memory, each within its limit.

Starlette's own form parser has no limit on a file's bytes and takes no digest on the way; python-multipart, on which it
stands, is used here directly.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import Request

from data.errors import BadParameter, MissingField, UnsupportedBody
from serving.intake import Intake

MAX_FIELDS, MAX_FIELD_BYTES = 256, 64 * 1024


@dataclass(slots=True)
class Upload:
    """What arrived: `path` is the file's bytes on disk until the request ends."""

    path: Path
    fields: list[tuple[str, str]]
    sha256: str
    size_bytes: int


@asynccontextmanager
async def receive_upload(request: Request, intake: Intake, spool_dir: Path | None) -> AsyncIterator[Upload]:
    """Read the body; the file is gone when the block ends.

    Raises:
        UnsupportedBody: no multipart/form-data.
        BodyTooLarge, SlowRequest: the intake's limits.
        BadParameter: broken multipart, two files, too many or too large fields.
        MissingField: no file.
    """
    content_type, options = parse_options_header(request.headers.get("content-type"))
    if content_type != b"multipart/form-data":
        raise UnsupportedBody("the body must be multipart/form-data")
    if not options.get(b"boundary"):
        raise BadParameter("the content type names no boundary")
    with tempfile.NamedTemporaryFile(prefix="upload-", dir=spool_dir) as file:
        parts = _Parts(file)
        try:
            parser = MultipartParser(options[b"boundary"], parts.callbacks())  # type: ignore[arg-type]
            async for block in intake.blocks(request):
                parser.write(block)
        except FormParserError as error:
            raise BadParameter(f"the body is no multipart/form-data: {error}") from error
        yield parts.upload()


@dataclass(slots=True)
class _Parts:
    """The parser's callbacks; writes of some kilobytes go to the page cache and are not worth a thread."""

    file: IO[bytes]
    fields: list[tuple[str, str]] = field(default_factory=list)
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    size_bytes: int = 0
    files: int = 0
    ended: bool = False
    _header: bytes = b""
    _value: bytes = b""
    _disposition: bytes = b""
    _name: str = ""
    _is_file: bool = False
    _data: bytearray = field(default_factory=bytearray)

    def callbacks(self) -> dict[str, object]:
        names = ("part_begin", "part_data", "part_end", "header_field", "header_value", "header_end", "headers_finished", "end")
        return {f"on_{name}": getattr(self, name) for name in names}

    def part_begin(self) -> None:
        self._disposition, self._data = b"", bytearray()

    def header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"name" not in options:
            raise BadParameter("a part of the body has no name")
        self._name = _text(options[b"name"], "/")
        self._is_file = b"filename" in options
        if not self._is_file:
            if len(self.fields) >= MAX_FIELDS:
                raise BadParameter(f"more than {MAX_FIELDS} fields")
            return
        if self._name != "file":
            raise BadParameter(f"no file is taken under the name {self._name[:40]!r}", pointer="/file")
        self.files += 1
        if self.files > 1:
            raise BadParameter("one file a request", pointer="/file")

    def part_data(self, data: bytes, start: int, end: int) -> None:
        block = data[start:end]
        if self._is_file:
            self.file.write(block)
            self.digest.update(block)
            self.size_bytes += len(block)
            return
        self._data += block
        if len(self._data) > MAX_FIELD_BYTES:
            raise BadParameter(f"longer than {MAX_FIELD_BYTES} bytes", pointer=f"/{self._name}")

    def part_end(self) -> None:
        if not self._is_file:
            self.fields.append((self._name, _text(bytes(self._data), f"/{self._name}")))

    def end(self) -> None:
        self.ended = True

    def upload(self) -> Upload:
        if not self.ended:
            raise BadParameter("the body ends before its last boundary")
        if not self.files:
            as_text = any(name == "file" for name, _ in self.fields)
            raise MissingField("`file` is text, not a file" if as_text else "no `file`", pointer="/file")
        self.file.flush()
        return Upload(Path(self.file.name), self.fields, self.digest.hexdigest(), self.size_bytes)


def _text(data: bytes, pointer: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadParameter("no UTF-8", pointer=pointer) from error
