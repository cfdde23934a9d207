"""The normalizer: spoken lines in, written lines out, with the guards between the model and the reader.

text → lines → windows → model's drafts → alignment and guards → style and rules → one line again, with its span map
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from data.errors import BadParameter
from data.text.semiotics import Semiotic
from models.normalizer.guard import as_spoken, guard
from models.normalizer.guard_reading import read_back
from models.normalizer.spans import Line, Normalized, Piece, Span, assemble, read_line, read_lines, verbatim
from models.normalizer.style import Style, apply, check_style, finish
from models.normalizer.windows import WINDOW_BYTES, Walk, Window, Writing

if TYPE_CHECKING:
    from models.normalizer.generator import Generator as Engine
    from models.normalizer.punctuator.leaning import Leaning

#: Windows that a generator gets at once.
_BATCH = 64
#: The package that the project brings along.
SHIPPED = Path(__file__).resolve().parent / "shipped"


class Generator(Protocol):
    """A model: what it would write for each spoken text."""

    def generate(self, spoken: list[str], /) -> list[str]: ...


class _Free:
    """A generator that writes what it likes."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator

    def lean(self, line: Line) -> None:
        return

    def draft(self, windows: Sequence[Window]) -> list[str]:
        return self._generator.generate([window.text for window in windows])


