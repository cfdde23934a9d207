"""The reader of a packaged dataset: clips out of plain tar files, in order or at random.

DATASET/shards/dataset.json           name, digest, splits, alphabet, licence, usage
DATASET/shards/{split}.jsonl          the split's manifest; beside the fields of an utterance each line has
                                      "shard" (path below shards/), "offset" and "bytes" (of the clip in the tar)
DATASET/shards/{split}/{split}-00000.tar     the clips, each under its `audio_filepath`
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data.audio import decode
from data.errors import BadCorpus, BadManifest, EmptySplit, LicenceForbids, MissingAudio, PathOutside, UnreadableAudio
from data.manifest import read_lines, utterance_of
from data.schema import Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the bytes of a clip lie."""

    shard: str
    offset: int
    bytes: int


def shards_folder(dataset_dir: Path | str) -> Path:
    """Where the shards of a dataset are; the folder of the shards itself is taken too.

    Raises:
        BadCorpus: there is no packaged dataset.
    """
    for folder in (Path(dataset_dir) / "shards", Path(dataset_dir)):
        if (folder / "dataset.json").is_file():
            return folder
    raise BadCorpus(f"{dataset_dir} holds no packaged dataset: shards/dataset.json is missing")


def read_dataset(dataset_dir: Path | str) -> dict[str, Any]:
    """The dataset's own description: name, digest, splits, alphabet, licence, usage."""
    path = shards_folder(dataset_dir) / "dataset.json"
    try:
        description = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise BadCorpus(f"{path} is no JSON: {error}") from error
    if not isinstance(description, dict):
        raise BadCorpus(f"{path} is no JSON object")
    return description


def read_split(dataset_dir: Path | str, split: str) -> list[Utterance]:
    """The utterances of a split in the order of its manifest.

    Raises:
        EmptySplit: the dataset has no such split, or nothing is in it.
        LicenceForbids: the dataset is for evaluation and the split is not `test`.
    """
    return [utterance for utterance, _ in _read_places(shards_folder(dataset_dir), split)]


def iter_clips(dataset_dir: Path | str, split: str) -> Iterator[tuple[Utterance, np.ndarray]]:
    """Yield each utterance of a split with its samples, mono float32 at 16 kHz."""
    with ShardReader(dataset_dir, split) as reader:
        for index, utterance in enumerate(reader.utterances):
            yield utterance, reader[index]


class ShardReader:
    """The clips of one split by their index; safe to share between threads, to fork and to pickle."""

    def __init__(self, dataset_dir: Path | str, split: str) -> None:
        self._folder = shards_folder(dataset_dir)
        pairs = _read_places(self._folder, split)
        self.utterances = [utterance for utterance, _ in pairs]
        self._places = [place for _, place in pairs]
        self._handles: dict[str, int] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> np.ndarray:
        """The samples of a clip, mono float32 at 16 kHz."""
        return decode(self.read(index))

    def read(self, index: int) -> bytes:
        """The bytes of a clip as they were packed."""
        place = self._places[index]
        data = os.pread(self._handle(place.shard), place.bytes, place.offset)
        if len(data) != place.bytes:
            raise UnreadableAudio(f"{place.shard} ends inside the clip of {self.utterances[index].id}")
        return data

    def close(self) -> None:
        """Give the files back; reading on opens them again."""
        with self._lock:
            for handle in self._handles.values():
                os.close(handle)
            self._handles = {}

    def __enter__(self) -> ShardReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self._folder, "utterances": self.utterances, "places": self._places}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._folder, self.utterances, self._places = state["folder"], state["utterances"], state["places"]
        self._handles, self._lock = {}, threading.Lock()

    def _handle(self, shard: str) -> int:
        # pread keeps no position, so one handle serves every thread and every fork.
        with self._lock:
            if shard not in self._handles:
                try:
                    self._handles[shard] = os.open(self._folder / shard, os.O_RDONLY | os.O_CLOEXEC)
                except OSError as error:
                    raise MissingAudio(f"the shard {shard} cannot be opened: {error.strerror}") from error
            return self._handles[shard]


def _read_places(folder: Path, split: str) -> list[tuple[Utterance, Place]]:
    path = folder / f"{split}.jsonl"
    if not path.is_file():
        if split != "test" and read_dataset(folder).get("usage") == "evaluation":
            raise LicenceForbids(f"the dataset {folder} is for evaluation: it has no split {split!r}")
        raise EmptySplit(f"the dataset {folder} has no split {split!r}")
    pairs = [
        (utterance_of(fields, pointer=f"/{number}"), _place_of(fields, pointer=f"/{number}"))
        for number, fields in read_lines(path)
    ]
    if not pairs:
        raise EmptySplit(f"nothing is in the split {split!r} of {folder}")
    return pairs


def _place_of(fields: dict[str, Any], *, pointer: str) -> Place:
    shard, offset, size_bytes = fields.get("shard"), fields.get("offset"), fields.get("bytes")
    if not isinstance(shard, str) or not isinstance(offset, int) or not isinstance(size_bytes, int):
        raise BadManifest(f"{pointer}: shard, offset or bytes is missing", pointer=pointer)
    if offset < 0 or size_bytes < 0:
        raise BadManifest(f"{pointer}: offset and bytes are not negative", pointer=pointer)
    if Path(shard).is_absolute() or ".." in Path(shard).parts:
        raise PathOutside(f"{pointer}: the shard {shard} lies outside the dataset", pointer=f"{pointer}/shard")
    return Place(shard=shard, offset=offset, bytes=size_bytes)
