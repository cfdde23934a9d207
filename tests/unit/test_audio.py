"""Every format decodes to the same speech; encoding and digests are stable."""

import hashlib
import io

import numpy as np
import pytest
import soundfile
import soxr

from data.audio import AudioInfo, Limits, decode, encode_flac, probe
from data.digest import sha256_of
from data.errors import AudioTooLong, AudioTooShort, BadChannels, BadSampleRate
from tests.behaviour.bad_audio import encoded, muxed, pcm16, speech, wav


def tone(rate_hz: int, seconds: float = 2.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * 440 * np.arange(int(rate_hz * seconds)) / rate_hz)).astype(np.float32)


def written(samples: np.ndarray, rate_hz: int, container: str, subtype: str | None = None) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format=container, subtype=subtype)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("container", "subtype", "codec"),
    [
        ("WAV", "PCM_16", "pcm_16"),
        ("WAV", "PCM_U8", "pcm_8"),
        ("WAV", "PCM_24", "pcm_24"),
        ("WAV", "FLOAT", "float"),
        ("WAV", "ULAW", "ulaw"),
        ("WAV", "ALAW", "alaw"),
        ("WAV", "IMA_ADPCM", "ima_adpcm"),
        ("WAVEX", "PCM_16", "pcm_16"),
        ("RF64", "PCM_16", "pcm_16"),
        ("FLAC", "PCM_16", "flac"),
        ("FLAC", "PCM_24", "flac"),
        ("MP3", None, "mp3"),
        ("OGG", "VORBIS", "vorbis"),
        ("OGG", "OPUS", "opus"),
    ],
)
def test_format_of_libsndfile_decodes_to_the_same_speech(container, subtype, codec):
    data = written(tone(16_000), 16_000, container, subtype)
    samples = decode(data)
    assert samples.dtype == np.float32 and samples.flags.c_contiguous
    assert abs(len(samples) - 32_000) <= 1_000, "ADPCM fills its last block"
    assert np.abs(samples[2_000:30_000] - tone(16_000)[2_000:30_000]).max() < 0.06
    info = probe(data)
    assert (info.rate_hz, info.channels, info.codec, info.bytes) == (16_000, 1, codec, len(data))
    assert info.duration_s is None or abs(info.duration_s - 2) < 0.01


@pytest.mark.parametrize(
    ("container", "codec", "name"),
    [
        ("mp4", "aac", "aac"),
        ("ipod", "aac", "aac"),
        ("ipod", "alac", "alac"),
        ("webm", "libopus", "opus"),
        ("matroska", "pcm_s16le", "pcm_s16le"),
    ],
)
def test_format_of_ffmpeg_decodes_to_the_same_speech(container, codec, name):
    data = muxed(container, codec)
    samples, whole = decode(data), speech()
    assert abs(len(samples) - len(whole)) <= 0.05 * 16_000

    # Lossy codecs shift and colour: the loudness of each tenth of a second must stay.
    def loudness(x: np.ndarray) -> np.ndarray:
        return np.sqrt((x[: 19 * 1_600].reshape(19, 1_600) ** 2).mean(axis=1))

    assert np.corrcoef(loudness(samples), loudness(whole))[0, 1] > 0.9
    info = probe(data)
    assert (info.rate_hz, info.channels, info.codec) == (48_000, 1, name)
    assert info.duration_s is not None and abs(info.duration_s - 2) < 0.1


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
def test_blockwise_resampling_equals_resampling_the_whole(rate_hz):
    samples = tone(rate_hz, seconds=20)
    expected = soxr.resample(samples, rate_hz, 16_000)
    got = decode(written(samples, rate_hz, "WAV", "FLOAT"))
    assert len(got) == len(expected) == 320_000
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_16_khz_pcm_is_passed_through_exactly():
    np.testing.assert_array_equal(decode(wav(pcm16())), np.frombuffer(pcm16(), "<i2").astype(np.float32) / 32_768)


def test_long_file_is_whole_across_blocks():
    samples = np.random.default_rng(3).uniform(-0.9, 0.9, 16_000 * 40).astype(np.float32)
    np.testing.assert_array_equal(decode(written(samples, 16_000, "WAV", "FLOAT")), samples)


@pytest.mark.parametrize("channels", [2, 6])
def test_channels_are_averaged(channels):
    samples = np.stack([tone(16_000) * k for k in range(channels)], axis=1) / channels
    np.testing.assert_allclose(decode(written(samples, 16_000, "WAV", "FLOAT")), samples.mean(axis=1), atol=1e-6)


def test_path_text_and_bytes_decode_alike(tmp_path):
    for container in ("WAV", "FLAC"):
        path = tmp_path / "giọng nói.audio"
        path.write_bytes(encoded(container))
        for source in (path, str(path)):
            np.testing.assert_array_equal(decode(source), decode(encoded(container)))
            assert probe(source) == probe(encoded(container))


def test_other_rate_can_be_asked_for():
    assert len(decode(encoded("WAV"), rate_hz=8_000)) == 16_000


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        (Limits(max_duration_s=1.9), AudioTooLong),
        (Limits(min_duration_s=2.1), AudioTooShort),
        (Limits(max_rate_hz=8_000), BadSampleRate),
        (Limits(min_rate_hz=50_000), BadSampleRate),
        (Limits(max_channels=0), BadChannels),
    ],
)
@pytest.mark.parametrize("container", ["WAV", "FLAC", "MP3", "OGG", "webm"])
def test_limits_hold_in_every_format(container, limits, error):
    data = muxed("webm", "libopus", 16_000) if container == "webm" else encoded(container)
    with pytest.raises(error):
        decode(data, limits=limits)


def test_flac_is_deterministic_and_survives_the_round_trip():
    samples = decode(wav(pcm16()))
    assert encode_flac(samples) == encode_flac(samples.copy())
    np.testing.assert_array_equal(decode(encode_flac(samples)), samples)


def test_loud_samples_are_clipped_and_do_not_wrap():
    loud = decode(encode_flac(np.array([2.0, -2.0] * 1_000, np.float32)))
    np.testing.assert_allclose(loud, [1.0, -1.0] * 1_000, atol=1e-4)


def test_digest_is_of_the_bytes(tmp_path):
    path = tmp_path / "a.flac"
    path.write_bytes(encoded("FLAC"))
    assert sha256_of(path) == sha256_of(encoded("FLAC")) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_probe_tells_a_stream_of_unknown_length():
    data = bytearray(encoded("FLAC"))
    data[21:26] = bytes([data[21] & 0xF0, 0, 0, 0, 0])
    assert probe(bytes(data)) == AudioInfo(duration_s=None, rate_hz=16_000, channels=1, codec="flac", bytes=len(data))
