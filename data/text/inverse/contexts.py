"""Words around a number that tell what it is; found in running text by what they stand beside more often."""

from __future__ import annotations

from collections.abc import Sequence

from data.text.numbers.cardinals import word
from data.text.numbers.lexicon import DIGITS, is_figures
from data.text.unicode import is_syllable

#: What years have: năm sản xuất, năm thành lập.
_OF_YEARS = frozenset({
    ("sản", "xuất"), ("thành", "lập"), ("phát", "hành"), ("ra", "đời"), ("xuất", "bản"), ("khởi", "công"), ("hoàn", "thành"),
    ("kết", "thúc"), ("bắt", "đầu"), ("tài", "chính"), ("kỷ", "niệm"), ("xây", "dựng"), ("khánh", "thành"), ("đầu", "tiên"),
    ("chế", "tạo"), ("công", "bố"), ("sáng", "lập"), ("phát", "triển"), ("hoạt", "động"), ("gia", "nhập"), ("thực", "hiện"),
    ("tốt", "nghiệp"), ("học", "tập"), ("nhập", "ngũ"), ("bầu", "cử"), ("khai", "trương"), ("phát", "minh"), ("trị", "vì"),
})  # fmt: skip
#: Before "năm" they make it a year, whatever digit follows.
YEAR_NOUN = frozenset({
    "mỗi", "hàng", "hằng", "mấy", "nhiều", "những", "các", "cả", "đầu", "cuối", "giữa", "suốt", "quanh", "vào", "của", "từng",
    "nửa", "thường", "trong", "viên", "sinh", "cùng", "lâu", "xuân", "theo", "sang", "dịp", "đón", "vài", "trọn", "nguyên",
})  # fmt: skip
#: Behind "năm" they make it a year.
_YEAR_BEHIND = frozenset({
    "đó", "gần", "đầu", "cuối", "sau", "trước", "nhuận", "này", "nay", "ấy", "nào", "mới", "qua", "ngoái", "kia", "tới", "học",
    "sinh", "xưa", "giáp", "ất", "bính", "đinh", "mậu", "kỷ", "canh", "tân", "nhâm", "quý", "tý", "sửu", "dần", "mão", "thìn",
    "tỵ", "ngọ", "mùi", "thân", "dậu", "tuất", "hợi", "tài", "là", "và", "của", "thì", "mà", "tiếp", "liền", "liên", "cũ",
    "rồi", "nhất", "thứ", "tháng", "dương", "âm", "tuổi", "một", "các", "không", "để", "thường", "khi", "với", "cho", "tại",
    "ở", "vào",
})  # fmt: skip
#: What is counted: behind a number they make it an amount.
COUNTED = frozenset({
    "người", "con", "cái", "chiếc", "em", "học", "bệnh", "ca", "trường", "lần", "cuốn", "quyển", "bức", "tấm", "ngôi",
    "căn", "tòa", "toà", "cây", "quả", "trái", "bài", "câu", "bộ", "nước", "tỉnh", "huyện", "xã", "loại", "loài", "nhóm",
    "đôi", "cặp", "phòng", "tầng", "vụ", "bàn", "trận", "đứa", "vị", "viên", "tên", "chuyến", "hộ", "gia", "nhân",
    "tập", "bữa", "ngày", "tuần", "tháng", "tuổi", "giờ", "phút", "giây", "tiếng", "đồng", "đô", "kí", "ký", "ki", "mét",
    "tấn", "tạ", "lít", "độ", "điểm", "phần", "thành", "khách", "hành", "chuyên", "mẫu", "xe", "máy", "tàu",
    "bên", "thế", "khu", "nhà", "giải", "quận", "chữ", "vùng", "phường", "thập", "đường", "đơn", "miền", "viện", "ngôn", "cấp",
    "đảng", "nhánh", "cửa", "đảo", "cột", "tuyến", "dạng", "chân", "lượt", "đời", "dòng", "giai", "hạng", "gian", "môn", "phe",
    "phiên", "huy", "màu", "bản", "diễn", "phái", "bang", "làng", "lá", "dặm", "bờ", "hòn", "kiểu", "sao", "đĩa", "ngành",
    "hiệp", "làn", "sân", "hướng", "khái", "mục", "nền", "chi", "đêm", "mái", "hãng", "mức", "cảng", "hạt", "vua", "cạnh",
    "chương", "tướng", "khoa", "phiếu", "ủy", "uỷ", "đội", "cầu", "tiểu", "thí", "hộc", "ông", "bà", "anh", "chị", "cô", "ô",
    "thầy", "bạn", "đại", "công", "cơ", "cuộc", "món", "chai", "lon", "hộp", "gói", "túi", "bao", "kỳ", "đợt", "dự", "hợp",
    "phía", "mùa", "chiều", "chức", "nhiệm", "hệ", "tay", "sư", "cách", "phương", "danh", "vương", "sông", "album", "phó",
    "thiết", "bánh", "phim", "lĩnh", "giáo", "cúp", "trạm", "kênh", "thước", "dãy", "nguồn", "khẩu", "bậc", "chỗ", "suất",
    "siêu", "bể", "ngăn", "khía", "mắt", "pháo", "ngọn", "dải", "đỉnh", "tờ", "trụ", "giống", "mũi", "mảng", "dấu", "mảnh",
    "lữ", "thẩm", "ống", "tháp", "cụm", "xứ", "thôn", "súng", "đoàn", "nghị", "chợ", "loạt", "lò", "mạng", "trấn", "chú",
    "game", "màn", "chủng", "vườn", "tộc", "báo", "pho", "tượng", "họ", "khuôn", "lực", "quốc", "thị", "séc", "set",
    "nghệ", "cán", "bác", "doanh", "sản", "thùng", "ly", "cốc", "bát", "ván", "bước", "yếu", "mặt", "vòng", "tác",
})  # fmt: skip
#: Behind "một" they make it an article: năm hai không mười một số nước.
ARTICLE = frozenset({
    "số", "vài", "trong", "phần", "chút", "ít", "loạt", "vụ", "nhóm", "chiếc", "cơn", "ngôi", "hiến", "trận", "con", "cái",
    "người", "cuộc", "bộ", "đội",
})  # fmt: skip
#: Before a lone number that names something: lớp năm, chương năm.
NAMERS = frozenset({
    "khóa", "khoá", "lớp", "chương", "vòng", "mục", "quận", "phường", "tổ", "hạng", "cấp", "bậc", "nhóm", "điều", "khoản",
    "tầng", "lộ", "quyển", "màn", "hiệp", "top", "đoàn", "khu", "khối", "bảng", "số", "câu", "phòng", "kênh", "cổng", "ga",
    "lần", "iphone", "windows", "playstation", "galaxy", "version", "bản", "thứ",
})  # fmt: skip
#: Before "một" they make it a figure more often than an article: chương một, vòng một.
_ONE_BEHIND = NAMERS - {"bản", "lần", "câu"} | {
    "kỷ", "kỉ", "thức", "đoạn", "bước", "đội", "đợt", "hoạch", "mùa", "tập", "phần", "pha", "loại", "bài", "trang", "giai",
    "type", "model", "level", "season", "trạm", "trại", "cột", "dạng", "kiểu", "nhà", "vùng", "kỳ",
}  # fmt: skip
#: So many of them have no number.
_SEVERAL = frozenset({"nhiều", "các", "những", "mấy", "vài", "mọi"})
#: Before an age of five; "năm tuổi" by itself is also the year of one's own animal.
_OF_AGE = frozenset({"mới", "lên", "tròn", "đã", "lúc", "chỉ", "còn", "được", "từ", "hơn", "gần", "chưa"})
#: Before a number they make it an amount.
_AMOUNTS = frozenset({
    "gồm", "có", "khoảng", "hơn", "lên", "được", "thêm", "còn", "dài", "cao", "gấp", "chừng", "đạt", "mang", "giành", "chỉ",
    "làm", "thành", "từ", "đến", "là", "bằng", "mất", "gần", "tới", "xuống", "rộng", "nặng", "và", "cộng", "nhân", "chia",
})  # fmt: skip
#: Behind a day and a month they show that it was an amount of months: ba tháng hai ngày.
SPANS = frozenset({"ngày", "tuần", "giờ", "tháng", "phút", "lần", "lượt", "bữa", "buổi", "kỳ", "người"})
DAY_WORDS = frozenset({"ngày", "hôm", "sáng", "trưa", "chiều", "tối", "đêm", "khuya", "rạng", "mùng", "mồng"})
#: Before digits they show that these are a name and no amount.
NAMED = frozenset({"số", "mã", "phòng", "gọi", "đuôi", "tổng", "đài", "hotline", "id", "pin", "otp", "là"})
#: How single letters are said; a digit behind one is part of a code.
LETTER_NAMES = frozenset({
    "bê", "bờ", "xê", "cờ", "dê", "dờ", "đê", "ép", "gờ", "giê", "hát", "hờ", "ca", "lờ", "mờ", "nờ", "pê", "pờ", "quy", "rờ",
    "ét", "tê", "tờ", "u", "vê", "vờ", "ích", "dét",
})  # fmt: skip


