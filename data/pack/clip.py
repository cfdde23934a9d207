"""One clip under the loupe: its level, clipping and noise, and whether its text can have been said in it."""

# T samples, W windows

from __future__ import annotations

import dataclasses
import unicodedata
from pathlib import Path

import numpy as np

from data.audio import Limits, decode
from data.corpus.config import ValidateSettings
from data.corpus.rejection import Rejection
from data.errors import BadSpeakingRate, CallerError, ClippedAudio, EmptyText, SilentAudio, UnreadableAudio
from data.pack.augment import snr_band
from data.pack.encode import pack_samples, read_source
from data.pack.scratch import Place
from data.schema import RATE_HZ, Utterance
from data.text.normalform import check_alphabet, normal_form
from data.text.unicode import clean

#: 20 ms: shorter than a syllable, so that the pauses between syllables show the noise.
_WINDOW_SAMPLES = RATE_HZ // 50
#: From this level on a sample counts as clipped; 16-bit full scale is 0.99997, and players' limiters stop below it.
_FULL_SCALE = 0.9995

#: (upper end, name) of the bands that measuring tells apart.
_DURATION_BANDS = ((2.0, "<2"), (5.0, "2-5"), (10.0, "5-10"), (20.0, "10-20"))


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """An utterance that may enter, with its label and its slices, what was repaired, and where its FLAC lies."""

    utterance: Utterance
    repairs: tuple[str, ...]
    place: Place


def check_clip(utterance: Utterance, *, root: Path, scratch: Path, settings: ValidateSettings) -> Checked | Rejection:
    """Decode and measure one clip; text becomes its normal form, duration what the samples say."""
    try:
        text = check_text(utterance.text)
        limits = Limits(
            max_bytes=settings.max_bytes, max_duration_s=settings.max_duration_s, min_duration_s=settings.min_duration_s
        )
        samples_T = decode(read_source(utterance, root, max_bytes=settings.max_bytes), limits=limits)
        check_level(samples_T, settings)
        duration_s = len(samples_T) / RATE_HZ
        check_rate(text, duration_s, settings)
    except CallerError as error:
        return Rejection.of(error, id=utterance.id, audio=utterance.audio, text=utterance.text)
    # What the corpus itself says wins: a synthetic one knows its noise, here it is estimated.
    slices = {"snr_db": snr_band(snr_db(samples_T)), "duration_s": duration_band(duration_s)} | utterance.slices
    kept = dataclasses.replace(utterance, text=text, duration_s=duration_s, slices=slices)
    return Checked(kept, repairs_of(utterance.text), pack_samples(kept, samples_T, scratch).place)


def crashed_clip(utterance: Utterance) -> Rejection:
    """What becomes of a clip whose decoder brought its process down."""
    reason = UnreadableAudio("the decoder crashed on it")
    return Rejection.of(reason, id=utterance.id, audio=utterance.audio, text=utterance.text)


def check_text(text: str) -> str:
    """The label of a text.

    Raises:
        EmptyText: no word is in it.
        BadAlphabet: something in it is no letter that Vietnamese is written with (digits too: write them out).
    """
    label = normal_form(text)
    if not label:
        raise EmptyText("no word is in the text")
    check_alphabet(label)
    return label


def repairs_of(text: str) -> tuple[str, ...]:
    """What the normal form had to mend, apart from case and punctuation."""
    composed = unicodedata.normalize("NFC", text)
    repairs = []
    if composed != text:
        repairs.append("text.nfd")
    if clean(text) != composed:
        repairs.append("text.look_alike")
    return tuple(repairs)


def check_level(samples_T: np.ndarray, settings: ValidateSettings) -> None:
    """Refuse what holds no sound (SilentAudio) or too much of it (ClippedAudio)."""
    peak = float(max(samples_T.max(), -samples_T.min()))
    if peak < 10 ** (settings.min_peak_dbfs / 20):
        raise SilentAudio(f"the loudest sample lies at {20 * np.log10(max(peak, 1e-9)):.0f} dBFS")
    clipped = np.count_nonzero(np.abs(samples_T) >= _FULL_SCALE) / len(samples_T) if peak >= _FULL_SCALE else 0.0
    if clipped > settings.max_clipped:
        raise ClippedAudio(f"{clipped:.1%} of the samples stand at full scale")


def check_rate(text: str, duration_s: float, settings: ValidateSettings) -> None:
    """Refuse a text that nobody says in that time; in Vietnamese a written word is a syllable."""
    syllables = len(text.split())
    rate = syllables / duration_s
    if not settings.min_syllables_s <= rate <= settings.max_syllables_s:
        raise BadSpeakingRate(f"{syllables} syllables in {duration_s:.2f} s are {rate:.2f} a second")


def snr_db(samples_T: np.ndarray) -> float:
    """How far loud windows stand above quiet ones: the level at 95 % over that at 10 %.

    An estimate without a clean reference: it tells a telephone in a street from a studio, not 17 dB from 18.
    """
    whole = len(samples_T) // _WINDOW_SAMPLES * _WINDOW_SAMPLES
    if not whole:
        return 0.0
    windows_WT = samples_T[:whole].reshape(-1, _WINDOW_SAMPLES)
    power_W = np.sort(np.einsum("wt,wt->w", windows_WT, windows_WT) / _WINDOW_SAMPLES + 1e-10)
    loud, quiet = power_W[int(0.95 * (len(power_W) - 1))], power_W[int(0.10 * (len(power_W) - 1))]
    return float(10 * np.log10(loud / quiet))


def duration_band(duration_s: float) -> str:
    """Name the band of a duration: `<2`, `2-5`, `5-10`, `10-20`, `>20`."""
    return next((name for end, name in _DURATION_BANDS if duration_s < end), ">20")
