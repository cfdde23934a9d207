"""Augmentation is a function of seed, epoch and utterance, and does what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.asr.augment import Augment, mask_features
from models.asr.config import AugmentConfig

TONE_T = np.sin(np.arange(16_000) * 2 * np.pi * 440 / 16_000).astype(np.float32)
NOTHING = {"speed": (1.0, 1.0), "gain_db": (0.0, 0.0), "noise_probability": 0.0}


def test_one_key_gives_one_sound_and_another_epoch_another():
    augment = Augment(AugmentConfig(), seed=5)
    again = Augment(AugmentConfig(), seed=5)
    assert np.array_equal(augment(TONE_T, key=(2, 9)), again(TONE_T, key=(2, 9)))
    assert not np.array_equal(augment(TONE_T, key=(2, 9)), augment(TONE_T, key=(3, 9)))


def test_nothing_asked_changes_nothing():
    assert np.array_equal(Augment(AugmentConfig(**NOTHING), seed=0)(TONE_T, key=(0, 0)), TONE_T)


@pytest.mark.parametrize("speed, hertz", [(0.8, 352), (1.25, 550)])
def test_speed_shortens_and_lifts_the_pitch(speed, hertz):
    heard_T = Augment(AugmentConfig(**{**NOTHING, "speed": (speed, speed)}), seed=0)(TONE_T, key=(0, 0))
    assert heard_T.size == pytest.approx(16_000 / speed, abs=2)
    loudest = np.argmax(np.abs(np.fft.rfft(heard_T))) * 16_000 / heard_T.size
    assert loudest == pytest.approx(hertz, abs=2)


def test_noise_has_the_asked_ratio():
    config = AugmentConfig(**{**NOTHING, "noise_probability": 1.0, "noise_snr_db": (12.0, 12.0)})
    noise_T = Augment(config, seed=0)(TONE_T, key=(0, 1)) - TONE_T
    assert 10 * np.log10(np.mean(TONE_T**2) / np.mean(noise_T**2)) == pytest.approx(12.0, abs=0.1)


def test_digital_silence_stays_finite():
    config = AugmentConfig(noise_probability=1.0)
    assert np.isfinite(Augment(config, seed=0)(np.zeros(800, np.float32), key=(0, 0))).all()


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
    augment = Augment(AugmentConfig(clean_epochs=2), seed=0)
    assert np.array_equal(augment(samples_T, key=(1, 7)), samples_T)
    assert not np.array_equal(augment(samples_T, key=(2, 7))[:100], samples_T[:100])
