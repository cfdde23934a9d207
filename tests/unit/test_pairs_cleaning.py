"""Lines of real texts become sentences that somebody could dictate, or a reason."""

import pytest

from data.pairs.cleaning import clean_line, clean_sentences
from data.pairs.prompts import punctuated, without_small_names

CLEANED = [
    ("Obama (sinh năm 1961) là tổng thống.", "Obama là tổng thống.", "an aside goes with its words"),
    ("Ngày thứ 229 (230 trong năm nhuận) đã qua.", "Ngày thứ 229, 230 trong năm nhuận, đã qua.", "one that reads on stays"),
    ('Bộ phim "Mùa gió" đoạt giải.', "Bộ phim Mùa gió đoạt giải.", "nobody hears quotation marks"),
    ("Ngày 24 tháng 7 năm 2025, ông mất.", "Ngày 24/7/2025, ông mất.", "full dates in style vi"),
    ("Ngày 23 tháng 3, năm 1516, ông lên ngôi.", "Ngày 23/3/1516, ông lên ngôi.", "with a comma inside too"),
    ("Ngày 04-07-1776, họ ký.", "Ngày 4/7/1776, họ ký.", "no zeros that nobody says"),
    ("Từ ngày 20/3 đến tháng 1/1988 là mùa khô.", "Từ ngày 20 tháng 3 đến tháng 1 năm 1988 là mùa khô.", "others in words"),
    ("Họp lúc 15:30 hoặc 8h tối.", "Họp lúc 15 giờ 30 hoặc 8 giờ tối.", "times as people write them out"),
    ("Súng 88mm nặng 5kg, rẻ hơn 20 %.", "Súng 88 mm nặng 5 kg, rẻ hơn 20%.", "a space before a unit, none before %"),
    ("Vào thế kỷ XIX, vua Louis XIV mất.", "Vào thế kỷ 19, vua Louis XIV mất.", "centuries in digits, kings not"),
    ("Bán 1,250 chiếc.", "Bán 1.250 chiếc.", "three digits after a comma are thousands"),
    ("Từ 1939 – 1945 có chiến tranh.", "Từ 1939-1945 có chiến tranh.", "a range is one expression"),
    ("Ông – người Huế – đi xa.", "Ông, người Huế, đi xa.", "a spaced dash is a pause"),
    ("Anh đi ; tôi ở lại .", "Anh đi, tôi ở lại.", "a semicolon is a pause; no space before a mark"),
    ("Có gạo, muối, đường...", "Có gạo, muối, đường.", "three dots at the end"),
    ("Thật thế sao?!", "Thật thế sao?", "one mark at the end"),
    ("Ho\u0300a bình la\u0300 quý.", "Hòa bình là quý.", "NFD comes out as NFC"),
]

REFUSED = [
    ("Cha là Abe Shintarō ở Tokyo.", "foreign_script"),
    ("Tác phẩm 戰爭 nổi tiếng.", "foreign_script"),
    ("Xem [[Hà Nội]] để biết thêm.", "markup"),
    ("- Hà Nội là thủ đô.", "list"),
    ("Hà Nội là thủ đô", "no_end"),
    ("Câu này mở ngoặc (mà không đóng.", "parentheses"),
    ("12 34 56 78 90 11 là x.", "few_letters"),
    ("Khối lượng là 10⁻²⁰ gam.", "strange_digits"),
    ("Vâng ạ.", "short"),
    ("Người phát minh là Robert H.", "cut"),
    ("", "empty"),
]


@pytest.mark.parametrize(("line", "sentence", "why"), CLEANED, ids=[why for *_, why in CLEANED])
def test_what_nobody_hears_is_taken_away(line, sentence, why):
    assert clean_line(line) == (sentence, "")


@pytest.mark.parametrize(("line", "reason"), REFUSED, ids=[f"{reason}: {line[:12]}" for line, reason in REFUSED])
def test_what_nobody_could_dictate_is_refused_with_its_reason(line, reason):
    assert clean_line(line)[1] == reason


def test_a_clean_sentence_is_its_own_clean_form():
    for _, sentence, _ in CLEANED:
        assert clean_line(sentence) == (sentence, "")


def test_a_name_cut_after_its_initial_is_joined_and_never_ends_a_sentence():
    lines = ["Năm 1961, John F.", "Kennedy nhậm chức.", "Ông trẻ nhất.", "Xem [[x]] nhé.", "Rồi ông mất."]
    rejected: dict[str, int] = {}
    sentences = list(clean_sentences(lines, 10, rejected))
    assert [(s.text, s.line, s.follows) for s in sentences] == [
        ("Năm 1961, John F. Kennedy nhậm chức.", 10, False),
        ("Ông trẻ nhất.", 12, True),
        ("Rồi ông mất.", 14, False),  # What stood between is gone: no window may run across.
    ]
    assert rejected == {"markup": 1}


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("anh tên là gì", "Anh tên là gì?"),
        ("Em có muốn uống nước không", "Em có muốn uống nước không?"),
        ("tại sao kumanthong giúp được mình", "Tại sao kumanthong giúp được mình?"),
        ("Hoa phong lan rất đẹp", "Hoa phong lan rất đẹp."),
        ("Té nước theo mưa.", "Té nước theo mưa."),
    ],
)
def test_a_prompt_gets_the_mark_that_its_words_ask_for(line, written):
    assert punctuated(line) == (written, "")


@pytest.mark.parametrize(
    ("line", "reason"),
    [("Ai nói gì đâu Em không có nghe", "mark_missing"), ("Tôi không biết anh ở đâu", "may_ask"), ("Em không", "may_ask")],
)
def test_a_prompt_that_may_be_either_is_left_out(line, reason):
    assert punctuated(line)[1] == reason


def test_a_prompt_that_writes_a_known_name_small_is_left_out():
    lines = ["Rồi Trinh đi", "Gọi Trinh về", "Nghe Trinh hát", "cô trinh ở lại", "Trinh cười", "tiếng hát hay"]
    assert without_small_names(lines) == [*lines[:3], "", *lines[4:]]
