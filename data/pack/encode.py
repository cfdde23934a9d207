"""From a source's bytes to what goes into a shard: 16 kHz mono FLAC with its manifest line.

FLAC and not WAV: 2,015 telephone clips take 36 MB instead of 136, and decoding costs 0.15 ms more a second of audio.
"""

from __future__ import annotations

import dataclasses
import stat
from pathlib import Path

import numpy as np

from data.audio import encode_flac
from data.digest import sha256_of
from data.errors import AudioTooLarge, ChangedAudio, MissingAudio
from data.pack.scratch import Place, put
from data.schema import RATE_HZ, Utterance


@dataclasses.dataclass(frozen=True, slots=True)
class Packed:
    """A clip as it goes into the tar: its line, and where its FLAC lies in the scratch."""

    utterance: Utterance
    place: Place


def read_source(source: Utterance, root: Path, *, max_bytes: int | None = None) -> bytes:
    """The bytes of an audio file, which must be those that were imported; so where it lies was looked at then.

    Raises:
        MissingAudio: it is gone.
        AudioTooLarge: it has more than `max_bytes`; it is not read then.
        ChangedAudio: it has another digest, or is no file any more.
    """
    path = root / source.audio
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ChangedAudio(f"{source.audio} is no file any more")
        if max_bytes is not None and status.st_size > max_bytes:
            raise AudioTooLarge(f"{status.st_size} bytes are more than {max_bytes}")
        data = path.read_bytes()
    except OSError as error:
        raise MissingAudio(f"{source.audio} cannot be read: {error.strerror}") from error
    if sha256_of(data) != source.sha256:
        raise ChangedAudio(f"{source.audio} is not what was imported: run the import again")
    return data


def pack_samples(source: Utterance, samples_T: np.ndarray, scratch: Path) -> Packed:
    """Encode a clip; its line says the samples' duration and the FLAC's digest, all else is the source's."""
    flac = encode_flac(samples_T)
    return packed_at(source, put(scratch, flac, sha256_of(flac)), len(samples_T) / RATE_HZ)


def packed_at(source: Utterance, place: Place, duration_s: float) -> Packed:
    """A clip that is encoded already."""
    return Packed(dataclasses.replace(source, audio=f"{source.id}.flac", sha256=place.sha256, duration_s=duration_s), place)
