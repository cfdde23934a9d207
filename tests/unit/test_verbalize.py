"""What is said for what is written, by tables: each case says why it is there, and holds for NFC and NFD input."""

import unicodedata
from typing import Literal

import pytest

from data.text.reading import seq
from data.text.semiotics import Semiotic
from data.text.verbalize.verbalizer import read, verbalize

# written, the main way of saying it, why
MAIN = [
    ("24", "hai mươi tư", "tư after mươi"),
    ("14", "mười bốn", "but not after mười"),
    ("21", "hai mươi mốt", "mốt"),
    ("11", "mười một", "một after mười"),
    ("25", "hai mươi lăm", "lăm"),
    ("105", "một trăm linh năm", "năm after linh"),
    ("110", "một trăm mười", "no linh"),
    ("1.005", "một nghìn không trăm linh năm", "the empty hundred is said"),
    ("1.500.000", "một triệu năm trăm nghìn", "thousands dots"),
    ("1,234,567", "một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy", "the English way round, by its shape"),
    ("1 000 000", "một triệu", "grouped by spaces"),
    ("khoảng 84 500 người", "khoảng tám mươi tư nghìn năm trăm người", "one group, where the words leave no doubt"),
    ("43,500 khán giả", "bốn mươi ba nghìn năm trăm khán giả", "nobody counts thousandths of people"),
    ("2,5", "hai phẩy năm", "decimal comma"),
    ("là 2,70C", "là hai phẩy bảy không c", "degrees that lost their sign: a comma is said, also before letters"),
    ("4.42", "bốn chấm bốn hai", "a dot that groups no thousands"),
    ("0.125", "không chấm một hai năm", "nor does one behind a zero"),
    ("1.234,56", "một nghìn hai trăm ba mươi tư phẩy năm sáu", "both marks"),
    ("1,234.56", "một nghìn hai trăm ba mươi tư chấm năm sáu", "both marks, the English way"),
    ("007", "không không bảy", "leading zeros"),
    ("19034567890123", "một chín không ba bốn năm sáu bảy tám chín không một hai ba", "nobody counts an account number"),
    ("-5", "âm năm", "minus"),
    ("−5", "âm năm", "the minus of mathematics"),
    ("từ – 06 chiếc", "từ không sáu chiếc", "a dash is no minus"),
    ("thứ 2", "thứ hai", "weekday"),
    ("thứ 4", "thứ tư", "tư in ordinals"),
    ("lần thứ 1", "lần thứ nhất", "nhất"),
    ("35%", "ba mươi lăm phần trăm", "percent"),
    ("10-15%", "mười đến mười lăm phần trăm", "a range with one unit"),
    ("3‰", "ba phần nghìn", "per mille"),
    ("3/4", "ba phần tư", "quarters are tư"),
    ("44/56", "bốn mươi tư trên năm mươi sáu", "a count out of a count"),
    ("1 1/2", "một và một phần hai", "mixed"),
    ("2½", "hai và một phần hai", "a fraction of one character"),
    ("24/7", "hai mươi tư trên bảy", "round the clock is no date"),
    ("tỷ lệ 1:25.000", "tỷ lệ một trên hai mươi lăm nghìn", "ratio"),
    ("thế kỷ XXI", "thế kỷ hai mươi mốt", "Roman"),
    ("thế kỷ vi", "thế kỷ sáu", "Roman in lower case where it counts"),
    ("một số vi phạm", "một số vi phạm", "a word that looks like a numeral"),
    ("nhóm di dân", "nhóm di dân", "another one"),
    ("Louis XIV", "louis mười bốn", "behind a name"),
    ("V.League", "v league", "a name"),
    ("Quý III/2024", "quý ba năm hai nghìn không trăm hai mươi tư", "quarter of a year"),
    ("24/7/2025", "ngày hai mươi tư tháng bảy năm hai nghìn không trăm hai mươi lăm", "the text has no ngày, people say it"),
    ("ngày 24-7", "ngày hai mươi tư tháng bảy", "ngày is there already"),
    ("2025-07-24", "ngày hai mươi tư tháng bảy năm hai nghìn không trăm hai mươi lăm", "ISO"),
    ("tháng 7/2025", "tháng bảy năm hai nghìn không trăm hai mươi lăm", "month and year"),
    ("tháng 4", "tháng tư", "April"),
    ("sau 3 tháng 2 ngày", "sau ba tháng hai ngày", "a span of time is no date"),
    ("từ 20/4 đến 12/6", "từ ngày hai mươi tháng tư đến ngày mười hai tháng sáu", "days, for nobody has twelve sixths"),
    ("20-24 tháng 6 năm 1987", "hai mươi đến hai mươi tư tháng sáu năm một nghìn chín trăm tám mươi bảy", "days of one month"),
    ("30/4-1/5", "ba mươi tháng tư đến một tháng năm", "days of two"),
    ("đường 3/2", "đường ba tháng hai", "streets bear dates"),
    ("mùa 2013-14", "mùa hai nghìn không trăm mười ba đến mười bốn", "a season"),
    ("1939–1945", "một nghìn chín trăm ba mươi chín đến một nghìn chín trăm bốn mươi lăm", "years"),
    ("6 giờ 50", "sáu giờ năm mươi", "time in words"),
    ("6h50", "sáu giờ năm mươi phút", "with a letter"),
    ("7 giờ kém 10", "bảy giờ kém mười", "before the hour"),
    ("14:30:05", "mười bốn giờ ba mươi phút năm giây", "seconds"),
    ("có 6 giờ 50 người", "có sáu giờ năm mươi người", "fifty people, not minutes"),
    ("8h-11h30", "tám giờ đến mười một giờ ba mươi phút", "from hour to hour"),
    ("3p20s", "ba phút hai mươi giây", "duration"),
    ("đá 45'", "đá bốn mươi lăm phút", "a prime"),
    ("'năm 1945'", "năm một nghìn chín trăm bốn mươi lăm", "a mark that closes a quotation"),
    ("3G", "ba gờ", "a G is no hour"),
    ("iPhone 6S", "iphone sáu ét", "an S is no second"),
    ("tỷ số 2-1", "tỷ số hai một", "result"),
    ("thua 6–4, 6–1", "thua sáu bốn sáu một", "what falls is no range"),
    ("1.500.000 đồng", "một triệu năm trăm nghìn đồng", "money"),
    ("1,2 triệu USD", "một phẩy hai triệu đô la mỹ", "scaled"),
    ("$1,428", "một nghìn bốn trăm hai mươi tám đô la", "money follows the English way behind a dollar"),
    ("50k", "năm mươi nghìn", "k"),
    ("1tr5", "một triệu rưỡi", "a digit behind tr"),
    ("2 tỷ 500 triệu đồng", "hai tỷ năm trăm triệu đồng", "compound"),
    ("10 đồng chí", "mười đồng chí", "comrades are no money"),
    ("30 đô thị", "ba mươi đô thị", "towns neither"),
    ("12 kg", "mười hai ki lô gam", "unit"),
    ("120 km/h", "một trăm hai mươi ki lô mét trên giờ", "per"),
    ("900/km²", "chín trăm trên ki lô mét vuông", "per, without a unit before"),
    ("1m75", "một mét bảy mươi lăm", "height"),
    ("37,5°C", "ba mươi bảy phẩy năm độ c", "degrees"),
    ("21°01′42″B", "hai mươi mốt độ một phút bốn mươi hai giây bắc", "a place on the globe"),
    ("5G", "năm gờ", "capitals behind a digit are names"),
    ("0912 345 678", "không chín một hai ba bốn năm sáu bảy tám", "telephone"),
    ("(024) 3825 1234", "không hai bốn ba tám hai năm một hai ba bốn", "area in parentheses"),
    ("+84 912 345 678", "cộng tám mươi tư chín một hai ba bốn năm sáu bảy tám", "country"),
    ("30A-123.45", "ba mươi a một hai ba bốn năm", "plate"),
    ("số 12/3B", "số mười hai trên ba bê", "house"),
    ("A1", "a một", "code"),
    ("B52", "bê năm mươi hai", "code"),
    ("QL1A", "quốc lộ một a", "roads are read in full"),
    ("1.14.2", "một chấm mười bốn chấm hai", "version"),
    ("TP.HCM", "thành phố hồ chí minh", "abbreviation"),
    ("UBND Q.1", "ủy ban nhân dân quận một", "abbreviation before a number"),
    ("PGS.TS Nguyễn Văn A", "phó giáo sư tiến sĩ nguyễn văn a", "title, and an initial that stays"),
    ("NATO", "nato", "an acronym nobody reads in full is a word"),
    ("abc@abc.com", "abc a còng abc chấm com", "e-mail"),
    ("R&B", "r và b", "symbol"),
    ("Robert H. nói", "robert h nói", "initials stay"),
    ("Cả nhà đi ngủ.", "cả nhà đi ngủ", "plain words"),
]  # fmt: skip


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(("written", "spoken", "why"), MAIN, ids=[case[0] for case in MAIN])
def test_main_way(written: str, spoken: str, why: str, form: Literal["NFC", "NFD"]):
    assert verbalize(unicodedata.normalize(form, written)).text == spoken, why


