"""Spoken → written by rules: what people read (vi), what a suite expects (nemo), and what must stay words."""

from __future__ import annotations

import unicodedata

import pytest

from data.text import spoken_units
from data.text.inverse.alternatives import alternatives
from data.text.inverse.edge import Style
from data.text.inverse.restyle import restyle
from data.text.inverse.write import render, write
from data.text.reading import seq
from data.text.semiotics import Semiotic
from data.text.verbalize.verbalizer import read

VI = [
    ("ngày hai mươi tư tháng bảy năm hai không hai lăm", "ngày 24/7/2025", "a full date"),
    ("hai mươi tư tháng bảy năm hai không hai lăm", "24/7/2025", "without its word"),
    ("ngày ba mươi tháng tư", "ngày 30/4", "newspapers write a day and a month so"),
    ("hai mươi tư tháng bảy", "24 tháng 7", "alone 24/7 would mean always"),
    ("ngày mùng năm tháng tám", "ngày mùng 5 tháng 8", "a day of the moon keeps its words"),
    ("tháng bảy năm hai không hai lăm", "tháng 7/2025", "a month and a year"),
    ("năm một nghìn chín trăm bốn mươi lăm", "năm 1945", "a year has no dot"),
    ("hai nghìn không trăm linh năm năm trước", "2.005 năm trước", "an amount has one"),
    ("bảy giờ kém mười", "6 giờ 50", "kém counts back"),
    ("sáu giờ năm mươi phút", "6 giờ 50 phút", "what was said stays"),
    ("bảy giờ linh năm", "7 giờ 05", "minutes have two digits"),
    ("tám giờ rưỡi sáng", "8 giờ 30 sáng", "rưỡi, and the time of day stays"),
    ("bốn phút rưỡi", "4 phút 30 giây", "minutes and seconds"),
    ("một tiếng hai mươi phút", "1 tiếng 20 phút", "how long"),
    ("hai mươi ba tuổi rưỡi", "23 tuổi rưỡi", "a half behind a word"),
    ("hai mươi ba ki lô gam rưỡi", "23,5 kg", "and behind a symbol"),
    ("ngày mười tháng năm một nghìn chín trăm sáu mươi lăm", "ngày 10/5/1965", "năm is the month, and the year has no word"),
    ("tháng năm một nghìn chín trăm sáu mươi lăm", "tháng 5/1965", "May, since a month has a number"),
    ("các tháng năm một nghìn chín trăm sáu mươi lăm", "các tháng năm 1965", "unless there are several"),
    ("sáu tháng năm hai nghìn mười một", "sáu tháng năm 2011", "or an amount of them"),
    ("năm một trăm bảy mươi chín trước công nguyên", "năm 179 trước công nguyên", "only years have an era"),
    ("world cup một nghìn chín trăm tám mươi sáu", "world cup 1986", "a year without its word has no dot"),
    ("một nghìn chín trăm tám mươi sáu người", "1.986 người", "people are counted"),
    ("trong chiến thắng hai không trước hull", "trong chiến thắng 2-0 trước hull", "a result, and who lost"),
    ("thắng hai không thua", "thắng hai không thua", "two that were won and none lost"),
    ("sâu năm tới sáu mét", "sâu 5 tới 6 m", "what is deep is no year"),
    ("là năm tới sáu phần trăm", "là năm tới sáu phần trăm", "5 to 6%, or next year 6%: neither may be wrong"),
    ("trung bình năm chỉ khoảng", "trung bình năm chỉ khoảng", "a year on average only, not five chỉ of gold"),
    ("hai mươi hai phẩy năm năm phần trăm", "22,55%", "nobody counts years in percent"),
    ("ba nghìn bốn trăm linh năm ngàn tỷ euro", "3.405.000 tỷ euro", "thousands of thousands of milliards"),
    ("một triệu rưỡi đồng", "1.500.000 đồng", "a price in full"),
    ("hai trăm tỷ đồng", "200 tỷ đồng", "a round sum keeps its scale"),
    ("hai tỷ rưỡi", "2,5 tỷ", "milliards with a comma"),
    ("một phẩy năm triệu", "1,5 triệu", "as it was said"),
    ("hai mươi đô la mỹ", "20 USD", "a currency"),
    ("hai phẩy năm ki lô gam", "2,5 kg", "a measure"),
    ("sáu mươi ki lô mét trên giờ", "60 km/h", "per hour"),
    ("ba mươi bảy độ xê", "37°C", "degrees stand close"),
    ("hai trăm hai mươi vôn", "220 V", "units with capitals"),
    ("ba mươi lăm phần trăm", "35%", "percent"),
    ("ba phần tư dân số", "3/4 dân số", "a fraction"),
    ("không chín một hai ba bốn năm sáu bảy tám", "0912 345 678", "a telephone number"),
    ("cộng tám tư chín một hai ba bốn năm sáu bảy tám", "+84 912 345 678", "from abroad"),
    ("một chín không không sáu không một bảy", "1900 6017", "a hotline"),
    ("a b c a còng gmail chấm com", "abc@gmail.com", "a mail address"),
    ("w w w chấm google chấm com chấm v n", "www.google.com.vn", "a web address"),
    ("thế kỷ hai mươi mốt", "thế kỷ 21", "a century"),
    ("tỷ số hai một", "tỷ số 2-1", "a result"),
    ("những năm tám mươi", "những năm 80", "a decade"),
    ("năm 2025 và 24/7/2025 và 0912 345 678", "năm 2025 và 24/7/2025 và 0912 345 678", "what is written stays"),
    ("một trăm linh năm em", "105 em", "an amount"),
    ("lần thứ mười hai", "lần thứ 12", "an ordinal"),
]  # fmt: skip
WORDS = [
    ("sinh viên năm hai", "the second year, not 52"),
    ("năm sáu người", "five or six, not 56"),
    ("sáu bảy người", "six or seven, or 67"),
    ("hai mươi ba bốn mươi", "two numbers without their full stop"),
    ("hai bà trưng", "a name"),
    ("tứ xuyên", "a name"),
    ("ba lan và ba tư", "names"),
    ("tám thơm", "a name"),
    ("một số người", "some"),
    ("năm nay khác năm ngoái", "this year"),
    ("ba mẹ không hài lòng", "parents; not"),
    ("chín muồi", "ripe"),
    ("ngày một tăng", "day by day"),
    ("ngày tháng năm sinh", "date of birth"),
    ("hai mươi mấy tuổi", "twenty-something"),
    ("hàng trăm nghìn người", "hundreds of thousands"),
    ("một hai ba nào", "counting in"),
    ("không đồng ý", "disagree"),
    ("ba người và mười con", "small numbers in running text"),
    ("mỗi tháng một lần", "once a month, not January"),
    ("đồng chí và đồng nghiệp", "comrades"),
    ("thứ hai tuần sau", "Monday"),
    ("hai triệu ba trăm", "2,000,300 or 2,300,000"),
]  # fmt: skip
NEMO = [
    ("hăm lăm", "25", "hăm"),
    ("hai mươi nghìn đồng", "20000 đồng", "no dots"),
    ("bảy triệu tám", "7.8 triệu", "a tenth of a million"),
    ("năm hai nghìn", "năm 2000", "a year, not 52,000"),
    ("ngày một tháng một năm hai nghìn", "ngày 1 tháng 1 năm 2000", "words stay in dates"),
    ("tháng năm", "tháng 5", "everything is converted"),
    ("hai mét rưỡi", "2.5 m", "a half behind the unit"),
    ("mười lăm mê ga oát", "15 mw", "lower case"),
    ("ba mươi giây", "30s", "seconds stand close"),
    ("hai giờ", "2h", "hours"),
    ("mười giờ gmt", "10h gmt", "a zone"),
    ("bảy giờ không năm phút", "7:05", "two digits"),
    ("sáu phút bốn mươi giây", "6p40s", "minutes and seconds"),
    ("năm đô la", "5$", "a sign behind"),
    ("một tỷ euro", "1 tỷ€", "behind a scale too"),
    ("không ba bảy tám chín một hai ba bốn lăm", "037-891-2345", "ten digits from 0"),
    ("thứ năm", "thứ 5", "ordinals"),
    ("minh chấm anh a móc outlook chấm com", "minh.anh@outlook.com", "words beside symbols"),
    ("h t t p s hai chấm sẹc sẹc github chấm com sẹc nvidia", "https://github.com/nvidia", "a path"),
    ("một chín hai chấm một sáu tám chấm một chấm một", "192.168.1.1", "octets"),
    ("iPad chín mươi", "iPad 90", "the case of the source stays"),
    ("hai", "hai", "a digit alone stays"),
    ("yahoo! — !", "yahoo! — !", "marks stay"),
]  # fmt: skip


