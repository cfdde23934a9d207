"""Augmentation is a function of seed, epoch and utterance, and does what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.asr.augment import Augment, filter_features, mask_features
from models.asr.config import AugmentConfig

TONE_T = np.sin(np.arange(16_000) * 2 * np.pi * 440 / 16_000).astype(np.float32)
LABEL = [3, 1, 4]
NOTHING = {"speed": (1.0, 1.0), "gain_db": (0.0, 0.0), "noise_probability": 0.0}


def heard(config: AugmentConfig, samples_T: np.ndarray = TONE_T, *, key: tuple[int, int] = (0, 0), seed: int = 0) -> np.ndarray:
    """The samples of one clip, whose label stays."""
    heard_T, label = Augment(config, seed=seed)(samples_T, LABEL, key=key, another=high)
    assert label == LABEL
    return heard_T


def high(rng: np.random.Generator) -> np.ndarray:
    """Half a second of another voice."""
    return np.sin(np.arange(8_000) * 2 * np.pi * 2_000 / 16_000).astype(np.float32)


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


def test_a_voice_behind_has_the_asked_ratio_and_ends_with_its_clip():
    config = AugmentConfig(**{**NOTHING, "voice_probability": 1.0, "voice_snr_db": (9.0, 9.0)})
    voice_T = heard(config) - TONE_T
    assert not voice_T[8_000:].any()
    assert 10 * np.log10(np.mean(TONE_T**2) / np.mean(voice_T[:8_000] ** 2)) == pytest.approx(9.0, abs=0.1)
    assert np.argmax(np.abs(np.fft.rfft(voice_T[:8_000]))) * 2 == 2_000


def test_digital_silence_stays_finite():
    config = AugmentConfig(noise_probability=1.0, voice_probability=1.0)
    assert np.isfinite(heard(config, np.zeros(800, np.float32))).all()


def test_a_filter_lifts_and_lowers_bands_within_its_gain_and_leaves_padding_alone():
    torch.manual_seed(0)
    features_BMF = torch.randn(4, 80, 50)
    frames_B = torch.tensor([50, 40, 30, 3])
    filtered_BMF = filter_features(features_BMF, frames_B, AugmentConfig(filter_db=8.0, filter_points=6))
    gains_db = (filtered_BMF - features_BMF) * 10 / np.log(10)
    for gains_MF, frames in zip(gains_db, frames_B.tolist(), strict=True):
        assert not gains_MF[:, frames:].any()
        assert torch.allclose(gains_MF[:, :frames], gains_MF[:, :1].expand(-1, frames), atol=1e-4)
        assert 1.0 < gains_MF.abs().max() <= 8.0 + 1e-4
        assert gains_MF[:, 0].diff().abs().max() < 16.0 * 5 / 79 + 1e-3  # From one band to the next a step of a straight line.
    assert not torch.allclose(gains_db[0, :, 0], gains_db[1, :, 0])


def test_no_filter_changes_nothing():
    features_BMF = torch.randn(2, 80, 20)
    assert torch.equal(filter_features(features_BMF, torch.tensor([20, 10]), AugmentConfig()), features_BMF)


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
    silence_T, label = Augment(config, seed=0)(samples_T, LABEL, key=(2, 7), another=high)
    assert label == []
    assert not np.array_equal(silence_T, samples_T)


def test_a_silence_has_no_word_and_is_quiet():
    config = AugmentConfig(**{**NOTHING, "silence_probability": 0.3})
    clips = [Augment(config, seed=0)(TONE_T, LABEL, key=(0, index), another=high) for index in range(400)]
    silences = [samples_T for samples_T, label in clips if not label]
    assert len(silences) / len(clips) == pytest.approx(0.3, abs=0.07)
    loudness_dbfs = [10 * np.log10(np.mean(samples_T**2)) for samples_T in silences]
    assert -90.5 < min(loudness_dbfs) < max(loudness_dbfs) < -34.5
    assert all(np.array_equal(samples_T, TONE_T) for samples_T, label in clips if label)
