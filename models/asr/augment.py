"""What is done to the clips of the train split on the fly; every change is a function of seed, epoch and utterance."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import soxr
import torch
from scipy.fft import irfft, next_fast_len, rfft

from data.schema import RATE_HZ
from models.asr.config import AugmentConfig

#: Loudness of a silence, from the rounding of 16 bits to a room with a fan.
_SILENCE_DBFS = (-90.0, -35.0)


class Augment:
    """Speed, gain, a voice and coloured noise behind; and now and then a clip of nothing, to learn to hear nothing in it."""

    def __init__(self, config: AugmentConfig, *, seed: int) -> None:
        self._config, self._seed = config, seed

    def __call__(
        self,
        samples_T: np.ndarray,
        pieces: list[int],
        *,
        key: tuple[int, int],
        another: Callable[[np.random.Generator], np.ndarray],
    ) -> tuple[np.ndarray, list[int]]:
        """The clip as it is under `key` (epoch, utterance): its samples, whose number follows the speed, and its label.

        `another` draws the samples of some clip: whose voice may be heard behind this one.
        """
        config = self._config
        if key[0] < config.clean_epochs:
            return samples_T, pieces
        rng = np.random.default_rng((self._seed, *key))
        if config.silence_probability and rng.random() < config.silence_probability:
            noise_T = _noise(samples_T.size, rng)
            return noise_T * np.float32(10 ** (_between(rng, _SILENCE_DBFS) / 20)), []
        speed = _between(rng, config.speed)
        if speed != 1.0:
            # "LQ" costs a tenth of the default and stays clean far beyond the mel bands' top.
            samples_T = soxr.resample(samples_T, RATE_HZ * speed, RATE_HZ, quality="LQ")
        samples_T = samples_T * np.float32(10 ** (_between(rng, config.gain_db) / 20))
        if config.voice_probability and rng.random() < config.voice_probability:
            samples_T = _behind(samples_T, another(rng), snr_db=_between(rng, config.voice_snr_db))
        if rng.random() < config.noise_probability and samples_T.size > 1:
            samples_T = _behind(samples_T, _noise(samples_T.size, rng), snr_db=_between(rng, config.noise_snr_db))
        return np.ascontiguousarray(samples_T, np.float32), pieces


def _between(rng: np.random.Generator, lowest_highest: tuple[float, ...]) -> float:
    lowest, highest = lowest_highest
    return float(rng.uniform(lowest, highest))


def _behind(samples_T: np.ndarray, other_T: np.ndarray, *, snr_db: float) -> np.ndarray:
    """The clip with the beginning of `other_T` at `snr_db` below it, by their effective values."""
    other_T = other_T[: samples_T.size]
    scale = _effective(samples_T) * 10 ** (-snr_db / 20) / max(_effective(other_T), 1e-12)
    together_T = samples_T.copy()
    together_T[: other_T.size] += other_T * np.float32(scale)
    return together_T


def _effective(samples_T: np.ndarray) -> float:
    return math.sqrt(float(np.mean(np.square(samples_T, dtype=np.float64)))) if samples_T.size else 0.0


def _noise(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Noise between white and brown, of effective value 1."""
    length = next_fast_len(samples, real=True)  # A transform of a prime length takes ten times as long.
    spectrum = np.asarray(rfft(rng.standard_normal(length, np.float32)))
    slope = np.arange(1, spectrum.size + 1, dtype=np.float32) ** np.float32(rng.uniform(0.0, 1.0))
    noise_T = np.asarray(irfft(spectrum / slope, length))[:samples]
    return (noise_T / max(_effective(noise_T), 1e-12)).astype(np.float32)


def filter_features(features_BMF: torch.Tensor, frames_B: torch.Tensor, config: AugmentConfig) -> torch.Tensor:
    """FilterAugment with torch's own generator: each utterance through a microphone and a line of its own.

    B utterances, M mel bands of natural-log power, F frames; padding stays as it is. Source: Nam et al. 2022, the
    linear kind, with points evenly spaced.
    """
    if not config.filter_db:
        return features_BMF
    B, M, F = features_BMF.shape
    gains_db = (2 * torch.rand(B, 1, config.filter_points, device=features_BMF.device) - 1) * config.filter_db
    gains_BM1 = torch.nn.functional.interpolate(gains_db, size=M, mode="linear", align_corners=True)[:, 0, :, None]
    inside_B1F = (torch.arange(F, device=features_BMF.device) < frames_B[:, None])[:, None, :]
    return features_BMF + (gains_BM1 * inside_B1F * (math.log(10) / 10)).to(features_BMF.dtype)


def mask_features(features_BMF: torch.Tensor, frames_B: torch.Tensor, config: AugmentConfig) -> torch.Tensor:
    """SpecAugment with torch's own generator: bands and stretches are set to the utterance's mean.

    The mean and not NeMo's 0: without normalisation 0 is a loud band, and a mask should say nothing.
    B utterances, M mel bands, F frames. Source: Park et al. 2019.
    """
    B, M, F = features_BMF.shape
    device = features_BMF.device
    band_M = torch.arange(M, device=device)
    frame_F = torch.arange(F, device=device)
    inside_BF = frame_F < frames_B[:, None]
    mean_B = (features_BMF.sum(1) * inside_BF).sum(1) / (frames_B * M).clamp(min=1)
    hidden_BMF = torch.zeros((B, M, F), dtype=torch.bool, device=device)
    widest_B = torch.full((B,), float(config.frequency_width), device=device)
    for _ in range(config.frequency_masks):
        hidden_BMF |= _stretch(band_M, torch.full((B,), float(M), device=device), widest_B)[:, :, None]
    for _ in range(config.time_masks):
        hidden_BMF |= _stretch(frame_F, frames_B.float(), frames_B * config.time_share)[:, None, :]
    return torch.where(hidden_BMF & inside_BF[:, None, :], mean_B[:, None, None].to(features_BMF.dtype), features_BMF)


def _stretch(position_N: torch.Tensor, length_B: torch.Tensor, widest_B: torch.Tensor) -> torch.Tensor:
    """For each utterance one random stretch of positions, as a mask."""
    width_B = torch.rand_like(length_B) * widest_B
    start_B = torch.rand_like(length_B) * (length_B - width_B).clamp(min=0)
    return (position_N >= start_B[:, None]) & (position_N < (start_B + width_B)[:, None])
