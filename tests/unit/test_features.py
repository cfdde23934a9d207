"""The front end alone; that it is NeMo's is proved in tests/golden."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data.errors import BadSampleRate, ConfigError
from models.asr.features import FrontEnd, log_mel

RANDOM = np.random.default_rng(1)


@pytest.mark.parametrize(("samples", "frames"), [(0, 0), (1, 0), (159, 0), (160, 1), (399, 2), (16_000, 100), (123_456, 771)])
def test_a_frame_each_hop(samples, frames):
    features = log_mel(RANDOM.standard_normal(samples).astype(np.float32))
    assert features.shape == (frames, 80)
    assert features.dtype == np.float32


def test_silence_is_the_logarithm_of_the_guard():
    np.testing.assert_allclose(log_mel(np.zeros(1_600, np.float32)), np.log(2.0**-24), rtol=1e-6)


def test_a_tone_is_loudest_in_its_band():
    time_s = np.arange(16_000) / 16_000
    low, high = (log_mel(np.sin(2 * np.pi * hz * time_s).astype(np.float32))[50].argmax() for hz in (300, 3_000))
    assert low < high


def test_blocks_leave_no_seam():
    clip = RANDOM.standard_normal(16_000 * 6).astype(np.float32)
    whole = log_mel(clip)
    # Frame 256 is the first of the second block; alone it is somewhere in the first.
    part = log_mel(clip[250 * 160 :])
    np.testing.assert_allclose(whole[253:280], part[3:30], atol=2e-5)


def test_the_input_is_left_alone():
    clip = RANDOM.standard_normal(1_600).astype(np.float32)
    before = clip.copy()
    log_mel(clip)
    np.testing.assert_array_equal(clip, before)


def test_normalised_bands_have_no_mean_and_unit_deviation():
    features = log_mel(RANDOM.standard_normal(32_000).astype(np.float32), replace(FrontEnd(), normalize="per_feature"))
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(features.std(axis=0, ddof=1), 1, atol=1e-4)


def test_one_normalised_frame_is_zero_and_no_nan():
    features = log_mel(RANDOM.standard_normal(200).astype(np.float32), replace(FrontEnd(), normalize="per_feature"))
    np.testing.assert_allclose(features, 0, atol=1e-3)


def test_another_rate_is_refused():
    with pytest.raises(BadSampleRate):
        log_mel(np.zeros(8_000, np.float32), rate_hz=8_000)


@pytest.mark.parametrize("setting", [{"window": "hamming"}, {"normalize": "all_features"}, {"frame_splicing": 3}])
def test_a_front_end_that_is_not_built_is_refused(setting):
    with pytest.raises(ConfigError):
        FrontEnd.from_nemo(setting)
