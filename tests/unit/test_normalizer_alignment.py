"""Written tokens are laid over the spoken words that they can be read as."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from data.text.reading import SILENT, Reading, either, say
from data.text.semiotics import Semiotic
from models.normalizer.alignment import align


@dataclass(frozen=True)
class Token:
    written: str
    kind: Semiotic
    reading: Reading


#: A language of four expressions, so that these tests stand on the alignment alone.
WRITTEN = {
    "5": either("năm", "lăm"),
    "25": either("hai mươi lăm", "hai lăm"),
    "24/7": either("hai mươi tư tháng bảy", "ngày hai mươi bốn tháng bảy"),
    "52": say("năm hai"),
    "*": SILENT,
}


def tokens(text: str) -> list[Token]:
    return [
        Token(word, Semiotic.CARDINAL if word in WRITTEN else Semiotic.PLAIN, WRITTEN.get(word) or say(word))
        for word in text.split()
    ]


def told(draft: str, spoken: str) -> str:
    """Each cell as words=token; ! where they are no reading of it."""
    written, words = tokens(draft), spoken.split()
    return " ".join(
        f"{'_'.join(words[cell.start : cell.end])}{'=' if cell.matched else '!'}"
        f"{'' if cell.token is None else written[cell.token].written}"
        for cell in align(written, words) or []
    )


def test_each_token_takes_the_words_that_say_it():
    assert told("Ngày 24/7 họp", "ngày hai mươi tư tháng bảy họp") == "ngày=Ngày hai_mươi_tư_tháng_bảy=24/7 họp=họp"


def test_a_word_that_the_reading_may_hold_belongs_to_it_where_the_draft_has_none():
    assert told("Sáng 24/7", "sáng ngày hai mươi bốn tháng bảy") == "sáng=Sáng ngày_hai_mươi_bốn_tháng_bảy=24/7"


def test_neighbours_settle_what_a_token_may_be_read_as():
    assert told("5 hai", "năm hai") == "năm=5 hai=hai"
    assert told("52", "năm hai") == "năm_hai=52"


def test_case_and_tone_placement_are_no_difference():
    assert told("Hoà BÌNH", "hòa bình") == "hòa=Hoà bình=BÌNH"


def test_a_wrong_number_takes_its_words_and_leaves_its_neighbours_theirs():
    assert told("Ngày 52 họp", "ngày hai mươi tư tháng bảy họp") == "ngày=Ngày hai_mươi_tư_tháng_bảy!52 họp=họp"


def test_another_word_stands_for_the_word_in_its_place():
    assert told("tôi ở về nhà", "tôi đi về nhà") == "tôi=tôi đi!ở về=về nhà=nhà"


def test_words_left_out_and_words_invented_are_cells_of_their_own():
    assert told("tôi về", "tôi đi về") == "tôi=tôi đi! về=về"
    assert told("tôi đi đi về", "tôi đi về").count("!đi") == 1


def test_what_says_nothing_stands_for_nothing():
    assert told("tôi * về", "tôi về") == "tôi=tôi !* về=về"


def test_nothing_written_and_nothing_said():
    assert told("", "tôi về") == "tôi! về!"
    assert told("tôi 25", "") == "!tôi !25"
    assert align([], []) == []


def test_a_draft_much_longer_than_its_source_is_none():
    assert align(tokens("tôi " * 500), ["tôi"]) is None


WORDS = ["năm", "hai", "mươi", "lăm", "tháng", "bảy", "tư", "ngày", "nam", "tôi"]
SPOKEN = st.lists(st.sampled_from(WORDS), max_size=8)
DRAFT = st.lists(st.sampled_from([*WRITTEN, *WORDS, "Năm", "Tôi"]), max_size=8)


@settings(max_examples=300, deadline=None)
@given(DRAFT, SPOKEN)
def test_cells_cover_every_word_and_hold_every_token_once_and_in_order(draft, spoken):
    cells = align(tokens(" ".join(draft)), spoken)
    assert cells is not None
    assert [i for cell in cells for i in range(cell.start, cell.end)] == list(range(len(spoken)))
    assert [cell.token for cell in cells if cell.token is not None] == list(range(len(draft)))


@settings(max_examples=300, deadline=None)
@given(DRAFT, SPOKEN)
def test_everything_matches_wherever_anything_can(draft, spoken):
    """Against the plainest definition: can the readings of all tokens be laid one after the other?"""
    written = tokens(" ".join(draft))

    @cache
    def fits(token: int, word: int) -> bool:
        if token == len(written):
            return word == len(spoken)
        ends = written[token].reading.ends(spoken, word)
        return any(fits(token + 1, end) for end in ends if end > word)

    cells = align(written, spoken)
    assert cells is not None
    assert all(cell.matched for cell in cells) == fits(0, 0)


def test_a_window_of_rubbish_takes_milliseconds():
    draft, spoken = tokens("52 tôi 25 đi " * 20), ["năm", "hai", "mươi", "ở", "đâu"] * 12
    started_s = time.process_time()
    assert align(draft, spoken)
    assert time.process_time() - started_s < 1
