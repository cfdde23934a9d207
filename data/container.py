"""What an audio file claims, read by ourselves, so that its claims can be held against its bytes.

Only the formats of the allow-list get past `read_claim`: playlists, archives and text never reach a decoder.

    wav (RIFF, RF64)    chunks are walked; a size that does not fit the file is a lie or a cut
    flac                STREAMINFO; its total is hidden from the decoder, which then reads what is really there
    mp3                 frame sync, Xing/Info frame count
    ogg                 first page names the codec; the last page must be whole and carry the end-of-stream flag
    mp4 (m4a, mov)      top-level boxes must end with the file
    webm (matroska)     elements must end with the file, also where a live recording left their parents open
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import BinaryIO

from data.errors import EmptyAudio, UnreadableAudio, UnsupportedAudio

#: `fmt ` tags that libsndfile decodes; G.711 and GSM 6.10 come from telephone systems.
WAV_CODECS = {1: "pcm", 2: "ms_adpcm", 3: "float", 6: "alaw", 7: "ulaw", 0x11: "ima_adpcm", 0x31: "gsm610"}
#: Writers into a pipe cannot go back to fill the sizes in. FFmpeg, OpenAI's speech and GStreamer leave all ones or zero.
UNKNOWN_SIZES = frozenset({0, 0xFFFFFFFF})
#: SoX leaves this pair in a pipe, whatever the length.
SOX_UNKNOWN_SIZES = (0x7FFFF024, 0x7FFFF000)
OGG_CODECS = {b"\x01vorbis": "vorbis", b"OpusHead": "opus", b"\x7fFLAC": "flac"}
MAX_OGG_PAGE_BYTES = 65_307
EBML_SEGMENT = b"\x18\x53\x80\x67"
#: Elements that a writer into a pipe leaves without a size: segment and cluster.
EBML_OPEN = frozenset({EBML_SEGMENT, b"\x1f\x43\xb6\x75"})
#: Blocks of 20 ms in eleven hours.
MAX_EBML_ELEMENTS = 2_000_000
MAX_CHUNKS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What the header says; None where it says nothing.

    `frames` are samples of one channel. `patches` (offset → bytes) replace header bytes before a decoder sees them.
    `frames_slack`: how many frames fewer than promised an honest file of this format may decode to.
    """

    container: str
    codec: str | None = None
    rate_hz: int | None = None
    channels: int | None = None
    frames: int | None = None
    frames_slack: int = 0
    patches: dict[int, bytes] = field(default_factory=dict)


def read_claim(stream: BinaryIO, size_bytes: int) -> Claim:
    """Tell the container by its first bytes and read what it claims.

    Raises:
        EmptyAudio: no bytes.
        UnsupportedAudio: the first bytes are those of no format of the allow-list, or the codec is unknown.
        UnreadableAudio: the file is cut, or its sizes contradict its bytes.
    """
    if size_bytes == 0:
        raise EmptyAudio("the file has no bytes")
    base = _skip_id3(stream)
    head = _read_at(stream, base, 16)
    if head[:4] in (b"RIFF", b"RF64") and head[8:12] == b"WAVE":
        return _wav(stream, size_bytes)
    if head[:4] == b"fLaC":
        return _flac(stream, base)
    if head[:4] == b"OggS":
        return _ogg(stream, size_bytes)
    if head[4:8] == b"ftyp":
        return _mp4(stream, size_bytes)
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return _webm(stream, size_bytes)
    if len(head) >= 4 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2 and head[1] & 0x18 != 0x08:
        return _mp3(stream, base)  # Layer III only: 0xFFFE is also how UTF-16 text begins.
    if len(head) < 12 and any(magic.startswith(head[:4]) for magic in (b"RIFF", b"fLaC", b"OggS", b"\x1a\x45\xdf\xa3")):
        raise UnreadableAudio("the file ends inside its header")
    raise UnsupportedAudio("the file is none of wav, flac, mp3, ogg, opus, m4a, mp4, webm")


def _read_at(stream: BinaryIO, offset: int, count: int) -> bytes:
    stream.seek(offset)
    return stream.read(count)


