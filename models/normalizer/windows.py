"""A line of any length through a model that reads a few sentences: windows, commits, and joints without seams.

A window begins where a sentence begins, and what the model wrote for it counts up to the last sentence end well before
the window's end; the next window begins there. Where no sentence ends, the cut is made between two words that belong to
no number, and the next window reads some words before it again, so that it does not take the cut for a beginning.

A long line is read by several lanes at once. Each begins somewhere and soon finds the sentences; when the lane before it
arrives at a sentence start that both have found, the two are one. So windows are decoded in batches, and time and memory
grow with the length of the line alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from models.normalizer.punctuator.leaning import Leaning
from models.normalizer.spans import SENTENCE_ENDS, Line, Piece, verbatim

#: No window of the pairs says more.
WINDOW_BYTES = 200
#: A model that does not see what follows ends sentences too early; so many words must follow a cut.
_MARGIN_WORDS = 8
#: Words that are read again where a cut is no sentence end.
_CONTEXT_WORDS = 12
#: Words of one lane; fewer make larger batches, more make fewer words that two lanes read.
_LANE_WORDS = 400
#: After so many words in common without a common sentence start, lanes meet at any word.
_OVERRUN_WORDS = 60
#: Longer words are copied; a model that reads bytes would fill its window with them.
_LONGEST_WORD_BYTES = 64

#: Words that may belong to one number, date, time, amount or measure: no cut is made between two of them.
_BINDING = frozenset({
    "không", "một", "mốt", "hai", "ba", "bốn", "tư", "năm", "lăm", "nhăm", "sáu", "bảy", "bẩy", "tám", "chín", "mười",
    "mươi", "chục", "hăm", "băm", "trăm", "nghìn", "ngàn", "vạn", "triệu", "tỷ", "tỉ", "linh", "lẻ", "rưỡi", "rưởi",
    "phẩy", "chấm", "phần", "trên", "âm", "trừ", "cộng", "xuyệt", "xẹc", "gạch", "độ", "thứ", "kém",
    "giờ", "phút", "giây", "ngày", "mùng", "mồng", "tháng",
    "đồng", "đô", "la", "ki", "lô", "mét", "gam", "xăng", "mi", "li", "héc", "ta", "lít",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The words [start, end) of a line, which the model reads together."""

    line: Line
    start: int
    end: int
    begins_sentence: bool
    """Whether its first word is known to begin a sentence."""
    leaning: Leaning | None = None
    """What a punctuator that read the whole line says of these words."""

    @property
    def text(self) -> str:
        return " ".join(word.key for word in self.line.words[self.start : self.end])


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What is written for consecutive words: gaps[i] stands before pieces[i], the last gap after them."""

    pieces: Sequence[Piece]
    gaps: Sequence[str]


class Walk:
    """Reads one line: decode `windows()`, hand each window's writing to `commit`, until there are none; then `writing()`."""

    def __init__(self, line: Line, *, window_bytes: int = WINDOW_BYTES, leaning: Leaning | None = None) -> None:
        self._ground, self._leaning = _Ground.of(line, window_bytes), leaning
        self._lanes = [_Lane(self._ground, origin) for origin in self._ground.lane_starts()]

    def windows(self) -> Iterator[tuple[int, Window]]:
        """The next window of every lane that is not done, with the lane's number."""
        for number, lane in enumerate(self._lanes):
            if window := lane.window():
                leaning = self._leaning and self._leaning.part(window.start, window.end)
                yield number, replace(window, leaning=leaning)

    def commit(self, number: int, window: Window, writing: Writing) -> None:
        """Take what the guard made of a window's draft."""
        lane = self._lanes[number]
        lane.commit(window, writing)
        for following in range(number + 1, len(self._lanes)):
            if self._lanes[following].alive and not lane.meet(self._lanes[following]):
                break

    def writing(self) -> Writing:
        """What was written for the whole line."""
        lanes = [lane for lane in self._lanes if lane.alive]
        pieces = [piece for lane in lanes for piece in lane.pieces]
        gaps = [gap for lane in lanes for gap in lane.gaps]
        return Writing(pieces=pieces, gaps=[*gaps, lanes[-1].gap_after] if lanes else [""])


