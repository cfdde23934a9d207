"""Each semiotic class both ways, in the variants of the regions: what is said has its values, what is written its readings."""

from __future__ import annotations

import unicodedata

import pytest

from data.text.inverse.alternatives import alternatives
from data.text.inverse.write import write
from data.text.numbers.values import values_of_spoken, values_of_written
from data.text.reading import seq
from data.text.verbalize.verbalizer import read

# spoken, values, why
SAID = [
    ("hai mươi mốt người", "21", "cardinal: mốt"),
    ("ba mươi tư con", "34", "tư behind tens"),
    ("bốn mươi nhăm cái", "45", "nhăm, as in the north"),
    ("hăm lăm người", "25", "hăm"),
    ("băm sáu phố phường", "36", "băm"),
    ("một trăm lẻ bảy trang", "107", "lẻ, as in the south"),
    ("hai ngàn lẻ một đêm", "2001", "ngàn"),
    ("ba triệu tư", "3400000", "a tenth of the scale"),
    ("một tỉ rưỡi đồng", "1500000000", "tỉ, rưỡi"),
    ("năm chục nghìn", "50000", "chục"),
    ("trăm rưỡi", "150", "a scale without its one"),
    ("năm ngàn rưởi", "5500", "rưởi"),
    ("hai vạn rưỡi", "25000", "vạn"),
    ("mười hai phẩy năm phần trăm", "12.5%", "percent"),
    ("hai đến ba phần trăm", "2%,3%", "range: the percent is said once"),
    ("từ năm phẩy ba đến sáu phẩy một phần trăm", "5.3%,6.1%", "of decimals"),
    ("nhiệt độ là trừ năm độ", "-5", "minus behind what has a sign"),
    ("trừ một số trường hợp", "1", "but for some: no minus"),
    ("ba phần tư", "3,4", "fraction"),
    ("thứ mười hai", "12", "ordinal"),
    ("mồng hai tháng chín năm một nghìn chín trăm bốn mươi lăm", "2,9,1945", "date: mồng"),
    ("quý ba năm hai không hai ba", "3,2023", "a quarter"),
    ("vào tháng sáu năm một chín sáu mốt một sinh viên", "6,1961,1", "a year has four digits"),
    ("các năm một chín chín hai hai nghìn lẻ tám", "1992,2008", "two years side by side"),
    ("bảy giờ kém mười lăm", "6,45", "time before the hour"),
    ("ba phút hai mươi giây", "3,20", "duration"),
    ("bốn năm rưỡi", "4.5", "and no 4-5"),
    ("hai ba rưỡi", "2,3", "two or three and a half, and no 23"),
    ("một tiếng hai mươi phút", "1,20", "how long"),
    ("hai tiếng rưỡi", "2.5", "a half behind a word"),
    ("bốn phẩy bốn năm con trên một phụ nữ", "4.45,1", "what is counted makes năm a digit"),
    ("cho biết rõ năm sản xuất", "", "what years have"),
    ("khi mới năm tuổi", "5", "an age"),
    ("tỷ số hai một", "2,1", "score"),
    ("hòa Tottenham hai hai", "2,2", "behind a name"),
    ("thắng đội tuyển Ý một không", "1,0", "and of several words"),
    ("một mét bảy mươi lăm", "1.75", "measure"),
    ("hai cân tư", "2.4", "of a scale's tenth"),
    ("ba mươi hai độ không bảy phút ba mươi giây bắc", "32,7,30", "a place on the globe"),
    ("Louis mười bốn", "14", "Roman numeral of a ruler"),
    ("không chín một hai ba bốn năm sáu bảy tám", "0912345678", "telephone"),
    ("một đô thị thuộc tỉnh", "1", "đô thị is no currency"),
    ("xã hội Ba Tư cổ", "3", "a country is no 34"),
]


@pytest.mark.parametrize(("spoken", "values", "why"), SAID)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_is_said_has_its_values_and_keeps_them_when_written(spoken, values, why, form):
    text = unicodedata.normalize(form, spoken)
    assert values_of_spoken(text) == [value for value in values.split(",") if value], why
    assert values_of_written(write(text)) == [value for value in values.split(",") if value], why