@pytest.mark.parametrize(("spoken", "written", "why"), VI)
def test_style_vi_writes_as_newspapers_do(spoken: str, written: str, why: str) -> None:
    for form in ("NFC", "NFD"):
        assert write(unicodedata.normalize(form, spoken), "vi") == written, why


@pytest.mark.parametrize(("spoken", "why"), WORDS)
def test_what_has_more_than_one_reading_stays_words_in_style_vi(spoken: str, why: str) -> None:
    assert write(spoken, "vi") == spoken, why


@pytest.mark.parametrize(("spoken", "written", "why"), NEMO)
def test_style_nemo_writes_as_its_suite_expects(spoken: str, written: str, why: str) -> None:
    assert write(spoken, "nemo") == written, why


@pytest.mark.parametrize(
    ("written", "kind", "vi", "nemo", "why"),
    [
        ("24/7/2025", Semiotic.DATE, "24/7/2025", "24 tháng 7 năm 2025", "a date"),
        ("24 tháng 7 năm 2025", Semiotic.DATE, "24/7/2025", "24 tháng 7 năm 2025", "in words"),
        ("ngày 24/7", Semiotic.DATE, "ngày 24/7", "ngày 24 tháng 7", "without its year"),
        ("6 giờ 50", Semiotic.TIME, "6 giờ 50", "6:50", "a time"),
        ("8h30", Semiotic.TIME, "8 giờ 30", "8:30", "with a letter"),
        ("1.500.000 đồng", Semiotic.MONEY, "1.500.000 đồng", "1500000 đồng", "dots"),
        ("2,5 kg", Semiotic.MEASURE, "2,5 kg", "2.5 kg", "a comma"),
        ("37°C", Semiotic.MEASURE, "37°C", "37 °c", "degrees"),
        ("0912 345 678", Semiotic.TELEPHONE, "0912 345 678", "091-234-5678", "groups"),
        ("35%", Semiotic.PERCENT, "35%", "35%", "percent"),
        ("1945", Semiotic.DATE, "1945", "1945", "a year has no dot"),
        ("abc@gmail.com", Semiotic.ELECTRONIC, "abc@gmail.com", "abc@gmail.com", "no number"),
    ],
)  # fmt: skip
def test_written_expressions_change_their_style(written: str, kind: Semiotic, vi: str, nemo: str, why: str) -> None:
    assert (restyle(written, kind, "vi"), restyle(written, kind, "nemo")) == (vi, nemo), why


