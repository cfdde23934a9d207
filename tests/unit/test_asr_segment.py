"""Where audio is cut: all speech in exactly one chunk, nothing longer than the recogniser hears, nothing invented."""

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from data.schema import RATE_HZ, Word
from serving.asr.segment import find_speech, shifted
from serving.asr.settings import SegmentSettings
from serving.asr.vad import WINDOW_S, WINDOW_SAMPLES, load_vad

SETTINGS = SegmentSettings()


@dataclass
class Told:
    """A detector that is told what to find."""

    probability_N: np.ndarray

    def speech(self, samples: np.ndarray, *, gain: float = 1.0) -> np.ndarray:
        return self.probability_N.astype(np.float32)


def found(probability: list[float] | np.ndarray, settings: SegmentSettings = SETTINGS):
    probability_N = np.asarray(probability, float)
    return find_speech(np.zeros(len(probability_N) * WINDOW_SAMPLES, np.float32), cast(Any, Told(probability_N)), settings)


def windows(seconds: float) -> int:
    return round(seconds / WINDOW_S)


def test_audio_without_speech_has_no_chunk():
    assert found(np.full(windows(30), 0.1)).chunks == ()
    assert found([]).chunks == ()


def test_audio_that_fits_is_recognised_as_it_came():
    probability = np.full(windows(12), 0.05)
    probability[windows(4) : windows(5)] = 0.9
    assert found(probability).chunks == ((0, windows(12) * WINDOW_SAMPLES),)


def test_a_long_pause_is_not_recognised():
    probability = np.full(windows(40), 0.05)
    probability[windows(2) : windows(4)] = probability[windows(30) : windows(32)] = 0.9
    (first, second) = found(probability).chunks
    assert abs(first[1] / RATE_HZ - 5) < 0.1
    assert abs(second[0] / RATE_HZ - 29) < 0.1


def test_a_cut_lies_in_the_longest_pause():
    probability = np.full(windows(30), 0.9)
    probability[windows(8) : windows(8.2)] = 0.01
    probability[windows(13) : windows(13.6)] = 0.01
    (first, second) = found(probability).chunks
    assert first[1] == second[0]
    assert abs(first[1] / RATE_HZ - 13.3) < 0.1


@examples(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 40)), min_size=1, max_size=12), st.integers(0, 2**31))
def test_all_speech_lies_in_exactly_one_chunk_and_none_is_too_long(stretches, seed):
    random = np.random.default_rng(seed)
    levels = np.concatenate([np.full(max(windows(s), 1), level) for level, s in stretches])
    probability = np.clip(levels + random.normal(0, 0.1, len(levels)), 0, 1)
    speech = found(probability)
    covered = np.zeros(len(probability) * WINDOW_SAMPLES, int)
    for start, stop in speech.chunks:
        assert 0 < stop - start <= SETTINGS.max_chunk_s * RATE_HZ
        covered[start:stop] += 1
    assert covered.max(initial=0) <= 1
    for start, stop in speech.regions:
        assert covered[start * WINDOW_SAMPLES : stop * WINDOW_SAMPLES].all()
    assert all((probability[a:b] >= SETTINGS.speech_threshold).any() for a, b in speech.regions)
    assert speech.chunks == tuple(sorted(speech.chunks))


def test_noise_tones_and_silence_are_no_speech():
    time_s = np.arange(20 * RATE_HZ) / RATE_HZ
    random = np.random.default_rng(0)
    for sound in (
        np.zeros_like(time_s),
        random.normal(0, 1e-4, len(time_s)),
        random.normal(0, 0.2, len(time_s)),
        0.3 * np.sin(2 * np.pi * 440 * time_s),
        0.3 * np.sign(np.sin(2 * np.pi * 50 * time_s)),
    ):
        assert find_speech(sound.astype(np.float32), load_vad(), SETTINGS).chunks == ()


def word(start_s: float, end_s: float) -> Word:
    return Word(text="à", start_s=start_s, end_s=end_s, confidence=0.5)


def test_a_word_far_from_any_speech_is_dropped():
    probability = np.full(windows(20), 0.05)
    probability[windows(4) : windows(6)] = 0.9
    speech = found(probability)
    kept = [word(3.6, 3.8), word(5, 5.2), word(6.2, 6.4)]
    assert list(speech.kept([word(3, 3.2), *kept, word(7, 7.2)])) == kept


def test_times_are_offsets_in_the_whole_audio():
    (moved,) = shifted([word(0.5, 0.75)], 10 * RATE_HZ)
    assert (moved.start_s, moved.end_s) == (10.5, 10.75)


def test_no_speech_is_the_rest_to_one():
    speech = found(np.linspace(0, 1, windows(10)))
    assert speech.no_speech(0, 1) > 0.9 > 0.1 > speech.no_speech(9, 10) >= 0
    assert 0 <= speech.no_speech(10, 10) <= 1
