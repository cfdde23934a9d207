"""Bytes moved by three: what ByT5's own tokenizer does, in three lines."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.normalizer.tokenizer import VOCABULARY, decode, encode

CASES = [
    ("", "nothing but the end"),
    ("ngày hai mươi tư", "letters of two and three bytes"),
    (unicodedata.normalize("NFD", "Trần Thị Tỵ"), "combining marks are bytes like others"),
    ("giá 1.500.000 ₫ 🙂", "four bytes"),
]


@pytest.mark.parametrize(("text", "why"), CASES)
def test_it_equals_byt5s_own(text, why):
    from transformers import ByT5Tokenizer

    own = ByT5Tokenizer()
    assert encode(text) == own(text)["input_ids"], why
    assert len(own) <= VOCABULARY


@given(st.text())
def test_decoding_undoes_encoding(text):
    text = text.encode("utf-8", "ignore").decode()  # Lone surrogates are no text.
    assert decode(encode(text)) == text


@pytest.mark.parametrize(
    ("ids", "text", "why"),
    [
        ([0, *encode("có"), *encode("không")], "có", "the end is the end, and the start is no byte"),
        ([380, *encode("a")], "a", "sentinels are no bytes"),
        (encode("ế")[:-2], "", "half a letter is no letter"),
    ],
)
def test_what_is_no_text_is_dropped(ids, text, why):
    assert decode(ids) == text, why