# written, another way that people have of saying it, why
HEARD = [
    ("24", "hai mươi bốn", "bốn beside tư"),
    ("24", "hăm tư", "hăm"),
    ("36", "băm sáu", "băm"),
    ("25", "hai lăm", "short tens"),
    ("25", "hai mươi nhăm", "nhăm"),
    ("33", "ba ba", "short tens that are no list"),
    ("20", "hai chục", "chục"),
    ("7", "bẩy", "bẩy"),
    ("105", "một trăm lẻ năm", "lẻ"),
    ("120", "một trăm hai", "short hundreds: 102 has linh"),
    ("150", "trăm rưỡi", "half a hundred more"),
    ("2.500", "hai ngàn rưỡi", "ngàn, rưỡi"),
    ("1.200.000", "một triệu hai", "shortened"),
    ("1.500.000 đồng", "một triệu rưỡi đồng", "shortened before its unit"),
    ("1.005", "một nghìn linh năm", "without the empty hundred"),
    ("1.000.005", "một triệu không nghìn không trăm linh năm", "pedantic"),
    ("2 tỷ", "hai tỉ", "spelling of the recognizer"),
    ("1,5 triệu", "một triệu rưỡi", "scaled half"),
    ("2,5 kg", "hai cân rưỡi", "half behind the unit"),
    ("1,65 m", "một mét sáu lăm", "heights"),
    ("0,25", "không phẩy hai mươi lăm", "decimals as a number"),
    ("0,2", "không chấm hai", "chấm for the comma"),
    ("2,50€", "hai ơ rô năm mươi xu", "hundredths of money"),
    ("50.000đ/ngày", "năm mươi nghìn đồng một ngày", "một for the slash"),
    ("năm 2025", "năm hai không hai lăm", "year by digits"),
    ("năm 2009", "năm hai không không chín", "year by digits"),
    ("năm 2009", "năm hai không linh chín", "year by digits with linh"),
    ("năm 1984", "năm một chín tám tư", "year by digits"),
    ("(1945)", "một chín bốn lăm", "a year in parentheses"),
    ("24/7/2025", "hai mươi tư tháng bảy hai không hai lăm", "without ngày and năm"),
    ("ngày 5/8", "ngày mùng năm tháng tám", "mùng"),
    ("ngày 5/8", "ngày mồng năm tháng tám", "mồng"),
    ("tháng 4", "tháng bốn", "bốn beside tư"),
    ("6:50", "bảy giờ kém mười", "before the hour"),
    ("6:30", "sáu giờ rưỡi", "half"),
    ("6h05", "sáu giờ không năm", "zero before the minute"),
    ("8:23", "tám giờ hai ba phút", "short tens behind an hour"),
    ("6-7 người", "sáu bảy người", "neighbours without a word between them"),
    ("0912 34 56 78", "không chín một hai ba mươi tư năm mươi sáu bảy tám", "groups of two as numbers"),
    ("12/3B", "mười hai xuyệt ba bê", "xuyệt"),
    ("12/3B", "mười hai sẹc ba bờ", "sẹc, bờ"),
    ("B52", "bê năm hai", "digits of a code"),
    ("UBND", "u bê nờ dê", "spelled"),
    ("UBND", "ubnd", "as the recognizer may write it"),
    ("WTO", "vê kép tê o", "spelled"),
    ("abc@gmail.com", "a b c a móc g mail chấm com", "a móc, letters"),
    ("thứ 2", "thứ nhì", "nhì"),
    ("tháng 7/2025", "tháng bảy năm hai ngàn không trăm hai mươi lăm", "ngàn"),
]  # fmt: skip


