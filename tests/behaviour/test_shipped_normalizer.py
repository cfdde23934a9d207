"""The shipped package on any text: what holds for every generator holds for the one that people get."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.text.numbers.values import values_of_spoken, values_of_written
from models.normalizer.answers import answers_digest_of
from models.normalizer.infer import Normalizer, default_package
from models.package import open_package
from tests.behaviour.test_normalizer import SPOKEN, TEXT, assert_covers, digits


@pytest.fixture(scope="module")
def shipped() -> Normalizer:
    return Normalizer.open(default_package(), threads=1)


def test_the_card_tells_of_this_package():
    """Its figures were measured with the very graphs and biases that lie beside it: else `renew` makes them anew."""
    package = open_package(default_package())
    measured, told = package.manifest["metrics"]["evaluation"], package.settings["punctuator"]
    assert measured["answers"] == answers_digest_of(package), "python -m models normalizer renew --dataset PAIRSDIR"
    card = package.path("README.md").read_text("utf-8")
    (biases,) = (line for line in card.splitlines() if line.startswith("| Its biases, in nats |"))
    for name, nats in told["bias"].items():
        assert f"{name} {nats:+.3g}" in biases
    for name in ("number_accuracy", "wrong_unguarded", "changed_text_rate", "period_f1", "question_f1", "comma_f1"):
        assert f"| {name} | {measured[name]:.4g} |" in card


@settings(max_examples=60, deadline=None)
@given(text=TEXT, style=st.sampled_from(["vi", "nemo"]))
def test_any_text_is_answered_once_and_for_all(shipped, text, style):
    (once,) = shipped.normalize([text], style)
    assert unicodedata.is_normalized("NFC", once.text)
    assert_covers(once, text)
    assert shipped.normalize([once.text], style)[0].text == once.text


@settings(max_examples=60, deadline=None)
@given(text=TEXT)
def test_no_digit_of_the_source_is_lost(shipped, text):
    left = iter(digits(shipped.normalize([text])[0].text))
    assert all(digit in left for digit in digits(text))


@settings(max_examples=60, deadline=None)
@given(text=SPOKEN)
def test_what_no_guard_touched_says_what_was_said(shipped, text):
    """Any heap of number words: where the rules see one reading, the text that is shown has its values."""
    (written,) = shipped.normalize([text])
    if text and not any(gap in written.text for gap in ",.:;!?"):
        assert values_of_written(written.text) == values_of_spoken(text)


# spoken, what must stand in the answer, why
NUMBERS = [
    ("ngày hai mươi tư tháng bảy năm hai không hai lăm bệnh nhân trả một triệu rưỡi đồng", "24/7/2025", "a date"),
    ("bệnh nhân trả một triệu rưỡi đồng lúc bảy giờ kém mười", "1.500.000 đồng lúc 6 giờ 50", "an amount and a time"),
    ("lạm phát ở mức hai đến ba phần trăm", "2 đến 3%", "a range"),
    ("anh có chiến thắng trước đội tuyển ý một không", "1-0", "a result"),
    ("tăng trưởng gờ dê pê của việt nam", "GDP", "an acronym"),
    ("vua napoléon ba dự kiến", "III", "a ruler"),
    ("máy bay a ba hai không hạ cánh", "A320", "a code"),
    ("vitamin bê mười hai và vitamin bê sáu", "B12 và vitamin B6", "a number behind a letter"),
    ("số nhà mười hai xuyệt ba bê đường lê lợi", "12/3B", "a house"),
    ("biển số ba mươi a một hai ba bốn lăm", "30A-123.45", "a number plate"),
    ("nghị định một trăm xuyệt hai không mười chín xuyệt nờ đê xê pê", "100/2019/NĐ-CP", "a decree"),
    ("anh làm ca ba ở nhà máy", "ca", "a shift, and no K3"),
    ("nó bị bê đi ba lần", "bê đi", "a word, and no letter"),
    ("trong khoảng một tới hai chấm năm micromét", "1 tới 2,5 µm", "a unit in another spelling"),
    ("trừ một số trường hợp đặc biệt", "một số", "no number"),
    ("các chiến khu một hai ba bốn", "một hai ba bốn", "a list stays as it was said"),
]


@pytest.mark.parametrize(("spoken", "part", "why"), NUMBERS)
def test_numbers_are_written_as_people_do(shipped, spoken, part, why):
    assert part in shipped.normalize([spoken])[0].text, why
