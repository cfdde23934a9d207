"""What the world does to a voice: speed, a room, noise, a telephone line, a level. numpy and soxr only.

A treatment is drawn first and applied after, both from a generator seeded by the utterance's id: the same utterance is
always treated alike, whatever else is in its corpus and in whatever order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import soxr

from data.errors import ConfigError
from data.schema import RATE_HZ, Hertz, Seconds

# T samples, K frequency bins.
Noise = Literal["white", "pink", "babble"]

#: Where bands of signal-to-noise ratios end; the names are what slices say.
_SNR_BANDS = ((10.0, "<10"), (15.0, "10-15"), (20.0, "15-20"), (30.0, "20-30"))
_TELEPHONE_HZ = (300.0, 3400.0)
_TELEPHONE_RATE_HZ = 8_000
#: Frames this much below the loudest one are pauses, and do not count as speech when a level is measured.
_PAUSE_DB = 35.0
#: Peaks stay below full scale, so that no clip is ever clipped.
_CEILING = 0.97


@dataclass(frozen=True, kw_only=True)
class AugmentSettings:
    """How often and how strongly clips are treated; with the defaults nothing happens but the level."""

    speed_percent: float = 0.0
    """Speed is changed by up to so much, either way, and pitch with it."""
    room_share: float = 0.0
    """The share of clips that get a room."""
    room_s: tuple[float, float] = (0.1, 0.4)
    """The room's reverberation time (until 60 dB below), least and most."""
    noise_share: float = 0.0
    """The share of clips that get noise."""
    snr_db: tuple[float, float] = (10.0, 30.0)
    """Speech level over noise level, least and most."""
    noises: tuple[Noise, ...] = ("white", "pink", "babble")
    """Which noises; babble is other voices, and pink where none are given."""
    telephone_share: float = 0.0
    """The share of clips that go through a telephone line."""
    level_dbfs: tuple[float, float] = (-30.0, -20.0)
    """The level of the speech itself, least and most; lower where peaks would clip."""

    def __post_init__(self) -> None:
        for name in ("room_share", "noise_share", "telephone_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} is a share: from 0 to 1", pointer=f"/{name}")
        for name in ("room_s", "snr_db", "level_dbfs"):
            low, high = getattr(self, name)
            if low > high:
                raise ConfigError(f"{name} is least and most: {low} is above {high}", pointer=f"/{name}")
        if not 0 <= self.speed_percent <= 20:
            raise ConfigError("speed_percent is from 0 to 20", pointer="/speed_percent")
        if self.room_s[0] <= 0:
            raise ConfigError("room_s is above 0", pointer="/room_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What happens to one clip."""

    speed: float = 1.0
    room_s: Seconds | None = None
    noise: Noise | None = None
    snr_db: float | None = None
    telephone: bool = False
    level_dbfs: float = -24.0

    def slices(self) -> dict[str, str]:
        """The groups that measuring tells apart."""
        return {"snr_db": snr_band(self.snr_db), "channel": "telephone" if self.telephone else "wideband"}


def snr_band(snr_db: float | None) -> str:
    """Name the band of a signal-to-noise ratio: `<10`, `10-15`, `15-20`, `20-30`, `clean`."""
    if snr_db is None:
        return "clean"
    return next((name for limit, name in _SNR_BANDS if snr_db < limit), "clean")


def seeded(*key: object) -> np.random.Generator:
    """A generator whose numbers depend on `key` alone."""
    digest = hashlib.sha256("\0".join(map(str, key)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))


def draw_treatment(settings: AugmentSettings, rng: np.random.Generator) -> Treatment:
    """Draw what happens to one clip; every draw is made every time, so that one share does not move another's dice."""
    speed, room, room_s, noise, kind, snr_db, telephone, level = rng.random(8)
    noisy = noise < settings.noise_share and bool(settings.noises)
    return Treatment(
        speed=1 + (2 * speed - 1) * settings.speed_percent / 100,
        room_s=_between(settings.room_s, room_s) if room < settings.room_share else None,
        noise=settings.noises[int(kind * len(settings.noises))] if noisy else None,
        snr_db=_between(settings.snr_db, snr_db) if noisy else None,
        telephone=bool(telephone < settings.telephone_share),
        level_dbfs=_between(settings.level_dbfs, level),
    )


def apply_treatment(
    samples_T: np.ndarray, treatment: Treatment, rng: np.random.Generator, babble_T: np.ndarray | None = None
) -> np.ndarray:
    """Treat one clip of 16 kHz mono float32; T changes with speed only. `babble_T` is other people's speech."""
    treated_T = np.asarray(samples_T, np.float32)
    if treatment.speed != 1:
        treated_T = soxr.resample(treated_T, RATE_HZ * treatment.speed, RATE_HZ)
    if treatment.room_s is not None:
        treated_T = add_room(treated_T, treatment.room_s, rng)
    if treatment.noise is not None and treatment.snr_db is not None:
        noise_T = make_noise(treatment.noise, len(treated_T), rng, babble_T)
        treated_T = add_noise(treated_T, noise_T, treatment.snr_db)
    if treatment.telephone:
        treated_T = through_telephone(treated_T)
    return at_level(treated_T, treatment.level_dbfs)


def speech_rms(samples_T: np.ndarray, frame: int = 400) -> float:
    """The root mean square of the speech: frames far below the loudest are pauses and left out."""
    whole = len(samples_T) // frame * frame
    power = np.square(samples_T[:whole], dtype=np.float64).reshape(-1, frame).mean(axis=1)
    if not whole or power.max() <= 0:
        return float(np.sqrt(np.square(samples_T, dtype=np.float64).mean())) if len(samples_T) else 0.0
    return float(np.sqrt(power[power > power.max() * 10 ** (-_PAUSE_DB / 10)].mean()))


def make_noise(kind: Noise, length: int, rng: np.random.Generator, babble_T: np.ndarray | None = None) -> np.ndarray:
    """Noise of `length` samples, of any level. Babble is `babble_T` from a random moment, turned round at its end."""
    if kind == "babble" and babble_T is not None and len(babble_T):
        start = int(rng.random() * len(babble_T))
        return np.resize(np.roll(babble_T, -start), length).astype(np.float32)
    white_T = rng.standard_normal(_fast_size(length), np.float32)
    if kind == "white":
        return white_T[:length]
    spectrum_K = np.fft.rfft(white_T)
    spectrum_K /= np.sqrt(np.maximum(np.arange(len(spectrum_K)), 1))  # 3 dB less an octave.
    return np.fft.irfft(spectrum_K)[:length].astype(np.float32)


def add_noise(samples_T: np.ndarray, noise_T: np.ndarray, snr_db: float) -> np.ndarray:
    """Add noise so that the speech stands `snr_db` above it; silence stays silent."""
    noise_rms = speech_rms(noise_T)
    if noise_rms == 0:
        return samples_T
    gain = speech_rms(samples_T) / noise_rms * 10 ** (-snr_db / 20)
    return (samples_T + noise_T * gain).astype(np.float32)


def add_room(samples_T: np.ndarray, room_s: Seconds, rng: np.random.Generator, rate_hz: Hertz = RATE_HZ) -> np.ndarray:
    """Put the voice in a room: a direct path and an exponentially decaying tail that falls 60 dB in `room_s`."""
    delay = np.arange(int(room_s * rate_hz)) / rate_hz
    tail = rng.standard_normal(len(delay)) * 10 ** (-3 * delay / room_s)
    tail[: int(0.002 * rate_hz)] = 0  # No wall is nearer than 30 cm.
    impulse = tail * 0.5 / max(float(np.sqrt(np.square(tail).sum())), 1e-9)
    impulse[0] = 1
    size = _fast_size(len(samples_T) + len(impulse))
    wet_T = np.fft.irfft(np.fft.rfft(samples_T, size) * np.fft.rfft(impulse, size), size)
    return wet_T[: len(samples_T)].astype(np.float32)


def through_telephone(samples_T: np.ndarray, rate_hz: Hertz = RATE_HZ) -> np.ndarray:
    """Send the voice through a telephone line: 8 kHz, 300 to 3,400 Hz, eight bits of mu-law (ITU-T G.711's curve)."""
    narrow_T = soxr.resample(samples_T, rate_hz, _TELEPHONE_RATE_HZ)
    size = _fast_size(len(narrow_T))
    spectrum_K = np.fft.rfft(narrow_T, size)
    bins_K = np.fft.rfftfreq(size, 1 / _TELEPHONE_RATE_HZ)
    spectrum_K[(bins_K < _TELEPHONE_HZ[0]) | (bins_K > _TELEPHONE_HZ[1])] = 0
    narrow_T = np.fft.irfft(spectrum_K)[: len(narrow_T)]
    peak = max(float(np.abs(narrow_T).max(initial=0)), 1e-9)
    curve_T = np.sign(narrow_T) * np.log1p(255 * np.abs(narrow_T) / peak) / np.log(256)
    curve_T = np.round(curve_T * 127) / 127
    narrow_T = np.sign(curve_T) * np.expm1(np.abs(curve_T) * np.log(256)) / 255 * peak
    wide_T = soxr.resample(narrow_T.astype(np.float32), _TELEPHONE_RATE_HZ, rate_hz)
    return np.pad(wide_T, (0, max(0, len(samples_T) - len(wide_T))))[: len(samples_T)]


def at_level(samples_T: np.ndarray, level_dbfs: float) -> np.ndarray:
    """Set the speech to a level, or as near below as its peaks allow."""
    rms, peak = speech_rms(samples_T), float(np.abs(samples_T).max(initial=0))
    if rms == 0 or peak == 0:
        return samples_T
    return (samples_T * min(10 ** (level_dbfs / 20) / rms, _CEILING / peak)).astype(np.float32)


def _fast_size(length: int) -> int:
    return 1 << max(1, length - 1).bit_length()  # A transform whose length is a large prime takes ten times as long.


def _between(range_: tuple[float, float], share: float) -> float:
    return float(range_[0] + (range_[1] - range_[0]) * share)
