"""What one worker makes of one block of text, or of one batch of hard cases: pairs with the order they will stand in."""

from __future__ import annotations

import hashlib
import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from data.pairs.cleaning import clean_sentences
from data.pairs.config import PairsConfig
from data.pairs.hard import Material, carriers_of, draw_case
from data.pairs.lines import Block
from data.pairs.noise import make_noisy
from data.pairs.prompts import prompt_sentences
from data.pairs.reader import Kind, Pair, pair_to_line
from data.pairs.saying import Piece, Verbalize, is_aligned, join_pieces, say
from data.pairs.windows import Said, Window, cut_window, cut_windows, runs, said_bytes
from data.text.normalform import normal_form
from data.text.semiotics import Semiotic

#: Words that may be numbers, where they stay words; "một" and "không" are too common to say anything.
_COUNTING = re.compile(
    r"\b(?:hai|ba|bốn|tư|năm|sáu|bảy|tám|chín|mười|trăm|nghìn|ngàn|vạn|triệu|tỷ|linh|lăm|mốt|phẩy|chấm|trừ|rưỡi|chục)\b"
)
#: So many candidates for one place among copies and noisy windows, so that uneven blocks still fill it.
_CANDIDATES = 2.0
#: Of the copies, so many have digits in what is said already: half-written input stays as it is.
_WITH_DIGITS = 0.15
_PASSAGE_SENTENCES, _PASSAGE_BYTES = (6, 10), 2_000


@dataclass(frozen=True, slots=True)
class TextJob:
    """One block of one text, one pass over it."""

    text: int
    block: Block
    prompts: bool
    copy: int
    share: float
    """The share that this job has in all lines of its split."""


@dataclass(frozen=True, slots=True)
class HardJob:
    """A batch of hard cases of one split."""

    split: str
    number: int
    count: int


@dataclass(frozen=True, slots=True)
class Made:
    """One pair as its line, with the place in its split's order and the digest of what is said."""

    split: str
    kind: Kind
    order: bytes
    said: bytes
    line: str


@dataclass(slots=True)
class Batch:
    """What one job made, and how many lines or pairs it refused for which reason."""

    made: list[Made] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)

    def refuse(self, reason: str) -> None:
        self.rejected[reason] = self.rejected.get(reason, 0) + 1

    def add(self, split: str, pair: Pair) -> None:
        """Keep a pair if its sides belong together."""
        if not pair.spoken:
            return
        if not is_aligned(pair):
            self.refuse("misaligned")
            return
        said = hashlib.blake2b(f"{pair.kind}:{pair.spoken}".encode(), digest_size=12).digest()
        order = hashlib.blake2b(f"{pair.id}:{pair.spoken}".encode(), digest_size=8).digest()
        self.made.append(Made(split, pair.kind, order, said, pair_to_line(pair)))


def make(job: TextJob | HardJob, config: PairsConfig, material: Material, verbalize: Verbalize) -> Batch:
    """Everything that one job yields; the same for the same job, configuration and material on every machine."""
    batch = Batch()
    if isinstance(job, HardJob):
        _make_hard(batch, job, config, material, verbalize)
        return batch
    rng = random.Random(f"{config.seed}:{job.text}:{job.copy}:{job.block.first}:{job.block.lines[0]}")
    read = prompt_sentences if job.prompts else clean_sentences
    sentences: list[Said] = []
    broken = False
    for sentence in read(job.block.lines, job.block.first, batch.rejected):
        try:
            pieces = say(sentence.text, verbalize, rng)
        except Exception as error:
            error.add_note(f"line {sentence.line} of text {job.text}: {sentence.text}")
            raise
        if pieces is None or not any(piece.said for piece in pieces):
            batch.refuse("unsayable")
            broken = True
            continue
        sentences.append(Said(tuple(pieces), sentence.line, sentence.follows and not broken))
        broken = False
    prefix = f"{job.text}.{job.copy}"
    if job.block.split == "train":
        _make_train(batch, job, sentences, prefix, config, rng)
    else:
        _make_held_out(batch, job.block.split, sentences, prefix, config, rng)
    return batch