class _Held:
    """A generator that is held to what each text can be written as, and led by its punctuator."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lean(self, line: Line) -> Leaning | None:
        punctuator = self._engine.punctuator
        return punctuator and punctuator.read([word.key for word in line.words])

    def draft(self, windows: Sequence[Window]) -> list[str]:
        return self._engine.generate_held([window.text for window in windows], [window.leaning for window in windows])


class Normalizer:
    """Writes spoken Vietnamese; safe to call from several threads where its generator is."""

    _drafter: _Free | _Held | None

    def __init__(self, generator: Generator | None, *, batch: int = _BATCH, window_bytes: int = WINDOW_BYTES) -> None:
        """
        Args:
            generator: None for the rules alone, which write what has one sensible reading, without marks or capitals.
            batch: windows that the generator gets at once.
        """
        self._drafter = _Free(generator) if generator else None
        self._batch, self._window_bytes = batch, window_bytes

    @classmethod
    def open(cls, package_dir: Path | str, *, threads: int | None = None, free: bool = False) -> Normalizer:
        """Check a package and load its model.

        Args:
            free: let the model write what it likes, and judge it afterwards, instead of holding it to what the text can
                be written as while it writes.
        Raises:
            BrokenPackage: a file is missing or its digest differs, or a graph cannot be loaded.
        """
        from models.normalizer.generator import Generator as Engine
        from models.package import open_package

        engine = Engine.open(open_package(package_dir), threads=threads)
        return cls(engine) if free else cls.held(engine)

    @classmethod
    def held(cls, engine: Engine) -> Normalizer:
        """A model that is held, while it writes, to what each text can be written as."""
        normalizer = cls(None)
        normalizer._drafter = _Held(engine)
        return normalizer

    @classmethod
    def of_rules(cls) -> Normalizer:
        """Without any model."""
        return cls(None)

    def normalize(self, texts: Sequence[str], style: str = "vi") -> list[Normalized]:
        """Write each text; results come in the order of the texts.

        A line that is written already comes out as it was, cleaned and in NFC. What comes out, put in again, comes out as
        it is. Every digit of the source comes out, and numbers have the values that were said.

        Args:
            style: `vi`, or `nemo` for that suite's scores.
        Raises:
            BadParameter: there is no such style.
            NotUtf8: a text has an unpaired surrogate.
        """
        known = check_style(style)
        lines = [list(read_lines(text)) for text in texts]
        spoken = [line for of_text in lines for line, _ in of_text if _is_to_be_written(line, known)]
        writings = iter(self._write(spoken, known))
        return [_joined(of_text, known, writings) for of_text in lines]

    def _write(self, lines: Sequence[Line], style: Style) -> list[Writing]:
        lean = self._drafter.lean if self._drafter else lambda line: None
        walks = [Walk(line, window_bytes=self._window_bytes, leaning=lean(line)) for line in lines]
        active = walks
        while active:
            asked = [(walk, lane, window) for walk in active for lane, window in walk.windows()]
            for at in range(0, len(asked), self._batch):
                batch = asked[at : at + self._batch]
                drafts = self._drafts([window for _, _, window in batch])
                for (walk, lane, window), draft in zip(batch, drafts, strict=True):
                    writing = apply(window, draft, style)
                    # What `nemo` writes is for that suite alone: 3p20s is no reading of ours.
                    walk.commit(lane, window, read_back(window, writing) if style == "vi" else writing)
            still = {id(walk) for walk, _, _ in asked}
            active = [walk for walk in active if id(walk) in still]
        return [walk.writing() for walk in walks]

    def _drafts(self, windows: Sequence[Window]) -> Iterator[Writing]:
        if self._drafter is None:
            return (as_spoken(window, refused=0) for window in windows)
        drafts = self._drafter.draft(windows)
        return (guard(window, draft) for window, draft in zip(windows, drafts, strict=True))


def _is_to_be_written(line: Line, style: Style) -> bool:
    # Nothing begins with a capital in `nemo`, so there digits and signs show what is written already.
    return line.is_spoken if style == "vi" else bool(line.words) and all(word.text.isalpha() for word in line.words)


def _joined(lines: Sequence[tuple[Line, str]], style: Style, writings: Iterator[Writing]) -> Normalized:
    """One text of its lines."""
    parts: list[str] = []
    spans: list[Span] = []
    refused = ruled = at = 0
    for line, end in lines:
        if _is_to_be_written(line, style):
            written, of_line, pieces = _written(line, next(writings), style, at)
            refused += sum(piece.refused for piece in pieces)
            ruled += sum(piece.ruled for piece in pieces)
        else:
            written, of_line = assemble(line, verbatim(line), line.gaps, at=at)
        parts += [written, end]
        spans += of_line
        at += len(written)
        if end:
            spans.append(Span(spoken=(line.end, line.end + line.break_size), written=(at, at + 1), kind=Semiotic.PUNCT))
            at += 1
    return Normalized(text="".join(parts), spans=tuple(spans), refused=refused, ruled=ruled)


def _written(line: Line, writing: Writing, style: Style, at: int) -> tuple[str, list[Span], Sequence[Piece]]:
    """A line as it is shown."""
    writing = finish(line, writing, style)
    pieces = list(writing.pieces)
    written, spans = assemble(line, pieces, writing.gaps, at=at)
    if style == "vi" and _begins_small(written) and written != assemble(line, verbatim(line), line.gaps)[0]:
        # Whatever was changed must not be taken for a spoken line again: it begins as a sentence does.
        first = pieces[0]
        pieces[0] = replace(first, text=first.text[:1].upper() + first.text[1:])
        written, spans = assemble(line, pieces, writing.gaps, at=at)
    return written, spans, pieces


def _begins_small(written: str) -> bool:
    line = read_line(written, 0, len(written))
    return bool(line.words) and line.words[0].plain and not line.gaps[0]


def default_package() -> Path:
    """The package that is used where none is named.

    Raises:
        BadParameter: the project brings none along.
    """
    if not SHIPPED.is_dir():
        raise BadParameter(
            "no package is named and none is shipped: train one (python -m flows train_normalizer) or name one (--package)",
            pointer="/package",
        )
    return SHIPPED


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models normalizer infer`."""
    parser.add_argument("--package", type=Path, help="folder of the serving package (default: the shipped one)")
    parser.add_argument("--style", default="vi", help="vi for people, nemo for that suite's scores (default: vi)")
    parser.add_argument("--threads", type=int, help="threads of one inference (default: all cores)")
    parser.add_argument("--free", action="store_true", help="let the model write what it likes and judge it afterwards")


def run(args: argparse.Namespace) -> int:
    """Write each line of stdin to stdout, one for one, as they come."""
    from models.normalizer.infer_lines import pump

    style = check_style(args.style)
    normalizer = Normalizer.open(args.package or default_package(), threads=args.threads, free=args.free)
    pump(normalizer, style, sys.stdin.buffer, sys.stdout.buffer)
    return 0
