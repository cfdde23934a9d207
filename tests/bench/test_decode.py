"""Decoding with every check costs little more than soundfile alone: CPU time, interleaved, median of rounds."""

import io
import time

import numpy as np
import soundfile

from data.audio import decode, encode_flac
from data.sandbox import DecoderPool

CLIP_S, CLIPS, ROUNDS = 4, 20, 15


def clips(container: str) -> list[bytes]:
    noise = np.random.default_rng(0).normal(0, 0.05, (CLIPS, 16_000 * CLIP_S)).astype(np.float32)
    if container == "FLAC":
        return [encode_flac(samples_T) for samples_T in noise]
    buffers = [io.BytesIO() for _ in noise]
    for buffer, samples_T in zip(buffers, noise, strict=True):
        soundfile.write(buffer, samples_T, 16_000, format=container, subtype="PCM_16")
    return [buffer.getvalue() for buffer in buffers]


def plain(data: bytes) -> np.ndarray:
    return soundfile.read(io.BytesIO(data), dtype="float32")[0]


def spent_s(work, files: list[bytes], clock) -> float:
    started_s = clock()
    for data in files:
        work(data)
    return clock() - started_s


def test_checked_decoding_against_soundfile():
    for container, most in (("FLAC", 1.35), ("WAV", 1.8)):
        files = clips(container)
        rounds = [(spent_s(plain, files, time.process_time), spent_s(decode, files, time.process_time)) for _ in range(ROUNDS)]
        theirs_s, ours_s = np.median(rounds, axis=0)
        print(
            f"{container}: soundfile {1e3 * theirs_s / CLIPS:.2f} ms a clip of {CLIP_S} s, ours {1e3 * ours_s / CLIPS:.2f} ms"
        )
        assert ours_s / theirs_s < most


def test_cost_of_the_process_border():
    files = clips("FLAC")
    with DecoderPool(1) as pool:
        pool.decode(files[0])
        rounds = [
            (spent_s(decode, files, time.perf_counter), spent_s(pool.decode, files, time.perf_counter)) for _ in range(ROUNDS)
        ]
    here_s, there_s = np.min(rounds, axis=0)  # Wall time: the least is what the border costs, the rest is the neighbours.
    print(f"here {1e3 * here_s / CLIPS:.2f} ms a clip of {CLIP_S} s, behind the border {1e3 * there_s / CLIPS:.2f} ms")
    assert (there_s - here_s) / CLIPS < 0.005
