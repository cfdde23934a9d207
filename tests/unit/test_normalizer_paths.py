"""Decoding along paths keeps every word and writes only numbers that were said, whatever the model thinks."""

from __future__ import annotations

import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.text.normalform import normal_form
from models.normalizer.paths import Paths, Trust, Walk
from models.normalizer.punctuator.leaning import Leaning
from models.normalizer.tokenizer import END, VOCABULARY, decode, encode

SYLLABLES = ["tôi", "đi", "hà", "nội", "ở", "ương", "nato", "ăn", "ếch", "x", "quốc", "hai", "năm", "mươi", "trăm", "phẩy"]


def wander(paths: Paths, seed: int) -> str:
    """One output of many, chosen by dice."""
    rng, state, ids = random.Random(seed), paths.start(), []
    while not ids or ids[-1] != END:
        ids.append(rng.choice(paths.allowed(state)))
        state = paths.after(state, ids[-1])
    assert state == ()
    return decode(ids)


@settings(deadline=None)
@given(st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=12), st.integers(0, 9))
def test_without_expressions_every_path_says_the_words(words, seed):
    spoken = " ".join(words)
    assert normal_form(wander(Paths(spoken, []), seed)) == spoken


@pytest.mark.parametrize(
    ("spoken", "written", "possible", "why"),
    [
        ("ngày hai mươi tư tháng bảy năm hai không hai lăm", "Ngày 24/7/2025.", True, "a date, a capital and a full stop"),
        ("trả một triệu rưỡi đồng lúc bảy giờ kém mười", "Trả 1.500.000 đồng lúc 6 giờ 50", True, "two expressions"),
        ("mua năm hay sáu quyển", "Mua năm hay 6 quyển", True, "one number may stay a word"),
        ("năm sáu người", "65 người", False, "another number"),
        ("năm sáu người", "5 người", False, "no number is dropped"),
        ("nato họp ở hà nội", "NATO họp ở Hà Nội.", True, "a short word may be an acronym"),
        ("tôi về", "Tôi về rồi", False, "no word is invented"),
        ("tôi về", "Tôi, về", True, "a comma between words"),
        ("lúc bảy giờ kém mười", "Lúc 7 giờ kém mười", False, "half of an expression that leaves no doubt"),
        ("tôi về", "Tôi về,", False, "nothing ends with a comma"),
        ("số nhà mười hai xuyệt ba bê", "Số nhà 12/3B", True, "more than an expression that leaves no doubt"),
    ],
)
def test_what_may_be_written(spoken, written, possible, why):
    paths = Paths(spoken)
    state = paths.start()
    for id_ in encode(written):
        state = paths.after(state, id_)
    assert (state != () or _is_end(paths, written)) == possible, why


def _is_end(paths: Paths, written: str) -> bool:
    state = paths.start()
    for id_ in encode(written)[:-1]:
        state = paths.after(state, id_)
    return END in paths.allowed(state)


@pytest.mark.parametrize(("inside", "written"), [(0.9, "A320 bay"), (0.1, "A ba hai không bay")])
def test_a_longer_form_that_began_alike_is_held_against_the_shorter(inside, written):
    """Behind the A, a space and a 3 are two answers to one question: what "a ba hai không" is."""
    words = 5
    marks_WC, spellings_WC = (np.full((words, count), np.log(0.01), np.float32) for count in (6, 3))
    marks_WC[:, 0], spellings_WC[:, 0] = np.log(0.95), np.log(0.95)
    expressions_WC = np.log(np.array([[1 - inside, inside, 1e-4], *[[1 - inside, 1e-4, inside]] * 3, [0.98, 0.01, 0.01]]))
    paths = Paths("a ba hai không bay", leaning=Leaning(marks_WC, spellings_WC, expressions_WC.astype(np.float32)))
    walk, ids = Walk(paths, Trust(marks=0.05, words=0.25, figures=1.0)), []
    while not ids or ids[-1] != END:
        ids += walk.choose([], np.zeros((1, VOCABULARY), np.float32))
    assert decode(ids).lower() == written.lower() and paths.likeliest().lower() == written.lower()


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 50), st.integers(1, 9))
def test_blocks_of_any_size_choose_what_single_ids_choose(seed, block):
    """A model that thinks the same at each place, whatever was read: the greedy path is one."""
    paths = Paths("năm hai nghìn không trăm linh chín hà nội có sáu triệu người")
    thoughts = np.random.default_rng(seed).standard_normal((400, VOCABULARY)).astype(np.float32)
    greedy = _decode(Walk(paths), thoughts, 1, guess=[])
    assert _decode(Walk(paths), thoughts, block, guess=greedy) == greedy
    assert _decode(Walk(paths), thoughts, block, guess=encode("cái gì khác hẳn") * 20) == greedy


def _decode(walk: Walk, thoughts: np.ndarray, block: int, *, guess: list[int]) -> list[int]:
    ids: list[int] = []
    while not ids or ids[-1] != END:
        ahead = guess[len(ids) : len(ids) + block - 1]
        ids += walk.choose(ahead, thoughts[len(ids) : len(ids) + block])
    return ids
