"""Labelled texts in memory, and the tensors that a batch of them becomes.

B texts, W words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset

from data.errors import EmptySplit
from data.pairs.reader import Pair
from models.normalizer.punctuator.labels import UNKNOWN, Labelled, label
from models.normalizer.punctuator.leaning import ENDS
from models.normalizer.punctuator.vocabulary import PAD, Vocabulary
from models.training.order import Pick


class Batch(NamedTuple):
    """What a step sees; labels are `UNKNOWN` where nothing is told and behind the ends."""

    words_BW: torch.Tensor
    bucket_BW: torch.Tensor
    """The ids that the words would have if they were unknown."""
    mark_BW: torch.Tensor
    spelling_BW: torch.Tensor
    expression_BW: torch.Tensor
    words: int
    """Without padding."""


class Text(NamedTuple):
    """The words of one text as ids, with their labels."""

    words_W: np.ndarray
    bucket_W: np.ndarray
    mark_W: np.ndarray
    spelling_W: np.ndarray
    expression_W: np.ndarray


class LabelledTexts(Dataset[Text]):
    """The pairs of one split, labelled, in long arrays."""

    def __init__(self, pairs: Iterable[Pair], vocabulary: Vocabulary, *, max_words: int) -> None:
        """
        Args:
            max_words: longer texts are learnt in parts, which end with a sentence where one ends.
        Raises:
            EmptySplit: there are no pairs.
        """
        known: dict[str, tuple[int, int]] = {}
        columns: tuple[list[np.ndarray], ...] = ([], [], [], [], [])
        for of_pair in (part for pair in pairs for part in parts(label(pair), max_words)):
            for word in of_pair.words:
                if word not in known:
                    known[word] = (vocabulary.id_of(word), vocabulary.bucket_of(word))
            ids_W2 = np.array([known[word] for word in of_pair.words], np.int32).reshape(-1, 2)
            labels = (of_pair.mark_W, of_pair.spelling_W, of_pair.expression_W)
            for column, values in zip(columns, (ids_W2[:, 0], ids_W2[:, 1], *labels), strict=True):
                column.append(values)
        if not columns[0]:
            raise EmptySplit("there are no texts to learn marks from")
        self.lengths_P = np.array([len(words) for words in columns[0]])
        self._ends_P = self.lengths_P.cumsum()
        self._columns = tuple(np.concatenate(column) for column in columns)

    def __len__(self) -> int:
        return len(self.lengths_P)

    def __getitem__(self, pick: Pick) -> Text:
        end = self._ends_P[pick.index]
        place = slice(end - self.lengths_P[pick.index], end)
        return Text(*(column[place] for column in self._columns))


def parts(text: Labelled, max_words: int) -> Iterator[Labelled]:
    """A text in parts of `max_words` at most, each as long as whole sentences let it be."""
    begin = 0
    while len(text.words) - begin > max_words:
        ends = np.flatnonzero(np.isin(text.mark_W[begin : begin + max_words], ENDS))
        end = begin + (int(ends[-1]) + 1 if len(ends) else max_words)
        yield text.part(begin, end)
        begin = end
    yield text.part(begin, len(text.words))


def collate(texts: Sequence[Text]) -> Batch:
    """Pad the texts of one batch."""
    longest = max(len(text.words_W) for text in texts)
    fills = Text(*(np.full((len(texts), longest), fill, np.int64) for fill in (PAD, PAD, UNKNOWN, UNKNOWN, UNKNOWN)))
    for row, text in enumerate(texts):
        for filled_BW, values_W in zip(fills, text, strict=True):
            filled_BW[row, : len(values_W)] = values_W
    return Batch(*map(torch.from_numpy, fills), words=sum(len(text.words_W) for text in texts))
