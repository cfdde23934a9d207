"""The static embedder: its tokenizer, its table, and the rules of every Embedder."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data.errors import BrokenPackage
from data.text.normalform import fold
from models.embedder.static_table import StaticTable
from models.embedder.tokenizer import Tokenizer
from models.embedder.transformer_graph import batches_of
from models.embedder.vocabulary import Vocabulary, words_of

TEXTS = [
    "Hà Nội là thủ đô của Việt Nam, có 8 triệu dân.",
    "hà nội mùa thu năm 1954",
    "Thành phố Hồ Chí Minh là thành phố lớn nhất Việt Nam",
    "con gà và con trâu, con trâu và con gà",
]
WORDS = [words_of(text) for text in TEXTS]
VOCABULARY = Vocabulary.learn(WORDS, words=40, pairs=30, buckets=16, least=1)
TOKENIZER = Tokenizer(VOCABULARY)


def table(dim: int = 8, seed: int = 0) -> StaticTable:
    rng = np.random.default_rng(seed)
    rows_VD = rng.integers(-127, 128, (VOCABULARY.size, dim)).astype(np.int8)
    return StaticTable(VOCABULARY, rows_VD, rng.uniform(0.5, 1.5, VOCABULARY.size).astype(np.float32))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(st.sampled_from("hà nộiviệtamcongôđ 12,.\u0301\u0302\u200b\t\nXÆ一-_²")), max_size=5))
@example(["Hà Nội", "", "hà\u0323 nội 8", "308 con gà", "\u00a0con\u3000gà\x1ccon"])
def test_the_batch_tokenizer_says_what_the_vocabulary_says_of_each_text(texts):
    rows_T, text_T = TOKENIZER.rows(texts)
    for place, text in enumerate(texts):
        assert sorted(rows_T[text_T == place].tolist()) == sorted(VOCABULARY.rows(words_of(text)))
    assert (np.diff(text_T) >= 0).all()


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([*TEXTS, "ha noi", "chưa từng gặp", ""]), min_size=1, max_size=400))
def test_a_text_has_the_same_vector_alone_and_among_others(texts):
    one = table()
    together_ND = one.embed(texts)
    for place in {0, len(texts) // 2, len(texts) - 1}:
        assert np.allclose(together_ND[place], one.embed([texts[place]])[0], rtol=1e-4, atol=1e-2)


def test_a_joined_row_stands_for_a_word_and_its_folded_word():
    weight_VD = np.random.default_rng(0).normal(size=(VOCABULARY.size, 6))
    joined_VD = weight_VD.copy()
    for word, row in VOCABULARY.words.items():
        joined_VD[row] += weight_VD[VOCABULARY.folded_row(fold(word))]
    for text in [*TEXTS, "ha noi co con ga la"]:
        apart, joined = TOKENIZER.rows([text])[0], TOKENIZER.rows([text], joined=True)[0]
        assert np.allclose(weight_VD[apart].sum(0), joined_VD[joined].sum(0))
        assert len(joined) < len(apart) or "ha" in text


@pytest.mark.parametrize(
    ("text", "words", "why"),
    [
        ("Hà Nội", "hà nội", "lower case"),
        ("hoà bình", "hòa bình", "one place for the tone"),
        ("hoa\u0300 bi\u0300nh", "hòa bình", "NFD is NFC"),
        ("8 con", "tám 8 con", "a number also stands as it is said"),
        ("24/7", "hai mươi tư 24 bảy 7", "so does each part of a date"),
        ("1234567890123", "1234567890123", "too long to be said"),
        ("...", "", "no word"),
    ],
)
def test_words_are_those_of_the_normal_form_with_numbers_as_they_are_said(text, words, why):
    assert words_of(text) == words.split(), why


def test_a_text_without_diacritics_shares_the_folded_rows():
    accented, bare = (set(VOCABULARY.rows(words_of(text))) for text in ("hà nội", "ha noi"))
    assert len(accented & bare) == 3  # Both words and their pair, folded.


def test_an_unknown_word_finds_itself_by_its_bucket():
    first, again, other = (VOCABULARY.rows(words_of(text)) for text in ("beyoncé", "Beyonce", "xyz"))
    assert first == again != other


def test_a_vocabulary_comes_back_from_its_file(tmp_path):
    VOCABULARY.write(tmp_path / "vocabulary.txt")
    assert Vocabulary.read(tmp_path / "vocabulary.txt") == VOCABULARY


SPOILT = {
    "cut": lambda text: text[:-20],
    "longer": lambda text: text + "more\n",
    "renamed": lambda text: text.replace("# pairs", "# pears"),
    "empty": lambda text: "",
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_another_file_is_no_vocabulary(spoil, tmp_path):
    path = tmp_path / "vocabulary.txt"
    VOCABULARY.write(path)
    path.write_text(spoil(path.read_text("utf-8")), "utf-8")
    with pytest.raises(BrokenPackage):
        Vocabulary.read(path)


def test_a_table_of_another_vocabulary_is_refused(tmp_path):
    VOCABULARY.write(tmp_path / "vocabulary.txt")
    np.save(tmp_path / "scale.npy", np.ones(VOCABULARY.size, np.float32))
    for wrong in (np.zeros((3, 4), np.int8), np.zeros((VOCABULARY.size, 4), np.float32)):
        np.save(tmp_path / "table.npy", wrong)
        with pytest.raises(BrokenPackage):
            StaticTable.open(*(tmp_path / name for name in ("vocabulary.txt", "table.npy", "scale.npy")))


@given(st.lists(st.integers(0, 300), max_size=60))
def test_batches_hold_each_text_once_and_no_more_padding_than_allowed(lengths):
    batches = batches_of(lengths, 256)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    assert all(len(batch) == 1 or len(batch) * max(lengths[place] for place in batch) <= 256 for batch in batches)
    assert all(lengths[batch[-1]] == max(lengths[place] for place in batch) for batch in batches)