def is_letter(key: str) -> bool:
    """Whether a word is a letter or the name of one."""
    return key in LETTER_NAMES or (len(key) == 1 and key.isalpha())


def may_be_one(keys: Sequence[str], at: int) -> bool:
    """Whether a lone "một" may be a figure: mostly it is an article, which nobody writes as 1."""
    before = word(keys, at - 1) if at else ""
    if not _SEVERAL.isdisjoint(keys[max(0, at - 3) : at]):
        return False  # qua nhiều thế kỷ một sự phối hợp
    named = before in _ONE_BEHIND or is_letter(before) or (before.isalpha() and not is_syllable(before))
    return (named and word(keys, at + 1) not in ARTICLE) or (word(keys, at + 1) in ("đến", "tới") and at + 2 < len(keys))


def may_be_article(keys: Sequence[str], end: int) -> bool:
    """Whether the last word of a number that ends here is "một" and may belong to what follows."""
    return keys[end - 1] == "một" and word(keys, end) in ARTICLE


def lone_five(keys: Sequence[str], start: int, end: int, cost: float) -> float:
    """The cost of a reading that begins with a number; little where that is a "năm" that can be no year."""
    if end != start + 1 or keys[start] != "năm":
        return cost
    return 0.05 if is_five(keys, start) else 1.0 if start and keys[start - 1] in YEAR_NOUN else min(cost, 0.65)


