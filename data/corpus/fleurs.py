"""FLEURS: its official folder (vi_vn/{split}.tsv, vi_vn/audio/{split}/*.wav) where `root` has it, else from the hub."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from data.corpus import huggingface
from data.corpus.config import DatasetConfig
from data.corpus.lines import read_table
from data.corpus.naming import gender_of, id_of, slices_of, split_of
from data.corpus.rejection import Rejection
from data.schema import Utterance

LICENCE = "CC BY 4.0 (FLEURS, Google)"

#: The official tables have no header.
_COLUMNS = ["id", "file_name", "raw_transcription", "transcription", "words", "num_samples", "gender"]
_LANGUAGE = "vi_vn"


def writes_audio(config: DatasetConfig) -> bool:
    """Only what comes from the hub is written; the official folder is pointed at."""
    return config.root is None or not _tables(config.root)


def read(config: DatasetConfig, folder: Path) -> Iterator[Utterance | Rejection]:
    """Every clip; FLEURS names no speakers, its readers say the same sentences (`split.keep_official` keeps them apart).

    Raises:
        BadCorpus: `root` is neither the official folder nor a saved set.
    """
    if config.root is None or writes_audio(config):
        hub = config.hub
        preset = dataclasses.replace(
            hub,
            id=hub.id or "google/fleurs",
            config=hub.config or _LANGUAGE,
            text="transcription" if hub.text == "text" else hub.text,
            slices=hub.slices or {"gender": "gender"},
        )
        yield from huggingface.read(dataclasses.replace(config, hub=preset), folder)
        return
    for split in _tables(config.root):
        for _, row in read_table(config.root / _LANGUAGE / f"{split}.tsv", _COLUMNS):
            if isinstance(row, Rejection):
                yield row
                continue
            yield Utterance(
                id=id_of(row["file_name"]),
                audio=f"{_LANGUAGE}/audio/{split}/{row['file_name']}",
                text=row["transcription"],
                duration_s=0.0,
                slices=slices_of(config.slices, split=split_of(split), gender=gender_of(row["gender"].lower())),
            )


def _tables(root: Path) -> list[str]:
    return [split for split in ("train", "dev", "test") if (root / _LANGUAGE / f"{split}.tsv").is_file()]
