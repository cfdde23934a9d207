"""A long line is read through windows, and nobody can tell where they were."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.normalizer.spans import Piece, assemble, read_line
from models.normalizer.windows import Walk, Window, Writing
from tests.cpu_time import costs_less, cpu_seconds

SYLLABLES = ["ta", "mo", "ri", "lan", "thu", "hoa", "vy", "ken"]
Writer = Callable[[Window], Writing]


def spoken_text(words: int, seed: int = 0, *, ends: float = 0.07) -> str:
    """Words of which those that end in z are the last of their sentence."""
    rng = random.Random(seed)
    return " ".join(rng.choice(SYLLABLES) + ("z" if rng.random() < ends else "") for _ in range(words))


def truth(spoken: str) -> str:
    sentences = [sentence.strip() for sentence in spoken.replace("z ", "z\n").split("\n")]
    return ". ".join(sentence[:1].upper() + sentence[1:] for sentence in sentences if sentence)


def write(window: Window) -> Writing:
    """What a good model does: ends sentences where they end, and takes each window for a text of its own."""
    pieces, gaps, capital = [], [], True
    for at in range(window.start, window.end):
        text = window.line.words[at].text
        gaps.append("" if at == window.start else ". " if capital else " ")
        pieces.append(Piece(start=at, end=at + 1, text=text.capitalize() if capital else text))
        capital = text.endswith("z")
    return Writing(pieces=pieces, gaps=[*gaps, "."])


def copy(window: Window) -> Writing:
    pieces = [Piece(start=at, end=at + 1, text=window.line.words[at].text) for at in range(window.start, window.end)]
    return Writing(pieces=pieces, gaps=["", *[" "] * (len(pieces) - 1), ""])


def walk(text: str, writer: Writer = write, **settings: Any) -> tuple[str, list[list[Window]]]:
    line = read_line(text, 0, len(text))
    reader, rounds = Walk(line, **settings), []
    while windows := list(reader.windows()):
        assert len(rounds) < 10_000, "no progress"
        rounds.append([window for _, window in windows])
        for number, window in windows:
            reader.commit(number, window, writer(window))
    writing = reader.writing()
    assert [at for piece in writing.pieces for at in range(piece.start, piece.end)] == list(range(len(line.words)))
    return assemble(line, writing.pieces, writing.gaps)[0], rounds


@pytest.mark.parametrize("words", [1, 5, 60, 300, 900, 3_000])
def test_windows_leave_no_seam(words):
    spoken = spoken_text(words)
    assert walk(spoken)[0].rstrip(".") == truth(spoken)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 1_000), st.sampled_from([90, 150, 240]))
def test_no_size_of_windows_leaves_a_seam(seed, words, window_bytes):
    """Sentences of at most twelve words, so that each one ends inside of the smallest window."""
    rng = random.Random(seed)
    sentences = [spoken_text(rng.randint(1, 5), rng.randint(0, 1 << 30), ends=0) + "z" for _ in range(words // 4 + 1)]
    spoken = " ".join(sentences)
    assert walk(spoken, window_bytes=window_bytes)[0].rstrip(".") == truth(spoken)


def test_a_text_without_sentences_is_read_to_its_end():
    spoken = spoken_text(3_000, ends=0)
    assert walk(spoken, copy)[0] == spoken


@pytest.mark.parametrize("window_bytes", [80, 240])
def test_no_cut_falls_inside_a_number(window_bytes):
    number = ["hai", "mươi", "tư", "tháng", "bảy", "năm", "hai", "nghìn", "không", "trăm", "hai", "mươi", "lăm"]
    rng = random.Random(1)
    words = []
    for _ in range(150):
        words += [*rng.choices(SYLLABLES, k=rng.randint(1, 9)), *number[: rng.randint(1, len(number))]]
    inside = {i for i in range(1, len(words)) if words[i] in number and words[i - 1] in number}
    text, rounds = walk(" ".join(words), copy, window_bytes=window_bytes)
    assert text == " ".join(words)
    assert len(rounds) > 1
    for windows in rounds:
        for window in windows:
            assert not inside & {window.start, window.end}


def test_a_number_longer_than_a_window_is_not_read_in_parts():
    spoken = f"{spoken_text(20)} {'một hai ba bốn năm sáu ' * 50}{spoken_text(20)}"
    text, rounds = walk(spoken)
    assert text.count("một hai ba bốn năm sáu " * 50) == 1
    assert not [w for windows in rounds for w in windows if "một" in w.text.split()]


def test_words_longer_than_any_word_are_copied():
    spoken = f"ta mo {'x' * 5_000} ri lan {'đ' * 33} vy"
    text, rounds = walk(spoken, copy)
    assert text == spoken
    assert [w.text for windows in rounds for w in windows] == ["ta mo", "ri lan", "vy"]


def test_a_window_that_begins_inside_a_sentence_reads_some_words_before_it_again():
    _, rounds = walk(spoken_text(100, ends=0), copy)
    starts = [windows[0].start for windows in rounds]
    ends = [windows[0].end for windows in rounds]
    assert all(start <= end - 8 for start, end in zip(starts[1:], ends, strict=False))
    assert not any(windows[0].begins_sentence for windows in rounds[1:])


def test_a_long_line_is_read_by_lanes_and_every_word_about_once():
    spoken = spoken_text(6_000)
    _, rounds = walk(spoken)
    read = sum(len(window.text) for windows in rounds for window in windows)
    assert max(map(len, rounds)) >= 14, "lanes work at the same time"
    assert len(rounds) < 60
    assert read < 2 * len(spoken)


def test_writing_takes_the_draft_marks_of_who_saw_what_follows():
    """A writer that ends every window with a full stop, as models do, leaves none inside of a sentence."""
    spoken = spoken_text(600, ends=0)
    closing = walk(spoken, lambda window: Writing(pieces=copy(window).pieces, gaps=[*copy(window).gaps[:-1], "."]))[0]
    assert closing == spoken + "."


def test_time_grows_with_length_alone():
    short, long = spoken_text(1_000), spoken_text(12_000)
    walk(short)
    assert costs_less(lambda: walk(long), 36 * max(cpu_seconds(lambda: walk(short)), 0.01))


def test_nothing_to_read():
    assert walk("") == ("", [])
    assert walk("ta") == ("Ta.", [[*walk("ta")[1][0]]])
