"""Text to ids and back: ByT5's bytes, each moved by three (tests/unit/test_normalizer_tokenizer.py compares with its own)."""

from __future__ import annotations

from collections.abc import Iterable

PAD, END, UNKNOWN = 0, 1, 2
OFFSET = 3
#: 256 bytes, 3 special ids and ByT5's 125 sentinels, which nothing here uses.
VOCABULARY = 384


def encode(text: str) -> list[int]:
    """The ids of a text, with the end."""
    return [byte + OFFSET for byte in text.encode("utf-8")] + [END]


def decode(ids: Iterable[int]) -> str:
    """The text of ids up to their end; what is no byte, or no UTF-8, is dropped."""
    kept = bytearray()
    for id_ in ids:
        if id_ == END:
            break
        if OFFSET <= id_ < OFFSET + 256:
            kept.append(id_ - OFFSET)
    return kept.decode("utf-8", errors="ignore")
