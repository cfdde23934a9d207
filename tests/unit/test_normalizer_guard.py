"""What of a draft is shown, what is refused, and that one refusal touches nothing else."""

from __future__ import annotations

import pytest

from data.text.semiotics import Semiotic
from models.normalizer.guard import guard, recased, tidy
from models.normalizer.guard_neighbours import is_doubtful, is_minute
from models.normalizer.guard_reading import read_back
from models.normalizer.spans import Piece, assemble, read_line
from models.normalizer.windows import Window, Writing


def window(spoken: str) -> Window:
    line = read_line(spoken, 0, len(spoken))
    return Window(line=line, start=0, end=len(line.words), begins_sentence=True)


def shown(spoken: str, draft: str) -> tuple[str, int]:
    """The text that the guard lets through, and how much it refused."""
    of = window(spoken)
    writing = guard(of, draft)
    return assemble(of.line, writing.pieces, writing.gaps)[0], sum(piece.refused for piece in writing.pieces)


DATE = "ngày hai mươi tư tháng bảy năm hai không hai lăm bệnh nhân trả một triệu rưỡi đồng"

# spoken, draft, what is shown, refused, why
CASES = [
    ("tôi đi học", "Tôi đi học.", "Tôi đi học.", 0, "marks and case alone"),
    (DATE, "Ngày 24/7/2025, bệnh nhân trả 1.500.000 đồng.", "Ngày 24/7/2025, bệnh nhân trả 1.500.000 đồng.", 0, "as said"),
    (DATE, "Ngày 24/7/2025, bệnh nhân trả 1.600.000 đồng.", "Ngày 24/7/2025, bệnh nhân trả một triệu rưỡi đồng.", 1,
     "the refused amount takes neither the comma, the capital nor the date with it"),
    (DATE, "Ngày 7/24/2025, bệnh nhân trả 1.500.000 đồng.",
     "Ngày hai mươi tư tháng bảy năm hai không hai lăm, bệnh nhân trả 1.500.000 đồng.", 1, "day and month changed places"),
    ("sao gd một sáu năm bê", "Sao GD một. 6 năm bê.", "Sao GD một sáu năm bê.", 2, "no sentence ends between two digits"),
    ("có hai mươi lăm người", "Có 2 5 người.", "Có hai mươi lăm người.", 2, "a number in two halves"),
    ("có một triệu hai trăm nghìn người", "Có 1.000.000, 200.000 người.", "Có một triệu hai trăm nghìn người.", 2,
     "two readings side by side that together say another number"),
    ("sinh viên năm hai trường y", "Sinh viên 52 trường y.", "Sinh viên năm hai trường y.", 1, "year two is not fifty-two"),
    ("trong áo năm thân", "Trong áo 5 thân.", "Trong áo 5 thân.", 0, "five, which a model may see and rules may not"),
    ("tôi đi học", "Tôi đến trường.", "Tôi đi học.", 2, "other words"),
    ("tôi đi học", "Tôi đi học ở Huế.", "Tôi đi học.", 2, "words that nobody said"),
    ("tôi không đi học", "Tôi đi học.", "Tôi không đi học.", 1, "a word left out is put back"),
    ("anh nam ở huế", "Anh Nấm ở Huê.", "Anh Nam ở Huế.", 2, "other tones: the capital stays, the word does not"),
    ("hòa bình", "Hoà Bình.", "Hòa Bình.", 0, "tone placement is the source's"),
    ("tôi có 2 con", "Tôi có 3 con.", "Tôi có 2 con.", 1, "a digit of the source is nobody's to change"),
    ("tôi có 2 con", "Tôi có 2 con.", "Tôi có 2 con.", 0, "and may stand in a draft"),
    ("ở ủy ban nhân dân xã", "Ở UBND xã.", "Ở UBND xã.", 0, "an abbreviation says its words"),
    ("ở hội đồng nhân dân xã", "Ở UBND xã.", "Ở hội đồng nhân dân xã.", 1, "and no other words"),
    ("tôi đi học", "", "tôi đi học", 3, "an empty draft"),
    ("tôi đi học", "!!! ?", "tôi đi học!!!", 3, "nothing but marks"),
    ("tôi đi học", "đi " * 200, "tôi đi học", 1, "a draft that never ends"),
    ("mét xi ghi bàn", "Mét-xi ghi bàn.", "Mét-xi ghi bàn.", 0, "a hyphen may join two words"),
    ("số hai và ba", "Số 2-3.", "Số hai và ba.", 1, "but no two numbers"),
    ("anh nói đi đâu đấy", 'Anh nói: "Đi đâu đấy?"', 'Anh nói: "Đi đâu đấy?"', 0, "quotation marks"),
    ("hà nội thủ đô", "Hà Nội (thủ đô).", "Hà Nội (thủ đô).", 0, "brackets"),
    ("các chiến khu một hai ba bốn", "Các chiến khu 1234.", "Các chiến khu một hai ba bốn.", 1, "a list is no number"),
    ("gọi số một hai ba", "Gọi số 123.", "Gọi số 123.", 0, "but what is named by digits is one"),
    ("mùa hè năm bảy tám agricola", "Mùa hè năm 7-8, Agricola.", "Mùa hè năm bảy tám, Agricola.", 1, "a year is no range"),
    ("đi mất ba bốn tiếng", "Đi mất 3-4 tiếng.", "Đi mất 3-4 tiếng.", 0, "what is counted may be one"),
    ("trong sáu tháng năm chiếc tàu", "Trong 6 tháng 5, chiếc tàu.", "Trong sáu tháng năm, chiếc tàu.", 1, "5 of them, or May"),
    ("ba vòng năm mười tuổi", "Ba vòng 5 10 tuổi.", "Ba vòng năm mười tuổi.", 1, "two figures side by side"),
    ("tháng mười một cuộc chiến", "Tháng 11, cuộc chiến.", "Tháng mười một, cuộc chiến.", 1, "November, or one in October"),
    ("năm một nghìn chín trăm ba mươi một số người", "Năm 1930, một số người.", "Năm 1930, một số người.", 0, "31 ends in mốt"),
    ("ngày hai tháng một năm một chín chín bảy hai xã", "Ngày 2/1/1997, hai xã.", "Ngày 2/1/1997, hai xã.", 0,
     "a year has four digits, whatever follows"),
    ("các năm một chín chín hai hai nghìn lẻ tám", "Các năm 1992, 2008.", "Các năm 1992, 2008.", 0, "two years"),
    ("xêzi một ba bảy một sản phẩm", "Xêzi 1371 sản phẩm.", "Xêzi một ba bảy một sản phẩm.", 1, "nobody counts by digits"),
    ("mức rờ một ba chấm tám", "Mức R1 3,8.", "Mức rờ một ba chấm tám.", 2, "a name ends in no middle of digits"),
    ("và có một ba bảy ba đồng vị", "Và có 1373 đồng vị.", "Và có một ba bảy ba đồng vị.", 1, "the last digit may count alone"),
    ("đến một chín chín ba người dân", "Đến 1993 người dân.", "Đến 1993 người dân.", 0, "a year does not"),
    ("xêsi một ba bảy là chất", "Xêsi 137 là chất.", "Xêsi 137 là chất.", 0, "a name said by digits"),
    ("sao gd một trăm sáu lăm không có", "Sao GD 165 không có.", "Sao GD 165 không có.", 0, "no zero behind a hundred"),
    ("mã là mb hai hai mặt của", "Mã là MB 22 mặt của.", "Mã là MB hai hai mặt của.", 1, "MB 2, and two sides"),
    ("sau chín bảy năm tồn tại", "Sau 975 tồn tại.", "Sau chín bảy năm tồn tại.", 1, "97 years"),
    ("hòa chelsea hai hai", "Hòa Chelsea 22.", "Hòa Chelsea hai hai.", 1, "2-2"),
    ("thắng lopez sáu một sáu hai", "Thắng Lopez 6162.", "Thắng Lopez sáu một sáu hai.", 1, "6-1, 6-2"),
    ("sắc lệnh số ba bốn trên", "Sắc lệnh số 3-4 trên.", "Sắc lệnh số ba bốn trên.", 1, "no result was announced"),
    ("từ năm tới chín tháng mười", "Từ năm tới 9/10.", "Từ năm tới chín tháng mười.", 1, "half of a range"),
    ("từ năm tới chín tháng mười", "Từ 5 tới 9/10.", "Từ năm tới chín tháng mười.", 2, "next year, more likely"),
    ("lãi suất là năm đến sáu phần trăm", "Lãi suất là 5 đến 6%.", "Lãi suất là 5 đến 6%.", 0, "both halves of a range"),
    ("lãi suất năm đến sáu phần trăm", "Lãi suất năm đến 6%.", "Lãi suất năm đến sáu phần trăm.", 1, "one half alone"),
    ("khoảng hai đến ba trăm người", "Khoảng 2 đến 300 người.", "Khoảng hai đến ba trăm người.", 2, "200 to 300"),
    ("giá từ một đến hai triệu đồng", "Giá từ 1 đến 2 triệu đồng.", "Giá từ 1 đến 2 triệu đồng.", 0, "the scale is seen"),
    ("tăng từ ba mươi đến bốn mươi nghìn tấn", "Tăng từ 30 đến 40.000 tấn.", "Tăng từ ba mươi đến bốn mươi nghìn tấn.", 2,
     "30 to 40 thousand"),
    ("hai trăm hoặc ba trăm nghìn đồng", "200 hoặc 300.000 đồng.", "hai trăm hoặc ba trăm nghìn đồng.", 2, "200,000"),
    ("có bảy tám nghìn người", "Có bảy, 8.000 người.", "Có bảy, tám nghìn người.", 1, "7 to 8 thousand"),
    ("từ mười đến một nghìn người", "Từ 10 đến 1.000 người.", "Từ 10 đến 1.000 người.", 0, "nothing falls from 10 to 1"),
    ("từ một trăm đến hai nghìn người", "Từ 100 đến 2.000 người.", "Từ 100 đến 2.000 người.", 0, "nor from 100 to 2"),
    ("mỗi năm tám nghìn người", "Mỗi năm 8.000 người.", "Mỗi năm 8.000 người.", 0, "a year is no five"),
    ("rõ năm sản xuất", "Rõ 5 sản xuất.", "Rõ năm sản xuất.", 1, "years have it"),
    ("tàu bê năm chín", "Tàu bê năm 9.", "Tàu bê năm chín.", 1, "B-59 is not torn"),
    ("chiến thuật năm ba hai", "Chiến thuật 532.", "Chiến thuật năm ba hai.", 1, "5-3-2"),
    ("cao bốn phẩy bốn năm con", "Cao 4,45, con.", "Cao 4,45, con.", 0, "a comma of the draft changes no value"),
    ("một hai ba", "1️⃣ 2️⃣ 3️⃣", "một hai ba", 3, "keycaps are no digits of ours"),
]  # fmt: skip


