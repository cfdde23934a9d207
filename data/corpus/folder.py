"""A folder of audio files, each with its text beside it: any/depth/clip.wav and any/depth/clip.txt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.corpus.config import DatasetConfig
from data.corpus.naming import id_of, slices_of, split_of
from data.corpus.registry import folder_of
from data.corpus.rejection import Rejection
from data.errors import BadCorpus, EmptyText, NotUtf8
from data.schema import Utterance

LICENCE = "as the folder's owner says"

_AUDIO = {".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".mp4", ".webm"}


def writes_audio(config: DatasetConfig) -> bool:
    """The corpus lies in files that are pointed at."""
    return False


def read(config: DatasetConfig, folder: Path) -> Iterator[Utterance | Rejection]:
    """Every audio file below the root: [SPLIT/][SPEAKER/]…/clip; the folder that holds a clip names its speaker.

    Raises:
        BadCorpus: no audio file is there.
    """
    root = folder_of(config)
    paths = sorted(path for path in root.rglob("*") if path.suffix.lower() in _AUDIO)
    if not paths:
        raise BadCorpus(f"{root} holds no audio file ({', '.join(sorted(_AUDIO))})", pointer="/root")
    for path in paths:
        relative = path.relative_to(root)
        try:
            text = _text(path)
        except (EmptyText, NotUtf8) as error:
            yield Rejection.of(error, id=id_of(relative), audio=str(relative))
            continue
        folders = list(relative.parts[:-1])
        split = split_of(folders[0]) if folders else None
        people = folders[1:] if split else folders
        yield Utterance(
            id=id_of(relative),
            audio=str(relative),
            text=text,
            duration_s=0.0,
            speaker="/".join(people) or None,
            slices=slices_of(config.slices, split=split),
        )


def _text(path: Path) -> str:
    try:
        return path.with_suffix(".txt").read_text("utf-8-sig").strip()
    except OSError as error:
        raise EmptyText(f"no text beside it: {path.with_suffix('.txt').name} cannot be read") from error
    except UnicodeDecodeError as error:
        raise NotUtf8(f"{path.with_suffix('.txt').name}: {error}") from error
