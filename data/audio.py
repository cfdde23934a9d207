"""Bytes to mono float32 at 16 kHz, and back: probe, decode, encode, digest.

A file is read in blocks and its header is held against its bytes, so that what is refused is refused in bounded time
and memory, and what is accepted is whole. See `data/container.py` for what each format must prove.

WAV sizes of 0 or 0xFFFFFFFF in both headers are what a writer into a pipe leaves: the samples then reach to the end
of the file. Any other size must fit the file.
"""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import soundfile
import soxr

from data.container import Claim, read_claim
from data.decoders import DEMUXERS, av_blocks, av_info, sndfile_blocks, sndfile_info
from data.errors import (
    AudioTooLarge,
    AudioTooLong,
    AudioTooShort,
    BadChannels,
    BadSampleRate,
    EmptyAudio,
    MissingAudio,
    NotFiniteAudio,
    UnreadableAudio,
    UnsupportedAudio,
)
from data.schema import RATE_HZ, Hertz, Seconds

Source = Path | str | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What audio is taken at all; whoever serves or packages may draw them tighter."""

    max_bytes: int = 1 << 30
    max_duration_s: Seconds = 3_600.0
    min_duration_s: Seconds = 0.05
    min_rate_hz: Hertz = 4_000
    max_rate_hz: Hertz = 192_000
    max_channels: int = 8


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioInfo:
    """What a header says; `duration_s` is None where it does not say (a live recording in WebM or FLAC)."""

    duration_s: Seconds | None
    rate_hz: Hertz
    channels: int
    codec: str
    bytes: int


def probe(source: Source, *, limits: Limits = DEFAULT_LIMITS) -> AudioInfo:
    """Read the header only.

    Raises:
        AudioError: the header alone shows that `decode` would refuse the file.
    """
    with _opened(source, limits) as (stream, size_bytes):
        claim = read_claim(stream, size_bytes)
        _check(claim.rate_hz, claim.channels, claim.frames, limits)
        codec = claim.codec
        if claim.container in DEMUXERS:
            rate_hz, channels, duration_s, codec = av_info(stream, claim)
            frames = None if duration_s is None else round(duration_s * rate_hz)
        else:
            rate_hz, channels, frames = sndfile_info(stream, claim)
            frames = frames if claim.container in ("mp3", "ogg") else claim.frames
        _check(rate_hz, channels, frames, limits)
        duration_s = None if frames is None else frames / rate_hz
        return AudioInfo(duration_s=duration_s, rate_hz=rate_hz, channels=channels, codec=codec or "", bytes=size_bytes)


def decode(source: Source, *, limits: Limits = DEFAULT_LIMITS, rate_hz: Hertz = RATE_HZ) -> np.ndarray:
    """Decode to mono float32 at `rate_hz`, channels averaged; stops as soon as a limit is passed.

    Returns:
        samples_T: T samples, C-contiguous.
    Raises:
        AudioError: see the tree in data/errors.py.
        MissingAudio: there is no such file.
    """
    parts: list[np.ndarray] = []
    resampler: soxr.ResampleStream | None = None
    source_hz, frames = 0, 0
    with _opened(source, limits) as (stream, size_bytes):
        claim = read_claim(stream, size_bytes)
        _check(claim.rate_hz, claim.channels, claim.frames, limits)
        blocks = av_blocks(stream, claim) if claim.container in DEMUXERS else sndfile_blocks(stream, claim)
        for block_hz, block in blocks:
            frames += len(block)
            _check(block_hz, block.shape[1], frames, limits)
            if block_hz != source_hz:
                if source_hz:
                    raise UnreadableAudio("the sample rate changes within the file")
                source_hz = block_hz
            elif resampler is None and source_hz != rate_hz:
                resampler = soxr.ResampleStream(source_hz, rate_hz, 1, dtype="float32", quality="HQ")
                parts = [resampler.resample_chunk(parts[0])]
            mono = _mono(block)
            parts.append(resampler.resample_chunk(mono) if resampler else mono)
    _check_whole(claim, frames)
    if frames < limits.min_duration_s * source_hz:
        raise AudioTooShort(f"{frames / source_hz:.3f} s is shorter than {limits.min_duration_s} s")
    if resampler:
        parts.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    elif source_hz != rate_hz:
        # Most clips are one block: resampled at once they cost half as much and give the same samples.
        return soxr.resample(parts[0], source_hz, rate_hz, quality="HQ")
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def encode_flac(samples_T: np.ndarray, rate_hz: Hertz = RATE_HZ) -> bytes:
    """Encode mono samples in [-1, 1] as 16-bit FLAC; the same samples give the same bytes."""
    # As libsndfile would round and clip them, byte for byte, but in whole arrays: a tenth faster.
    scaled_T = samples_T * np.float32(1 << 15)
    np.clip(np.rint(scaled_T, out=scaled_T), -(1 << 15), (1 << 15) - 1, out=scaled_T)
    buffer = io.BytesIO()
    soundfile.write(buffer, scaled_T.astype(np.int16), rate_hz, format="FLAC", subtype="PCM_16")
    return buffer.getvalue()


@contextmanager
def _opened(source: Source, limits: Limits) -> Iterator[tuple[BinaryIO, int]]:
    if isinstance(source, bytes):
        stream, size_bytes = io.BytesIO(source), len(source)
    else:
        stream, size_bytes = _open_file(source)
    with stream:
        if size_bytes > limits.max_bytes:
            raise AudioTooLarge(f"{size_bytes} bytes are more than {limits.max_bytes}")
        yield stream, size_bytes


def _open_file(path: Path | str) -> tuple[BinaryIO, int]:
    try:
        # Without O_NONBLOCK the opening of a named pipe would wait for a writer for ever.
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise MissingAudio(f"{path} does not exist") from error
    except (OSError, ValueError) as error:
        raise UnreadableAudio(f"{path} cannot be opened: {error}") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        raise UnsupportedAudio(f"{path} is no regular file")
    return os.fdopen(handle, "rb"), status.st_size


def _check(rate_hz: int | None, channels: int | None, frames: int | None, limits: Limits) -> None:
    if channels is not None and not 1 <= channels <= limits.max_channels:
        raise BadChannels(f"{channels} channels; 1 to {limits.max_channels} are taken")
    if rate_hz is not None and not limits.min_rate_hz <= rate_hz <= limits.max_rate_hz:
        raise BadSampleRate(f"{rate_hz} Hz lies outside {limits.min_rate_hz} to {limits.max_rate_hz} Hz")
    if rate_hz and frames is not None and frames > limits.max_duration_s * rate_hz:
        raise AudioTooLong(f"at least {frames / rate_hz:.0f} s are longer than {limits.max_duration_s:.0f} s")


def _check_whole(claim: Claim, frames: int) -> None:
    if claim.frames is not None and not claim.frames - claim.frames_slack <= frames <= claim.frames + claim.frames_slack:
        raise UnreadableAudio(f"the {claim.container} header promises {claim.frames} frames, {frames} are there")
    if frames == 0:
        raise EmptyAudio("the file holds no samples")


def _mono(block: np.ndarray) -> np.ndarray:
    channels = block.shape[1]
    mono = block[:, 0] if channels == 1 else block @ np.full(channels, 1 / channels, np.float32)
    if not np.isfinite(mono).all():
        raise NotFiniteAudio("the file holds NaN or Inf samples")
    return np.ascontiguousarray(mono)
