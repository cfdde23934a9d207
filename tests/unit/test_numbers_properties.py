"""What holds for every number and every text: values survive saying and writing, and no text takes long."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.text.inverse.edge import Style
from data.text.inverse.write import render, write
from data.text.normalform import normal_form
from data.text.numbers.lexicon import PARTS
from data.text.numbers.values import values_of_spoken, values_of_written
from data.text.verbalize.verbalizer import verbalize
from tests.cpu_time import costs_less, cpu_seconds

UNITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
NUMBERS = st.integers(0, 10**15 - 1) | st.integers(0, 9999) | st.integers(0, 10**7).map(lambda number: number * 1000)
SEEDS = st.integers(0, 2**32).map(random.Random)


def spoken_tens(number: int, rng: random.Random) -> str:
    """10 to 99 in one of the full ways."""
    ten, unit = divmod(number, 10)
    last = {1: ("mốt",), 4: ("tư", "bốn"), 5: ("lăm", "nhăm"), 7: ("bảy", "bẩy")}.get(unit, (UNITS[unit],))
    if ten == 1:
        head, last = "mười", (("lăm",) if unit == 5 else (UNITS[unit],))
    elif ten == 2 and unit and rng.random() < 0.2:
        head = "hăm"
    else:
        head = f"{UNITS[ten]} mươi"
    return f"{head} {rng.choice(last)}" if unit else head


def spoken_group(number: int, rng: random.Random, *, full: bool) -> str:
    """1 to 999; full: behind a scale, where empty hundreds are said."""
    hundred, rest = divmod(number, 100)
    if not hundred and not full:
        return UNITS[rest] if rest < 10 else spoken_tens(rest, rng)
    head = f"{UNITS[hundred]} trăm"
    if not rest:
        return head
    return f"{head} {rng.choice(('linh', 'lẻ'))} {UNITS[rest]}" if rest < 10 else f"{head} {spoken_tens(rest, rng)}"


def spoken_number(number: int, rng: random.Random) -> str:
    """A whole number in one of its full ways, written independently of the verbalizer."""
    if number == 0:
        return "không"
    said: list[str] = []
    for scale, names in ((10**9, ("tỷ", "tỉ")), (10**6, ("triệu",)), (10**3, ("nghìn", "ngàn")), (1, ("",))):
        group, number = divmod(number, scale)
        if group:
            words = spoken_number(group, rng) if group > 999 else spoken_group(group, rng, full=bool(said))
            said.append(f"{words} {rng.choice(names)}".strip())
    return " ".join(said)


@settings(max_examples=400, deadline=None)
@given(NUMBERS.filter(lambda number: number not in (0, 5)), SEEDS)
def test_a_number_said_in_full_has_its_value_and_no_other(number: int, rng: random.Random) -> None:
    assert values_of_spoken(spoken_number(number, rng)) == [str(number)]


@settings(max_examples=400, deadline=None)
@given(NUMBERS, SEEDS, st.sampled_from(["vi", "nemo"]))
def test_writing_by_rules_keeps_the_values(number: int, rng: random.Random, style: Style) -> None:
    spoken = f"hôm qua có {spoken_number(number, rng)} người đến"
    assert values_of_written(write(spoken, style), style) == values_of_spoken(spoken)


@settings(max_examples=400, deadline=None)
@given(st.integers(11, 999_999), SEEDS)
def test_style_vi_writes_whole_numbers_with_dots(number: int, rng: random.Random) -> None:
    written = f"{number:,}".replace(",", ".")
    assert write(f"có {spoken_number(number, rng)} người", "vi") == f"có {written} người"


EXPRESSIONS = st.one_of(
    st.integers(1, 10**12).map(lambda n: f"{n:,}".replace(",", ".")),
    # A last five would be years: hai phẩy một năm.
    st.builds("{},{}".format, st.integers(0, 999), st.integers(10, 99).filter(lambda digits: digits % 10 != 5)),
    st.builds("ngày {}/{}/{}".format, st.integers(1, 28), st.integers(1, 12), st.integers(1900, 2030)),
    st.builds("{} giờ {} phút".format, st.integers(0, 23), st.integers(1, 59)),
    st.integers(1, 100).map("{}%".format),
    st.builds("{} {}".format, st.integers(1, 500), st.sampled_from(["kg", "km", "mét", "USD", "đồng", "km/h", "độ C", "GB"])),
    st.integers(900_000_000, 999_999_999).map(lambda n: f"gọi 0{n // 10**6} {n // 1000 % 1000:03} {n % 1000:03}"),
    st.builds("{}/{}".format, st.integers(1, 9), st.integers(2, 99)),
    st.integers(1500, 2100).map("năm {}".format),
)


@settings(max_examples=600, deadline=None)
@given(EXPRESSIONS, st.none() | SEEDS)
def test_what_the_verbalizer_says_has_the_values_of_what_was_written(written: str, rng: random.Random | None) -> None:
    text = f"bệnh nhân ghi {written} rồi về"
    spoken = normal_form(verbalize(text, rng).text)
    assert values_of_spoken(spoken) == values_of_written(text), spoken


WORDS = st.lists(
    st.sampled_from([*sorted(PARTS), "ngày", "tháng", "giờ", "phút", "phẩy", "người", "ki", "lô", "gam", "và"]), max_size=12
)
ANY = st.text() | WORDS.map(" ".join)


@settings(max_examples=400, deadline=None)
@given(ANY, st.sampled_from(["vi", "nemo"]))
def test_what_is_rendered_lies_in_the_text_in_order(text: str, style: Style) -> None:
    end = 0
    for rendered in render(text, style):
        assert end <= rendered.start < rendered.end <= len(text)
        assert rendered.written
        end = rendered.end


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(["xin", "chào", "các", "bạn", "ơi", "2025", "12,5", "24/7", "A1", "!", "—"]), max_size=12))
def test_what_holds_no_number_words_stays_as_it_is(words: list[str]) -> None:
    text = " ".join(words)
    assert write(text, "vi") == text


@pytest.mark.parametrize(
    "piece", ["hai ", "năm ", "mười hai nghìn ", "tháng hai năm ", "a còng chấm ", "tỷ ", "0912 345 ", "\u0301", "x"]
)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    seconds(piece * 100)
    small = seconds(piece * (4_000 // len(piece)))
    assert costs_less(lambda: both_ways(piece * (16_000 // len(piece))), 8 * small + 0.25), (piece, small)


@pytest.mark.parametrize("piece", ["hai ", "xin chào thế giới! "])
def test_a_megabyte_is_answered(piece: str) -> None:
    text = piece * (1_000_000 // len(piece.encode()))
    assert cpu_seconds(lambda: write(text, "vi"), tries=1) < 30  # 3 s on an idle core for nothing but number words


def seconds(text: str) -> float:
    """What a text costs."""
    return cpu_seconds(lambda: both_ways(text))


def both_ways(text: str) -> None:
    write(text, "vi")
    values_of_written(text)
