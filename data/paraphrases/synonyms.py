"""Vietnamese words for the same thing: how a text mostly writes it, and how somebody may ask for it instead.

Of the two sides of a row no syllable is the same, whatever its accents. The sides are those of an encyclopaedia: to the
left what it uses mostly, to the right the other region's, the other register's or the other origin's word.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing with its words; both sides as normal forms."""

    written: tuple[str, ...]
    asked: tuple[str, ...]


_ROWS = """
máy bay | phi cơ
sân bay | phi trường
xe lửa | tàu hỏa
ô tô | xe hơi
xe tăng | thiết giáp
bệnh viện | nhà thương
bác sĩ | thầy thuốc
giáo viên | thầy cô
diễn viên | tài tử
nhà thơ | thi sĩ
nhà văn | tiểu thuyết gia
họa sĩ | người vẽ tranh
công nhân | thợ thuyền
luật sư | thầy cãi
cảnh sát | công an
linh mục | cha xứ
giáo hoàng | đức thánh cha
nhà thờ | giáo đường
đền thờ | miếu mạo
ngân hàng | nhà băng
công ty | doanh nghiệp
nhà máy | xí nghiệp
thương mại | buôn bán
hoa kỳ | nước mỹ, mỹ quốc
trung quốc | nước tàu
nhật bản | phù tang
hà nội | thăng long
thành phố hồ chí minh | sài gòn
thành phố | đô thị
nông thôn | đồng quê
trẻ em | thiếu nhi
phụ nữ | đàn bà
nam giới | đàn ông
cha mẹ, bố mẹ | phụ huynh
anh em | huynh đệ
con trai | quý tử
con gái | ái nữ
vợ | phu nhân
nhà vua, vua | quốc vương
tổng thống | nguyên thủ
bầu cử | bỏ phiếu
quân đội | binh sĩ
tấn công | đột kích
rút lui | thoái binh
phá hủy | san bằng
qua đời | từ trần
sinh ra | chào đời
kết hôn | cưới hỏi
ly hôn | chia tay
tự sát | quyên sinh
tử hình | hành quyết
nhà tù | trại giam
tội phạm | hung thủ
trái đất | địa cầu
mặt trời | thái dương
ngôi sao | tinh tú
thế giới | hoàn cầu
núi lửa | hỏa diệm sơn
động đất | địa chấn
lũ lụt | hồng thủy
bão | cuồng phong
biển | đại dương
động vật | muông thú
thực vật | cây cỏ
hổ | cọp
lợn | heo
bóng đá | túc cầu
cuộc thi | tranh tài
thất bại | thua cuộc
truyền hình | vô tuyến
máy tính | điện toán
báo chí | truyền thông
nổi tiếng | lừng danh
giàu có | sung túc
nghèo | bần cùng
to lớn | khổng lồ
sợ hãi | kinh hoàng
hiện đại | tân tiến
giúp đỡ | hỗ trợ
bắt đầu | mở màn
kết thúc | chấm dứt
xây dựng | kiến thiết
phát hiện | tìm thấy
đồng ý | chấp thuận
phản đối | chống lại
"""


def concepts() -> tuple[Concept, ...]:
    """All rows, in their order."""
    sides = [line.split(" | ") for line in _ROWS.strip().splitlines()]
    return tuple(Concept(tuple(written.split(", ")), tuple(asked.split(", "))) for written, asked in sides)
