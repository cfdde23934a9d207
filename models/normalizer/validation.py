"""What a decoded window got right: the whole, its punctuation, its capitals. Quick figures for curves; the card has better."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

MARKS = ".,?!:;"
#: Exact windows, windows; right, written and wanted marks; right, written and wanted capitals.
FIELDS = 8


def count(reference: str, hypothesis: str) -> list[int]:
    """One row of `FIELDS`; a mark or a capital is right where both texts have it at the same word."""
    wanted, written = ([_word(w) for w in text.split()] for text in (reference, hypothesis))
    blocks = SequenceMatcher(None, [w[0] for w in wanted], [w[0] for w in written], autojunk=False).get_matching_blocks()
    matched = [(wanted[a + i], written[b + i]) for a, b, size in blocks for i in range(size)]
    row = [int(reference == hypothesis), 1]
    for part in (1, 2):
        right = sum(bool(w[part]) and w[part] == h[part] for w, h in matched)
        row += [right, sum(bool(w[part]) for w in written), sum(bool(w[part]) for w in wanted)]
    return row


def rates(sums: Iterable[float]) -> dict[str, float]:
    """The share of exact windows, and F1 of marks and capitals."""
    exact, windows, *rest = sums
    f1 = [2 * right / max(written + wanted, 1) for right, written, wanted in (rest[:3], rest[3:])]
    return {"val_exact": exact / max(windows, 1), "val_punctuation_f1": f1[0], "val_case_f1": f1[1]}


def _word(word: str) -> tuple[str, str, bool]:
    """The bare word, the mark behind it, whether it begins with a capital."""
    bare = word.strip(MARKS + "\"'()[]“”‘’…–-")
    return bare.lower() or word, word[-1] if word[-1] in MARKS else "", bare[:1].isupper()
