"""VIVOS as its authors publish it: {train,test}/waves/SPEAKER/*.wav, prompts.txt, genders.txt."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from data.corpus.config import DatasetConfig
from data.corpus.lines import read_lines
from data.corpus.naming import gender_of, slices_of
from data.corpus.registry import folder_of
from data.corpus.rejection import Rejection
from data.errors import BadCorpus, BadManifest
from data.schema import Utterance

LICENCE = "CC BY-NC-SA 4.0 (VIVOS, AILAB, VNU-HCM)"


def writes_audio(config: DatasetConfig) -> bool:
    """The corpus lies in files that are pointed at."""
    return False


def read(config: DatasetConfig, folder: Path) -> Iterator[Utterance | Rejection]:
    """Both official splits; a prompt names its clip `SPEAKER_NUMBER`, and so its speaker.

    Raises:
        BadCorpus: neither split has its prompts.txt.
    """
    root = folder_of(config)
    splits = [name for name in ("train", "test") if (root / name / "prompts.txt").is_file()]
    if not splits:
        raise BadCorpus(f"{root} has neither train/prompts.txt nor test/prompts.txt", pointer="/root")
    for split in splits:
        genders = _genders(root / split / "genders.txt")
        for pointer, line in read_lines(root / split / "prompts.txt"):
            if isinstance(line, Rejection):
                yield line
                continue
            name, _, text = line.strip().partition(" ")
            speaker, separator, _ = name.rpartition("_")
            if not separator:
                yield Rejection.of(BadManifest(f"{name!r} is no SPEAKER_NUMBER", pointer=pointer), text=line)
                continue
            yield Utterance(
                id=name,
                audio=f"{split}/waves/{speaker}/{name}.wav",
                text=text,
                duration_s=0.0,
                speaker=speaker,
                slices=slices_of(config.slices, split=split, gender=genders.get(speaker)),
            )


def _genders(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = (line.split() for line in path.read_text("utf-8", errors="replace").splitlines())
    named = {pair[0]: gender_of(pair[1]) for pair in pairs if len(pair) == 2}
    return {speaker: gender for speaker, gender in named.items() if gender}
