"""Utterances as JSON lines: the one file that data and models share, readable by NeMo and lhotse too.

    {"id": "a1", "audio_filepath": "clips/a1.flac", "text": "xin chào", "duration": 1.25, "speaker": "s1",
     "sha256": "…", "corpus": "…", "licence": "…", "slices": {"dialect": "north"}}

`audio_filepath`, `text` and `duration` are always there; a line without `id` is called by its audio path.
Keys that are not ours are left to those who put them there (`read_lines`).
"""

from __future__ import annotations

import json
import math
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from data.errors import BadManifest, MissingAudio, PathOutside
from data.schema import Utterance

#: No honest line is longer; a file without line breaks must not fill the memory.
MAX_LINE_BYTES = 1 << 20

Rejected = Callable[[BadManifest], None]


def read_manifest(path: Path | str, *, on_bad: Rejected | None = None) -> Iterator[Utterance]:
    """Yield the utterances of a manifest, reading as it goes.

    Args:
        on_bad: called with the error of each bad line, which is then skipped; without it the first one is raised.
    Raises:
        BadManifest: `pointer` is the line's number and the field, as in /12/duration.
    """
    for number, fields in read_lines(path, on_bad=on_bad):
        try:
            yield utterance_of(fields, pointer=f"/{number}")
        except BadManifest as error:
            if on_bad is None:
                raise
            on_bad(error)


def read_lines(path: Path | str, *, on_bad: Rejected | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, fields as they stand) of each line that is not blank."""
    try:
        file = Path(path).open("rb")  # noqa: SIM115 - only the opening is guarded; the with stands below
    except OSError as error:
        raise BadManifest(f"cannot read {path}: {error.strerror}") from error
    with file:
        number = 0
        while line := file.readline(MAX_LINE_BYTES + 1):
            number += 1
            try:
                fields = _parse(line, number)
            except BadManifest as error:
                if on_bad is None:
                    raise
                on_bad(error)
                while not line.endswith(b"\n") and (line := file.readline(MAX_LINE_BYTES)):
                    pass  # The rest of an endless line is no line of its own.
                continue
            if fields is not None:
                yield number, fields


def _parse(line: bytes, number: int) -> dict[str, Any] | None:
    pointer = f"/{number}"
    if len(line) > MAX_LINE_BYTES:
        raise BadManifest(f"line {number} is longer than {MAX_LINE_BYTES} bytes", pointer=pointer)
    try:
        text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        if not text.strip():
            return None
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadManifest(f"line {number} is no JSON in UTF-8: {error}", pointer=pointer) from error
    if not isinstance(fields, dict):
        raise BadManifest(f"line {number} is no JSON object", pointer=pointer)
    return fields


def utterance_of(fields: dict[str, Any], *, pointer: str = "") -> Utterance:
    """Build an utterance from the fields of a line."""

    def text_field(name: str) -> str | None:
        value = fields.get(name)
        if value is not None and not isinstance(value, str):
            raise BadManifest(f"{pointer}/{name} must be text, got {value!r:.80}", pointer=f"{pointer}/{name}")
        return value

    audio, text, duration = text_field("audio_filepath"), text_field("text"), fields.get("duration")
    if not audio:
        raise BadManifest(f"{pointer}/audio_filepath is missing", pointer=f"{pointer}/audio_filepath")
    if text is None:
        raise BadManifest(f"{pointer}/text is missing", pointer=f"{pointer}/text")
    if isinstance(duration, bool) or not isinstance(duration, int | float) or not 0 <= duration < math.inf:
        raise BadManifest(f"{pointer}/duration must be seconds, got {duration!r:.80}", pointer=f"{pointer}/duration")
    slices = fields.get("slices") or {}
    if not isinstance(slices, dict) or not all(isinstance(value, str) for value in slices.values()):
        raise BadManifest(f"{pointer}/slices must map names to text", pointer=f"{pointer}/slices")
    return Utterance(
        id=text_field("id") or audio,
        audio=audio,
        text=text,
        duration_s=float(duration),
        speaker=text_field("speaker") or None,
        sha256=text_field("sha256"),
        corpus=text_field("corpus"),
        licence=text_field("licence"),
        slices=slices,
    )


def fields_of(utterance: Utterance) -> dict[str, Any]:
    """The fields of a manifest line; what is None or empty is left out."""
    fields = {
        "id": utterance.id,
        "audio_filepath": utterance.audio,
        "text": utterance.text,
        "duration": round(utterance.duration_s, 6),
        "speaker": utterance.speaker,
        "sha256": utterance.sha256,
        "corpus": utterance.corpus,
        "licence": utterance.licence,
        "slices": dict(sorted(utterance.slices.items())) or None,
    }
    return {name: value for name, value in fields.items() if value is not None}


def write_manifest(path: Path | str, utterances: Iterable[Utterance]) -> int:
    """Write a manifest whole or not at all; returns the number of lines."""
    return write_lines(path, map(fields_of, utterances))


def write_lines(path: Path | str, lines: Iterable[dict[str, Any]]) -> int:
    """Write JSON lines whole or not at all: a reader sees the old file or the new one, also after a power cut."""
    path = Path(path)
    count = 0
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            for fields in lines:
                file.write(json.dumps(fields, ensure_ascii=False, allow_nan=False) + "\n")
                count += 1
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)  # mkstemp gives it to nobody else; a dataset is read by others.
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return count


def resolve_audio(utterance: Utterance, root: Path | str) -> Path:
    """The audio file of an utterance below `root`, symbolic links followed.

    Raises:
        PathOutside: it lies outside `root`.
        MissingAudio: there is no such file.
    """
    try:
        # realpath, for Path.resolve asks the file system twice as often; a corpus has a million clips.
        folder = os.path.realpath(root)
        path = Path(os.path.realpath(Path(folder, utterance.audio)))
        if not f"{path}/".startswith(f"{folder.rstrip('/')}/"):
            raise PathOutside(f"{utterance.audio} lies outside {root}", pointer="/audio_filepath")
        if not path.is_file():
            raise MissingAudio(f"{utterance.audio} is not in {root}", pointer="/audio_filepath")
    except (OSError, ValueError, RuntimeError) as error:  # Too long a name, a zero byte, a circle of links.
        raise MissingAudio(f"{utterance.audio!r:.200} names no file: {error}", pointer="/audio_filepath") from error
    return path
