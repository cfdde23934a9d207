"""CTC greedy search: what a person can check by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.asr.decode import greedy

TOKENS = ("<unk>", "▁xin", "▁ch", "ào", "▁", "▁bạn")
BLANK = len(TOKENS)
FRAME_S = 0.08


def _frames(*spikes: tuple[int, float]) -> np.ndarray:
    """A frame for each (token, probability); the rest of the probability is spread evenly."""
    log_probs = np.empty((len(spikes), BLANK + 1), np.float32)
    for row, (token, probability) in zip(log_probs, spikes, strict=True):
        row[:] = np.log((1 - probability) / BLANK + 1e-30)
        row[token] = np.log(probability)
    return log_probs


def _decode(*spikes, duration_s: float | None = None):
    return greedy(_frames(*spikes), TOKENS, frame_s=FRAME_S, duration_s=duration_s or len(spikes) * FRAME_S)


def _sure(*tokens: int):
    return _decode(*((token, 0.99) for token in tokens))


@pytest.mark.parametrize(
    ("tokens", "text", "why"),
    [
        ((BLANK, 1, BLANK, 2, 3, BLANK), "xin chào", "pieces join up to the next word mark"),
        ((1, 1, 1), "xin", "repeats are one"),
        ((1, BLANK, 1), "xin xin", "a blank between repeats makes them two"),
        ((BLANK, BLANK), "", "silence is no words"),
        ((3, 1), "ào xin", "a first piece without a mark begins a word all the same"),
        ((4, 3, 1), "ào xin", "a mark alone takes the piece behind it"),
        ((1, 4), "xin", "a mark alone is no word"),
        ((1, 0, 3), "xin ⁇ ào", "an unknown token is a word of its own, as SentencePiece writes it"),
    ],
)
def test_text_is_what_the_tokens_spell(tokens, text, why):
    transcript = _sure(*tokens)
    assert transcript.text == text, why
    assert " ".join(word.text for word in transcript.words) == text


def test_no_frames_are_an_empty_transcript():
    transcript = greedy(np.zeros((0, BLANK + 1), np.float32), TOKENS, frame_s=FRAME_S, duration_s=0.005)
    assert (transcript.text, transcript.words, transcript.duration_s) == ("", (), 0.005)


def test_a_word_lasts_from_its_first_spike_to_a_tail_after_its_last():
    first, second = _sure(BLANK, 1, BLANK, BLANK, BLANK, BLANK, 2, 3, BLANK).words
    assert (first.start_s, first.end_s) == (0.08, 0.32)
    assert (second.start_s, second.end_s) == (0.48, 0.72)  # The audio ends before the tail does.


def test_a_tail_stops_at_the_next_word():
    first, second = _sure(1, 5, BLANK).words
    assert first.end_s == second.start_s == 0.08


def test_a_word_is_as_sure_as_its_tokens_on_average():
    (word,) = _decode((2, 0.9), (3, 0.4)).words
    assert word.confidence == pytest.approx((0.9 * 0.4) ** 0.5, abs=1e-3)


def test_the_best_frame_of_a_token_counts():
    (word,) = _decode((1, 0.5), (1, 0.9), (1, 0.6)).words
    assert word.confidence == pytest.approx(0.9, abs=1e-3)


@given(st.floats(0.4, 0.98), st.floats(0.4, 0.98), st.floats(0.0, 0.019))
def test_a_surer_token_never_lowers_a_confidence(first, second, more):
    (low,), (high,) = _decode((2, first), (3, second)).words, _decode((2, first + more), (3, second)).words
    assert high.confidence >= low.confidence


@given(st.lists(st.integers(0, BLANK), max_size=40), st.floats(0.01, 5))
def test_words_stay_inside_the_audio_and_do_not_overlap(tokens, duration_s):
    words = greedy(_frames(*((t, 0.9) for t in tokens)), TOKENS, frame_s=FRAME_S, duration_s=duration_s).words
    for word in words:
        assert 0 <= word.start_s <= word.end_s <= duration_s + 1e-3
        assert 0 <= word.confidence <= 1
        assert word.text and " " not in word.text
    for word, after in pairwise(words):
        assert word.end_s <= after.start_s