def test_rendered_stretches_stand_where_they_were_said() -> None:
    spoken = "bệnh nhân trả một triệu rưỡi đồng lúc bảy giờ kém mười"
    found = [(spoken[r.start : r.end], r.written, r.kind, r.certain) for r in render(spoken, "vi")]
    assert found == [
        ("một triệu rưỡi đồng", "1.500.000 đồng", Semiotic.MONEY, True),
        ("bảy giờ kém mười", "6 giờ 50", Semiotic.TIME, True),
    ]


@pytest.mark.parametrize(
    ("spoken", "written", "why"),
    [
        ("a ba hai không", "A320", "digits one by one behind a letter"),
        ("bê năm mươi hai", "B52", "a number behind the name of one"),
        ("ca năm mươi", "K50", "a letter that is a word before a longer number"),
        ("vê kép một", "W1", "a name of two words"),
        ("vê en một hai ba", "VN123", "two letters"),
        ("hai hai chín bê", "229B", "a letter behind digits"),
        ("dê ba a", "D3A", "letters on both sides"),
        ("mười hai xuyệt ba bê", "12/3B", "a house"),
        ("hai trên mười lăm trên bảy", "2/15/7", "three numbers"),
        ("ba mươi a một hai ba bốn lăm", "30A-123.45", "a number plate"),
        ("năm mốt gờ một hai ba bốn", "51G-1234", "an old one"),
        ("mười chín xuyệt nờ đê xê pê", "19/NĐ-CP", "a decree"),
        ("một trăm trên hai không mười chín trên nghị định chính phủ", "100/2019/NĐ-CP", "one with its year, in full"),
    ],
)
def test_names_of_letters_and_digits_are_proposed_and_never_certain(spoken: str, written: str, why: str) -> None:
    assert {one.certain for one in alternatives(spoken) if one.written == written} == {False}, why
    assert {one.written for one in alternatives(spoken) if one.start == 0 and one.end == len(spoken)} >= {written}, why
    assert seq(*(token.reading for token in read(f"số {written}"))).accepts(f"số {spoken}"), why


