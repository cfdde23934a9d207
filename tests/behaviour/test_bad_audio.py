"""Bad audio gives its coded error in bounded time and memory, in this process and behind the border."""

import contextlib
import os
import socket
import time
from pathlib import Path

import numpy as np
import pytest

from data.audio import Limits, decode, probe
from data.errors import AudioTooLarge, AudioTooLong, MissingAudio, UnreadableAudio, UnsupportedAudio
from data.sandbox import DecoderPool
from tests.behaviour.bad_audio import BAD_AUDIO, encoded, flac_bomb, live_webm, muxed, pcm16, wav, with_flac_total

#: What the slowest refusal may take on a busy machine: an hour of FLAC silence is decoded before it is too long.
MAX_REFUSAL_S = 20


@pytest.fixture(scope="module")
def pool():
    with DecoderPool(1, timeout_s=60, max_memory_bytes=900_000_000) as pool:
        yield pool


@pytest.mark.parametrize("name", BAD_AUDIO)
def test_bad_audio_gives_its_error(name, pool):
    make, error = BAD_AUDIO[name]
    data = make()
    started_s = time.monotonic()
    with pytest.raises(error) as refusal:
        decode(data)
    with pytest.raises(error) as behind_the_border:
        pool.decode(data)
    assert time.monotonic() - started_s < 2 * MAX_REFUSAL_S
    assert refusal.value.code == error.code == behind_the_border.value.code
    assert refusal.value.detail == behind_the_border.value.detail
    assert " at 0x" not in refusal.value.detail, "a detail is for people"


@pytest.mark.parametrize("name", BAD_AUDIO)
def test_the_same_bytes_in_a_file_give_the_same_error(name, tmp_path):
    make, error = BAD_AUDIO[name]
    path = tmp_path / "speech.wav"
    path.write_bytes(make())
    with pytest.raises(error):
        decode(path)


@pytest.mark.parametrize("name", BAD_AUDIO)
def test_probe_refuses_nothing_that_decode_takes_and_crashes_on_nothing(name):
    make, error = BAD_AUDIO[name]
    with contextlib.suppress(error):  # What the header shows is refused by the header.
        probe(make())


def test_four_hours_of_silence_are_refused_before_they_are_read(tmp_path):
    path = tmp_path / "silence.wav"
    size = 4 * 3600 * 16_000 * 2
    path.write_bytes(wav(data_bytes=size, riff_bytes=size + 36))
    os.truncate(path, 44 + size)
    started_s = time.process_time()
    with pytest.raises(AudioTooLong):
        decode(path)
    assert time.process_time() - started_s < 0.1


def test_flac_bomb_is_as_small_and_as_long_as_we_say():
    assert len(flac_bomb(4, claim_total=False)) < 80_000
    samples = decode(flac_bomb(0.2, claim_total=True), limits=Limits(max_duration_s=0.2 * 3600))
    assert len(samples) == 175 * 65_535
    assert not samples.any()


@pytest.mark.parametrize("total", [0, 32_000])
def test_flac_with_unknown_or_true_total_is_taken(total):
    assert len(decode(with_flac_total(total))) == 32_000


@pytest.mark.parametrize(
    ("riff_bytes", "data_bytes", "writer"),
    [
        (0xFFFFFFFF, 0xFFFFFFFF, "ffmpeg -f wav into a pipe"),
        (0, 0, "a writer that never goes back"),
        (0xFFFFFFFF, 0, "a mix of both"),
        (0x7FFFF024, 0x7FFFF000, "sox into a pipe"),
    ],
)
def test_wav_out_of_a_pipe_reaches_to_the_end_of_the_file(riff_bytes, data_bytes, writer):
    piped = decode(wav(pcm16(), riff_bytes=riff_bytes, data_bytes=data_bytes))
    np.testing.assert_array_equal(piped, decode(wav(pcm16())), err_msg=writer)


def test_live_recording_of_a_browser_is_taken_whole():
    assert b"\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff" in live_webm(), "its segment has no size"
    np.testing.assert_array_equal(decode(live_webm()), decode(muxed("webm", "libopus")))


def test_chunks_after_the_samples_are_no_samples():
    tail = b"LIST\x06\0\0\0INFOab" + b"id3 \x01\0\0\0x\0"
    np.testing.assert_array_equal(decode(wav(pcm16(), tail=tail)), decode(wav(pcm16())))


def test_playlist_opens_no_connection():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/speech.wav"
        for playlist in (
            f"#EXTM3U\n#EXTINF:1,\n{address}\n",
            f"ffconcat version 1.0\nfile '{address}'\n",
            f"[playlist]\nFile1={address}\n",
        ):
            with pytest.raises(UnsupportedAudio):
                decode(playlist.encode())
        with pytest.raises(TimeoutError):
            server.accept()


def test_larger_than_the_limit_is_refused_unread(tmp_path):
    path = tmp_path / "large.wav"
    path.touch()
    os.truncate(path, 3 << 30)
    with pytest.raises(AudioTooLarge):
        decode(path)


def test_named_pipe_is_refused_at_once(tmp_path):
    path = tmp_path / "pipe.wav"
    os.mkfifo(path)
    with pytest.raises(UnsupportedAudio):
        decode(path)


def test_folder_and_missing_file_have_their_errors(tmp_path):
    with pytest.raises((UnsupportedAudio, UnreadableAudio)):
        decode(tmp_path)
    with pytest.raises(MissingAudio):
        decode(tmp_path / "none.wav")
    with pytest.raises(UnreadableAudio):
        decode(Path("a\0b.wav"))


@pytest.mark.parametrize("make", [lambda: encoded("WAV"), lambda: encoded("FLAC"), live_webm, lambda: muxed("webm", "libopus")])
def test_every_cut_of_a_file_is_refused(make):
    data = make()
    for size in range(1, len(data) - 1, max(1, len(data) // 97)):
        with pytest.raises((UnreadableAudio, UnsupportedAudio)):
            decode(data[:size])


def test_random_damage_gives_audio_or_a_coded_error():
    from data.errors import AudioError

    rng = np.random.default_rng(1)
    files = [
        encoded("WAV"),
        encoded("FLAC"),
        encoded("MP3"),
        encoded("OGG", "OPUS"),
        muxed("ipod", "aac"),
        muxed("webm", "libopus"),
    ]
    outcomes = set()
    for _ in range(300):
        data = bytearray(files[rng.integers(len(files))])
        for at in rng.integers(0, rng.choice([64, 1000, len(data)]), size=rng.integers(1, 10)):
            data[at % len(data)] = rng.integers(256)
        try:
            samples = decode(bytes(data))
        except AudioError as error:
            outcomes.add(error.code)
        else:
            assert np.isfinite(samples).all()
            outcomes.add("samples")
    assert {"samples", "audio.unreadable"} <= outcomes
