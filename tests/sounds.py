"""Sounds made here: speech-like ones that Silero's detector hears as speech, and files of any length."""

from __future__ import annotations

import io

import numpy as np
import soundfile

RATE_HZ = 16_000


#: The first three formants of a, i, u, e and ô in Hz.
_VOWELS = ((700, 1200, 2500), (300, 2300, 3000), (350, 900, 2300), (500, 1800, 2500), (400, 800, 2500))


def voice(duration_s: float, seed: int = 0) -> np.ndarray:
    """Syllables without sense: a hiss, then a vowel of three formants on a gliding pitch, six a second."""
    random = np.random.default_rng(seed)
    samples_T = random.normal(0, 0.002, round(duration_s * RATE_HZ))
    start = 0
    while len(samples_T) - start > RATE_HZ // 20:
        length = min(round(random.uniform(0.14, 0.26) * RATE_HZ), len(samples_T) - start)
        time_s = np.arange(length) / RATE_HZ
        pitch_hz = random.uniform(110, 160) * (1 + random.uniform(-0.15, 0.15) * time_s / time_s[-1])
        harmonics = np.arange(1, 40)
        formants = np.array(_VOWELS[random.integers(len(_VOWELS))])[:, None]
        width_hz, weight = np.array([[80], [120], [160]]), 1 / np.array([[1], [2], [3]])
        strength = (weight / (1 + ((harmonics * pitch_hz.mean() - formants) / width_hz) ** 2)).sum(axis=0)
        vowel = strength @ np.sin(2 * np.pi * np.outer(harmonics, np.cumsum(pitch_hz) / RATE_HZ))
        envelope = np.minimum(1, np.minimum(time_s / 0.02, (time_s[-1] - time_s) / 0.04))
        samples_T[start : start + length] += 0.15 * vowel * envelope
        hiss = min(round(0.03 * RATE_HZ), length)
        samples_T[start : start + hiss] += random.normal(0, 0.03, hiss)
        start += length
    return samples_T.astype(np.float32)


def silence(duration_s: float) -> np.ndarray:
    return np.zeros(round(duration_s * RATE_HZ), np.float32)


def file_of(samples: np.ndarray, container: str = "FLAC", subtype: str | None = None) -> bytes:
    """The samples as a file's bytes."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, RATE_HZ, format=container, subtype=subtype)
    return buffer.getvalue()
