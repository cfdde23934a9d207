"""Any audio set of the Hugging Face hub, by id and streamed, or a copy of one saved on disk.

Audio is taken as the bytes that the set holds (`Audio(decode=False)`): our own decoder reads them later, and the
set's own decoding would need torchcodec.
"""

from __future__ import annotations

import itertools
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from data.corpus.config import DatasetConfig, HubSettings
from data.corpus.naming import gender_of, id_of, slices_of, split_of
from data.corpus.rejection import Rejection
from data.digest import sha256_of
from data.errors import BadCorpus, BadManifest, ConfigError, MissingAudio, Unavailable
from data.schema import Utterance

LICENCE = "as the set's card says"


def writes_audio(config: DatasetConfig) -> bool:
    """Sets hold audio in tables, not in files."""
    return True


def read(config: DatasetConfig, folder: Path) -> Iterator[Utterance | Rejection]:
    """Every clip of the configured splits; the audio is written to `folder`/audio as it comes.

    Raises:
        BadCorpus: there is no such set, or it lacks a column.
        Unavailable: the hub does not answer.
    """
    shutil.rmtree(folder / "audio", ignore_errors=True)
    (folder / "audio").mkdir(parents=True)
    for split, rows in open_splits(config).items():
        _check_columns(rows, config.hub, split)
        for number, row in enumerate(itertools.islice(rows, config.hub.max_clips)):
            try:
                yield _utterance(row, split, number, config, folder)
            except (BadManifest, MissingAudio) as error:
                yield Rejection.of(error, text=str(row.get(config.hub.text))[:200])


def open_splits(config: DatasetConfig) -> dict[str, Any]:
    """The set's splits by its own names, streamed where it comes from a hub."""
    import datasets
    from datasets.exceptions import DatasetNotFoundError

    hub = config.hub
    if not hub.id and config.root is None:
        raise ConfigError(f"{config.name}: a Hugging Face set needs hub.id or root", pointer="/hub/id")
    try:
        if config.root is not None and _is_saved(config.root):
            logging.getLogger(__name__).info("reading the copy saved in %s", config.root)
            loaded = datasets.load_from_disk(str(config.root))
        else:
            source = str(config.root) if config.root is not None else hub.id
            loaded = datasets.load_dataset(source, hub.config, revision=hub.revision, streaming=True)
    except (DatasetNotFoundError, FileNotFoundError, ValueError) as error:
        raise BadCorpus(f"no set {hub.id or config.root}: {error}", pointer="/hub/id") from error
    except OSError as error:  # Of the hub's client: no connection, or a server's fault.
        raise Unavailable(f"the hub did not give {hub.id}: {error}") from error
    named: dict[str, Any]
    if isinstance(loaded, dict):
        named = {str(name): rows for name, rows in loaded.items()}
    else:
        named = {str(loaded.split or "train"): loaded}
    wanted = {name: rows for name, rows in named.items() if name in hub.splits}
    if not wanted:
        raise BadCorpus(f"the set has {', '.join(named)}; none of them is in hub.splits", pointer="/hub/splits")
    return {name: _undecoded(rows, hub.audio) for name, rows in wanted.items()}


def _is_saved(root: Path) -> bool:
    return any((root / name).is_file() for name in ("dataset_dict.json", "dataset_info.json", "state.json"))


def _undecoded(rows: Any, column: str) -> Any:
    from datasets import Audio

    if rows.column_names is not None and column not in rows.column_names:
        return rows  # `_check_columns` says it better.
    return rows.cast_column(column, Audio(decode=False))


def _check_columns(rows: Any, hub: HubSettings, split: str) -> None:
    names: list[str] | None = rows.column_names
    if names is None:  # A stream that does not know before its first row; the rows are looked at one by one.
        return
    asked = [hub.audio, hub.text, *filter(None, [hub.speaker]), *hub.slices.values()]
    missing = [column for column in asked if column not in names]
    if missing:
        raise BadCorpus(f"the split {split} has no column {missing[0]!r}; it has {', '.join(names)}", pointer="/hub")


def _utterance(row: dict[str, Any], split: str, number: int, config: DatasetConfig, folder: Path) -> Utterance:
    hub = config.hub
    audio, text = row.get(hub.audio), row.get(hub.text)
    if not isinstance(text, str):
        raise BadManifest(f"{hub.text} of row {number} of {split} is {text!r:.80}, not a text", pointer=f"{split}:{number}")
    path, data = _bytes_of(audio, f"{split}:{number}")
    name = f"{split}-{number:07}"
    # Numbered, for sets name their files as they like, twice the same or not at all.
    suffix = PurePosixPath(path).suffix.lower() if path else ""
    clip = folder / "audio" / f"{name}{suffix or '.audio'}"
    clip.write_bytes(data)
    slices = {ours: str(row[column]) for ours, column in hub.slices.items() if row.get(column) not in (None, "")}
    if "gender" in slices:
        slices["gender"] = gender_of(slices["gender"]) or slices["gender"]
    speaker = row.get(hub.speaker) if hub.speaker else None
    return Utterance(
        id=f"{name}-{id_of(PurePosixPath(path).name)}" if path and id_of(PurePosixPath(path).name) else name,
        audio=clip.relative_to(folder).as_posix(),
        text=text,
        duration_s=0.0,
        speaker=None if speaker in (None, "") else str(speaker),
        sha256=sha256_of(data),
        slices=slices_of(config.slices, split=split_of(hub.splits[split]), **slices),
    )


def _bytes_of(audio: Any, pointer: str) -> tuple[str, bytes]:
    """(path or "", bytes) of an undecoded audio cell: sets hold the bytes, or a path that may be remote."""
    if not isinstance(audio, dict):
        raise BadManifest(f"the audio column holds {type(audio).__name__}, not audio", pointer=pointer)
    path, data = audio.get("path") or "", audio.get("bytes")
    if data is not None:
        return path, data
    from datasets.download.streaming_download_manager import xopen

    try:
        with xopen(path, "rb") as file:
            return path, file.read()
    except (OSError, ValueError) as error:
        raise MissingAudio(f"the audio {path!r} cannot be read: {error}", pointer=pointer) from error
