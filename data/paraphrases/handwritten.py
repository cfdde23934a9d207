"""What is said in calls, meetings and the news, and how somebody may ask for it in none of its words; written for this.

A passage and the question below it share no syllable, whatever its accents.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rewording:
    """A passage and a question that it alone answers."""

    passage: str
    question: str


_ROWS = """
Sáng nay chuyến bay đi Đà Nẵng bị hoãn hai tiếng vì thời tiết xấu, hành khách phải ngồi chờ ở phòng đợi.
phi cơ trễ giờ cất cánh do mưa bão

Bác sĩ dặn bệnh nhân uống thuốc đều đặn sau bữa ăn và tái khám sau một tuần.
lời khuyên y tế dành cho người ốm về việc dùng dược phẩm

Giá xăng tăng thêm một nghìn đồng mỗi lít kể từ chiều mai.
nhiên liệu sắp đắt hơn bao nhiêu

Công ty quyết định sa thải ba trăm công nhân vì đơn hàng giảm mạnh.
nhiều lao động mất việc làm do doanh nghiệp ế ẩm

Đội tuyển bóng đá nước ta vừa thắng Thái Lan hai không ở trận chung kết.
tin vui thể thao: chức vô địch môn túc cầu

Con gái tôi mới sinh em bé tuần trước, mẹ tròn con vuông.
bà ngoại khoe vừa có cháu chào đời

Nhà trường thông báo cho học sinh nghỉ vì bão số năm đổ bộ.
lớp đóng cửa tránh thiên tai

Ngân hàng hạ lãi suất cho vay mua nhà xuống sáu phần trăm một năm.
tín dụng bất động sản rẻ hơn trước

Anh ấy bị cảnh sát phạt vì chạy xe quá tốc độ trên đường cao tốc.
lái ô tô nhanh vượt mức, nộp tiền cho công an giao thông

Bà con nông dân phấn khởi vì lúa vụ này được mùa, thương lái mua với giá cao.
thu hoạch thóc gạo bội thu, bán đắt

Tòa án tuyên bị cáo mười hai năm tù vì tội nhận hối lộ.
quan tham lãnh hình phạt giam giữ

Máy tính của phòng kế toán bị nhiễm vi rút nên mất hết dữ liệu.
mã độc tấn công khiến hồ sơ tài chính biến sạch

Khách phàn nàn rằng tủ lạnh mới mua không chạy, nhân viên hứa đổi cái khác.
than phiền về đồ điện gia dụng hỏng, cửa hàng sẽ thay

Cháu bé bốn tuổi đi lạc ở chợ đã được tìm thấy an toàn tối qua.
đứa trẻ mất tích trở về với bố mẹ

Để nấu phở ngon, phải hầm xương bò ít nhất tám tiếng với hồi và quế.
bí quyết làm nước dùng đậm đà cho món bún bánh truyền thống

Thành phố cấm xe tải vào nội đô giờ cao điểm để giảm kẹt đường.
hạn chế ô tô chở hàng lúc đông nhằm chống ùn tắc

Ông nội tôi mất năm ngoái, cả họ về chịu tang.
người già qua đời, con cháu làm đám ma

Vợ chồng họ ly hôn sau mười năm chung sống, tòa giao con cho mẹ nuôi.
đôi uyên ương chia tay, quyền chăm trẻ thuộc về phụ nữ

Mùa hè này gia đình em đi tắm biển ở Nha Trang năm ngày.
kỳ nghỉ mát bên bờ đại dương

Cô giáo khen các em làm bài toán nhanh và đúng.
lời biểu dương học trò giỏi số học của người dạy

Đêm qua trộm phá khóa vào nhà lấy đi hai chiếc xe máy.
kẻ gian đột nhập cuỗm mất phương tiện

Nhà máy xả nước thải chưa xử lý ra sông làm cá chết hàng loạt.
ô nhiễm môi trường khiến thủy sinh diệt vong vì chất độc công nghiệp

Chính phủ miễn học phí cho trẻ mầm non từ tháng chín.
bậc mẫu giáo sắp khỏi đóng tiền

Chị ấy tập thể dục mỗi sáng nên giảm được bảy ký trong ba tháng.
gầy đi nhờ vận động đều đặn

Đội cứu hỏa mất ba giờ mới dập tắt đám cháy ở kho vải.
lính chữa lửa làm việc vất vả tại xưởng dệt

Hai nước ký hiệp định xóa bỏ thuế nhập khẩu đối với nông sản.
thỏa thuận thương mại tự do về rau quả

Bệnh viện thiếu máu nhóm O, kêu gọi mọi người hiến giúp.
nơi điều trị cần tình nguyện cho huyết

Điện thoại của tôi hết pin, cho mượn cái sạc một lát nhé.
di động cạn năng lượng, xin nhờ dây nạp

