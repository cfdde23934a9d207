"""Marks and capitals: what a text tells of its words, and how a punctuator leads what is written."""

from __future__ import annotations

import numpy as np
import pytest

from data.pairs.reader import Pair, PairLink
from models.normalizer.paths import Paths, Trust, Walk
from models.normalizer.punctuator.calibrate import _best
from models.normalizer.punctuator.labels import UNKNOWN, label
from models.normalizer.punctuator.leaning import MARKS, SPELLINGS, Leaning
from models.normalizer.punctuator.vocabulary import PAD, Vocabulary
from models.normalizer.tokenizer import END, VOCABULARY, decode, encode


def pair(spoken: str, written: str, *links: tuple[int, int, int, int]) -> Pair:
    told = tuple(PairLink((a, b), (c, d), "date") for a, b, c, d in links)
    return Pair(id="p", spoken=spoken, written=written, links=told, kind="running", source="1")


@pytest.mark.parametrize(
    ("spoken", "written", "links", "marks", "spellings", "why"),
    [
        ("xin chào", "Xin chào!", (), ["", "!"], [1, 0], "a capital and a mark"),
        ("gdp tăng", "GDP tăng", (), ["", ""], [2, 0], "an acronym"),
        ("y tế", "Y tế", (), ["", ""], [1, 0], "one letter is a capital, no acronym"),
        ("nói rồi đi", 'Nói: "Rồi, đi…"', (), [":", ",", "."], [1, 1, 0], "quotation marks are not heard"),
        ("kinh quảng", "Kinh-Quảng;", (), ["", ","], [1, 1], "two words with a hyphen; a semicolon sounds like a comma"),
        ("ngày hai tháng ba đi", "Ngày 2/3, đi.", [(5, 8, 5, 18)], ["", None, None, ",", "."], [1, None, None, None, 0],
         "an expression tells nothing but the mark behind it"),
        ("hoà", "Hòa.", (), ["."], [1], "whichever letter bears the tone"),
    ],
)  # fmt: skip
def test_a_text_tells_of_its_words(spoken, written, links, marks, spellings, why):
    found = label(pair(spoken, written, *links))
    assert [None if m == UNKNOWN else MARKS[m] for m in found.mark_W] == marks, why
    assert [None if s == UNKNOWN else s for s in found.spelling_W.tolist()] == spellings, why


def test_a_word_without_a_vector_of_its_own_shares_one():
    vocabulary = Vocabulary.of([["a", "b", "a"], ["a", "b", "once"]], words=10, buckets=4)
    assert vocabulary.words == ("a", "b")
    assert [vocabulary.id_of(word) for word in "ab"] == [1, 2]
    assert 3 <= vocabulary.id_of("once") < len(vocabulary) == 7
    assert PAD not in {vocabulary.id_of(word) for word in ("a", "once", "")}


def test_a_saved_vocabulary_is_the_same(tmp_path):
    vocabulary = Vocabulary(["xin", "chào"], 8)
    vocabulary.save(tmp_path / "words.txt")
    again = Vocabulary.load(tmp_path / "words.txt", 8)
    assert (again.words, len(again)) == (vocabulary.words, len(vocabulary))


DEAF = Trust(0.0, 0.0)


def leaning(words: int, **likely: dict[int, str]) -> Leaning:
    """Sure of what is told, and of nothing behind and small letters elsewhere."""
    marks_WC = np.full((words, len(MARKS)), -9.0, np.float32)
    spellings_WC = np.full((words, len(SPELLINGS)), -9.0, np.float32)
    marks_WC[:, 0] = spellings_WC[:, 0] = -0.01
    for (index, names), scores_WC in zip(
        ((likely.get("marks", {}), MARKS), (likely.get("spellings", {}), SPELLINGS)), (marks_WC, spellings_WC), strict=True
    ):
        for word, name in index.items():
            scores_WC[word] = -9.0
            scores_WC[word, names.index(name)] = -0.01
    return Leaning(marks_WC, spellings_WC)


def written(spoken: str, told: Leaning, trust: Trust = DEAF, wish: str = "") -> str:
    """What comes out where a model wishes to write something and a punctuator leans."""
    wished, ids = encode(wish), []
    walk = Walk(Paths(spoken, leaning=told), trust)
    while not ids or ids[-1] != END:
        logits_TV = np.zeros((1, VOCABULARY), np.float32)
        if len(ids) < len(wished):
            logits_TV[0, wished[len(ids)]] = 50.0
        ids += walk.choose([], logits_TV)
    return decode(ids)


def test_marks_and_capitals_are_the_punctuators():
    told = leaning(4, marks={1: ".", 3: "?"}, spellings={0: "capital", 3: "capitals"})
    assert written("tôi về anh ubnd", told) == "Tôi về. Anh UBND?"


def test_a_sentence_begins_with_a_capital_wherever_it_begins():
    assert written("tôi về anh ở", leaning(4, marks={1: "."}, spellings={0: "capital"})) == "Tôi về. Anh ở"


def test_a_capital_for_a_sentence_that_did_not_begin_is_none():
    told = leaning(2, spellings={0: "capital"})
    told.marks_WC[0, MARKS.index(".")] = np.log(0.4)  # Less likely than none …
    told.marks_WC[0, 0] = np.log(0.6)
    told.spellings_WC[1] = np.log([0.55, 0.44, 0.01])  # … and the capital was for it.
    assert written("về anh", told) == "Về anh"


def test_a_model_that_is_trusted_is_heard():
    told = leaning(2, spellings={0: "capital"})
    assert written("tôi về", told, Trust(1.0, 1.0), "tôi, Về.") == "tôi, Về."
    assert written("tôi về", told, Trust(0.0, 1.0), "tôi Về") == "tôi Về"


def test_the_letters_of_a_capital_may_be_any_bytes():
    told = leaning(3, spellings={0: "capital", 1: "small", 2: "capital"})
    assert written("ấn đi đà", told) == "Ấn đi Đà"


def test_what_the_punctuator_leans_to_is_a_good_guess():
    told = leaning(4, marks={3: "."}, spellings={0: "capital"})
    assert Paths("trả hai triệu đồng", leaning=told).likeliest() == "Trả 2 triệu đồng."


def test_a_bias_is_what_finds_most():
    rng = np.random.default_rng(5)
    true_W = rng.random(4000) < 0.1
    score_W = np.where(true_W, rng.normal(-0.5, 1, 4000), rng.normal(-3, 1, 4000))  # Never sure enough by itself.
    scores_WC = np.stack([np.zeros(4000), score_W], 1)
    bias, f1 = _best(("", "."), scores_WC, true_W.astype(int))["."]
    told_W = score_W > 0
    plain = 2 * (told_W & true_W).sum() / (told_W.sum() + true_W.sum())
    assert bias > 0 and f1 > plain + 0.1