def _accepts(written: str, spoken: str) -> bool:
    return seq(*(token.reading for token in read(written))).accepts(spoken)


@pytest.mark.parametrize(("written", "spoken", "why"), HEARD, ids=[f"{case[0]} {case[1]}" for case in HEARD])
def test_regional_and_colloquial_ways_are_heard(written: str, spoken: str, why: str):
    assert _accepts(written, spoken), why


# written, what says something else, why
NOT_HEARD = [
    ("34", "ba bốn", "that is 3-4"),
    ("52", "năm hai", "that may be year two"),
    ("54", "năm tư", "so may that"),
    ("20", "hai không", "digits of a plain number"),
    ("67 người", "sáu bảy người", "6-7"),
    ("102", "một trăm hai", "that is 120"),
    ("105", "một trăm năm", "that may be a hundred years"),
    ("1.002", "một nghìn hai", "that is 1,200"),
    ("2.500.000", "hai triệu năm", "that may be two million years"),
    ("1.000.200", "một triệu hai", "that is 1,200,000"),
    ("1.500", "một phẩy năm", "Vietnamese groups thousands with dots"),
    ("1,5", "mười lăm", "a decimal is no whole"),
    ("2,05", "hai phẩy năm", "the zero is lost"),
    ("24", "hai mươi", "a part"),
    ("20", "hai mươi tư", "more than it says"),
    ("-5", "năm", "the sign is lost"),
    ("12 kg", "mười hai", "the unit is lost"),
    ("12 kg", "mười hai mét", "another unit"),
    ("10 km", "mười ki lô gam", "another unit"),
    ("5%", "năm phần nghìn", "another part"),
    ("3/4", "bốn phần ba", "upside down"),
    ("24/7/2025", "ngày bảy tháng hai mươi tư năm hai nghìn không trăm hai mươi lăm", "swapped"),
    ("năm 2025", "năm hai không hai bốn", "another year"),
    ("6:50", "sáu giờ kém mười", "another hour"),
    ("6:30", "bảy giờ rưỡi", "another hour"),
    ("7 giờ", "bảy giờ rưỡi", "more than it says"),
    ("0912 345 678", "chín một hai ba bốn năm sáu bảy tám", "the zero is lost"),
    ("tỷ số 2-1", "tỷ số hai mươi mốt", "that is 21"),
    ("21", "hai một", "2-1"),
    ("10-12", "mười mười hai", "only neighbours go without a word"),
    ("4.000 đồng", "bốn triệu đồng", "another scale"),
    ("thế kỷ XIX", "thế kỷ hai mươi mốt", "another numeral"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "spoken", "why"), NOT_HEARD, ids=[f"{case[0]} {case[1]}" for case in NOT_HEARD])
