"""Mozilla Common Voice as it is downloaded: clips/ and {train,dev,test,validated}.tsv in one language's folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.corpus.config import DatasetConfig
from data.corpus.lines import read_table
from data.corpus.naming import gender_of, id_of, slices_of, split_of
from data.corpus.registry import folder_of
from data.corpus.rejection import Rejection
from data.errors import BadCorpus, BadManifest
from data.schema import Utterance

LICENCE = "CC0 1.0 (Mozilla Common Voice)"


def writes_audio(config: DatasetConfig) -> bool:
    """The corpus lies in files that are pointed at."""
    return False


def read(config: DatasetConfig, folder: Path) -> Iterator[Utterance | Rejection]:
    """The configured tables in their order; a clip that an earlier table held is not read again.

    Raises:
        BadCorpus: clips/ or a table is missing.
    """
    root = folder_of(config)
    if not (root / "clips").is_dir():
        raise BadCorpus(f"{root} has no clips/", pointer="/root")
    seen: set[str] = set()
    for table in config.tables:
        for pointer, row in read_table(root / f"{table}.tsv"):
            if isinstance(row, Rejection):
                yield row
                continue
            if not {"client_id", "path", "sentence"} <= row.keys():
                raise BadCorpus(f"{table}.tsv lacks one of client_id, path, sentence", pointer=pointer)
            if row["path"] in seen:
                continue
            seen.add(row["path"])
            if not row["path"]:
                yield Rejection.of(BadManifest("no path", pointer=pointer), text=row["sentence"])
                continue
            yield Utterance(
                id=id_of(row["path"]),
                audio=f"clips/{row['path']}",
                text=row["sentence"],
                duration_s=0.0,
                speaker=row["client_id"] or None,
                slices=slices_of(
                    config.slices,
                    split=split_of(table),
                    gender=gender_of(row.get("gender")),
                    # Older releases call the column accent, newer ones accents and variant.
                    dialect=row.get("variant") or row.get("accents") or row.get("accent"),
                ),
            )
