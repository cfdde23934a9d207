"""What is done to a voice is what its slices say, and never more."""

from __future__ import annotations

import numpy as np
import pytest

from data.errors import ConfigError
from data.pack.augment import (
    AugmentSettings,
    Treatment,
    add_noise,
    add_room,
    apply_treatment,
    at_level,
    draw_treatment,
    make_noise,
    seeded,
    snr_band,
    speech_rms,
    through_telephone,
)
from data.schema import RATE_HZ

EVERYTHING = AugmentSettings(speed_percent=10, noise_share=1, room_share=1, telephone_share=1)


def _voice(duration_s: float = 1.0) -> np.ndarray:
    """A buzz of 150 Hz with pauses: enough like speech to measure levels on."""
    time_T = np.arange(int(duration_s * RATE_HZ)) / RATE_HZ
    buzz_T = sum(np.sin(2 * np.pi * 150 * k * time_T) / k for k in range(1, 40))
    return (0.1 * buzz_T * (np.sin(2 * np.pi * 2 * time_T) > 0)).astype(np.float32)


def _band_power(samples_T: np.ndarray, low_hz: float, high_hz: float) -> float:
    power_K = np.abs(np.fft.rfft(samples_T)) ** 2
    bins_K = np.fft.rfftfreq(len(samples_T), 1 / RATE_HZ)
    return float(power_K[(bins_K >= low_hz) & (bins_K < high_hz)].sum() / power_K.sum())


@pytest.mark.parametrize("kind", ["white", "pink", "babble"])
@pytest.mark.parametrize("snr_db", [0.0, 10.0, 25.0])
def test_noise_stands_as_far_below_the_speech_as_asked(kind, snr_db: float) -> None:
    voice_T = _voice()
    noise_T = make_noise(kind, len(voice_T), seeded("n"), _voice(0.7)[::-1])
    added_T = add_noise(voice_T, noise_T, snr_db) - voice_T
    assert 20 * np.log10(speech_rms(voice_T) / speech_rms(added_T)) == pytest.approx(snr_db, abs=0.1)


def test_pink_noise_falls_three_decibels_an_octave() -> None:
    noise_T = make_noise("pink", 10 * RATE_HZ, seeded("pink"))
    octaves = [_band_power(noise_T, low, 2 * low) for low in (125, 500, 2000)]
    assert max(octaves) / min(octaves) < 1.1


def test_a_pause_does_not_count_as_speech() -> None:
    voice_T = _voice()
    assert speech_rms(np.pad(voice_T, RATE_HZ)) == pytest.approx(speech_rms(voice_T), rel=0.02)


def test_a_telephone_passes_300_to_3400_hertz() -> None:
    noise_T = at_level(make_noise("white", RATE_HZ, seeded("t")), -20)
    heard_T = through_telephone(noise_T)
    assert len(heard_T) == len(noise_T)
    assert _band_power(heard_T, 250, 3500) > 0.99


def test_a_room_keeps_the_direct_voice_and_decays_as_asked() -> None:
    click_T = np.zeros(RATE_HZ, np.float32)
    click_T[0] = 1
    echo_T = add_room(click_T, 0.3, seeded("room"))
    assert echo_T[0] == pytest.approx(1, abs=1e-6)
    early, late = (np.square(echo_T[int(at * RATE_HZ) :][:800]).mean() for at in (0.01, 0.16))
    assert 10 * np.log10(early / late) == pytest.approx(30, abs=3), "half of the time, half of the 60 dB"
    assert not echo_T[int(0.31 * RATE_HZ) :].max() > 1e-6


def test_the_same_key_treats_alike_and_another_differently() -> None:
    def treated(key: str) -> np.ndarray:
        rng = seeded(key)
        return apply_treatment(_voice(), draw_treatment(EVERYTHING, rng), rng)

    assert np.array_equal(treated("a"), treated("a"))
    assert len(treated("a")) != len(treated("b"))


def test_nothing_ever_clips() -> None:
    loud = AugmentSettings(noise_share=1, snr_db=(-5, 5), room_share=1, level_dbfs=(-3, 0))
    for key in range(20):
        rng = seeded(key)
        assert np.abs(apply_treatment(_voice(), draw_treatment(loud, rng), rng)).max() <= 0.971


def test_silence_and_emptiness_stay_what_they_are() -> None:
    for samples_T in (np.zeros(RATE_HZ, np.float32), np.zeros(0, np.float32)):
        rng = seeded("silent")
        treated_T = apply_treatment(samples_T, Treatment(noise="white", snr_db=10.0, telephone=True, room_s=0.2), rng)
        assert np.array_equal(treated_T, samples_T)


def test_shares_are_kept_and_slices_say_what_was_done() -> None:
    settings = AugmentSettings(noise_share=0.4, telephone_share=0.1, room_share=0.25, snr_db=(12, 30))
    treatments = [draw_treatment(settings, seeded(index)) for index in range(4_000)]
    for share, found in (
        (0.4, [t.slices()["snr_db"] != "clean" for t in treatments]),
        (0.1, [t.slices()["channel"] == "telephone" for t in treatments]),
        (0.25, [t.room_s is not None for t in treatments]),
    ):
        assert np.mean(found) == pytest.approx(share, abs=0.03)
    assert {t.slices()["snr_db"] for t in treatments} == {"clean", "10-15", "15-20", "20-30"}


@pytest.mark.parametrize(("snr_db", "band"), [(None, "clean"), (9.9, "<10"), (10.0, "10-15"), (29.9, "20-30"), (30.0, "clean")])
def test_bands_of_noise_begin_at_their_lower_edge(snr_db: float | None, band: str) -> None:
    assert snr_band(snr_db) == band


@pytest.mark.parametrize(
    "settings",
    [{"noise_share": 1.5}, {"snr_db": (30, 10)}, {"speed_percent": 90}, {"room_s": (0, 0.1)}, {"level_dbfs": (0, -9)}],
)
def test_impossible_settings_are_refused(settings: dict) -> None:
    with pytest.raises(ConfigError):
        AugmentSettings(**settings)
