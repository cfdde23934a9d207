"""The alignment against the plainest possible definition, and against the field's own implementation."""

import time
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import ScoreError
from data.text.normalform import fold, strip_tone
from models.alignment import align, partners
from models.metrics import _align_words, _views

words = st.lists(st.sampled_from(["ma", "má", "mà", "mả", "mâ", "mấ", "ba", "bà", "bơ", "đa", "da"]), max_size=7)


def best_by_trying_all(ref, hyp):
    """Fewest edits, then fewest substitutions, then fewest with other letters than tone, then fewest with other letters."""

    @cache
    def best(i, j):  # (edits, substitutions, tone-blind differences, fold-blind differences, deletions, insertions)
        if i == len(ref) and j == len(hyp):
            return (0,) * 6
        options = []
        if i < len(ref):
            options.append(tuple(a + b for a, b in zip(best(i + 1, j), (1, 0, 0, 0, 1, 0), strict=True)))
        if j < len(hyp):
            options.append(tuple(a + b for a, b in zip(best(i, j + 1), (1, 0, 0, 0, 0, 1), strict=True)))
        if i < len(ref) and j < len(hyp):
            a, b = ref[i], hyp[j]
            step = (a != b, a != b, strip_tone(a) != strip_tone(b), fold(a) != fold(b), 0, 0)
            options.append(tuple(int(x) + y for x, y in zip(step, best(i + 1, j + 1), strict=True)))
        return min(options)

    _, subs, tones, letters, deletions, insertions = best(0, 0)
    return [deletions, insertions, subs, tones, letters]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(words, words), min_size=1, max_size=5))
def test_counts_are_the_best_of_all_alignments_whatever_shares_the_batch(pairs):
    assert _align_words(pairs).tolist() == [best_by_trying_all(ref, hyp) for ref, hyp in pairs]


@settings(max_examples=100, deadline=None)
@given(words, words)
def test_swapping_sides_swaps_deletions_and_insertions_alone(ref, hyp):
    there, back = _align_words([(ref, hyp), (hyp, ref)]).tolist()
    assert back == [there[1], there[0], *there[2:]]


@settings(max_examples=50, deadline=None)
@given(words, words, words)
def test_distance_obeys_the_triangle(a, b, c):
    direct, first, second = _align_words([(a, c), (a, b), (b, c)])[:, :3].sum(axis=1)
    assert direct <= first + second


@settings(max_examples=150, deadline=None)
@given(words, words)
def test_partners_are_an_alignment_that_has_the_counted_cost(ref, hyp):
    partner_N = partners(_views(ref), _views(hyp)).tolist()
    paired = [j for j in partner_N if j >= 0]
    assert paired == sorted(set(paired)) and all(j < len(hyp) for j in paired)
    pairs = [(word, hyp[j]) for word, j in zip(ref, partner_N, strict=True) if j >= 0]
    differ = [
        sum(a != b for a, b in pairs),
        sum(strip_tone(a) != strip_tone(b) for a, b in pairs),
        sum(fold(a) != fold(b) for a, b in pairs),
    ]
    assert [len(ref) - len(pairs), len(hyp) - len(pairs), *differ] == _align_words([(ref, hyp)])[0].tolist()


def test_distance_equals_kaldis():
    kaldialign = pytest.importorskip("kaldialign")
    rng = np.random.default_rng(0)
    pairs = [tuple(list(map(str, rng.integers(0, 30, rng.integers(0, 40)))) for _ in range(2)) for _ in range(300)]
    ours = align([((ref,), (hyp,)) for ref, hyp in pairs], levels=1).sum(axis=1)
    assert ours.tolist() == [kaldialign.edit_distance(ref, hyp)["total"] for ref, hyp in pairs]


def test_a_hundred_thousand_words_take_seconds():
    rng = np.random.default_rng(0)
    pairs = []
    for _ in range(5_000):
        ref = [f"w{i}" for i in rng.integers(0, 2000, 20)]
        hyp = [w if keep else "x" for w, keep in zip(ref, rng.random(20) > 0.2, strict=True)]
        pairs.append((ref, hyp))
    start = time.process_time()
    counts = _align_words(pairs)
    assert time.process_time() - start < 8
    assert counts[:, 0].sum() == counts[:, 1].sum()


def test_an_hour_in_one_utterance_still_aligns():
    ref = [f"w{i % 997}" for i in range(3_000)]
    hyp = ["x" if i % 10 == 0 else w for i, w in enumerate(ref)]
    assert _align_words([(ref, hyp)]).tolist() == [[0, 0, 300, 300, 300]]


def test_what_does_not_fit_is_refused_not_wrapped():
    with pytest.raises(ScoreError, match="too long"):
        align([((["a"] * 60_000,) * 3, (["b"] * 60_000,) * 3)], levels=3)
    with pytest.raises(ScoreError, match="too long"):
        partners((["a"] * 30_000,), (["b"] * 30_000,))