Xin lỗi, tôi gọi nhầm số, tôi cần gặp anh Hùng phòng kinh doanh.
quay sai máy khi muốn trò chuyện với bộ phận bán hàng

Cầu bị lũ cuốn trôi nên xe phải đi vòng hơn ba mươi cây số.
nước dâng phá hỏng công trình bắc qua dòng chảy

Thuê bao quý khách vừa gọi hiện không liên lạc được, xin để lại lời nhắn.
chủ máy tắt nguồn, hộp thư thoại

Trời rét đậm, nhiệt độ ở Sa Pa xuống dưới không độ, có nơi đóng băng.
lạnh giá vùng cao phía bắc, sương muối trắng

Nhóm nghiên cứu vừa thử thành công vắc xin phòng sốt xuất huyết.
giới khoa học chế được thuốc ngừa bệnh muỗi truyền

Em muốn nghỉ phép ba ngày để đưa mẹ đi mổ mắt.
nhân viên xin vắng vì người thân phẫu thuật

Giám đốc yêu cầu hoàn thành báo cáo trước thứ sáu.
sếp giục nộp văn bản cuối tuần

Xe buýt số tám dừng ở bến chợ Bến Thành lúc bảy giờ.
phương tiện công cộng đón khách buổi sớm

Cậu bé nghèo bán vé số đã trả lại ví tiền cho người đánh rơi.
tấm gương trung thực nhặt được của đem hoàn chủ

Tàu ngầm hạt nhân của Mỹ cập cảng hôm thứ hai.
chiến hạm Hoa Kỳ chạy năng lượng nguyên tử ghé bến

Nghệ sĩ dương cầm gốc Việt đoạt giải nhất cuộc thi ở Vác-sa-va.
người chơi piano chiến thắng tại Ba Lan

Con trâu của ông Ba sổng chuồng, giẫm nát ruộng rau nhà hàng xóm.
gia súc phá hoại hoa màu láng giềng

Mạng chập chờn quá, anh nói lại câu vừa rồi giúp em.
đường truyền internet yếu nên nghe không rõ

Phim mới của đạo diễn Trần thu về hai trăm tỷ sau một tuần chiếu.
tác phẩm màn bạc ăn khách tại rạp

Trẻ dưới sáu tuổi được khám chữa không mất tiền.
thiếu nhi hưởng y tế miễn phí

Chúng tôi sẽ giao hàng tận nhà trong vòng hai mươi tư giờ.
dịch vụ chuyển đồ đến tay người mua ngay hôm sau

Vườn thú vừa đón hai con hổ con chào đời.
chúa sơn lâm sinh sản trong môi trường nuôi nhốt

Đường dây nóng nhận phản ánh của dân về tiếng ồn karaoke ban đêm.
than phiền hàng xóm hát to khuya khoắt

Bố tôi bỏ thuốc lá được ba năm rồi.
cai nghiện nicotin thành công

Kỹ sư đang sửa thang máy, xin quý vị đi cầu thang bộ.
thợ bảo trì thiết bị nâng trong tòa nhà cao tầng

Cổ phiếu ngành thép giảm sàn ba phiên liên tiếp.
thị trường chứng khoán lao dốc, nhà đầu tư kim loại thua lỗ

Quán cà phê này cho phép mang chó mèo vào.
tiệm giải khát thân thiện với thú cưng

Tôi quên mật khẩu, làm sao đăng nhập lại tài khoản?
cách khôi phục quyền truy cập khi không nhớ mã số

Lễ cưới của hai bạn tổ chức vào chủ nhật tuần sau tại khách sạn.
tiệc thành hôn, đôi uyên ương

Ruộng nứt nẻ vì ba tháng liền không có mưa, dân thiếu nước sinh hoạt.
hạn hán kéo dài, đồng khô cạn

Thủ môn cản phá quả phạt đền ở phút cuối cùng.
người giữ gôn cứu thua cú sút mười một mét

Hải quan thu giữ năm tấn ngà voi giấu trong công ten nơ gỗ.
buôn lậu động vật hoang dã bị bắt tại cửa khẩu

Xe cấp cứu đưa ba nạn nhân vụ va chạm vào viện.
người bị thương được chở đi chữa trị

Mẹ dạy em gói bánh chưng từ hồi còn bé.
truyền nghề làm món ăn ngày Tết

Ngư dân kéo được con cá mập dài bốn mét ngoài khơi.
người đánh bắt hải sản tóm quái vật biển khổng lồ

Giá vàng hôm nay vượt tám mươi triệu một lượng.
kim loại quý lên mức kỷ lục

Phi hành gia trở về trái đất sau nửa năm trên trạm vũ trụ.
người bay vào không gian hạ cánh an toàn
"""


def rewordings() -> tuple[Rewording, ...]:
    """All of them, as they stand above."""
    return tuple(Rewording(*pair.splitlines()) for pair in _ROWS.strip().split("\n\n"))
