"""A manifest of JSON lines as NeMo reads them: audio_filepath, text, and whatever else is known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.corpus.config import DatasetConfig
from data.corpus.lines import read_lines
from data.corpus.naming import gender_of, id_of, slices_of, split_of
from data.corpus.registry import folder_of
from data.corpus.rejection import Rejection
from data.errors import BadManifest
from data.schema import Utterance

LICENCE = "as the manifest's owner says"

_OURS = {"id", "audio_filepath", "text", "duration", "speaker", "sha256", "corpus", "licence", "slices", "split"}


def writes_audio(config: DatasetConfig) -> bool:
    """The corpus lies in files that are pointed at."""
    return False


def read(config: DatasetConfig, folder: Path) -> Iterator[Utterance | Rejection]:
    """Each line; `split` is the official split, other fields that hold a word become slices."""
    root = folder_of(config)
    for pointer, line in read_lines(root / config.manifest):
        if isinstance(line, Rejection):
            yield line
            continue
        try:
            yield _utterance(line, config, root)
        except BadManifest as error:
            yield Rejection.of(BadManifest(error.detail, pointer=pointer), text=line[:200])


def _utterance(line: str, config: DatasetConfig, root: Path) -> Utterance:
    try:
        fields = json.loads(line)
    # A number of a million digits is a ValueError, brackets nested a million deep a RecursionError.
    except (ValueError, RecursionError) as error:
        raise BadManifest(f"not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise BadManifest("not a JSON object")
    audio = _word(fields, "audio_filepath", required=True)
    text = _word(fields, "text", required=True)
    duration_s = fields.get("duration") or 0.0
    if isinstance(duration_s, bool) or not isinstance(duration_s, int | float) or not 0 <= duration_s < 1e6:
        raise BadManifest(f"duration is {duration_s!r}, not a number of seconds")
    # NeMo also takes a part of a longer file; leaving the offset out would pair the text with other words.
    if fields.get("offset"):
        raise BadManifest("an offset into a longer file is not supported: cut the file first")
    if audio.startswith(f"{root.absolute()}/"):
        audio = audio[len(f"{root.absolute()}/") :]
    return Utterance(
        id=_word(fields, "id") or id_of(audio),
        audio=audio,
        text=text,
        duration_s=float(duration_s),
        speaker=_word(fields, "speaker") or None,
        slices=slices_of(config.slices, **_slices(fields)),
    )


def _slices(fields: dict[str, Any]) -> dict[str, str | None]:
    nested = fields.get("slices") or {}
    if not isinstance(nested, dict):
        raise BadManifest("slices is no JSON object")
    extra = {key: value for key, value in fields.items() if key not in _OURS} | nested
    slices: dict[str, str | None] = {key: value for key, value in extra.items() if isinstance(value, str)}
    if "gender" in slices:
        slices["gender"] = gender_of(slices["gender"]) or slices["gender"]
    return slices | {"split": split_of(fields.get("split"))}


def _word(fields: dict[str, Any], name: str, *, required: bool = False) -> str:
    value = fields.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or "\0" in value or (name == "audio_filepath" and not value):
        raise BadManifest(f"{name} is {'missing' if value is None else repr(value)[:80]}, not a text")
    return value