def _is_code(keys: Sequence[str], at: int) -> bool:
    """Whether a letter stands here, and no unit behind figures."""
    return at >= 0 and is_letter(keys[at]) and not (at and is_figures(keys[at - 1]))


def names_year(keys: Sequence[str], at: int) -> bool:
    """Whether what follows a "năm" is what years have, so that it is no five."""
    return (word(keys, at + 1), word(keys, at + 2)) in _OF_YEARS


def is_five(keys: Sequence[str], at: int) -> bool:
    """Whether a "năm" that stands alone is more likely a five than a year."""
    before, behind = word(keys, at - 1) if at else "", word(keys, at + 1)
    if before in DIGITS or before in ("mười", "mươi", "trăm", "nghìn", "triệu"):
        return False
    if names_year(keys, at):
        return False
    if before in ("cộng", "nhân", "chia"):
        return behind not in _YEAR_BEHIND
    if behind == "tuổi" and before in _OF_AGE:
        return True
    evidence = 2 if behind in COUNTED or behind in ("cộng", "chia") else 0
    evidence -= 3 if behind in _YEAR_BEHIND else 0
    evidence += 1 if before in _AMOUNTS else 2 if before in NAMERS or _is_code(keys, at - 1) else 0
    evidence -= 3 if before in YEAR_NOUN else 0
    return evidence > 0 and not (before in _AMOUNTS and behind not in COUNTED)
