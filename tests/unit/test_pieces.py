"""Long audio in pieces: nothing lost, nothing cut through."""

from __future__ import annotations

import numpy as np
import pytest

from data.schema import Transcript, Word
from models.asr.pieces import PIECE_S, cut_into_pieces, join

RATE_HZ = 16_000


def _noise(seconds: float) -> np.ndarray:
    return np.random.default_rng(0).standard_normal(int(seconds * RATE_HZ)).astype(np.float32)


@pytest.mark.parametrize("seconds", [0.0, 1.0, PIECE_S, PIECE_S + 0.001, 200.0])
def test_pieces_joined_are_the_audio(seconds):
    clip = _noise(seconds)
    pieces = cut_into_pieces(clip)
    np.testing.assert_array_equal(np.concatenate(pieces), clip)
    assert all(len(piece) <= PIECE_S * RATE_HZ for piece in pieces)
    assert (len(pieces) == 1) == (seconds <= PIECE_S)


def test_the_cut_falls_into_the_pause():
    clip = _noise(100.0)
    clip[int(50.3 * RATE_HZ) : int(50.8 * RATE_HZ)] *= 0.01
    first, _ = cut_into_pieces(clip)
    assert 50.3 < len(first) / RATE_HZ < 50.8


def test_digital_silence_is_cut_too():
    pieces = cut_into_pieces(np.zeros(int(130 * RATE_HZ), np.float32))
    assert sum(map(len, pieces)) == 130 * RATE_HZ
    assert max(map(len, pieces)) <= PIECE_S * RATE_HZ


def test_words_keep_their_place_in_the_whole():
    word = Word(text="một", start_s=1.0, end_s=1.5, confidence=0.9)
    piece = Transcript(text="một", words=(word,), duration_s=50.0)
    whole = join([piece, piece])
    assert whole.text == "một một"
    assert [(w.start_s, w.end_s) for w in whole.words] == [(1.0, 1.5), (51.0, 51.5)]
    assert whole.duration_s == 100.0
