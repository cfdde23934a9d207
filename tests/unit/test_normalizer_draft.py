"""A draft is only a guess, but one that must find its place again after each kind of edit."""

from __future__ import annotations

import pytest

from models.normalizer.draft import Draft
from models.normalizer.tokenizer import END, encode


def follow(guess: str, written: str, *, block: int = 12, capital: bool = False) -> tuple[int, str]:
    """Steps that a model takes that writes one text whatever it reads, and the drafts' longest mistake."""
    draft, wanted, steps, at = Draft(encode(guess), capital=capital), encode(written), 0, 0
    while at < len(wanted):
        ahead = draft.ahead(block)
        accepted = 0
        while accepted < min(len(ahead), len(wanted) - at - 1) and ahead[accepted] == wanted[at + accepted]:
            accepted += 1
        # What it says behind a wrong byte is unknown here: as if it agreed with whatever it reads.
        draft.commit(accepted, [wanted[at + accepted], *ahead[accepted + 1 :]])
        at += accepted + 1
        steps += 1
    return steps, written


#: guess, written, steps at most with blocks of 12, why.
CASES = [
    ("nhà cửa", "nhà cửa", 1, "a copy"),
    ("nhà cửa", "Nhà cửa", 2, "a capital takes the place of a letter"),
    ("ấm áp", "Ấm áp", 2, "a capital of three bytes differs in its last one"),
    ("ừ ở đây", "Ừ ở đây", 2, "a capital of two bytes"),
    ("nhà cửa đẹp", "nhà, cửa đẹp", 3, "a mark comes between"),
    ("nhà cửa. Đẹp", "nhà cửa, đẹp", 4, "a mark is another one, and the capital was none"),
    ("nhà, cửa", "nhà cửa", 2, "a mark is left out"),
    ("nhà cửa.", "nhà cửa", 2, "the last mark is left out"),
    ("nhà cửa", "nhà cửa.", 3, "the end comes later"),
    ("đi hai nhà", "đi 2 nhà", 3, "the copy goes on behind a word that became a digit"),
    ("đi hai mươi tư nhà", "đi 24 nhà", 6, "and behind three words"),
    ("năm ki lô gam gạo", "5 kg gạo", 7, "and behind words that became letters"),
    ("đi", "về nhà", 10, "nothing of it is right"),
    ("", "đi", 4, "no guess at all"),
    ("đi " * 20, "đi", 2, "far more was guessed than comes"),
    ("đi chơi nhà bà", "đi " + "kép tv " * 60, 60, "the same again and again, in blocks once it has come twice"),
    ("đi chơi nhà bà", "đi " + "kép tv " * 60 + "chơi nhà bà", 64, "and then the end"),
]


@pytest.mark.parametrize(("guess", "written", "steps", "why"), CASES, ids=[case[-1] for case in CASES])
def test_a_draft_finds_its_place_again(guess, written, steps, why):
    assert follow(guess, written)[0] <= steps, why


def test_a_copy_takes_as_many_steps_as_blocks():
    text = "một hai ba bốn năm sáu bảy tám chín mười"
    for block in (1, 2, 7, 30):
        assert follow(text, text, block=block)[0] == -(-len(encode(text)) // (block + 1))


def test_a_sentence_begins_with_a_capital_where_it_is_told_to():
    assert follow("ông đi", "Ông đi", capital=True)[0] == 1
    assert follow("ông đi", "ông đi", capital=False)[0] == 1


def test_after_a_full_stop_the_draft_expects_a_capital():
    draft = Draft(encode("đi về nhà"))
    draft.commit(3, [encode(".")[0]])
    assert draft.ahead(5) == encode(" Về n")[:5]


def test_edits_that_were_seen_coming_are_drafted():
    draft = Draft(encode("an về hà nội"))
    said = encode("An về Hà Nội.")  # The model's choice behind each id of the draft that it read.
    draft.commit(0, said[:-1])
    assert draft.ahead(20) == encode("n về Hà Nội.")


@pytest.mark.parametrize("came", [0, 2, 380, END, *encode("a1 .Ấ")])
def test_whatever_comes_there_is_a_next_guess(came):
    for guess in ("", "a", "ông ba đi", "24 đi", ". ."):
        draft = Draft(encode(guess))
        for _ in range(30):
            accepted = min(1, len(draft.ahead(4)))
            draft.commit(accepted, [came, came, came])
            assert all(0 <= id_ < 384 for id_ in draft.ahead(100))
