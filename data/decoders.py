"""Blocks of samples out of a file: libsndfile where it can, FFmpeg's decoders for the containers that it cannot read.

Both read through a file object that was opened before and is all they ever see: no path, no URL, no other file.
C channels, T samples.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NoReturn

import numpy as np
import soundfile

from data.container import Claim
from data.errors import UnreadableAudio, UnsupportedAudio

#: Frames a block; 16 s at 16 kHz, so that most clips are one block. Of 8 channels it is 8 MB.
BLOCK_FRAMES = 1 << 18
#: libsndfile zeroes what it cannot fill, so whether anything follows the promised end is asked with a small block.
END_FRAMES = 1 << 10
#: The demuxer is named, never guessed: FFmpeg's own probing would happily open playlists.
DEMUXERS = {"mp4": "mov", "webm": "matroska"}
AV_CODECS = frozenset({"aac", "alac", "mp3", "mp3float", "opus", "libopus", "vorbis", "flac", "pcm_s16le", "pcm_f32le"})
#: libsndfile's "unimplemented format", which it also says of broken Ogg; of WAV it means a subformat.
SNDFILE_UNIMPLEMENTED = 3


class Patched(io.RawIOBase):
    """A file whose bytes are replaced at a few offsets while it is read."""

    def __init__(self, stream: BinaryIO, patches: Mapping[int, bytes]) -> None:
        self._stream, self._patches = stream, patches
        self._end = max(at + len(patch) for at, patch in patches.items())

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def readinto(self, buffer: Any) -> int:
        start = self._stream.tell()
        if start >= self._end:
            return self._stream.readinto(buffer)  # type: ignore[attr-defined]
        view = memoryview(buffer).cast("B")
        data = self._stream.read(len(view))
        view[: len(data)] = data
        for at, patch in self._patches.items():
            low, high = max(at, start), min(at + len(patch), start + len(data))
            if low < high:
                view[low - start : high - start] = patch[low - at : high - at]
        return len(data)


class _Forward(soundfile.SoundFile):
    """A sound file read once from front to back.

    python-soundfile seeks after every block, which costs time and fails on a FLAC without a total.
    """

    def seekable(self) -> bool:
        return False


def sndfile_info(stream: BinaryIO, claim: Claim) -> tuple[int, int, int]:
    """Rate, channels and frames as libsndfile reads them from the header."""
    with _open_sndfile(stream, claim) as file:
        return file.samplerate, file.channels, file.frames


def sndfile_blocks(stream: BinaryIO, claim: Claim) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (rate_hz, block of shape frames × channels) until the file ends."""
    with _open_sndfile(stream, claim) as file:
        left = claim.frames or file.frames
        # Vorbis and Opus skip a broken page in silence; the last page knows how many frames there should be.
        promised = file.frames if claim.container == "ogg" else None
        decoded = 0
        while True:
            try:
                block = file.read(min(left, BLOCK_FRAMES) if left > 0 else END_FRAMES, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                raise UnreadableAudio(f"the samples are corrupt: {error.error_string}") from error
            if not len(block):
                break
            left -= len(block)
            decoded += len(block)
            yield file.samplerate, block
        if promised is not None and decoded != promised:
            raise UnreadableAudio(f"the {claim.container} pages promise {promised} frames, {decoded} are there")


def _open_sndfile(stream: BinaryIO, claim: Claim) -> _Forward:
    source: Any = stream
    stream.seek(0)
    if claim.patches:
        source = Patched(stream, claim.patches)
    elif isinstance(stream, io.BufferedReader):  # A file of the system: libsndfile reads it without us in between.
        source = stream.fileno()
        os.lseek(source, 0, os.SEEK_SET)
    try:
        return _Forward(source, closefd=False)
    except soundfile.LibsndfileError as error:
        if claim.container == "wav" and error.code == SNDFILE_UNIMPLEMENTED:
            raise UnsupportedAudio(f"the codec of this {claim.container} file is not supported") from error
        raise UnreadableAudio(f"the {claim.container} header is broken: {error.error_string}") from error


def av_info(stream: BinaryIO, claim: Claim) -> tuple[int, int, float | None, str]:
    """Rate, channels, seconds (None where the header does not say) and codec, without decoding."""
    with _open_av(stream, claim) as container:
        track = _audio_track(container)
        return track.rate, track.channels, _promised_s(container, track), track.codec_context.name


def av_blocks(stream: BinaryIO, claim: Claim) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (rate_hz, block of shape frames × channels) until the file ends or is found shorter than it promised."""
    import av

    with _open_av(stream, claim) as container:
        track = _audio_track(container)
        decoded_s = 0.0
        try:
            for rate_hz, planes_CT in _gathered(_planes(container, track, av.AudioResampler(format="fltp"))):
                decoded_s += planes_CT.shape[1] / rate_hz
                yield rate_hz, planes_CT.T
        except (av.FFmpegError, ValueError) as error:
            raise UnreadableAudio(f"the samples are corrupt: {error}") from error
        promised_s = _promised_s(container, track)
        # Players trim priming and padding, and a video may outlast its sound a little.
        if promised_s is not None and decoded_s < 0.98 * promised_s - 0.5:
            raise UnreadableAudio(f"the {claim.container} header promises {promised_s:.1f} s, {decoded_s:.1f} s are there")


def _planes(container: Any, track: Any, to_float: Any) -> Iterator[tuple[int, np.ndarray]]:
    for frame in container.decode(track):
        for part in [frame] if frame.format.name == "fltp" else to_float.resample(frame):
            yield part.sample_rate, part.to_ndarray()


def _gathered(planes: Iterator[tuple[int, np.ndarray]]) -> Iterator[tuple[int, np.ndarray]]:
    """Join frames of one kind into blocks: resampling 1,024 samples at a time takes longer than decoding them."""
    parts: list[np.ndarray] = []
    kind, gathered = (0, 0), 0
    for rate_hz, planes_CT in planes:
        if parts and ((rate_hz, len(planes_CT)) != kind or gathered >= BLOCK_FRAMES):
            yield kind[0], np.concatenate(parts, axis=1)
            parts, gathered = [], 0
        parts.append(planes_CT)
        kind, gathered = (rate_hz, len(planes_CT)), gathered + planes_CT.shape[1]
    if parts:
        yield kind[0], np.concatenate(parts, axis=1)


def _open_av(stream: BinaryIO, claim: Claim) -> Any:
    import av

    stream.seek(0)
    try:
        return av.open(stream, format=DEMUXERS[claim.container], io_open=_refuse_io, metadata_errors="replace")
    except av.FFmpegError as error:
        raise UnreadableAudio(f"the {claim.container} header is broken: {error}") from error


def _refuse_io(url: str, flags: int, options: Any) -> NoReturn:
    """A container may name other files and URLs; none is ever opened."""
    raise PermissionError(f"refused to open {url}")


def _audio_track(container: Any) -> Any:
    if not container.streams.audio:
        raise UnsupportedAudio("the file has no audio track")
    track = container.streams.audio[0]
    if track.codec_context is None or track.codec_context.name not in AV_CODECS:
        raise UnsupportedAudio("the codec of the audio track is not supported")
    return track


def _promised_s(container: Any, track: Any) -> float | None:
    if track.duration is not None:
        return float(track.duration * track.time_base)
    if container.duration is not None and len(container.streams) == 1:
        return container.duration / 1_000_000
    return None