def _make_train(
    batch: Batch, job: TextJob, sentences: Sequence[Said], prefix: str, config: PairsConfig, rng: random.Random
) -> None:
    windows: list[Window] = []
    spare: list[Window] = []
    for run in runs(sentences):
        for window in cut_windows(run, config.windows, rng):
            kept = window.teaches or _COUNTING.search(window.said) or rng.random() < config.windows.keep_plain
            (windows if kept else spare).append(window)
        if not job.prompts:
            windows += _around_questions(run, config, rng)
        if job.copy == 0:
            _add_passages(batch, "train", run, prefix, random.Random(f"{config.seed}:passages:{run[0].line}"))
    for number, window in enumerate(windows):
        batch.add("train", _pair(window, f"{prefix}.r", number, "running"))
    wanted = math.ceil(config.copies * job.share * _CANDIDATES)
    for number, window in enumerate(spare[:wanted]):
        batch.add("train", _pair(window, f"{prefix}.c", number, "copy"))
    integers = [window for window in windows if _holds_integers_alone(window)]
    for number, window in enumerate(integers[: math.ceil(wanted * _WITH_DIGITS)]):
        batch.add("train", _pair(_as_written(window), f"{prefix}.d", number, "copy"))
    for number, window in enumerate(windows[: math.ceil(config.noisy * job.share * _CANDIDATES)]):
        batch.add("train", _pair(replace(window, pieces=tuple(make_noisy(window.pieces, rng))), f"{prefix}.n", number, "noisy"))


def _around_questions(run: Sequence[Said], config: PairsConfig, rng: random.Random) -> Iterator[Window]:
    for index, sentence in enumerate(run):
        if sentence.end in "?!" and said_bytes(sentence.pieces) < config.windows.max_bytes:
            for number in range(config.windows.question_copies):
                at = max(0, index - number % 2)
                window, _ = cut_window(run, at, config.windows, rng)
                if window.teaches:
                    yield window


def _holds_integers_alone(window: Window) -> bool:
    expressions = [piece.written for piece in window.pieces if piece.converted]
    return bool(expressions) and all(map(str.isdigit, expressions))


def _as_written(window: Window) -> Window:
    """The window with its numbers said in digits, as half-written text has them."""
    return replace(window, pieces=tuple(_plainly(piece) for piece in window.pieces))


def _plainly(piece: Piece) -> Piece:
    return replace(piece, said=normal_form(piece.written), kind=Semiotic.PLAIN) if piece.converted else piece


def _make_held_out(
    batch: Batch, split: str, sentences: Sequence[Said], prefix: str, config: PairsConfig, rng: random.Random
) -> None:
    """Running windows as they come, each sentence by itself, and passages."""
    for run in runs(sentences):
        for number, window in enumerate(cut_windows(run, config.windows, rng)):
            batch.add(split, _pair(window, f"{prefix}.r", number, "running"))
        for sentence in run:
            window = Window(sentence.pieces, sentence.line, sentence.line)
            batch.add(split, _pair(window, f"{prefix}.s", 0, "sentence"))
        _add_passages(batch, split, run, prefix, rng)


def _add_passages(batch: Batch, split: str, run: Sequence[Said], prefix: str, rng: random.Random) -> None:
    """Several whole sentences together, as long as a person speaks without a pause for thought."""
    low, high = _PASSAGE_SENTENCES
    for start in range(0, len(run) - low + 1, high):
        stretch = run[start : start + low + int(rng.random() * (high - low + 1))]
        pieces = tuple(piece for sentence in stretch for piece in sentence.pieces)
        if said_bytes(pieces) <= _PASSAGE_BYTES:
            batch.add(split, _pair(Window(pieces, stretch[0].line, stretch[-1].line), f"{prefix}.p", start, "passage"))


def _pair(window: Window, prefix: str, number: int, kind: Kind) -> Pair:
    return join_pieces(window.pieces, id=f"{prefix}.{window.first}.{number}", kind=kind, source=window.source)


def _make_hard(batch: Batch, job: HardJob, config: PairsConfig, material: Material, verbalize: Verbalize) -> None:
    rng = random.Random(f"{config.seed}:hard:{job.split}:{job.number}")
    carriers = carriers_of(job.split)
    for number in range(job.count):
        case = draw_case(rng, carriers, material, verbalize)
        if case is None:
            batch.refuse("unsayable")
            continue
        sentences, groups = case
        run = [Said(tuple(pieces), 0, True) for pieces in sentences]
        # From its start, as much as fits; hard cases are short, so most are whole.
        settings = replace(config.windows, start_inside=0.0, min_bytes=config.windows.max_bytes - 1, end_inside=0.15)
        window, _ = cut_window(run, 0, settings, rng)
        id = f"h.{job.split}.{job.number}.{number}"
        batch.add(job.split, join_pieces(window.pieces, id=id, kind="hard", source=groups))


def count_reasons(batches: Sequence[Batch]) -> dict[str, int]:
    """All that was refused, by reason."""
    total: Counter[str] = Counter()
    for batch in batches:
        total.update(batch.rejected)
    return dict(sorted(total.items()))
