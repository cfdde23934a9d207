"""Log-mel features in numpy: what the model hears, at training and at serving alike.

T samples, F frames, M mel bands, N bins of the spectrum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from data.errors import BadSampleRate, ConfigError

F32 = NDArray[np.float32]

#: Frames of one matrix product. OpenBLAS runs products of up to 2^18 multiplications in the calling thread; larger ones
#: wake a thread a core, which then spin through the next transform and take the cores from the model.
_PRODUCT_FRAMES = 12
#: A block of frames whose spectrum stays in a core's second-level cache.
_BLOCK_FRAMES = 20 * _PRODUCT_FRAMES
#: NeMo adds it to the standard deviation, so that a constant band divides by something.
_DEVIATION_GUARD = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontEnd:
    """The settings of the front end; they travel in the serving package."""

    rate_hz: int = 16_000
    window_samples: int = 400
    hop_samples: int = 160
    fft_samples: int = 512
    mel_bands: int = 80
    low_hz: float = 0.0
    high_hz: float = 8_000.0
    preemphasis: float = 0.97
    log_guard: float = 2.0**-24
    normalize: str = "NA"

    @classmethod
    def from_nemo(cls, preprocessor: dict) -> FrontEnd:
        """Read the `preprocessor` section of a NeMo configuration.

        Raises:
            ConfigError: it asks for something that this front end does not do.
        """
        rate_hz = int(preprocessor.get("sample_rate", 16_000))
        window_samples = int(preprocessor.get("window_size", 0.02) * rate_hz)
        fixed = {"window": "hann", "log": True, "frame_splicing": 1, "mag_power": 2.0, "exact_pad": False,
                 "log_zero_guard_type": "add", "mel_norm": "slaney"}  # fmt: skip
        for key, value in fixed.items():
            if preprocessor.get(key, value) != value:
                raise ConfigError(f"the front end has {key} = {value} only", pointer=f"/preprocessor/{key}")
        normalize = preprocessor.get("normalize", "per_feature") or "NA"
        if normalize not in ("NA", "per_feature"):
            raise ConfigError("the front end normalises per_feature or not at all", pointer="/preprocessor/normalize")
        return cls(
            rate_hz=rate_hz,
            window_samples=window_samples,
            hop_samples=int(preprocessor.get("window_stride", 0.01) * rate_hz),
            fft_samples=int(preprocessor.get("n_fft") or 2 ** int(np.ceil(np.log2(window_samples)))),
            mel_bands=int(preprocessor.get("features", 64)),
            low_hz=float(preprocessor.get("lowfreq", 0)),
            high_hz=float(preprocessor.get("highfreq") or rate_hz / 2),
            preemphasis=float(preprocessor.get("preemph", 0.97) or 0.0),
            log_guard=float(preprocessor.get("log_zero_guard_value", 2.0**-24)),
            normalize=normalize,
        )


def log_mel(samples_T: F32, front_end: FrontEnd = FrontEnd(), *, rate_hz: int = 16_000) -> F32:
    """Log-mel features of one channel, one frame each hop.

    Args:
        samples_T: mono PCM in [-1, 1].
        rate_hz: the rate of the samples, which must be the front end's.
    Returns:
        features_FM: F = T // hop frames, natural log. Less audio than a hop gives no frames.
    Raises:
        BadSampleRate: the rates differ.
    Source: equal to NeMo's AudioToMelSpectrogramPreprocessor in double precision within 1e-4, which its own float32 is
        not on every CPU (tests/golden/test_against_nemo.py).
    """
    if rate_hz != front_end.rate_hz:
        raise BadSampleRate(f"the model hears {front_end.rate_hz} Hz, not {rate_hz} Hz")
    frames = len(samples_T) // front_end.hop_samples
    if not frames:
        return np.zeros((0, front_end.mel_bands), np.float32)
    # Frames are centred in NeMo: half a transform of zeros stands before the first sample. The window is shorter than
    # the transform and sits in its middle; since a shift changes no magnitude, we cut windows and not transforms.
    margin = front_end.window_samples // 2
    whole = -(-frames // _PRODUCT_FRAMES) * _PRODUCT_FRAMES
    padded_T = np.zeros(max(len(samples_T), whole * front_end.hop_samples) + 2 * margin, np.float32)
    padded_T[margin : margin + len(samples_T)] = samples_T
    padded_T[margin + 1 : margin + len(samples_T)] -= np.float32(front_end.preemphasis) * samples_T[:-1]
    windows_FW = np.lib.stride_tricks.sliding_window_view(padded_T, front_end.window_samples)[:: front_end.hop_samples]
    window_W, mel_NM = _window(front_end.window_samples), _mel_filters(front_end)
    features_FM = np.empty((whole, front_end.mel_bands), np.float32)
    for start in range(0, whole, _BLOCK_FRAMES):
        block = slice(start, min(start + _BLOCK_FRAMES, whole))
        spectrum_FN = np.fft.rfft(windows_FW[block] * window_W, n=front_end.fft_samples)
        power_FN = spectrum_FN.real**2 + spectrum_FN.imag**2
        features_FM[block] = (power_FN.reshape(-1, _PRODUCT_FRAMES, power_FN.shape[1]) @ mel_NM).reshape(-1, mel_NM.shape[1])
    features_FM = features_FM[:frames]
    features_FM += np.float32(front_end.log_guard)
    np.log(features_FM, out=features_FM)
    return _normalize(features_FM) if front_end.normalize == "per_feature" else features_FM


def _normalize(features_FM: F32) -> F32:
    frames = len(features_FM)
    mean_M = features_FM.mean(axis=0, dtype=np.float64)
    deviation_M = features_FM.std(axis=0, ddof=1, dtype=np.float64) if frames > 1 else np.zeros_like(mean_M)
    return ((features_FM - mean_M) / (deviation_M + _DEVIATION_GUARD)).astype(np.float32)


@lru_cache(maxsize=4)
def _window(samples: int) -> F32:
    # Rounded as torch.hann_window rounds it: the exact window differs by 2e-7, which the logarithm of a quiet band
    # makes 1.5e-4 of, more than the two front ends may differ.
    # The cosine alone is taken in float64: in float32 its last bit is another on another CPU.
    phase_W = np.arange(samples, dtype=np.float32) * np.float32(2 * np.pi / (samples - 1))
    return np.cos(phase_W, dtype=np.float64).astype(np.float32) * np.float32(-0.5) + np.float32(0.5)


@lru_cache(maxsize=4)
def _mel_filters(front_end: FrontEnd) -> F32:
    """Triangles of area one on Slaney's mel scale, as librosa.filters.mel makes them."""
    edges_hz = _hertz(np.linspace(_mel(front_end.low_hz), _mel(front_end.high_hz), front_end.mel_bands + 2))
    bins_hz = np.linspace(0, front_end.rate_hz / 2, front_end.fft_samples // 2 + 1)
    widths_hz = np.diff(edges_hz)
    rising = (bins_hz - edges_hz[:-2, None]) / widths_hz[:-1, None]
    falling = (edges_hz[2:, None] - bins_hz) / widths_hz[1:, None]
    triangles_MN = np.maximum(0, np.minimum(rising, falling)) * (2 / (edges_hz[2:] - edges_hz[:-2]))[:, None]
    return np.ascontiguousarray(triangles_MN.T.astype(np.float32))


#: Slaney's scale is linear up to 1 kHz (15 mel) and logarithmic above, 27 mel to a factor of 6.4.
_LINEAR_HZ, _LINEAR_MEL, _LOG_STEP = 1_000.0, 15.0, float(np.log(6.4) / 27)


def _mel(hertz: float) -> float:
    if hertz < _LINEAR_HZ:
        return hertz * _LINEAR_MEL / _LINEAR_HZ
    return _LINEAR_MEL + float(np.log(hertz / _LINEAR_HZ)) / _LOG_STEP


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    linear = mel * _LINEAR_HZ / _LINEAR_MEL
    return np.where(mel < _LINEAR_MEL, linear, _LINEAR_HZ * np.exp((mel - _LINEAR_MEL) * _LOG_STEP))
