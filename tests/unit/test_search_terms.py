"""Terms of the lexical search: what is the same is one term, and each leads back to its characters."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.text.normalform import fold, normal_form
from data.text.syllables import syllables, values
from serving.search.sparse import Bm25, term_id, terms_of

BM25 = Bm25()
TEXT = st.text(max_size=80) | st.text("hoàá ̣̀́24/7.,%-đĐtưmươi\u00ad\u200bноАα hai trăm", max_size=80)


def shared(one: str, other: str) -> set[str]:
    return {term.text for term in terms_of(one)} & {term.text for term in terms_of(other)}


@pytest.mark.parametrize(
    ("query", "passage", "terms", "why"),
    [
        ("hoà bình", "HÒA BÌNH", {"hòa", "bình", "hòa bình"}, "either tone placement, either case"),
        ("24/7", "ngày hai mươi tư tháng bảy", {"24", "7", "24 7"}, "a date that is written and one that is spoken"),
        ("2,5 triệu", "hai triệu rưỡi", {"2500000", "triệu"}, "a scale, and a half of it"),
        ("năm 1945", "năm một chín bốn lăm", {"năm", "1945"}, "digits that were said one by one"),
        ("50%", "năm mươi phần trăm", {"50"}, "a percent"),
        ("1.500.000 đồng", "một triệu năm trăm nghìn đồng", {"1500000", "đồng"}, "separators"),
        ("Louis XIV", "louis mười bốn", {"louis", "14"}, "a Roman numeral"),
        ("ma", "má", set(), "another accent is another word"),
        ("một người", "1 người", {"người"}, "một is mostly an article"),
    ],
)
def test_what_says_the_same_shares_terms(query, passage, terms, why):
    assert shared(query, passage) == terms, why


@pytest.mark.parametrize(
    ("typed", "passage", "found"),
    [
        ("hai muoi tu thang bay", "24/7", True),
        ("muoi lam phut", "15 phút", True),
        ("mot tram ruoi", "150", True),
        ("nam sau", "5-6", False),
    ],
)
def test_numbers_typed_without_accents_are_found_where_they_are_certain(typed, passage, found):
    numbers = {term_id(term.text) for term in terms_of(passage) if term.text.isdigit()}
    accented, folded = BM25.query(typed)
    assert (numbers <= set(folded.ids.tolist())) == found
    assert not numbers & set(accented.ids.tolist())


@given(TEXT)
def test_syllables_are_the_words_of_the_normal_form(text):
    assert [syllable.text for syllable in syllables(text)] == normal_form(unicodedata.normalize("NFC", text)).split()


@given(TEXT)
def test_places_lead_to_the_characters_that_say_it(text):
    for word in syllables(text):
        assert word.text in normal_form(text[word.start : word.end]).split()
    for value in values(text):
        assert 0 <= value.start <= value.end <= len(text)


@given(st.lists(st.sampled_from(["hoà", "Đường", "24/7", "nghiêng", "hai mươi tư", "quý", "2,5 triệu", "khoẻ."]), max_size=8))
def test_decomposed_text_has_the_same_terms_at_the_places_that_it_has(words):
    text = " ".join(words)
    loose = unicodedata.normalize("NFD", text)
    assert [term.text for term in terms_of(loose)] == [term.text for term in terms_of(text)]
    for one, other in zip(terms_of(loose), terms_of(text), strict=True):
        assert unicodedata.normalize("NFC", loose[one.start : one.end]) == text[other.start : other.end]


@given(TEXT)
def test_a_typist_without_accents_finds_every_syllable(text):
    _, passage = BM25.passage(text)
    _, query = BM25.query(fold(normal_form(text)))
    words = {term_id(fold(word.text)) for word in syllables(text)}
    assert words <= set(passage.ids.tolist()) and words <= set(query.ids.tolist())


@given(TEXT)
def test_vectors_are_what_an_index_accepts(text):
    for vector in (*BM25.passage(text), *BM25.query(text)):
        assert vector.ids.dtype == np.uint32 and vector.weights.dtype == np.float32
        assert len(np.unique(vector.ids)) == len(vector.ids) == len(vector.weights)
        assert (vector.weights > 0).all() and np.isfinite(vector.weights).all()


def test_repetition_counts_less_and_less_and_long_passages_are_held_back():
    def weight(text: str, term: str) -> float:
        vector, _ = BM25.passage(text)
        return float(vector.weights[vector.ids.tolist().index(term_id(term))])

    once, twice, often = (weight("mưa " * n + "nắng " * (9 - n), "mưa") for n in (1, 2, 8))
    assert once < twice < often < min(BM25.k1 + 1, 2 * once)
    assert weight("mưa " + "nắng " * 200, "mưa") < once
    assert weight("mưa nắng", "mưa nắng") == pytest.approx(BM25.pair_weight * weight("mưa nắng", "mưa"))


def test_ids_are_what_they_were_when_indexes_were_made_with_them():
    assert {term: term_id(term) for term in ("hòa", "hoa", "24", "hòa bình")} == {
        "hòa": 2896591421, "hoa": 3708240856, "24": 2296035857, "hòa bình": 266614227,
    }  # fmt: skip
