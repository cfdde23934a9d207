"""What holds for every text that anyone can type, and how fast."""

import lzma
import os
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.text.normalform import LETTERS, check_alphabet, fold, normal_form, strip_tone
from data.text.unicode import TONES, clean, place_tone, place_tones

LIKELY = LETTERS + LETTERS.upper() + " \u00a0\u200b\u0300\u0301\u0302\u0306\u031b\u0323оаесрхΟΑν-,._'0123ðÐİßǅﬁｘ𝐱Σς"
TEXT = st.text() | st.text(alphabet=LIKELY) | st.text(alphabet=LETTERS, max_size=8)
FORM = st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"])


@settings(max_examples=400, deadline=None)
@given(TEXT)
def test_forms_are_idempotent_and_nfc(text):
    for form in (clean, normal_form, fold, lambda text: place_tones(clean(text))):
        once = form(text)
        assert form(once) == once
        assert unicodedata.is_normalized("NFC", once)


@settings(max_examples=400, deadline=None)
@given(TEXT)
def test_normal_form_holds_only_words_with_one_space_between(text):
    form = normal_form(text)
    assert form == " ".join(form.split())
    assert all(character == " " or character.isalnum() for character in form)
    assert form == normal_form(form.upper()) or not form.isascii()


@settings(max_examples=400, deadline=None)
@given(TEXT, FORM)
def test_normal_form_does_not_see_how_a_text_was_encoded(text, form):
    if form in ("NFC", "NFD"):
        assert normal_form(unicodedata.normalize(form, text)) == normal_form(text)
    else:
        assert unicodedata.is_normalized("NFC", normal_form(unicodedata.normalize(form, text)))


@settings(max_examples=400, deadline=None)
@given(TEXT)
def test_fold_of_the_normal_form_is_stable(text):
    folded = fold(normal_form(text))
    assert fold(folded) == folded
    assert normal_form(folded) == folded or not folded.isascii()


def tones_of(word: str) -> list[str]:
    return sorted(mark for mark in unicodedata.normalize("NFD", word) if mark in TONES)


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=LETTERS, min_size=1, max_size=8))
def test_placing_a_tone_changes_neither_letters_nor_tones(word):
    placed = place_tone(word)
    assert fold(placed) == fold(word)
    assert strip_tone(placed) == strip_tone(word)
    assert tones_of(placed) == tones_of(word)


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet=LETTERS + LETTERS.upper() + " ,.!-"))
def test_normal_form_of_vietnamese_letters_is_a_label(text):
    check_alphabet(normal_form(text))


@pytest.fixture(scope="module")
def wikipedia() -> list[str]:
    if "TIENGNOI_DATA" not in os.environ:
        pytest.skip("TIENGNOI_DATA is not set")
    with lzma.open(Path(os.environ["TIENGNOI_DATA"]) / "text" / "viwiki.txt.xz", "rt", encoding="utf-8") as lines:
        return [next(lines).rstrip("\n") for _ in range(40_000)]


def test_every_real_syllable_keeps_letters_and_tones(wikipedia):
    for line in wikipedia[:10_000]:
        assert fold(place_tones(line)) == fold(line)


def test_normal_form_runs_at_a_megabyte_a_second(wikipedia):
    size_mb = sum(len(line.encode()) for line in wikipedia) / 1e6
    started_s = time.process_time()
    for line in wikipedia:
        normal_form(line)
    speed = size_mb / (time.process_time() - started_s)
    print(f"normal_form: {speed:.1f} MB/s on {size_mb:.1f} MB")
    assert speed > 1