def _skip_id3(stream: BinaryIO) -> int:
    head = _read_at(stream, 0, 10)
    if len(head) < 10 or head[:3] != b"ID3":
        return 0
    size = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127
    return 10 + size + (10 if head[5] & 0x10 else 0)


def _wav(stream: BinaryIO, size_bytes: int) -> Claim:
    riff_bytes = struct.unpack("<I", _read_at(stream, 4, 4))[0]
    at, fmt, data64 = 12, b"", None
    for _ in range(MAX_CHUNKS):
        header = _read_at(stream, at, 8)
        if len(header) < 8:
            raise UnreadableAudio("the WAV file ends before its data chunk")
        name, chunk_bytes = struct.unpack("<4sI", header)
        if name == b"data":
            break
        if name == b"fmt ":
            fmt = stream.read(min(chunk_bytes, 40))
        elif name == b"ds64":
            data64 = struct.unpack("<8xQ", stream.read(16).ljust(16, b"\0"))[0]
        at += 8 + chunk_bytes + chunk_bytes % 2
    else:
        raise UnreadableAudio("the WAV file has too many chunks")
    if len(fmt) < 16:
        raise UnreadableAudio("the WAV file has no format chunk before its data")
    tag, channels, rate_hz, _, block_bytes, bits = struct.unpack("<HHIIHH", fmt[:16])
    if tag == 0xFFFE and len(fmt) >= 26:  # WAVE_FORMAT_EXTENSIBLE: the tag is the head of the GUID.
        tag = struct.unpack("<H", fmt[24:26])[0]
    if tag not in WAV_CODECS:
        raise UnsupportedAudio(f"WAV format tag 0x{tag:04x} is not supported")
    start, left = at + 8, size_bytes - at - 8
    unknown = riff_bytes in UNKNOWN_SIZES and chunk_bytes in UNKNOWN_SIZES
    patches = {}
    if data64 is not None and chunk_bytes == 0xFFFFFFFF:
        chunk_bytes = data64
    elif unknown or (riff_bytes, chunk_bytes) == SOX_UNKNOWN_SIZES:
        chunk_bytes = left
        if left < 0xFFFFFFFF:
            patches = {at + 4: struct.pack("<I", left)}
    if chunk_bytes > left:
        raise UnreadableAudio(f"the WAV header promises {chunk_bytes} bytes of samples, {left} are there")
    _check_wav_tail(stream, start + chunk_bytes + chunk_bytes % 2, size_bytes)
    frames = None
    if tag in (1, 3, 6, 7) and channels:
        if block_bytes != channels * ((bits + 7) // 8):
            raise UnreadableAudio(f"the WAV header claims {block_bytes} bytes a frame for {channels} × {bits} bits")
        frames = chunk_bytes // block_bytes if block_bytes else 0
    codec = f"pcm_{bits}" if tag == 1 else WAV_CODECS[tag]
    return Claim(container="wav", codec=codec, rate_hz=rate_hz, channels=channels, frames=frames, patches=patches)


def _check_wav_tail(stream: BinaryIO, at: int, size_bytes: int) -> None:
    """What follows the samples must be chunks; samples that the header does not count would be lost in silence."""
    for _ in range(MAX_CHUNKS):
        if size_bytes - at < 8:
            return
        name, chunk_bytes = struct.unpack("<4sI", _read_at(stream, at, 8))
        if name in (b"RIFF", b"data") or not all(32 <= c < 127 for c in name) or at + 8 + chunk_bytes > size_bytes:
            break
        at += 8 + chunk_bytes + chunk_bytes % 2
    raise UnreadableAudio(f"{size_bytes - at} bytes follow the samples that the WAV header counts")


def _flac(stream: BinaryIO, base: int) -> Claim:
    info = _read_at(stream, base + 4, 38)
    if len(info) < 38:
        raise UnreadableAudio("the FLAC file ends inside its header")
    if info[0] & 0x7F != 0 or int.from_bytes(info[1:4], "big") != 34:
        raise UnreadableAudio("the FLAC file does not begin with STREAMINFO")
    packed = int.from_bytes(info[14:22], "big")  # 20 bits rate, 3 channels - 1, 5 bits - 1, 36 total frames
    frames = packed & (1 << 36) - 1
    return Claim(
        container="flac",
        codec="flac",
        rate_hz=packed >> 44,
        channels=(packed >> 41 & 7) + 1,
        frames=frames or None,  # Zero is how a stream says "unknown".
        # libFLAC stops at the claimed total, however much follows; with none claimed it reads to the true end.
        patches={base + 18: (packed >> 36 << 36).to_bytes(8, "big")} if frames else {},
    )


def _mp3(stream: BinaryIO, base: int) -> Claim:
    head = _read_at(stream, base, 200)
    frame_samples = 1152 if head[1] & 0x18 == 0x18 else 576
    for tag in (b"Xing", b"Info"):
        at = head.find(tag)
        if 0 < at < len(head) - 12 and head[at + 7] & 1:
            frames = int.from_bytes(head[at + 8 : at + 12], "big") * frame_samples
            # Encoder delay and padding are trimmed from what is decoded: at most three frames.
            return Claim(container="mp3", codec="mp3", frames=frames, frames_slack=3 * frame_samples)
    return Claim(container="mp3", codec="mp3")


def _ogg(stream: BinaryIO, size_bytes: int) -> Claim:
    head = _read_at(stream, 0, 64)
    payload = head[27 + head[26] :] if len(head) > 27 else b""
    codec = next((name for magic, name in OGG_CODECS.items() if payload.startswith(magic)), None)
    if codec is None:
        raise UnsupportedAudio("the Ogg stream is none of vorbis, opus, flac")
    tail = _read_at(stream, max(0, size_bytes - MAX_OGG_PAGE_BYTES), MAX_OGG_PAGE_BYTES)
    page = tail[max(0, tail.rfind(b"OggS")) :]
    whole = len(page) >= 27 and len(page) >= 27 + page[26] + sum(page[27 : 27 + page[26]])
    if not whole or not page[5] & 4:
        raise UnreadableAudio("the Ogg stream is cut: its last page does not end it")
    if codec == "vorbis":
        return Claim(container="ogg", codec=codec, channels=payload[11], rate_hz=int.from_bytes(payload[12:16], "little"))
    return Claim(container="ogg", codec=codec, channels=payload[9] if codec == "opus" else None)


def _mp4(stream: BinaryIO, size_bytes: int) -> Claim:
    at = 0
    for _ in range(1_000_000):  # A fragmented file has two boxes a fragment.
        if at == size_bytes:
            return Claim(container="mp4")
        header = _read_at(stream, at, 16)
        box_bytes = int.from_bytes(header[:4], "big")
        if box_bytes == 1 and len(header) == 16:
            box_bytes = int.from_bytes(header[8:16], "big")
        elif box_bytes == 0:
            box_bytes = size_bytes - at
        if len(header) < 8 or box_bytes < 8 or at + box_bytes > size_bytes:
            break
        at += box_bytes
    raise UnreadableAudio("the MP4 file is cut: its last box does not end with the file")


def _webm(stream: BinaryIO, size_bytes: int) -> Claim:
    at = 0
    for _ in range(MAX_EBML_ELEMENTS):
        if at == size_bytes:
            return Claim(container="webm")
        head = _read_at(stream, at, 12)
        name_bytes = 9 - head[0].bit_length() if head else 0
        name, (header_bytes, body_bytes) = head[:name_bytes], _vint(head, name_bytes)
        at += header_bytes
        if (body_bytes is None and name not in EBML_OPEN) or at + (body_bytes or 0) > size_bytes:
            break
        if name != EBML_SEGMENT:  # Its children are looked at one by one, whether it knows its size or not.
            at += body_bytes or 0
    raise UnreadableAudio("the WebM file is cut: its last element does not end with the file")


def _vint(data: bytes, at: int) -> tuple[int, int | None]:
    """Read one EBML size: where it ends, and its value or None where it says "unknown"."""
    if at >= len(data) or data[at] == 0:
        raise UnreadableAudio("the WebM header is broken")
    width = 9 - data[at].bit_length()
    value = int.from_bytes(data[at : at + width], "big") & (1 << 7 * width) - 1
    return at + width, None if value == (1 << 7 * width) - 1 else value
