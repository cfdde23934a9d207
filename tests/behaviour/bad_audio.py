"""Audio that must be refused, each with the error that it deserves; every file is made here, byte by byte."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import av
import numpy as np
import soundfile

from data import errors

RATE_HZ = 16_000


@lru_cache(maxsize=1)
def speech() -> np.ndarray:
    """Two seconds of noise under a syllabic envelope: nothing that an encoder could throw away."""
    noise = np.random.default_rng(7).standard_normal(2 * RATE_HZ)
    return (0.1 * noise * (1 + np.sin(np.arange(2 * RATE_HZ) / 500)) / 2).astype(np.float32)


@lru_cache(maxsize=64)
def encoded(container: str, subtype: str | None = None, rate_hz: int = RATE_HZ, channels: int = 1) -> bytes:
    """`speech` as libsndfile writes it."""
    buffer = io.BytesIO()
    samples = np.repeat(speech()[:, None], channels, axis=1)
    soundfile.write(buffer, samples, rate_hz, format=container, subtype=subtype)
    return buffer.getvalue()


@lru_cache(maxsize=8)
def muxed(container: str, codec: str, rate_hz: int = 48_000) -> bytes:
    """`speech` as FFmpeg writes it: mp4, ipod (m4a), webm, matroska."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        track = out.add_stream(codec, rate=rate_hz, layout="mono")
        frame = av.AudioFrame.from_ndarray(speech()[None], format="fltp", layout="mono")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler(format=track.format, layout="mono", rate=rate_hz)  # type: ignore[attr-defined]
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            out.mux(track.encode(part))  # type: ignore[attr-defined]
        out.mux(track.encode(None))  # type: ignore[attr-defined]
    return buffer.getvalue()


