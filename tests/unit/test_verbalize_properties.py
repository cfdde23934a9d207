"""What holds for the verbalizer whatever anyone types: exact places, no lost character, hearing what it says."""

import random
import time
import unicodedata
from itertools import chain, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.text.normalform import LETTERS, normal_form
from data.text.semiotics import Semiotic
from data.text.verbalize.cardinals import cardinal, digits, year
from data.text.verbalize.verbalizer import read, verbalize

PIECES = st.sampled_from([
    "ngày ", "tháng ", "năm ", "lúc ", "số ", "thứ ", "thế kỷ ", "tỷ số ", "từ ", "đến ", "hòa ", "TP.HCM", "UBND",
    "PGS.TS ", "Q.", "giờ ", " giờ ", "phút", " kém ", " tháng ", " năm ", "đồng", " đồng", "%", "km", " km²", "kg",
    "°C", "$", "€", "đ", "k", "tr", " triệu ", " tỷ", "/", "-", "–", " - ", ".", ",", ":", "(", ")", "+", "±", "x",
    "²", "½", "h", "p", "s", "XIV", "vi", "A", "nCoV", "@", "www.", ".com", "gmail", "\u00a0", "\u200b", "\u0301",
    "٣", "１", "Ⅷ", "1", "2", "3", "4", "5", "05", "12", "24", "2025", "1945", "0912", "345", "678", "000",
    "1.500.000", "2,5", " ", " ", "v.v.", "B52", "12/3B", "30A-123.45", "1:30", "😀", "我", "ß", "İ",
])  # fmt: skip
TYPED = st.text(alphabet="0123456789.,-/:% hđ", max_size=14)
TEXT = st.lists(PIECES, max_size=9).map("".join) | st.text(max_size=30) | TYPED
WORDS = st.lists(st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạếềểễệ", min_size=2, max_size=7), max_size=8)


@settings(max_examples=500, deadline=None)
@given(TEXT)
def test_tokens_hold_every_character_that_is_no_space(text: str):
    text = unicodedata.normalize("NFC", text)
    tokens = read(text)
    assert all(token.start < token.end and token.written == text[token.start : token.end] for token in tokens)
    assert all(before.end <= after.start for before, after in pairwise(tokens))
    covered = set(chain.from_iterable(range(token.start, token.end) for token in tokens))
    assert all(character.isspace() for place, character in enumerate(text) if place not in covered)


@settings(max_examples=500, deadline=None)
@given(TEXT, st.integers(0, 2**32))
def test_every_reading_hears_what_it_says(text: str, seed: int):
    rng = random.Random(seed)
    for token in read(text):
        said = [token.reading.main(), token.reading.sample(rng), token.reading.sample(rng), *token.reading.variants(8)]
        assert all(token.reading.accepts(words) for words in said), token
        assert all(words == normal_form(words) for words in said), token
        assert token.kind is Semiotic.PUNCT or all(said), token
        assert token.kind is not Semiotic.PUNCT or not any(said), token


@settings(max_examples=400, deadline=None)
@given(TEXT, st.none() | st.integers(0, 99))
def test_links_are_exact(text: str, seed: int | None):
    rng = None if seed is None else random.Random(seed)
    spoken = verbalize(text, rng)
    written = unicodedata.normalize("NFC", text)
    assert spoken.text == normal_form(spoken.text)
    end = 0
    for link, token in zip(spoken.spans, read(text), strict=True):
        assert written[slice(*link.written)] == token.written
        assert link.kind is token.kind
        said = spoken.text[slice(*link.spoken)]
        assert token.reading.accepts(said)
        assert spoken.text[end : link.spoken[0]].strip() == "" and link.spoken[0] >= end
        end = link.spoken[1]
    assert end == len(spoken.text)


@settings(max_examples=300, deadline=None)
@given(WORDS, st.sampled_from([" ", ", ", ". ", " – ", "… ", "\n"]))
def test_plain_text_is_its_normal_form(words: list[str], between: str):
    text = between.join(words)
    tokens = read(text)
    if all(token.kind in (Semiotic.PLAIN, Semiotic.PUNCT) for token in tokens):
        assert verbalize(text).text == normal_form(text)


@settings(max_examples=300, deadline=None)
@given(TEXT)
def test_how_a_text_was_encoded_does_not_matter(text: str):
    assert verbalize(unicodedata.normalize("NFD", text)) == verbalize(unicodedata.normalize("NFC", text))


@settings(max_examples=200, deadline=None)
@given(TEXT, st.integers(0, 99))
def test_the_same_seed_says_the_same(text: str, seed: int):
    assert verbalize(text, random.Random(seed)) == verbalize(text, random.Random(seed))


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 10**15), st.integers(0, 2**32))
def test_a_number_is_no_way_of_saying_its_neighbours(number: int, seed: int):
    rng = random.Random(seed)
    said = cardinal(number).sample(rng)
    others = {number + 1, number - 1, number * 10, number // 10, number + 10, number * 1000, number // 1000, number + 100}
    others |= {int(str(number)[::-1]), rng.randrange(10**15)}
    for other in others - {number}:
        assert other < 0 or other >= 10**16 or not cardinal(other).accepts(said), (number, other, said)


def test_no_two_numbers_are_said_alike():
    """All of 0–2,999, and numbers spread up to ten million, in all the ways of saying each."""
    met: dict[str, int] = {}
    for number in chain(
        range(3000), range(3000, 100_000, 997), range(100_000, 10_000_000, 499_979), range(10**6, 10**7, 10**5)
    ):
        for way in cardinal(number).variants(40):
            assert met.setdefault(way, number) == number, way


def test_no_two_years_are_said_alike():
    met: dict[str, int] = {}
    for number in range(1000, 3000):
        for way in year(number).variants(60):
            assert met.setdefault(way, number) == number, way


@given(st.text(alphabet="0123456789", min_size=1, max_size=30))
def test_digits_are_said_one_by_one(written: str):
    assert len(digits(written).main().split()) == len(written)


def test_long_strings_of_anything_are_read():
    for text in (
        "1" * 10**5,
        "1.000." * 10**4,
        "a" * 10**5,
        "ngày 1/2/2025 " * 1000,
        "12-" * 10**4,
        "A1-" * 10**4,
        "a@" * 10**4,
    ):
        tokens = read(text)
        assert sum(token.end - token.start for token in tokens) == len(text.rstrip()) - text.rstrip().count(" ")


@settings(max_examples=400, deadline=None)
@given(TEXT, st.none() | st.integers(0, 99))
def test_no_digit_goes_unsaid(text: str, seed: int | None):
    """What holds a digit says something, and no digit is left in what is said."""
    rng = None if seed is None else random.Random(seed)
    spoken = verbalize(text, rng)
    written = unicodedata.normalize("NFC", text)
    assert not any(character in "0123456789" for character in spoken.text)
    assert unicodedata.is_normalized("NFC", spoken.text)
    for link in spoken.spans:
        if any(character in "0123456789" for character in written[slice(*link.written)]):
            assert link.spoken[0] < link.spoken[1], (text, link)


#: What people type. Letters that fold to others (İ) and invisible ones are told apart only once.
_TYPED = frozenset(LETTERS + LETTERS.upper() + "0123456789 .,-–/:%()+±½°$€@\n")


@settings(max_examples=400, deadline=None)
@given(TEXT.filter(lambda text: _TYPED.issuperset(unicodedata.normalize("NFC", text))))
def test_what_is_said_is_said_again_as_it_is(text: str):
    once = verbalize(text).text
    assert verbalize(once).text == once


@pytest.mark.parametrize("piece", ["xin chào thế giới! ", "ngày 24/7/2025 giá 2,5 kg; ", "🙂中文\u0301 ", "1" * 40 + " "])
def test_a_megabyte_of_anything_is_said_in_time(piece: str):
    text = piece * (1_000_000 // len(piece.encode()))
    started_s = time.process_time()
    spoken = verbalize(text)
    assert time.process_time() - started_s < 60  # 2-8 s on an idle core
    assert not any(map(str.isascii, filter(str.isdigit, spoken.text)))
