"""CTC greedy search: log-probabilities to words with times and confidences.

T encoder frames, V vocabulary with the blank last. Nothing but numpy and the list of tokens is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.schema import Seconds, Transcript, Word

#: SentencePiece marks with it a token that begins a word.
WORD_START = "▁"
#: How SentencePiece writes a token that stands for nothing known: a word of its own.
_UNKNOWN, _UNKNOWN_TEXT = "<unk>", "⁇"
#: CTC marks a word by a spike and leaves the rest of it to the blank, so a word is let sound on for so long where
#: neither the next word nor the end of the audio comes before.
_TAIL_S: Seconds = 0.16


@dataclass(frozen=True, slots=True)
class _Spike:
    token: int
    first: int
    last: int
    log_prob: float


def greedy(log_probs_TV: NDArray[np.float32], tokens: Sequence[str], *, frame_s: Seconds, duration_s: Seconds) -> Transcript:
    """Decode one utterance.

    The most probable token of each frame; repeats are one, blanks none. A token's probability is the highest of its
    frames; a word's confidence is the geometric mean over its tokens, so it lies in [0, 1] and never falls when the
    model is surer of any of them. A word starts with its first token's frame and ends after its last token's, plus
    a short tail up to the next word; words never overlap.

    Args:
        tokens: pieces in the order of the outputs, the blank left out.
    Returns:
        The transcript; no words where only blanks were heard.
    """
    pieces: list[tuple[str, list[_Spike]]] = []
    for spike in _spikes(log_probs_TV, blank=len(tokens)):
        piece = tokens[spike.token]
        if piece == _UNKNOWN:
            pieces.append((_UNKNOWN_TEXT, [spike]))
        elif piece.startswith(WORD_START) or not pieces or pieces[-1][0] == _UNKNOWN_TEXT:
            pieces.append((piece.removeprefix(WORD_START), [spike]))
        else:
            text, spikes = pieces[-1]
            pieces[-1] = (text + piece, [*spikes, spike])
    # A word mark on its own, with no letters after it, is no word.
    heard = [(text, spikes) for text, spikes in pieces if text]
    starts_s = [min(spikes[0].first * frame_s, duration_s) for _, spikes in heard]
    ends_s = [*starts_s, duration_s][1:]  # A word may sound until the next one starts.
    words = tuple(
        Word(
            text=text,
            start_s=round(start_s, 3),
            end_s=round(min((spikes[-1].last + 1) * frame_s + _TAIL_S, next_s), 3),
            confidence=round(float(np.exp(np.mean([spike.log_prob for spike in spikes]))), 4),
        )
        for (text, spikes), start_s, next_s in zip(heard, starts_s, ends_s, strict=True)
    )
    return Transcript(text=" ".join(word.text for word in words), words=words, duration_s=duration_s)


def _spikes(log_probs_TV: NDArray[np.float32], blank: int) -> list[_Spike]:
    """Runs of one token, blanks left out."""
    if not len(log_probs_TV):
        return []
    best_T = log_probs_TV.argmax(axis=1)
    best_log_prob_T = np.minimum(np.take_along_axis(log_probs_TV, best_T[:, None], axis=1)[:, 0], 0.0)
    edges = np.flatnonzero(np.diff(best_T)) + 1
    return [
        _Spike(int(best_T[first]), int(first), int(end) - 1, float(best_log_prob_T[first:end].max()))
        for first, end in zip(np.r_[0, edges], np.r_[edges, len(best_T)], strict=True)
        if best_T[first] != blank
    ]