@pytest.mark.parametrize(("spoken", "draft", "text", "refused", "why"), CASES, ids=[why for *_, why in CASES])
def test_a_draft_passes_where_it_says_what_was_said(spoken, draft, text, refused, why):
    found, count = shown(spoken, draft)
    assert found == text
    assert (count == 0) == (refused == 0)


@pytest.mark.parametrize(
    ("marks", "between", "why"),
    [
        (" ", " ", "nothing"),
        (", ", ", ", "a comma"),
        (",", ", ", "a space follows"),
        (" ,", ", ", "and does not precede"),
        ("", " ", "words never stick together"),
        (" (", " (", "what opens"),
        (") ", ") ", "what closes"),
        ("), (", "), (", "both"),
        (': "', ': "', "a quotation begins"),
        ('." ', '." ', "a quotation ends"),
        ("-", "-", "a hyphen joins"),
        (" - ", " - ", "a dash parts"),
        (" @#$ ", " ", "what is no mark"),
        ("?!?!?!?! ", "?!? ", "no endless marks"),
    ],
)
def test_marks_between_words_are_tidy(marks, between, why):
    assert tidy(marks) == between


@pytest.mark.parametrize(
    ("word", "written", "result"),
    [
        ("nam", "Nam", "Nam"),
        ("nam", "NAM", "NAM"),
        ("iphone", "iPhone", "iPhone"),
        ("học", "Hoc", "Học"),
        ("học", "Trường", "Học"),
        ("học", "TRƯỜNG", "HỌC"),
        ("học", "trường", "học"),
    ],
)
def test_capitals_move_to_the_word_of_the_source(word, written, result):
    assert recased(word, written) == result


