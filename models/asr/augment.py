"""What is done to the audio of the train split on the fly; every change is a function of seed, epoch and utterance."""

from __future__ import annotations

import numpy as np
import soxr
import torch

from data.schema import RATE_HZ
from models.asr.config import AugmentConfig


class Augment:
    """Speed, gain and coloured noise."""

    def __init__(self, config: AugmentConfig, *, seed: int) -> None:
        self._config, self._seed = config, seed

    def __call__(self, samples_T: np.ndarray, *, key: tuple[int, int]) -> np.ndarray:
        """The samples as they sound under `key` (epoch, utterance); the length follows the speed."""
        config = self._config
        if key[0] < config.clean_epochs:
            return samples_T
        rng = np.random.default_rng((self._seed, *key))
        speed = _between(rng, config.speed)
        if speed != 1.0:
            # "LQ" costs a tenth of the default and stays clean far beyond the mel bands' top.
            samples_T = soxr.resample(samples_T, RATE_HZ * speed, RATE_HZ, quality="LQ")
        samples_T = samples_T * np.float32(10 ** (_between(rng, config.gain_db) / 20))
        if rng.random() < config.noise_probability and samples_T.size > 1:
            samples_T = samples_T + _noise_like(samples_T, rng, snr_db=_between(rng, config.noise_snr_db))
        return np.ascontiguousarray(samples_T, np.float32)


def _between(rng: np.random.Generator, lowest_highest: tuple[float, ...]) -> float:
    lowest, highest = lowest_highest
    return float(rng.uniform(lowest, highest))


def _noise_like(samples_T: np.ndarray, rng: np.random.Generator, *, snr_db: float) -> np.ndarray:
    """Noise between white and brown, at `snr_db` below the clip."""
    spectrum = np.fft.rfft(rng.standard_normal(samples_T.size, np.float32))
    noise_T = np.fft.irfft(spectrum / np.arange(1, spectrum.size + 1) ** rng.uniform(0.0, 1.0), samples_T.size)
    wanted = np.sqrt(np.mean(np.square(samples_T, dtype=np.float64))) * 10 ** (-snr_db / 20)
    return (noise_T * (wanted / max(float(np.sqrt(np.mean(noise_T**2))), 1e-12))).astype(np.float32)


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
