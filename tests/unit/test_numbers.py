"""What number words mean: one table, with why each line is there."""

from __future__ import annotations

import pytest

from data.text.numbers.grammar import number_at
from data.text.numbers.number import Number
from data.text.semiotics import Semiotic


def _readings(text: str) -> list[Number]:
    words = text.split()
    return [number for number in number_at(words, 0) if number.end == len(words)]


@pytest.mark.parametrize(
    ("words", "value", "why"),
    [
        ("hai mươi mốt", 21, "mốt behind tens"),
        ("hai mốt", 21, "tens without mươi, closed by mốt"),
        ("bốn mươi tư", 44, "tư behind tens"),
        ("bốn mươi bốn", 44, "bốn as well"),
        ("ba mươi nhăm", 35, "northern lăm"),
        ("chín lăm", 95, "tens without mươi"),
        ("hăm mốt", 21, "hăm is hai mươi"),
        ("hăm lăm", 25, "hăm"),
        ("băm tư", 34, "băm is ba mươi"),
        ("hai chục", 20, "chục"),
        ("bẩy mươi bẩy", 77, "northern spelling"),
        ("một trăm linh năm", 105, "linh"),
        ("một trăm lẻ năm", 105, "lẻ of the south"),
        ("năm trăm tư", 540, "one closed digit behind a hundred is tens"),
        ("tám trăm rưỡi", 850, "half a hundred"),
        ("hai trăm rưởi", 250, "the other spelling of half"),
        ("một nghìn không trăm linh năm", 1005, "empty hundreds are said"),
        ("một ngàn linh một", 1001, "or left out"),
        ("một nghìn chín lăm", 1095, "tens behind a thousand"),
        ("năm ngàn rưỡi", 5500, "half a thousand"),
        ("ba vạn chín nghìn", 39_000, "vạn is ten thousand"),
        ("một trăm bốn bảy nghìn", 147_000, "behind a hundred two digits are tens"),
        ("một triệu rưỡi", 1_500_000, "half a million"),
        ("ba triệu mốt", 3_100_000, "a tenth of the scale"),
        ("một tỷ tư", 1_400_000_000, "tỷ"),
        ("một tỉ rưỡi", 1_500_000_000, "tỉ"),
        ("một triệu không nghìn không trăm linh năm", 1_000_005, "the pedantic way"),
        ("hai mươi nghìn tỷ", 20_000 * 10**9, "scales multiply"),
        ("một triệu tỷ", 10**15, "the largest that people say"),
        ("một nghìn hai trăm triệu", 1_200_000_000, "thousands of millions"),
        ("âm năm mươi", -50, "âm"),
        ("trừ hai lăm ngàn", -25_000, "trừ"),
        ("12 nghìn", 12_000, "figures among words"),
    ],
)  # fmt: skip
def test_words_have_one_value(words: str, value: int, why: str) -> None:
    found = _readings(words)
    assert [number.value for number in found if number.certain] == [value], why


@pytest.mark.parametrize(
    ("words", "values", "why"),
    [
        ("bốn bảy", {47}, "mostly 47, or a list"),
        ("năm tư", {54}, "54, or the fourth year"),
        ("hai nghìn ba", {2300}, "2,300, or 2,000 and three"),
        ("hai triệu ba trăm", {2_000_300}, "or 2,300,000 with the thousands left out"),
        ("trăm rưỡi", {150}, "without its digit"),
        ("băm ba", {33}, "băm is a verb too"),
    ],
)  # fmt: skip
def test_doubtful_words_have_doubtful_values(words: str, values: set[int], why: str) -> None:
    found = _readings(words)
    assert values <= {number.value for number in found}, why
    assert not any(number.certain for number in found), why


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("ba năm", "three years"),
        ("hai mươi năm", "twenty years"),
        ("ba nghìn năm", "three thousand years"),
        ("hai mươi mấy", "no number at all"),
        ("mươi", "needs its digit"),
        ("chín tỷ lệ", "tỷ lệ is a rate"),
        ("một triệu phú", "a millionaire"),
    ],
)  # fmt: skip
def test_a_number_ends_where_another_word_begins(words: str, why: str) -> None:
    assert not _readings(words), why


def test_two_digits_that_follow_each_other_are_about_so_many() -> None:
    ranges = [number for number in _readings("sáu bảy") if number.kind is Semiotic.RANGE]
    assert [(number.value, number.upper) for number in ranges] == [(6, 7)]
    assert min(_readings("sáu bảy"), key=lambda number: number.doubt) == ranges[0]


@pytest.mark.parametrize(
    ("words", "digits", "why"),
    [
        ("không chín một hai ba bốn năm sáu bảy tám", "0912345678", "one by one"),
        ("không chín mười hai ba bốn lăm sáu mươi bảy tám", "0912345678", "as people group them"),
        ("một chín bốn lăm", "1945", "a year by its century"),
        ("hai không hai mươi tư", "2024", "and its rest"),
        ("hai không linh tám", "2008", "linh in a year"),
        ("một một ba", "113", "three make a number"),
    ],
)  # fmt: skip
def test_digits_are_kept_as_said(words: str, digits: str, why: str) -> None:
    assert digits in {number.digits for number in _readings(words)}, why


def test_a_number_said_as_a_mantissa_and_a_scale_keeps_both() -> None:
    (half,) = [number for number in _readings("hai tỷ rưỡi") if number.certain]
    assert (half.value, half.mantissa, half.scale) == (2_500_000_000, "2.5", "tỷ")
    (point,) = [number for number in _readings("một phẩy hai lăm triệu") if number.certain]
    assert (point.value, point.mantissa, point.scale) == (1_250_000, "1.25", "triệu")
