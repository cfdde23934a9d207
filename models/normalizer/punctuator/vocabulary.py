"""Words to ids: frequent ones have their own, all others share buckets by a digest of their letters."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

PAD = 0


class Vocabulary:
    """Ids 1 … W are the words, then come the buckets."""

    def __init__(self, words: Sequence[str], buckets: int) -> None:
        self.words, self.buckets = tuple(words), buckets
        self._ids = {word: index for index, word in enumerate(words, 1)}

    def __len__(self) -> int:
        return 1 + len(self.words) + self.buckets

    def id_of(self, word: str) -> int:
        """The word's own id or that of its bucket."""
        return self._ids.get(word) or self.bucket_of(word)

    def bucket_of(self, word: str) -> int:
        """The id that the word would have if it were unknown; the same on every machine."""
        return 1 + len(self.words) + zlib.crc32(word.encode("utf-8", "replace")) % self.buckets

    def save(self, path: Path) -> None:
        """One word a line."""
        path.write_text("".join(f"{word}\n" for word in self.words), "utf-8")

    @classmethod
    def load(cls, path: Path, buckets: int) -> Vocabulary:
        return cls(path.read_text("utf-8").split("\n")[:-1], buckets)

    def grown(self, texts: Iterable[Sequence[str]], *, words: int) -> Vocabulary:
        """These words, and behind them the most frequent others of the texts, up to so many."""
        others = (word for word in self.of(texts, words=words, buckets=self.buckets).words if word not in self._ids)
        return Vocabulary([*self.words, *others][: max(words, len(self.words))], self.buckets)

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]], *, words: int, buckets: int) -> Vocabulary:
        """The most frequent words of the texts; a word that came once teaches more in its bucket."""
        counts = Counter(word for text in texts for word in text)
        frequent = sorted((word for word, count in counts.items() if count > 1), key=lambda word: (-counts[word], word))
        return cls(frequent[:words], buckets)