@dataclass(frozen=True, slots=True)
class _Ground:
    """A line and where it may be cut."""

    line: Line
    sizes: list[int]
    """Bytes of each word with a space."""
    copied: list[bool]
    """Words that no window holds."""
    window_bytes: int

    @classmethod
    def of(cls, line: Line, window_bytes: int) -> _Ground:
        sizes = [len(word.key.encode()) + 1 for word in line.words]
        ground = cls(line, sizes, [size > _LONGEST_WORD_BYTES for size in sizes], window_bytes)
        start = 0
        for end in range(1, len(sizes) + 1):
            if ground.may_cut(end):
                # A number longer than a window has no place in one: it stays as it was said.
                if end - start > 1 and sum(sizes[start:end]) > window_bytes:
                    ground.copied[start:end] = [True] * (end - start)
                start = end
        return ground

    def may_cut(self, at: int) -> bool:
        """Whether the words before and after belong to no common expression."""
        words = self.line.words
        return not 0 < at < len(words) or not (_binds(words[at - 1].key) and _binds(words[at].key))

    def lane_starts(self) -> list[int]:
        starts = [0] if self.sizes else []
        for wanted in range(_LANE_WORDS, len(self.sizes) - _LANE_WORDS // 2, _LANE_WORDS):
            start = wanted
            while start < len(self.sizes) and not (self.may_cut(start) and not self.copied[start]):
                start += 1
            if start < len(self.sizes) - _MARGIN_WORDS and start > starts[-1]:
                starts.append(start)
        return starts

    def window_end(self, start: int, at: int) -> int:
        """How far a window reads; always further than `at`."""
        end, size = start, 0
        while end < len(self.sizes) and not self.copied[end] and size + self.sizes[end] <= self.window_bytes:
            size, end = size + self.sizes[end], end + 1
        last = end
        while last > at and not self.may_cut(last):
            last -= 1
        return last if last > at else end

    def context(self, at: int, floor: int) -> int:
        """Where to begin reading so that a window has some words before `at`."""
        start = max(floor, at - _CONTEXT_WORDS)
        while start < at and not self._is_context(start, at):
            start += 1
        return start

    def _is_context(self, start: int, at: int) -> bool:
        whole = self.may_cut(start) and not any(self.copied[start:at])
        return whole and sum(self.sizes[start:at]) <= self.window_bytes // 3


@dataclass(slots=True)
class _Lane:
    ground: _Ground
    origin: int
    pieces: list[Piece] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    """One before each piece."""
    gap_after: str = ""
    at: int = 0
    """The words before it are written, or left to the lane before."""
    sentence: int = 0
    """Where the last known sentence began."""
    knows: bool = False
    """Whether the next word is known to begin a sentence."""
    met: bool = False
    """The next lane has the rest."""
    alive: bool = True
    """False where the lane before has passed all of it without meeting it."""

    def __post_init__(self) -> None:
        self.at, self.knows = self.origin, self.origin == 0

    def window(self) -> Window | None:
        """The next window, after copying what no window holds; None where the lane is done."""
        ground, size = self.ground, len(self.ground.sizes)
        if not self.alive or self.met:
            return None
        while self.at < size and ground.copied[self.at]:
            self._add(verbatim(ground.line, self.at, self.at + 1)[0], self.gap_after)
            self.at, self.gap_after, self.knows = self.at + 1, " ", False
        if self.at == size:
            self.gap_after = self.gap_after.rstrip()
            return None
        start = self.at if self.knows else ground.context(self.at, self.sentence if self.pieces else 0)
        end = ground.window_end(start, self.at)
        if not ground.may_cut(end):  # A long number leaves no room for what stands before it.
            start, end = self.at, ground.window_end(self.at, self.at)
        return Window(line=ground.line, start=start, end=end, begins_sentence=self.knows)

    def commit(self, window: Window, writing: Writing) -> None:
        cut, ends_sentence = self._cut(window, writing)
        first = not self.gaps
        for piece, gap in zip(writing.pieces, writing.gaps, strict=False):
            if piece.end <= self.at or piece.start >= cut:
                continue
            if piece.start < self.at:  # It reaches over the last cut, where nothing should: as it was said.
                for number, word in enumerate(verbatim(self.ground.line, self.at, piece.end)):
                    self._add(replace(word, refused=1), " " if number else self.gap_after)
            else:
                self._add(piece, self.gap_after if piece.start == self.at and not first else gap)
        if cut == len(self.ground.sizes):
            self.gap_after = writing.gaps[-1]
        else:  # A mark at a window's end was written without seeing what follows.
            gaps = zip(writing.pieces, writing.gaps, strict=False)
            self.gap_after = next((gap for piece, gap in gaps if piece.start == cut), " ")
        self.at, self.knows = cut, ends_sentence
        if ends_sentence:
            self.sentence = cut

    def meet(self, other: _Lane) -> bool:
        """Leave the rest to the next lane where both agree; True where there was nothing to agree on and it is dropped."""
        if self.met or self.at < other.origin:
            return False
        joint = self._joint(other)
        if joint is not None:
            mine = sum(piece.start < joint for piece in self.pieces)
            theirs = sum(piece.start < joint for piece in other.pieces)
            gap = [*self.gaps, self.gap_after][mine]
            del self.pieces[mine:], self.gaps[mine:], other.pieces[:theirs], other.gaps[:theirs]
            if other.gaps:
                other.gaps[0] = gap
            else:
                other.gap_after = gap
            self.met = True
        elif self.at >= (other.pieces[-1].end if other.met and other.pieces else other.at) and self.at > other.origin:
            other.alive = False
        return not other.alive

    def _joint(self, other: _Lane) -> int | None:
        mine, theirs = self._starts(other.origin), other._starts(other.origin)
        both = [at for at in mine if at in theirs]
        sentences = [at for at in both if mine[at] and theirs[at]]
        if sentences:
            return sentences[0]
        if both and self.at - other.origin >= _OVERRUN_WORDS:
            return next((at for at in reversed(both) if self.ground.may_cut(at) and mine[at] == theirs[at]), None)
        return None

    def _starts(self, floor: int) -> dict[int, bool]:
        """Where a piece begins from `floor` on, and whether a sentence begins there."""
        starts = {
            piece.start: bool(SENTENCE_ENDS.intersection(gap))
            for piece, gap in zip(self.pieces, self.gaps, strict=True)
            if piece.start >= floor
        }
        if self.at >= floor and self.pieces:
            starts[self.at] = self.knows
        return starts

    def _cut(self, window: Window, writing: Writing) -> tuple[int, bool]:
        """Up to which word a window's writing counts, and whether a sentence ends there."""
        words = self.ground.line.words
        if window.end == len(words):
            return window.end, False
        if self.ground.copied[window.end]:
            return window.end, False
        gap_before = {piece.start: gap for piece, gap in zip(writing.pieces, writing.gaps, strict=False)}
        inside = [at for at in gap_before if at > self.at]
        early = [at for at in inside if at <= window.end - _MARGIN_WORDS]
        for at in reversed(early):
            if SENTENCE_ENDS.intersection(gap_before[at]):
                return at, True
        free = [at for at in early if self.ground.may_cut(at)]
        marked = [at for at in free if gap_before[at] != " "]
        # A comma is a good place, but not one that gives up most of the window.
        if marked and marked[-1] - self.at >= (window.end - self.at) // 2:
            return marked[-1], False
        if free:
            return free[-1], False
        return next((at for at in inside if self.ground.may_cut(at)), window.end), False

    def _add(self, piece: Piece, gap: str) -> None:
        self.pieces.append(piece)
        self.gaps.append(gap)


def _binds(key: str) -> bool:
    return key in _BINDING or any(map(str.isdigit, key))