# written, spoken, why
READ = [
    ("105", "một trăm linh năm", "cardinal"),
    ("105", "một trăm lẻ năm", "of the south"),
    ("25", "hăm nhăm", "of the north"),
    ("34", "băm tư", "băm"),
    ("1.500.000 đồng", "một triệu rưỡi đồng", "money"),
    ("2,5 kg", "hai cân rưỡi", "measure"),
    ("5.000 km", "năm ngàn kilômét", "in one word"),
    ("20 mm", "hai mươi mm", "by its letters"),
    ("thứ 4", "thứ tư", "ordinal"),
    ("24/7/2025", "ngày hai tư tháng bảy hai nghìn không trăm hai lăm", "date, without năm"),
    ("11H:35", "mười một giờ ba lăm phút", "time as timetables write it"),
    ("7h30", "bảy giờ rưỡi", "time"),
    ("3-4 tiếng", "ba bốn tiếng", "range"),
    ("tỷ số 2-1", "tỷ số hai một", "score"),
    ("xêsi-137", "xêsi một ba bảy", "code: digit by digit"),
    ("xêsi 137", "xêsi một ba bảy", "without a hyphen, too"),
    ("B52", "bê năm hai", "code"),
    ("30A-123.45", "ba mươi a một hai ba bốn lăm", "plate"),
    ("12/3B", "mười hai xuyệt ba bê", "address"),
    ("UBND", "u bê nờ dê", "abbreviation by letters"),
    ("Louis XIV", "louis mười bốn", "Roman"),
    ("quý III/2024", "quý ba năm hai nghìn không trăm hai mươi tư", "of a quarter"),
    ("32°07′30″B", "ba mươi hai độ không bảy phút ba mươi giây bắc", "coordinates"),
    ("22,500 MW", "hai mươi hai nghìn rưỡi mê ga oát", "the English way"),
    ("4.500,000 đồng", "bốn triệu rưỡi đồng", "both ways at once"),
    ("4,5/5 sao", "bốn phẩy năm trên năm sao", "one number out of another"),
    ("a½", "a một phần hai", "a fraction that sticks to a letter"),
]


@pytest.mark.parametrize(("written", "spoken", "why"), READ)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_is_written_may_be_said_so(written, spoken, why, form):
    tokens = read(unicodedata.normalize(form, written))
    assert seq(*(token.reading for token in tokens)).accepts(spoken), why


# spoken, what may be written, whether nobody need be asked, why
OFFERED = [
    ("vua napoléon ba dự kiến", "III", True, "a ruler"),
    ("thời justinian một và sau đó", "I", False, "a ruler, or an article behind one"),
    ("charles hai lần vô địch", "II", False, "who may have done something twice"),
    ("trong thế chiến hai", "II", True, "a world war"),
    ("gờ dê pê của ép i ép a", "GDP", True, "a known acronym"),
    ("a rờ ép phờ dường như", "ARF", True, "with a letter of two words"),
    ("chương một", "1", False, "what numbers things"),
    ("tàu venera một được phóng", "1", False, "a name"),
    ("mỗi lần khoảng một tới hai tiếng", "1 tới 2 tiếng", False, "a range in figures on both sides"),
    ("nam hai mươi lăm a còng gmail chấm com", "nam25@gmail.com", True, "the owner of an address"),
    ("nâng tỉ số lên ba không", "3-0", True, "a result"),
]


@pytest.mark.parametrize(("spoken", "written", "certain", "why"), OFFERED)
def test_what_may_be_written_is_offered(spoken, written, certain, why):
    offered = {one.written: one.certain for one in alternatives(spoken)}
    assert offered.get(written) is certain, (why, offered)


# spoken, what must not be written, why
NOT_OFFERED = [
    ("qua nhiều thế kỷ một sự phối hợp", "1", "many centuries have no number"),
    ("tại ét e pê lờ a nờ e tê pê", "LAN", "in the middle of what is spelled"),
    ("sau khi robert một mất", "1", "a ruler has a Roman numeral or none"),
    ("cho mượn một năm rưỡi", "1,5 năm", "a half behind a word stays one"),
    ("hai ba tháng rưỡi", "23 tháng rưỡi", "two or three"),
    ("đây là một công trình", "1 công", "công is a unit, and begins other words"),
    ("đây là một công trình", "1", "an article"),
    ("một lượng lớn", "1 lượng", "the same"),
    ("là một đô thị", "1 đô", "đô thị"),
    ("trừ một số trường hợp", "-1", "no minus"),
    ("xã hội ba tư cổ", "34", "Persia"),
    ("hòa tottenham hai hai costa", "22", "a result"),
    ("ba a ban chấp hành", "ABC", "letters that make no acronym"),
]


@pytest.mark.parametrize(("spoken", "written", "why"), NOT_OFFERED)
def test_what_has_another_meaning_is_not_offered(spoken, written, why):
    assert written not in {one.written for one in alternatives(spoken)}, why
