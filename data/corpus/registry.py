"""The readers by name. How to add one: a module here as `Reader` says, and its name in `config.Kind`.

A reader yields every utterance of its corpus, or a Rejection for a line that cannot be read; it never stops for one.
`Utterance.audio` is relative to the corpus' root, or to `folder` where the reader writes the audio itself.
A slice `split` (train, dev, test) is the corpus' own split; a duration of 0 means that the corpus does not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast, get_args

from data.corpus.config import DatasetConfig, Kind
from data.corpus.rejection import Rejection
from data.errors import BadCorpus, ConfigError
from data.schema import Utterance


class Reader(Protocol):
    """What each module of this folder that reads a corpus offers."""

    LICENCE: str

    def writes_audio(self, config: DatasetConfig) -> bool:
        """Whether the corpus has no files to point at (it is streamed or synthesised): `read` then writes them."""
        ...

    def read(self, config: DatasetConfig, folder: Path) -> Iterator[Utterance | Rejection]:
        """All of the corpus, in a stable order."""
        ...


def reader_of(config: DatasetConfig) -> Reader:
    """The reader for a configuration; it is imported only now, for some are heavy."""
    if config.corpus not in get_args(Kind):
        raise ConfigError(f"no reader for {config.corpus!r}", pointer="/corpus")
    return cast(Reader, import_module(f"data.corpus.{config.corpus}"))


def root_of(config: DatasetConfig, imported: Path) -> Path:
    """The folder that the imported manifest's audio is relative to."""
    return imported if reader_of(config).writes_audio(config) else folder_of(config)


def folder_of(config: DatasetConfig) -> Path:
    """The corpus' folder, which must be there.

    Raises:
        ConfigError: the configuration names none.
        BadCorpus: it is no folder.
    """
    if config.root is None:
        raise ConfigError(f"{config.name}: a {config.corpus} corpus needs a root", pointer="/root")
    if not config.root.is_dir():
        raise BadCorpus(f"{config.root} is no folder", pointer="/root")
    return config.root
