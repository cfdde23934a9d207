"""Names that corpora give in many ways, brought into one: ids, splits, genders, table cells."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePath

_SPLITS = {"train": "train", "training": "train", "dev": "dev", "valid": "dev", "validation": "dev", "val": "dev",
           "test": "test", "testing": "test"}  # fmt: skip
_GENDERS = {"m": "male", "male": "male", "male_masculine": "male", "nam": "male", "0": "male",
            "f": "female", "female": "female", "female_feminine": "female", "nữ": "female", "1": "female"}  # fmt: skip


def id_of(path: PurePath | str) -> str:
    """An utterance's id from its audio's path: without suffix, safe as a file name in a tar and in a table."""
    folder, _, name = str(path).rpartition("/")
    stem = f"{folder}/{name.rpartition('.')[0] or name}"
    return re.sub(r"[^\w.-]+", "_", unicodedata.normalize("NFC", stem)).strip("._")


def split_of(name: object) -> str | None:
    """train, dev or test, whatever a corpus calls them; None where it says something else."""
    return _SPLITS.get(str(name).strip().lower())


def gender_of(name: object) -> str | None:
    """male or female; None where a corpus does not say (FLEURS counts: 0 is male, 1 is female)."""
    return _GENDERS.get(str(name).strip().lower())


def slices_of(config_slices: dict[str, str], **found: str | None) -> dict[str, str]:
    """The configuration's slices and those found in the corpus, which win; what is not known is left out."""
    return config_slices | {key: value for key, value in found.items() if value}
