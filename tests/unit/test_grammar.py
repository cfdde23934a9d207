"""Sentences are drawn without repetition, and dealt so that what is held out is new but can be known."""

from __future__ import annotations

import random
from itertools import chain
from pathlib import Path

import pytest

from data.corpus.grammar import draw_sentences
from data.corpus.sentences import deal_sentences, split_sentences
from data.corpus.synthesis import TextSettings
from data.errors import ConfigError, EmptySplit

NUMBERS = {
    "sentence": ("bật {device}", "tắt {device}", "{digit} {digit} {digit}"),
    "device": ("đèn", "quạt"),
    "digit": ("một", "hai", "ba", "bốn", "năm"),
}


def test_a_grammar_is_drawn_without_repetition_until_it_is_used_up() -> None:
    sentences = draw_sentences(NUMBERS, "sentence", 1_000, (2, 10), random.Random(1))
    assert len(sentences) == len(set(sentences)) == 2 * 2 + 5**3


def test_the_same_seed_draws_the_same_sentences() -> None:
    first, again, other = (draw_sentences(NUMBERS, "sentence", 20, (2, 10), random.Random(seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_sentences_keep_to_their_number_of_syllables() -> None:
    assert set(draw_sentences(NUMBERS, "sentence", 100, (2, 2), random.Random(1))) == {
        "bật đèn", "bật quạt", "tắt đèn", "tắt quạt",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("grammar", "why"),
    [
        ({"sentence": ("bật {device}",)}, "a rule that is not there"),
        ({"sentence": ("bật {device}",), "device": ()}, "a rule without alternatives"),
        ({"sentence": ("và {sentence}",)}, "a rule that never ends"),
        ({"sentence": ("gọi 113",)}, "digits have no one reading"),
        ({"other": ("bật đèn",)}, "no rule to start with"),
    ],
)
def test_a_broken_grammar_is_a_config_error(grammar: dict[str, tuple[str, ...]], why: str) -> None:
    with pytest.raises(ConfigError):
        deal_sentences(TextSettings(grammar=grammar), {"train": 1, "dev": 1, "test": 1}, 0)


def test_what_is_held_out_is_new_and_made_of_known_syllables() -> None:
    drawn = draw_sentences(NUMBERS, "sentence", 129, (2, 10), random.Random(3))
    dealt = split_sentences(drawn, {"train": 100, "dev": 10, "test": 19}, 8)
    assert sorted(drawn) == sorted(chain(*dealt.values())), "nothing is lost and nothing stands twice"
    for name in ("dev", "test"):
        assert dealt[name]
        for syllable in {s for sentence in dealt[name] for s in sentence.split()}:
            assert sum(syllable in sentence.split() for sentence in dealt["train"]) >= 8


def test_a_text_without_enough_to_hold_out_is_refused() -> None:
    with pytest.raises(EmptySplit):
        deal_sentences(TextSettings(grammar={"sentence": ("bật đèn", "tắt quạt")}), {"train": 2, "dev": 1, "test": 1}, 0)


def test_lines_of_a_file_that_no_label_may_hold_are_left_out(tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    kept = [f"Bật {device} {place}!" for device in ("đèn", "quạt", "loa") for place in ("bếp", "sân", "nhà", "phòng")]
    file.write_bytes("\n".join([*kept, "Năm 1945 ấy", "привет bạn", "một"]).encode() + b"\n\xff\xfe bad\n")
    dealt = deal_sentences(TextSettings(file=file, least_in_train=1), {"train": 100, "dev": 10, "test": 10}, 0)
    assert sorted(chain(*dealt.values())) == sorted(line.lower().rstrip("!") for line in kept)


def test_sentences_come_from_one_place() -> None:
    for settings in ({}, {"grammar": NUMBERS, "file": Path("text.txt")}):
        with pytest.raises(ConfigError):
            TextSettings(**settings)
