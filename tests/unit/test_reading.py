"""Readings by what they promise: whatever one can say it also hears, and it hears nothing else."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.text.reading import SILENT, Reading, either, heard, join, later, maybe, say, seq

WORDS = st.sampled_from(["một", "hai", "ba", "mươi", "hoà", "Trăm", "a b", ""])
READINGS = st.recursive(
    WORDS.map(say),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: either(*parts))
        | st.lists(inner, max_size=3).map(lambda parts: seq(*parts))
        | inner.map(maybe)
        | inner.map(lambda part: later(lambda: part))
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(READINGS, st.integers())
def test_a_reading_accepts_what_it_says(reading: Reading, seed: int):
    assert reading.accepts(reading.main())
    assert reading.accepts(reading.sample(random.Random(seed)))
    assert reading.main() == next(reading.variants(1))
    for way in reading.variants(20):
        assert reading.accepts(way)


@settings(max_examples=300, deadline=None)
@given(READINGS, st.lists(st.sampled_from(["một", "hai", "ba", "mươi", "hòa", "trăm", "a", "b"]), max_size=5))
def test_a_reading_accepts_only_its_ways(reading: Reading, words: list[str]):
    ways = set(reading.ways())
    assert reading.accepts(" ".join(words)) == (" ".join(words) in ways)


@settings(max_examples=200, deadline=None)
@given(READINGS, st.lists(st.sampled_from(["một", "hai", "hòa"]), max_size=4), st.lists(st.sampled_from(["một", "hai"])))
def test_ends_do_not_depend_on_what_stands_around(reading: Reading, before: list[str], after: list[str]):
    said = reading.main().split()
    assert len(before) + len(said) in reading.ends([*before, *said, *after], len(before))


def test_the_first_part_is_the_main_one():
    assert either("tư", "bốn").main() == "tư"
    assert list(seq("hai mươi", either("tư", "bốn")).variants(9)) == ["hai mươi tư", "hai mươi bốn"]


def test_maybe_says_what_is_likely():
    assert maybe("phút", p=0.7).main() == "phút"
    assert maybe("phút", p=0.3).main() == ""


def test_a_way_of_weight_zero_is_heard_but_never_said():
    reading = either("lăm", "năm", weights=(1, 0))
    assert reading.accepts("năm")
    assert {reading.sample(random.Random(seed)) for seed in range(200)} == {"lăm"}


def test_what_is_only_heard_is_never_said():
    reading = heard(either("mi cờ rô mét", "micromet"), ["mi crô mét", "micro mét"])
    assert all(reading.accepts(words) for words in ("mi cờ rô mét", "micromet", "mi crô mét", "micro mét"))
    assert not reading.accepts("micro") and not reading.accepts("")
    assert {reading.sample(random.Random(seed)) for seed in range(99)} == {"mi cờ rô mét", "micromet"}
    assert reading.main() == "mi cờ rô mét" and set(reading.ways()) >= {"micromet", "mi crô mét"}


def test_weights_are_how_often_a_way_is_drawn():
    rng = random.Random(7)
    reading = either("linh", "lẻ", weights=(3, 1))
    drawn = [reading.sample(rng) for _ in range(4000)]
    assert abs(drawn.count("lẻ") / 4000 - 0.25) < 0.03


def test_the_same_seed_draws_the_same():
    reading = seq(either("một", "hai"), either("ba", "bốn"), maybe("năm"))
    assert [reading.sample(random.Random(5)) for _ in range(3)] == [reading.sample(random.Random(5))] * 3


@pytest.mark.parametrize(
    ("heard", "why"),
    [("hoà", "tone placement is canonical"), ("HÒA", "case"), ("hòa.", "punctuation"), ("hoà", "NFD")],
)
def test_accepts_hears_the_normal_form(heard: str, why: str):
    assert say("hòa").accepts(heard), why


@pytest.mark.parametrize("weights", [(1,), (0, 1), (1, -1), (1, 1, 1)])
def test_weights_that_make_no_distribution_are_refused(weights: tuple[float, ...]):
    with pytest.raises(ValueError, match="weights"):
        either("một", "hai", weights=weights)


def test_silence_says_nothing_and_ends_where_it_starts():
    assert SILENT.main() == ""
    assert SILENT.ends(["một"], 1) == {1}
    assert join("một", "", "hai") == "một hai"


def test_a_reading_of_any_length_is_spoken_and_heard():
    long = seq(*["một"] * 20_000)
    assert long.accepts(long.main())
    assert next(long.variants(1)) == long.main()


def test_a_reading_is_built_once_and_only_when_needed():
    built: list[int] = []

    def build() -> Reading:
        built.append(1)
        return say("một")

    reading = later(build)
    assert not built
    assert reading.main() == "một" and reading.accepts("một")
    assert built == [1]
