"""Spoken and written texts say the same numbers exactly when their values are equal."""

from __future__ import annotations

import unicodedata

import pytest

from data.text.numbers.values import values_of_spoken, values_of_written

SAME = [
    ("ngày hai mươi tư tháng bảy năm hai không hai lăm", "ngày 24/7/2025", ["24", "7", "2025"], "a date is three values"),
    ("hai mươi tư tháng bảy năm hai nghìn không trăm hai mươi lăm", "24 tháng 7 năm 2025", ["24", "7", "2025"], "in words"),
    ("ngày một tháng bảy năm một chín sáu bảy", "ngày 1.7.1967", ["1", "7", "1967"], "with dots"),
    ("bảy giờ kém mười", "6 giờ 50", ["6", "50"], "kém counts back"),
    ("bảy giờ kém mười", "6h50", ["6", "50"], "h is giờ"),
    ("tám giờ rưỡi", "8:30", ["8", "30"], "rưỡi is thirty minutes"),
    ("tám giờ", "8:00", ["8"], "nobody says the zeros"),
    ("ba mươi a một hai ba bốn lăm", "30A-123.45", ["30", "12345"], "the dot of a number plate is no thousand"),
    ("ba mươi lờ dê một hai ba bốn lăm", "30LD-123.45", ["30", "12345"], "with two letters"),
    ("một triệu rưỡi", "1,5 triệu", ["1500000"], "a half of the scale"),
    ("một triệu rưỡi đồng", "1.500.000 đồng", ["1500000"], "in full"),
    ("một triệu rưỡi đồng", "1.500.000đ", ["1500000"], "with its sign"),
    ("mười nghìn", "10k", ["10000"], "k is nghìn"),
    ("năm mươi phần trăm", "50%", ["50%"], "a percent is no bare number"),
    ("năm mươi phần trăm", "50 phần trăm", ["50%"], "in words too"),
    ("mười đến mười hai", "10-12", ["10", "12"], "a range is two values, and its dash no minus"),
    ("âm năm độ", "-5 độ", ["-5"], "a minus"),
    ("cô vít mười chín", "COVID-19", ["19"], "no minus inside a name"),
    ("thế kỷ hai mươi mốt", "thế kỷ XXI", ["21"], "a Roman numeral"),
    ("không chín một hai ba bốn năm sáu bảy tám", "0912 345 678", ["0912345678"], "a telephone number is one value"),
    ("không chín một hai ba bốn năm sáu bảy tám", "0912.345.678", ["0912345678"], "however it is grouped"),
    ("cộng tám tư chín một hai ba bốn năm sáu bảy tám", "+84 912 345 678", ["84912345678"], "from abroad"),
    ("một chín không không sáu không một bảy", "1900 6017", ["19006017"], "a hotline"),
    ("không phẩy không không bảy", "0,007", ["0.007"], "zeros behind the point count"),
    ("một phẩy năm không", "1,50", ["1.5"], "idle zeros do not"),
    ("bốn mươi ba nghìn năm trăm khán giả", "43,500 khán giả", ["43500"], "the English way, where people are counted"),
    ("ba phần tư", "3/4", ["3", "4"], "a fraction"),
    ("thứ nhất", "thứ 1", ["1"], "an ordinal"),
    ("một mét bảy", "1m7", ["1.7"], "tenths behind the unit"),
    ("một mét bảy", "1,7 m", ["1.7"], "or before it"),
    ("tỷ số hai không", "tỷ số 2-0", ["2", "0"], "a result"),
    ("năm sáu người", "5-6 người", ["5", "6"], "about so many"),
    ("hai mươi ba bốn mươi", "23. 40", ["23", "40"], "two numbers without their full stop"),
    ("hai nghìn không trăm linh năm năm trước", "2.005 năm trước", ["2005"], "the years behind a number are no five"),
    ("năm ba trăm lẻ tám", "năm 308", ["308"], "the year before a number is no five"),
    ("năm hai nghìn không trăm mười một vụ nổ", "năm 2010, một vụ nổ", ["2010", "1"], "an article behind a year"),
    ("năm người", "5 người", ["5"], "five people"),
    ("sinh viên năm hai", "sinh viên năm 2", ["2"], "the second year"),
    ("một chín hai chấm một sáu tám chấm không chấm một", "192.168.0.1", ["192", "168", "0", "1"], "octets"),
    ("tôi không hai lòng", "tôi không hai lòng", ["2"], "không is mostly no zero"),
    ("sáu tháng năm hai nghìn mười một", "6 tháng, năm 2011", ["6", "2011"], "no May"),
]  # fmt: skip


@pytest.mark.parametrize(("spoken", "written", "values", "why"), SAME)
def test_both_sides_say_the_same_values(spoken: str, written: str, values: list[str], why: str) -> None:
    for form in ("NFC", "NFD"):
        assert values_of_spoken(unicodedata.normalize(form, spoken)) == values, why
        assert values_of_written(unicodedata.normalize(form, written)) == values, why


@pytest.mark.parametrize(
    ("spoken", "written", "why"),
    [
        ("năm sáu người", "56 người", "two digits glued"),
        ("sinh viên năm hai", "sinh viên 52", "a year read as five"),
        ("hai mươi ba bốn mươi", "2340", "two numbers glued"),
        ("một triệu rưỡi", "1.500", "a scale lost"),
        ("hai phẩy năm", "25", "a point lost"),
        ("năm mươi phần trăm", "50", "a percent lost"),
        ("âm năm độ", "5 độ", "a sign lost"),
        ("không chín một hai ba bốn năm sáu bảy tám", "912345678", "a zero lost"),
        ("ba mẹ", "3 mẹ ơi 4", "a number too many"),
        ("hai nghìn", "2,25", "another number altogether"),
    ],
)  # fmt: skip
def test_another_number_is_seen(spoken: str, written: str, why: str) -> None:
    assert values_of_spoken(spoken) != values_of_written(written), why


def test_the_point_of_a_style_decides() -> None:
    assert values_of_written("1.234$", "nemo") == ["1.234"] == values_of_spoken("một phẩy hai ba bốn đô la")
    assert values_of_written("1.234 đô la", "vi") == ["1234"]
