"""The punctuator of a package: onnxruntime and numpy alone.

W words, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.normalizer.punctuator.leaning import EXPRESSIONS, F32, MARKS, SPELLINGS, Leaning, parted
from models.normalizer.punctuator.vocabulary import Vocabulary
from models.onnx_session import start

GRAPH, WORDS = "punctuator.onnx", "words.txt"
#: Words that the graph sees at once, where its settings tell nothing of it.
_WINDOW = 340
#: Of them, the part on either side that is read and not told of: its neighbours are cut off.
_CONTEXT = 5 / 34


class Punctuator:
    """A graph, its words and its biases; safe to call from several threads."""

    def __init__(self, folder: Path, settings: Mapping[str, Any], *, threads: int | None = None) -> None:
        """
        Args:
            folder: where GRAPH and WORDS lie.
            settings: `buckets` of the vocabulary; `window`, how many words are read at once; `bias`, what is added to the score
                of each mark and spelling, by name, and as `expression` to those of words in one; `sentence_end`, how likely
                an end must be to be written, where that is asked before all marks.
        Raises:
            BrokenPackage: the graph cannot be loaded.
        """
        # One text at a time is a chain of small products: a GPU only waits between them.
        self._graph = start(folder / GRAPH, ["CPUExecutionProvider"], threads)
        self._vocabulary = Vocabulary.load(folder / WORDS, settings["buckets"])
        window = settings.get("window", _WINDOW)
        self._context = int(window * _CONTEXT)
        self._stretch = window - 2 * self._context
        bias = settings["bias"]
        self._sentence_end: float | None = settings.get("sentence_end")
        self._mark_bias_C = np.array([bias.get(mark, 0.0) for mark in MARKS], np.float32)
        self._spelling_bias_C = np.array([bias.get(spelling, 0.0) for spelling in SPELLINGS], np.float32)
        self._expression_bias_C = np.array([0.0, *[bias.get("expression", 0.0)] * (len(EXPRESSIONS) - 1)], np.float32)

    def read(self, words: Sequence[str]) -> Leaning:
        """What is likely of the words of one text, in lower case, of any number."""
        if not words:  # onnxruntime ends the process over a text without any.
            return Leaning(*(np.zeros((0, len(classes)), np.float32) for classes in (MARKS, SPELLINGS, EXPRESSIONS)))
        ids_W = np.array([self._vocabulary.id_of(word) for word in words], np.int64)
        parts: list[list[F32]] = []
        for begin in range(0, len(words), self._stretch):
            first, end = max(0, begin - self._context), min(len(words), begin + self._stretch)
            told = self._graph.run(None, {"words": ids_W[None, first : end + self._context]})
            place = slice(begin - first, end - first)
            parts.append([np.asarray(scores_1WC)[0, place] for scores_1WC in told])
        marks_WC, spellings_WC, *further = (np.concatenate(side) for side in zip(*parts, strict=True))
        return Leaning(
            marks_WC + self._mark_bias_C
            if self._sentence_end is None
            else parted(marks_WC, self._mark_bias_C, self._sentence_end),
            spellings_WC + self._spelling_bias_C,
            _normalized(further[0] + self._expression_bias_C) if further else None,
        )


def _normalized(scores_WC: F32) -> F32:
    """Logarithms of probabilities again: those of expressions are added up over words."""
    highest_W1 = scores_WC.max(-1, keepdims=True)
    return scores_WC - highest_W1 - np.log(np.exp(scores_WC - highest_W1).sum(-1, keepdims=True))