@pytest.mark.parametrize("symbol", sorted(symbol for symbol in spoken_units.names() if len(symbol) > 1))
def test_whatever_is_written_as_a_unit_is_heard_as_it(symbol: str) -> None:
    behind = seq(*(token.reading for token in read(f"2,5 {symbol}")))
    missed = [said for said in spoken_units.names()[symbol] if not behind.accepts(f"hai phẩy năm {said}")]
    assert missed == []


@pytest.mark.parametrize(
    ("spoken", "never", "why"),
    [
        ("năm một trăm bảy mươi chín", "100", "half of a number that has no other reading"),
        ("một nghìn chín trăm năm mươi", "900", "the middle of one"),
        ("gd một sáu năm bê", "6", "one of digits that were said one after the other"),
        ("máy bay a ba hai không hạ cánh", "A32", "the code goes on"),
        ("chiến thắng hai không", "2", "one side of a result"),
        ("mức thấp rờ một ba chấm tám", "R1", "a name with half of a number"),
        ("làm ca ba ở nhà máy", "K3", "a shift"),
        ("có hai mươi ca mắc mới", "20K", "so many cases"),
        ("anh bê hai thùng nước", "B2", "a word, and what it carries"),
        ("con dê ba tuổi", "D3", "an age"),
        ("uống quy hai mươi viên", "Q20", "an amount"),
        ("nhà có hai dê và ba bò", "2D", "two goats"),
        ("thứ hai a ba tám không cất cánh", "2A380", "a day, and a plane"),
        ("chiến thắng bốn hai trước", "42", "a result is no pair of tens and ones"),
        ("là năm tới sáu mét", "6 m", "half of what may be a range"),
        ("trung bình năm chỉ khoảng", "5 chỉ", "a year, and a word that is also a unit"),
        ("vào năm hai nghìn không trăm mười", "52.010", "a year is no thousands"),
    ],
)
def test_no_alternative_is_a_reading_that_nobody_means(spoken: str, never: str, why: str) -> None:
    assert never not in {one.written for one in alternatives(spoken)}, why


@pytest.mark.parametrize("style", ["vi", "nemo"])
@pytest.mark.parametrize("text", ["", "  \n\t", "\ud800 hai mươi", "٣ ngày", "①②", "hai\x00mươi", "😀 hai mươi 😀", "1..2,,3"])
def test_any_text_is_answered(text: str, style: Style) -> None:
    write(text, style)
