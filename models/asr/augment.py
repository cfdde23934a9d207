"""What is done to the clips of the train split on the fly; every change is a function of seed, epoch and utterance."""

from __future__ import annotations

import numpy as np
import soxr
import torch
from scipy.fft import irfft, next_fast_len, rfft

from data.schema import RATE_HZ
from models.asr.config import AugmentConfig

#: Loudness of a silence, from the rounding of 16 bits to a room with a fan.
_SILENCE_DBFS = (-90.0, -35.0)


class Augment:
    """Speed, gain and coloured noise; and now and then a clip of nothing, so that the model learns to hear nothing in it."""

    def __init__(self, config: AugmentConfig, *, seed: int) -> None:
        self._config, self._seed = config, seed

    def __call__(self, samples_T: np.ndarray, pieces: list[int], *, key: tuple[int, int]) -> tuple[np.ndarray, list[int]]:
        """The clip as it is under `key` (epoch, utterance): its samples, whose number follows the speed, and its label."""
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
        if rng.random() < config.noise_probability and samples_T.size > 1:
            samples_T = samples_T + _noise_like(samples_T, rng, snr_db=_between(rng, config.noise_snr_db))
        return np.ascontiguousarray(samples_T, np.float32), pieces


def _between(rng: np.random.Generator, lowest_highest: tuple[float, ...]) -> float:
    lowest, highest = lowest_highest
    return float(rng.uniform(lowest, highest))


def _noise_like(samples_T: np.ndarray, rng: np.random.Generator, *, snr_db: float) -> np.ndarray:
    """Noise at `snr_db` below the clip."""
    wanted = np.sqrt(np.mean(np.square(samples_T, dtype=np.float64))) * 10 ** (-snr_db / 20)
    return _noise(samples_T.size, rng) * np.float32(wanted)


def _noise(samples: int, rng: np.random.Generator) -> np.ndarray:
    """Noise between white and brown, of effective value 1."""
    length = next_fast_len(samples, real=True)  # A transform of a prime length takes ten times as long.
    spectrum = np.asarray(rfft(rng.standard_normal(length, np.float32)))
    slope = np.arange(1, spectrum.size + 1, dtype=np.float32) ** np.float32(rng.uniform(0.0, 1.0))
    noise_T = np.asarray(irfft(spectrum / slope, length))[:samples]
    return (noise_T / max(float(np.sqrt(np.mean(noise_T**2))), 1e-12)).astype(np.float32)


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
