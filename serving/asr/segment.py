"""Where speech is, where long audio is cut, and which words stand on nothing."""

# N windows of 32 ms

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from data.schema import RATE_HZ, Seconds, Word
from serving.asr.settings import SegmentSettings
from serving.asr.vad import WINDOW_S, WINDOW_SAMPLES, Vad

#: Speech ends this far below the probability at which it begins, so that it does not flicker (Silero's own figure).
_HYSTERESIS = 0.15
#: Quiet recordings are lifted to this peak before the detector hears them, by 26 dB at most.
_PEAK, _MAX_GAIN = 0.7, 20.0

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Speech:
    """What the detector found: the chunks to recognise (sample positions) and the regions of speech (windows)."""

    chunks: tuple[Span, ...]
    regions: tuple[Span, ...]
    probability_N: np.ndarray
    margin_s: Seconds

    def supports(self, word: Word) -> bool:
        """Whether any speech lies near the word; models invent words on music and silence."""
        return any(
            start * WINDOW_S - self.margin_s <= word.end_s and word.start_s <= stop * WINDOW_S + self.margin_s
            for start, stop in self.regions
        )

    def kept(self, words: Iterable[Word]) -> tuple[Word, ...]:
        """The words that stand on speech."""
        return tuple(word for word in words if self.supports(word))

    def no_speech(self, start_s: Seconds, end_s: Seconds) -> float:
        """The probability that a stretch holds no speech."""
        first = min(int(start_s / WINDOW_S), len(self.probability_N) - 1)
        last = max(int(end_s / WINDOW_S) + 1, first + 1)
        return float(1 - self.probability_N[first:last].mean())


def find_speech(samples: np.ndarray, vad: Vad, settings: SegmentSettings) -> Speech:
    """Find speech and place the chunks: none longer than `max_chunk_s`, all speech in exactly one.

    Audio that fits one chunk is one chunk as it came, so that a clip is recognised as the model was measured on it.
    """
    peak = max(float(samples.max(initial=0)), -float(samples.min(initial=0)))
    gain = min(_PEAK / peak, _MAX_GAIN) if 0 < peak < _PEAK else 1.0
    probability_N = vad.speech(samples, gain=gain)
    above = _runs(probability_N >= settings.speech_threshold - _HYSTERESIS)
    regions = tuple((a, b) for a, b in above if probability_N[a:b].max() >= settings.speech_threshold)
    if len(samples) <= settings.max_chunk_s * RATE_HZ:
        chunks = [(0, len(probability_N))] if regions else []
    else:
        spans = _with_silence(regions, round(settings.keep_silence_s / WINDOW_S), len(probability_N))
        chunks = [chunk for span in spans for chunk in _cut(span, probability_N, settings)]
    return Speech(
        chunks=tuple((a * WINDOW_SAMPLES, min(b * WINDOW_SAMPLES, len(samples))) for a, b in chunks),
        regions=regions,
        probability_N=probability_N,
        margin_s=settings.word_margin_s,
    )


def shifted(words: Iterable[Word], offset_samples: int) -> list[Word]:
    """The words of a chunk with their times in the whole audio."""
    offset_s = offset_samples / RATE_HZ
    return [Word(text=w.text, start_s=w.start_s + offset_s, end_s=w.end_s + offset_s, confidence=w.confidence) for w in words]


def _runs(mask_N: np.ndarray) -> list[Span]:
    edges = np.flatnonzero(np.diff(mask_N.astype(np.int8), prepend=0, append=0))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _with_silence(regions: Iterable[Span], keep: int, count: int) -> list[Span]:
    """Widen the regions and join those that then touch; the ends of the audio are pauses as all others."""
    spans: list[Span] = []
    for start, stop in regions:
        start = 0 if start <= 2 * keep else start - keep
        stop = count if count - stop <= 2 * keep else stop + keep
        if spans and start <= spans[-1][1]:
            start = spans.pop()[0]
        spans.append((start, stop))
    return spans


def _cut(span: Span, probability_N: np.ndarray, settings: SegmentSettings) -> list[Span]:
    """Cut a span in its longest pause, or where speech is least likely if it has none."""
    shortest, longest = int(settings.min_chunk_s / WINDOW_S), int(settings.max_chunk_s / WINDOW_S)
    start, stop = span
    pieces: list[Span] = []
    while stop - start > longest:
        low, high = start + min(shortest, longest - 1), start + longest
        window = probability_N[low:high]
        pauses = _runs(window < settings.speech_threshold - _HYSTERESIS)
        if pauses:
            first, last = max(pauses, key=lambda pause: pause[1] - pause[0])
            place = low + (first + last + 1) // 2
        else:
            smooth = np.convolve(window, np.ones(9) / 9, mode="same")
            place = low + int(smooth[4:-4].argmin()) + 4 if len(window) > 9 else high
        pieces.append((start, place))
        start = place
    return [*pieces, (start, stop)]