def test_what_says_something_else_is_not_heard(written: str, spoken: str, why: str):
    assert not _accepts(written, spoken), why


S = Semiotic
# a text, its expressions that are neither plain nor punctuation
TOKENS: list[tuple[str, dict[str, Semiotic]]] = [
    (
        "Ngày 24/7/2025, trả 1.500.000 đồng lúc 6 giờ 50.",
        {"24/7/2025": S.DATE, "1.500.000 đồng": S.MONEY, "6 giờ 50": S.TIME},
    ),
    ("UBND TP.HCM họp ngày 5 tháng 3", {"UBND": S.ABBREVIATION, "TP.HCM": S.ABBREVIATION, "5 tháng 3": S.DATE}),
    ("từ 10-12 kg, hơn 35% và 2,5", {"10-12 kg": S.RANGE, "35%": S.PERCENT, "2,5": S.DECIMAL}),
    ("thế kỷ XXI, hạng thứ 3, tỷ số 2-1", {"XXI": S.ROMAN, "3": S.ORDINAL, "2-1": S.SCORE}),
    (
        "007, 3/4, 120 km/h, 3 phút 20 giây",
        {"007": S.DIGITS, "3/4": S.FRACTION, "120 km/h": S.MEASURE, "3 phút 20 giây": S.DURATION},
    ),
    (
        "0912 345 678, 30A-123.45, B52, số 12/3B",
        {"0912 345 678": S.TELEPHONE, "30A-123.45": S.PLATE, "B52": S.CODE, "12/3B": S.ADDRESS},
    ),
    ("abc@abc.com & 1.000", {"abc@abc.com": S.ELECTRONIC, "&": S.SYMBOL, "1.000": S.CARDINAL}),
    ("nhóm 1,2,3", {"1": S.CARDINAL, "2": S.CARDINAL, "3": S.CARDINAL}),
    ("đội hình 4-3-2", {"4": S.CARDINAL, "3": S.CARDINAL, "2": S.CARDINAL}),
    ("14/2004/QĐ-TTg", {"14/2004/QĐ-TTg": S.CODE}),
    ("Bà Hai có năm con.", {}),
]


@pytest.mark.parametrize(("text", "expected"), TOKENS, ids=[case[0] for case in TOKENS])
def test_expressions_are_whole(text: str, expected: dict[str, Semiotic]):
    found = [(token.written, token.kind) for token in read(text) if token.kind not in (S.PLAIN, S.PUNCT)]
    assert found == list(expected.items())


def test_links_of_an_example():
    spoken = verbalize("Giá 2,5 kg.")
    assert spoken.text == "giá hai phẩy năm ki lô gam"
    assert [(link.written, link.spoken, link.kind) for link in spoken.spans] == [
        ((0, 3), (0, 3), S.PLAIN),
        ((4, 10), (4, 26), S.MEASURE),
        ((10, 11), (26, 26), S.PUNCT),
    ]
