"""Long audio in pieces: cut where it is quietest, so that memory stays bounded and no word is cut through.

T samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from data.schema import RATE_HZ, Hertz, Seconds, Transcript

F32 = NDArray[np.float32]

#: The longest piece, as long as a batch may be. A cut is looked for in its last part.
PIECE_S: Seconds = 60.0
_SEARCH_S: Seconds = 15.0
#: Loudness is compared over so long: the shortest pause that no plosive makes.
_PAUSE_S: Seconds = 0.2


def cut_into_pieces(samples_T: F32, *, rate_hz: Hertz = RATE_HZ) -> list[F32]:
    """Cut audio into pieces of at most `PIECE_S`, in the quietest moment near each piece's end; joined they are the audio."""
    piece, search = int(PIECE_S * rate_hz), int(_SEARCH_S * rate_hz)
    pieces = []
    while len(samples_T) > piece:
        cut = piece - search + _quietest(samples_T[piece - search : piece], int(_PAUSE_S * rate_hz))
        # Whole hundredths, so that times rounded to thousandths are the same in a piece and in the whole.
        cut -= cut % (rate_hz // 100)
        pieces.append(samples_T[:cut])
        samples_T = samples_T[cut:]
    return [*pieces, samples_T]


def join(transcripts: Sequence[Transcript]) -> Transcript:
    """The transcript of audio from those of its pieces, times moved to where each piece begins."""
    words, begins_s = [], 0.0
    for transcript in transcripts:
        words += [
            replace(word, start_s=round(word.start_s + begins_s, 3), end_s=round(word.end_s + begins_s, 3))
            for word in transcript.words
        ]
        begins_s += transcript.duration_s
    return Transcript(text=" ".join(word.text for word in words), words=tuple(words), duration_s=begins_s)


def _quietest(samples_T: F32, pause: int) -> int:
    """The middle of the quietest stretch of `pause` samples."""
    energy_T = np.concatenate(([0.0], np.cumsum(np.square(samples_T, dtype=np.float64))))
    return int(np.argmin(energy_T[pause:] - energy_T[:-pause])) + pause // 2