class _Pipe(io.RawIOBase):
    """Takes bytes and cannot go back, as a browser's recorder or a pipe."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += bytes(data)
        return len(data)


@lru_cache(maxsize=1)
def live_webm() -> bytes:
    """`speech` as a browser records it: no element knows how long it will become."""
    pipe = _Pipe()
    with (
        av.open(io.BytesIO(muxed("webm", "libopus"))) as source,
        av.open(pipe, "w", format="webm", options={"live": "1"}) as out,
    ):
        track = out.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):  # type: ignore[attr-defined]
            if packet.dts is not None:
                packet.stream = track
                out.mux(packet)
    return bytes(pipe.written)


def wav(
    data: bytes = b"",
    *,
    tag: int = 1,
    channels: int = 1,
    rate_hz: int = RATE_HZ,
    bits: int = 16,
    riff_bytes: int | None = None,
    data_bytes: int | None = None,
    tail: bytes = b"",
) -> bytes:
    """A WAV file whose every claim can be chosen; None is the truth."""
    block = channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * block % 2**32, block % 2**16, bits)
    size = len(data) if data_bytes is None else data_bytes
    riff = 36 + len(data) + len(tail) if riff_bytes is None else riff_bytes
    head = struct.pack("<4sI4s4sI", b"RIFF", riff, b"WAVE", b"fmt ", 16)
    return head + fmt + struct.pack("<4sI", b"data", size) + data + tail


def pcm16() -> bytes:
    return (speech() * 32767).astype("<i2").tobytes()


def with_flac_total(total: int) -> bytes:
    """A FLAC file that claims another number of samples than it has; 0 is how a stream says "unknown"."""
    flac = encoded("FLAC")
    packed = int.from_bytes(flac[18:26], "big") >> 36 << 36 | total
    return flac[:18] + packed.to_bytes(8, "big") + flac[26:]


@lru_cache(maxsize=2)
def flac_bomb(hours: float, *, claim_total: bool) -> bytes:
    """Hours of digital silence in a few kilobytes: each frame of 65,535 samples is one constant."""
    frames = int(hours * 3600 * RATE_HZ) // 65_535
    total = frames * 65_535 if claim_total else 0
    info = struct.pack(">HH", 65_535, 65_535) + b"\0" * 6
    info += (RATE_HZ << 44 | 0 << 41 | 15 << 36 | total).to_bytes(8, "big") + b"\0" * 16
    out = [b"fLaC", b"\x80\0\0\x22", info]
    for number in range(frames):
        head = b"\xff\xf8\x70\x08" + _utf8(number) + b"\xff\xfe"  # 16-bit block size, rate of STREAMINFO, mono, 16 bit
        head += bytes([_crc(head, 0x07, 8)])
        frame = head + b"\0\0\0"  # a constant subframe of value 0
        out.append(frame + _crc(frame, 0x8005, 16).to_bytes(2, "big"))
    return b"".join(out)


def _utf8(number: int) -> bytes:
    return chr(number).encode("utf-8", "surrogatepass")


def _crc(data: bytes, polynomial: int, width: int) -> int:
    crc, top = 0, 1 << width - 1
    for byte in data:
        crc ^= byte << width - 8
        for _ in range(8):
            crc = (crc << 1 ^ polynomial if crc & top else crc << 1) & (1 << width) - 1
    return crc


def zip_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("speech.wav", encoded("WAV"))
    return buffer.getvalue()


def silent_film() -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        track = out.add_stream("mpeg4", rate=5)
        track.width = track.height = 16  # type: ignore[attr-defined]
        for _ in range(5):
            out.mux(track.encode(av.VideoFrame(16, 16, "yuv420p")))  # type: ignore[attr-defined]
        out.mux(track.encode(None))  # type: ignore[attr-defined]
    return buffer.getvalue()


def floats(*values: float) -> bytes:
    samples = speech().copy()
    samples[9_000 : 9_000 + len(values)] = values
    return wav(samples.astype("<f4").tobytes(), tag=3, bits=32)


def cut(data: bytes, share: float = 0.5) -> bytes:
    return data[: int(len(data) * share)]


def broken_page() -> bytes:
    data = bytearray(encoded("OGG", "VORBIS"))
    data[len(data) * 3 // 4] ^= 0xFF
    return bytes(data)


E = errors
#: name → (its bytes, the error that it must give)
BAD_AUDIO: dict[str, tuple[Callable[[], bytes], type[errors.AudioError]]] = {
    "no bytes": (lambda: b"", E.EmptyAudio),
    "wav without samples": (lambda: wav(), E.EmptyAudio),
    "flac without samples": (lambda: with_flac_total(0)[:42], E.EmptyAudio),
    "wav, 4 bytes": (lambda: b"RIFF", E.UnreadableAudio),
    "wav that ends in its header": (lambda: encoded("WAV")[:30], E.UnreadableAudio),
    "wav without format": (lambda: b"RIFF\xff\0\0\0WAVEdata\x10\0\0\0" + b"\0" * 16, E.UnreadableAudio),
    "wav cut in half": (lambda: cut(encoded("WAV")), E.UnreadableAudio),
    "wav cut by one sample": (lambda: encoded("WAV")[:-2], E.UnreadableAudio),
    "flac cut in half": (lambda: cut(encoded("FLAC")), E.UnreadableAudio),
    "mp3 cut in half": (lambda: cut(encoded("MP3")), E.UnreadableAudio),
    "ogg cut in half": (lambda: cut(encoded("OGG", "VORBIS")), E.UnreadableAudio),
    "opus cut in half": (lambda: cut(encoded("OGG", "OPUS")), E.UnreadableAudio),
    "ogg with a broken page": (broken_page, E.UnreadableAudio),
    "m4a cut in half": (lambda: cut(muxed("ipod", "aac")), E.UnreadableAudio),
    "mp4 cut in half": (lambda: cut(muxed("mp4", "aac")), E.UnreadableAudio),
    "webm cut in half": (lambda: cut(muxed("webm", "libopus")), E.UnreadableAudio),
    "live webm cut in half": (lambda: cut(live_webm()), E.UnreadableAudio),
    "wav that claims 2 GB": (lambda: wav(pcm16(), data_bytes=2**31 - 2), E.UnreadableAudio),
    "wav that claims 4 GB in its samples only": (lambda: wav(pcm16(), data_bytes=2**32 - 1), E.UnreadableAudio),
    "wav that claims less than it has": (lambda: wav(pcm16(), data_bytes=20_000), E.UnreadableAudio),
    "wav that claims nothing and has samples": (lambda: wav(pcm16(), data_bytes=0), E.UnreadableAudio),
    "two wav files in one": (lambda: encoded("WAV") * 2, E.UnreadableAudio),
    "wav with impossible frames": (lambda: wav(pcm16(), bits=24).replace(b"\3\0\x18\0", b"\2\0\x18\0", 1), E.UnreadableAudio),
    "flac that claims more": (lambda: with_flac_total(40_000), E.UnreadableAudio),
    "flac that claims less": (lambda: with_flac_total(4_000), E.UnreadableAudio),
    "flac that claims 1193 hours": (lambda: with_flac_total((1 << 36) - 1), E.AudioTooLong),
    "flac with a flipped bit": (lambda: _flipped(encoded("FLAC"), 0.6), E.UnreadableAudio),
    "zero channels": (lambda: wav(pcm16(), channels=0), E.BadChannels),
    "64 channels": (lambda: wav(pcm16()[: 64 * 2 * 900], channels=64), E.BadChannels),
    "64 channels, written whole": (lambda: encoded("WAV", channels=64), E.BadChannels),
    "0 Hz": (lambda: wav(pcm16(), rate_hz=0), E.BadSampleRate),
    "1 Hz": (lambda: wav(pcm16(), rate_hz=1), E.BadSampleRate),
    "2^31 Hz": (lambda: wav(pcm16(), rate_hz=2**31), E.BadSampleRate),
    "2^32 - 1 Hz": (lambda: wav(pcm16(), rate_hz=2**32 - 1), E.BadSampleRate),
    "NaN": (lambda: floats(float("nan")), E.NotFiniteAudio),
    "Inf": (lambda: floats(float("inf")), E.NotFiniteAudio),
    "Inf and -Inf": (lambda: floats(float("inf"), -float("inf")), E.NotFiniteAudio),
    "text": (lambda: "Xin chào, đây không phải là âm thanh.\n".encode() * 99, E.UnsupportedAudio),
    "text in UTF-16": (lambda: ("chào " * 99).encode("utf-16"), E.UnsupportedAudio),
    "html": (lambda: b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", E.UnsupportedAudio),
    "zip": (zip_archive, E.UnsupportedAudio),
    "m3u8": (lambda: b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/speech.ts\n#EXT-X-ENDLIST\n", E.UnsupportedAudio),
    "ffconcat": (lambda: b"ffconcat version 1.0\nfile /etc/passwd\n", E.UnsupportedAudio),
    "sdp": (lambda: b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=audio 5004 RTP/AVP 0\n", E.UnsupportedAudio),
    "avi": (lambda: b"RIFF\x24\0\0\0AVI LIST" + b"\0" * 64, E.UnsupportedAudio),
    "zeros": (lambda: b"\0" * 4096, E.UnsupportedAudio),
    "wav of an unknown codec": (lambda: wav(pcm16(), tag=0x0161), E.UnsupportedAudio),
    "ogg of an unknown codec": (lambda: encoded("OGG", "VORBIS").replace(b"\x01vorbis", b"Speex  ", 1), E.UnsupportedAudio),
    "mp4 of an unknown codec": (lambda: muxed("mp4", "ac3"), E.UnsupportedAudio),
    "film without sound": (silent_film, E.UnsupportedAudio),
    "flac bomb of 4 hours": (lambda: flac_bomb(4, claim_total=True), E.AudioTooLong),
    "flac bomb that hides its length": (lambda: flac_bomb(4, claim_total=False), E.AudioTooLong),
    "one millisecond": (lambda: wav(pcm16()[:32]), E.AudioTooShort),
}


def _flipped(data: bytes, place: float) -> bytes:
    at = int(len(data) * place)
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
