"""Augmentation is a function of seed, epoch and utterance, and does what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.asr.augment import Augment, mask_features
from models.asr.config import AugmentConfig

TONE_T = np.sin(np.arange(16_000) * 2 * np.pi * 440 / 16_000).astype(np.float32)
LABEL = [3, 1, 4]
NOTHING = {"speed": (1.0, 1.0), "gain_db": (0.0, 0.0), "noise_probability": 0.0}


def heard(config: AugmentConfig, samples_T: np.ndarray = TONE_T, *, key: tuple[int, int] = (0, 0), seed: int = 0) -> np.ndarray:
    """The samples of one clip, whose label stays."""
    heard_T, label = Augment(config, seed=seed)(samples_T, LABEL, key=key)
    assert label == LABEL
    return heard_T


def test_one_key_gives_one_sound_and_another_epoch_another():
    once_T = heard(AugmentConfig(), key=(2, 9), seed=5)
    assert np.array_equal(once_T, heard(AugmentConfig(), key=(2, 9), seed=5))
    assert not np.array_equal(once_T, heard(AugmentConfig(), key=(3, 9), seed=5))


def test_nothing_asked_changes_nothing():
    assert np.array_equal(heard(AugmentConfig(**NOTHING)), TONE_T)


@pytest.mark.parametrize("speed, hertz", [(0.8, 352), (1.25, 550)])
def test_speed_shortens_and_lifts_the_pitch(speed, hertz):
    heard_T = heard(AugmentConfig(**{**NOTHING, "speed": (speed, speed)}))
    assert heard_T.size == pytest.approx(16_000 / speed, abs=2)
    loudest = np.argmax(np.abs(np.fft.rfft(heard_T))) * 16_000 / heard_T.size
    assert loudest == pytest.approx(hertz, abs=2)


def test_noise_has_the_asked_ratio():
    config = AugmentConfig(**{**NOTHING, "noise_probability": 1.0, "noise_snr_db": (12.0, 12.0)})
    noise_T = heard(config, key=(0, 1)) - TONE_T
    assert 10 * np.log10(np.mean(TONE_T**2) / np.mean(noise_T**2)) == pytest.approx(12.0, abs=0.1)


def test_digital_silence_stays_finite():
    config = AugmentConfig(noise_probability=1.0)
    assert np.isfinite(heard(config, np.zeros(800, np.float32))).all()


def test_masks_say_the_mean_and_leave_padding_alone():
    torch.manual_seed(0)
    features_BMF = torch.randn(4, 80, 50)
    frames_B = torch.tensor([50, 40, 30, 3])
    config = AugmentConfig(frequency_masks=1, frequency_width=40, time_masks=1, time_share=0.5)
    masked_BMF = mask_features(features_BMF, frames_B, config)
    for before_MF, after_MF, frames in zip(features_BMF, masked_BMF, frames_B.tolist(), strict=True):
        changed_MF = before_MF != after_MF
        assert not changed_MF[:, frames:].any()
        assert changed_MF.any()
        assert after_MF[changed_MF].unique().numel() == 1
        assert after_MF[changed_MF][0] == pytest.approx(float(before_MF[:, :frames].mean()), abs=1e-5)


def test_no_masks_change_nothing():
    features_BMF = torch.randn(2, 80, 20)
    config = AugmentConfig(frequency_masks=0, time_masks=0)
    assert torch.equal(mask_features(features_BMF, torch.tensor([20, 10]), config), features_BMF)


def test_the_first_epochs_hear_speech_as_it_is():
    samples_T = np.random.default_rng(0).standard_normal(8_000).astype(np.float32)
    config = AugmentConfig(clean_epochs=2, silence_probability=1.0)
    assert np.array_equal(heard(config, samples_T, key=(1, 7)), samples_T)
    silence_T, label = Augment(config, seed=0)(samples_T, LABEL, key=(2, 7))
    assert label == []
    assert not np.array_equal(silence_T, samples_T)


def test_a_silence_has_no_word_and_is_quiet():
    config = AugmentConfig(**{**NOTHING, "silence_probability": 0.3})
    clips = [Augment(config, seed=0)(TONE_T, LABEL, key=(0, index)) for index in range(400)]
    silences = [samples_T for samples_T, label in clips if not label]
    assert len(silences) / len(clips) == pytest.approx(0.3, abs=0.07)
    loudness_dbfs = [10 * np.log10(np.mean(samples_T**2)) for samples_T in silences]
    assert -90.5 < min(loudness_dbfs) < max(loudness_dbfs) < -34.5
    assert all(np.array_equal(samples_T, TONE_T) for samples_T, label in clips if label)