def test_what_reads_otherwise_is_put_back_and_its_marks_stay():
    """Whatever the guards before it let through, what is shown says what was said."""
    of = window("phòng hai mươi tháng bảy hết chỗ")
    pieces = [
        Piece(start=0, end=1, text="Phòng"),
        Piece(start=1, end=3, text="21", kind=Semiotic.CARDINAL),
        *(Piece(start=i, end=i + 1, text=of.line.words[i].text) for i in range(3, 7)),
    ]
    checked = read_back(of, Writing(pieces=pieces, gaps=["", *[" "] * 5, "."]))
    assert assemble(of.line, checked.pieces, checked.gaps)[0] == "Phòng hai mươi tháng bảy hết chỗ."


@pytest.mark.parametrize(
    ("spoken", "at", "minute", "why"),
    [
        ("lúc mười hai giờ năm trễ mười ngày", 4, True, "nobody says: năm trễ"),
        ("lúc tám giờ mười lăm rồi đi", 3, True, "two words of minutes"),
        ("lúc tám giờ năm người đến", 3, False, "five people"),
        ("lúc tám giờ năm nay", 3, False, "this year"),
        ("lúc tám giờ năm hai không một không", 3, False, "a year"),
        ("lúc tám giờ năm", 3, False, "nothing follows, so nothing tells"),
        ("mỗi giờ năm trễ", 2, False, "no hour was said"),
    ],
)
def test_what_can_only_be_minutes_is_known(spoken, at, minute, why):
    assert is_minute(spoken.split(), at) is minute, why


@pytest.mark.parametrize(
    ("spoken", "start", "end", "kind", "why"),
    [
        ("số năm học thay đổi", 1, 2, Semiotic.CARDINAL, "the years of school"),
        ("hai mươi kbit một giây", 3, 5, Semiotic.DURATION, "a second, no count of them"),
    ],
)
def test_what_may_be_no_number_stays_as_it_was_said(spoken, start, end, kind, why):
    assert is_doubtful(spoken.split(), start, end, kind, set()), why
