"""Texts in: lines of .txt, .txt.xz or .txt.gz, cut into blocks that are dealt to train, dev and test."""

from __future__ import annotations

import gzip
import hashlib
import lzma
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.errors import BadCorpus, ConfigError, NotUtf8
from data.pairs.config import PairSplitSettings

#: No honest line of text is longer; the rest of such a line is not read as text.
_LONGEST_LINE = 20_000
_OPENERS = {".xz": lzma.open, ".gz": gzip.open, ".txt": open}


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive lines that go to one split; `first` is the number of its first line, from 1."""

    split: str
    first: int
    lines: tuple[str, ...]


def read_lines(path: Path) -> list[str]:
    """The lines of a text; an empty line stays, because it ends a stretch of running text.

    Raises:
        BadCorpus: the file is missing, of another kind, or not whole.
        NotUtf8: it is not UTF-8.
    """
    opener = _OPENERS.get(path.suffix)
    if opener is None:
        raise BadCorpus(f"{path}: a text is .txt, .txt.xz or .txt.gz")
    try:
        with opener(path, "rb") as file:
            # Only \n ends a line: what Python's splitlines() takes for ends (U+2028, \x1c …) stands inside sentences.
            lines = file.read().decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise NotUtf8(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from error
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise BadCorpus(f"cannot read {path}: {error}") from error
    return ["" if len(line) > _LONGEST_LINE else line.strip() for line in lines]


def deal_blocks(lines: Sequence[str], settings: PairSplitSettings) -> list[Block]:
    """All blocks of a text in order, the lines of train that a guard takes away already gone.

    A sentence that stands in dev or test is empty in train, and one of test is empty in dev.
    """
    if settings.dev < 0 or settings.test < 0 or settings.dev + settings.test > 1 or settings.block_lines < 1:
        raise ConfigError("the shares of dev and test are between 0 and 1, and a block has a line", pointer="/split")
    blocks = [
        Block(_split_of(lines[start], settings), start + 1, tuple(lines[start:end])) for start, end in _bounds(lines, settings)
    ]
    held = {name: {line for b in blocks if b.split == name for line in b.lines} for name in ("dev", "test")}
    forbidden = {"train": held["dev"] | held["test"], "dev": held["test"], "test": set[str]()}
    guarded = list(_guarded(blocks, settings.guard_lines))
    return [Block(b.split, b.first, tuple("" if x in forbidden[b.split] else x for x in b.lines)) for b in guarded]


def _bounds(lines: Sequence[str], settings: PairSplitSettings) -> Iterator[tuple[int, int]]:
    start = 0
    for index, line in enumerate(lines):
        if index > start and _place("cut", line, settings) < 1 / settings.block_lines:
            yield start, index
            start = index
    if start < len(lines):
        yield start, len(lines)


def _split_of(line: str, settings: PairSplitSettings) -> str:
    place = _place("split", line, settings)
    return "test" if place < settings.test else "dev" if place < settings.test + settings.dev else "train"


def _place(purpose: str, line: str, settings: PairSplitSettings) -> float:
    """A number in [0, 1) that depends on the line and the seed alone."""
    digest = hashlib.blake2b(f"{purpose}:{settings.seed}:{line}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def _guarded(blocks: Sequence[Block], guard: int) -> Iterator[Block]:
    """Every block less the lines nearer than `guard` to a stronger split, which keeps its own."""
    kept_from, kept_to = _nearest(blocks, guard), _nearest(blocks[::-1], guard, backward=True)[::-1]
    for block, low, high in zip(blocks, kept_from, kept_to, strict=True):
        head = max(0, low - block.first)
        lines = block.lines[head : max(head, high - block.first)]
        if lines:
            yield Block(block.split, block.first + head, lines)


def _nearest(blocks: Sequence[Block], guard: int, *, backward: bool = False) -> list[int]:
    """For each block the first line (or in a list turned round, the end of the lines) that is far enough from what is
    stronger and stands before it."""
    strength = {"train": 0, "dev": 1, "test": 2}
    bounds: list[int] = []
    reached: dict[int, int] = {}
    for block in blocks:
        own = strength[block.split]
        edges = [edge for stronger, edge in reached.items() if stronger > own]
        end = block.first + len(block.lines)
        bounds.append(min([end, *edges]) if backward else max([block.first, *edges]))
        reached[own] = block.first - guard if backward else end + guard
    return bounds
