"""Sentences with slots, written for this project (CC0): where expressions stand in what people dictate and say.

{slot} is an expression of data/pairs/expressions.py, one of WORDS below, {title} (a name out of the text itself) or
{clause} (a statement out of it, without its full stop). [written|said|class] is said as it stands there, because that
way of saying is the point.
"""

from __future__ import annotations

WORDS: dict[str, tuple[str, ...]] = {
    "person": (
        "Lan", "Minh", "Hùng", "Thu Hà", "Nguyễn Văn An", "Trần Thị Mai", "Lê Hoàng", "Phạm Quốc Bảo", "Đặng Ngọc Linh",
        "Vũ Đức Thắng", "Hoàng Yến", "Bùi Thanh Sơn", "Đỗ Kim Ngân", "Ngô Gia Huy", "Dương Khánh Vy", "Hồ Tấn Tài",
    ),
    "kin": ("anh", "chị", "em", "cô", "chú", "bác", "ông", "bà", "bạn", "mẹ", "bố", "thầy"),
    "kin_up": ("Anh", "Chị", "Em", "Cô", "Chú", "Bác", "Ông", "Bà", "Bạn", "Mẹ", "Bố", "Thầy"),
    "ranked": (
        "chị Hai", "anh Ba", "chú Tư", "cô Năm", "bác Sáu", "dì Bảy", "cậu Tám", "anh Chín", "bà Mười", "ông Ba", "dì Tư",
        "anh Hai", "cô Ba", "thím Năm", "mợ Sáu", "ông Tư Hòa", "anh Năm Thành", "cô Hai Lý",
    ),
    "ranked_up": (
        "Chị Hai", "Anh Ba", "Chú Tư", "Cô Năm", "Bác Sáu", "Dì Bảy", "Cậu Tám", "Anh Chín", "Bà Mười", "Anh Hai",
    ),
    "named": (
        "Nguyễn Thị Năm", "Trần Văn Hai", "Lê Văn Tư", "Phạm Thị Ba", "Võ Văn Sáu", "Huỳnh Thị Bảy", "Đỗ Văn Chín",
        "Đinh Thị Mười",
    ),
    "place": (
        "Hà Nội", "Đà Nẵng", "Huế", "Cần Thơ", "Hải Phòng", "Nha Trang", "Đà Lạt", "Quảng Ninh", "Nghệ An", "Bình Dương",
        "Vũng Tàu", "Sa Pa", "Quy Nhơn", "Thái Bình", "An Giang", "Cà Mau", "TP.HCM", "Buôn Ma Thuột",
    ),
    "street": (
        "Nguyễn Trãi", "Lê Lợi", "Trần Hưng Đạo", "Hai Bà Trưng", "Lý Thường Kiệt", "Phan Chu Trinh", "Điện Biên Phủ",
        "Cách Mạng Tháng Tám", "Ba Tháng Hai", "Võ Thị Sáu", "Nguyễn Huệ", "Kim Mã", "Láng Hạ", "Trường Chinh",
    ),
    "goods": (
        "gạo", "thịt bò", "cà phê", "đường", "xi măng", "cá tra", "tôm", "phân bón", "thép", "rau sạch", "xoài",
        "sầu riêng",
    ),
    "thing": (
        "chiếc điện thoại", "cái áo khoác", "bộ bàn ghế", "cuốn sách", "chiếc xe đạp", "cái tủ lạnh", "vé máy bay",
        "chiếc máy giặt", "phòng khách sạn", "khóa học", "hợp đồng", "đơn hàng", "lô hàng", "gói cước",
    ),
    "people": (
        "người", "học sinh", "sinh viên", "công nhân", "khách", "bệnh nhân", "hộ dân", "du khách", "cán bộ", "chiến sĩ",
    ),
    "office": (
        "công ty", "nhà trường", "bệnh viện", "ngân hàng", "ủy ban", "ban tổ chức", "cửa hàng", "trung tâm", "tòa án",
        "UBND",
    ),
    "team": (
        "Việt Nam", "Hà Nội FC", "Thái Lan", "Real Madrid", "Arsenal", "Hoàng Anh Gia Lai", "Nhật Bản", "Liverpool",
        "Brasil",
    ),
    "action": (
        "họp", "khám bệnh", "ăn cơm", "đón con", "học bài", "tập thể dục", "đi chợ", "nộp hồ sơ", "gặp khách", "sửa xe",
    ),
    "command": (
        "Mở cửa", "Tắt đèn", "Bật nhạc", "Gọi cho mẹ", "Đặt báo thức", "Mở bản đồ", "Dừng lại", "Tắt máy lạnh",
        "Tăng âm lượng", "Chụp ảnh", "Gửi tin nhắn", "Đọc tin tức", "Chuyển kênh", "Tìm quán ăn gần đây", "Bật quạt",
    ),
    "feeling": ("đẹp", "ngon", "vui", "mệt", "nóng", "lạnh", "đắt", "khó", "dễ thương", "tuyệt", "đông", "xa"),
    "small_word": ("hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười"),
    "subject": ("toán", "văn", "lịch sử", "tin học", "tiếng Anh", "vật lý", "hóa học", "sinh học"),
}  # fmt: skip

AMOUNTS = (
    "Giá {thing} này là {money}.", "{kin_up} {person} trả {money} cho {thing}.", "Tổng cộng hết {money}, {kin} nhé.",
    "Hóa đơn tiền điện tháng này là {money}.", "{office} hỗ trợ mỗi hộ {money}.", "Lương tháng đầu của tôi là {money}.",
    "Bệnh nhân trả {money} lúc {clock}.", "Cho tôi vay {money} đến {day_month}.", "Chuyển khoản {money} cho {person}.",
    "Doanh thu năm {year} đạt {money}, tăng {percent}.", "Một ký {goods} giá {money}.", "Giảm {percent} còn {money}.",
    "Căn nhà rộng {small} m² được bán với giá {money}.", "Vốn đầu tư ban đầu khoảng {money}.", "Phí ship là {money}.",
    "Nó cân nặng {small} kg và cao 1,{small} m.", "Mua giúp tôi {weight} {goods}.", "Quãng đường dài {decimal} km.",
    "Nhiệt độ hôm nay lên tới {small} °C.", "Dân số của xã là {cardinal} người.", "Diện tích khoảng {measure}.",
    "Sản lượng {goods} đạt {cardinal} tấn, tăng {percent} so với năm {year}.", "Tỷ lệ thất nghiệp là {percent}.",
    "Có {cardinal} {people} tham dự, chiếm {percent}.", "Lãi suất là {percent} một năm.", "Còn lại {fraction} số tiền.",
    "Khoảng {fraction} {people} đồng ý.", "Hệ số là {decimal}.", "Điểm trung bình môn {subject} của em là {decimal}.",
    "Thuốc này uống {small} viên mỗi ngày, mỗi viên {cardinal} mg.", "Cả lớp có {small} {people}.",
    "Tôi có {small} cuốn sách.", "Xe chạy với tốc độ {measure}.", "Kho còn {cardinal} sản phẩm.",
    "Đơn hàng gồm {small} thùng {goods}.", "Trường có {cardinal} {people} và {small} phòng học.",
    "Tập {small} dài {duration}.", "Bài {small} trang {cardinal}.",
)  # fmt: skip

TIMES = (
    "Ngày {date}, {kin} {person} đến {place}.", "Hẹn gặp {kin} lúc {clock} ngày {day_month}.",
    "Cuộc họp bắt đầu lúc {clock}.", "{clock} sáng mai tôi {action}.", "Tàu chạy lúc {clock} tối.",
    "{kin_up} {person} sinh ngày {date} tại {place}.", "Hợp đồng có hiệu lực từ ngày {date} đến ngày {date}.",
    "Sự việc xảy ra vào khoảng {clock} ngày {date}.", "Cửa hàng mở cửa từ {clock} đến {clock}.",
    "Năm {year}, {title} được xây dựng lại.", "Tháng {month} này tôi đi {place}.",
    "Từ năm {year} đến năm {year}, {office} đã thay đổi nhiều.", "Cuộc thi diễn ra vào {month_year}.",
    "Phim dài {duration}.", "Tôi chờ {duration} rồi.", "Anh ấy chạy hết {duration}.", "Khóa học kéo dài {duration}.",
    "Đặt báo thức lúc {clock}.", "Mùng {small_day} Tết cả nhà về quê.", "Rằm tháng {month} là ngày lễ lớn.",
    "Chiều {weekday} tuần sau {kin} rảnh không?", "Lịch học: {weekday} lúc {clock}, {weekday} lúc {clock}.",
    "Quyết định số {cardinal} ban hành ngày {date}.", "Thế kỷ {century} là thời kỳ thịnh vượng.",
    "Đại hội lần thứ {roman} họp năm {year}.", "Vua Louis {roman} lên ngôi năm {year}.",
    "Hạn nộp hồ sơ là ngày {date}, trước {clock}.", "Xe đến lúc {clock}, trễ {duration}.",
    "Uống thuốc lúc {clock} và {clock}.",
)  # fmt: skip

CONTACTS = (
    "Số điện thoại của tôi là {telephone}.", "Gọi cho {kin} {person} theo số {mobile} nhé.", "Hotline: {telephone}.",
    "Liên hệ {person} qua số {telephone} hoặc {email}.", "Gửi thư về địa chỉ {email} trước ngày {date}.",
    "Xem thêm tại {website}.", "Địa chỉ nhà tôi là {address} {street}, {place}.", "Giao hàng đến {address} đường {street}.",
    "Công ty ở {address} {street}, phường {small}, quận {small_ward}, {place}.",
    "Xe biển số {plate} gây tai nạn rồi bỏ chạy.", "Chiếc xe mang biển kiểm soát {plate} đỗ trước cửa.",
    "Mã đơn hàng là {code}.", "Phòng {code} ở tầng {small}.", "Chuyến bay {code} cất cánh lúc {clock}.",
    "Vitamin [B12|bê mười hai|code] có trong thịt.", "Email của em là {email} ạ.", "Nhà số {house} ngõ {alley} đường {street}.",
    "Bạn vào trang {website} rồi đăng ký bằng số {mobile}.",
)  # fmt: skip

SPANS = (
    "{team} thắng {team} với tỷ số {score}.", "Trận đấu kết thúc với tỷ số {score} nghiêng về {team}.",
    "Chúng tôi cần {span} {people}.", "Trẻ từ {span} tuổi được miễn phí.", "Nghỉ ngơi {span} ngày là khỏe.",
    "Trời mưa {span} mm.", "Làm bài {span} phút là xong.", "Hiệp một kết thúc, {team} dẫn {score}.",
    "Có [6, 7|sáu bảy|cardinal] {people} đang chờ ngoài cửa.", "Mỗi ngày bán được [5, 6|năm sáu|cardinal] cái.",
    "Độ [3, 4|ba bốn|cardinal] tuần nữa thì xong.", "Nhà có [2, 3|hai ba|cardinal] đứa con.",
    "Tầm [7, 8|bảy tám|cardinal] giờ tối.", "Khoảng [4, 5|bốn năm|cardinal] năm trước tôi sống ở {place}.",
    "Mua [1, 2|một hai|cardinal] cái thôi.", "Chừng [8, 9|tám chín|cardinal] {people} đăng ký.",
    "Ở đó [5, 7|năm bảy|cardinal] hôm rồi về.", "Đi mất [3, 4|ba bốn|cardinal] tiếng.",
)  # fmt: skip

#: "năm" is five and year, "hai … mười" are numbers and names, numbers meet across a full stop that nobody hears.
TRAPS = (
    "Sinh viên năm hai học {subject}.", "{kin_up} ấy là sinh viên năm nhất.", "Lên năm ba thì đi thực tập.",
    "Năm nay tôi {age} tuổi.", "Năm ngoái {kin} ấy ở {place}.", "Năm năm sau họ gặp lại nhau.",
    "Cứ [5|năm|cardinal] năm một lần, {office} tổ chức lễ hội.", "Tôi học ở đây [5|năm|cardinal] năm rồi.",
    "Mỗi năm có {small} kỳ thi.", "Trong năm {year}, có {small} vụ.", "Đầu năm {year}, {kin} {person} chuyển đến {place}.",
    "{ranked_up} đi chợ mua {small} con cá.", "Nhà {ranked} ở cuối xóm.", "Bà {named} năm nay {age} tuổi.",
    "Ông {named} quê ở {place}.", "Đường Hai Bà Trưng cách đây {decimal} km.", "Tôi kể cho {ranked} nghe chuyện hôm qua.",
    "{ranked_up} ơi, mấy giờ rồi?", "Chợ Năm Căn họp lúc {clock}.", "Họ có {small} người con. {small_up} người đã đi làm.",
    "Anh ấy sinh năm {year}. {year} là năm nhuận.", "Tôi mua hết {cardinal}. {cardinal} cái còn lại trả cửa hàng.",
    "Số nhà là {house}. {small} hộ sống ở đây.", "Lúc đó là năm {year}. [5|năm|cardinal] người đã có mặt.",
    "Chúng tôi đến năm {year}. {day_month} thì về.", "Một mình tôi làm không hết.", "Ba mẹ tôi làm nông.",
    "Ba tôi năm nay đã già.", "Má và ba đi vắng cả rồi.", "Tư duy của {kin} ấy rất tốt.", "Chín quá thì xoài không ngon.",
    "Không ai biết chuyện đó cả.", "Không phải lỗi của {kin}.", "Một trong những lý do là thời tiết.",
    "Một số người không đồng ý.", "Trăm nghe không bằng một thấy.", "Chấm dứt chuyện này đi.",
    "Phẩy tay một cái, {kin} ấy bỏ đi.", "Ba chấm là dấu gì vậy?", "Vạn sự khởi đầu nan.", "Nghìn năm văn hiến.",
    "Mười phân vẹn mười.", "Tháng Giêng là tháng ăn chơi.", "Bảy nổi ba chìm với nước non.",
    "Ba chân bốn cẳng chạy về nhà.", "Năm học mới bắt đầu.", "Thứ nhất là học, thứ hai là chơi.",
    "{kin_up} ấy đứng thứ {small} trong lớp.", "Người thứ ba không được biết.", "Tư nhân hóa là xu hướng chung.",
    "Lục bình trôi trên sông.", "Bát cơm đầy.", "Tám chuyện cả buổi.", "Hai mặt của một vấn đề.",
)  # fmt: skip

QUESTIONS = (
    "{title} là gì?", "{title} nằm ở đâu?", "{title} có nổi tiếng không?", "Bạn biết gì về {title}?",
    "{title} bao nhiêu tuổi rồi?", "Ai là người sáng lập {title}?", "Vì sao {title} quan trọng?", "{title} ra đời khi nào?",
    "{kin_up} đã từng đến {title} chưa?", "{title} thuộc nước nào?", "Tại sao lại gọi là {title}?",
    "Có phải {clause} không?", "Vì sao {clause}?", "Tại sao {clause}?", "{clause_up}, phải không?",
    "{clause_up}, đúng không?", "{clause_up} à?", "Làm sao biết {clause}?", "Ai nói rằng {clause}?",
    "Có thật là {clause} không?", "Liệu {clause} hay không?", "Theo {kin}, {clause} có đúng không?", "Khi nào {clause}?",
    "Mấy giờ rồi {kin}?", "Bây giờ là mấy giờ?", "{kin_up} tên là gì?", "{kin_up} ăn cơm chưa?", "{kin_up} đi đâu đấy?",
    "{kin_up} có khỏe không?", "Cái này bao nhiêu tiền?", "Sao {kin} không nói gì?", "{kin_up} {person} đâu rồi?",
    "Ai đấy?", "Thế thì phải làm sao?", "{kin_up} làm nghề gì?", "Hôm nay là thứ mấy?", "Ngày mai trời có mưa không?",
    "Đi mất bao lâu?", "{kin_up} có số của {person} không?", "Số {mobile} là của ai?", "Giá {money} có đắt quá không?",
    "Lúc {clock} {kin} ở đâu?", "Sao lại {feeling} thế?", "Có ai ở nhà không?", "Bao giờ {kin} về {place}?",
    "Từ đây đến {place} bao xa?", "Thật không?", "{kin_up} có muốn {action} không?", "Mai {kin} có đi {action} không?",
    "Vậy à?", "{kin_up} mua {thing} ở đâu thế?", "Mình {action} lúc {clock} được không?", "Năm {year} có sự kiện gì?",
    "Ai thắng trận {score} hôm qua?", "{kin_up} hiểu chưa?", "Đường nào đến {street} nhanh nhất?",
    "{kin_up} thích {place} hay {place}?", "Sinh năm {year} thì bao nhiêu tuổi?", "Rồi sao nữa?", "Còn {kin} thì sao?",
    "Chuyện gì xảy ra vậy?", "{office} mở cửa lúc mấy giờ?", "Đây có phải là {title} không?", "Nó ở đâu nhỉ?",
)  # fmt: skip

TALK = (
    "Trời ơi, {feeling} quá!", "{feeling_up} quá đi mất!", "Cẩn thận!", "Cố lên!", "Chúc mừng sinh nhật {kin}!",
    "Tuyệt vời!", "Nhanh lên, muộn rồi!", "Đừng làm thế!", "Ôi, đông người quá!", "Chúc {kin} năm mới vui vẻ!", "Hay quá!",
    "Đi thôi!", "{command}.", "{command} giúp tôi.", "{command} lúc {clock}.", "{command} sau {duration}.",
    "Làm ơn {command_low}.", "Dạ, em chào {kin} ạ.", "Vâng, tôi biết rồi.", "Không sao đâu.", "Cảm ơn {kin} nhiều nhé.",
    "Xin lỗi, tôi đến muộn.", "Ừ, để tôi xem lại.", "Thôi, {kin} về nhé.", "Alo, tôi nghe đây.",
    "Hôm nay tôi {action} với {person}.", "Chào {kin}.", "Tôi không biết.", "Để mai tính.", "Em đang ở {place}.",
    "Tôi đồng ý với {kin}.", "Nếu rảnh thì {kin} ghé chơi.", "{kin_up} nói đúng đấy.", "Tôi mới mua {thing} hôm qua.",
    "Mẹ tôi thích {goods}, còn bố tôi thì không.", "Được, {kin} cứ đi đi.",
)  # fmt: skip

GROUPS: dict[str, tuple[str, ...]] = {
    "amounts": AMOUNTS, "times": TIMES, "contacts": CONTACTS,
    "spans": SPANS, "traps": TRAPS, "questions": QUESTIONS, "talk": TALK,
}  # fmt: skip
#: How often each group is drawn.
WEIGHTS: dict[str, float] = {
    "amounts": 0.2, "times": 0.17, "contacts": 0.12, "spans": 0.07, "traps": 0.14, "questions": 0.2, "talk": 0.1,
}  # fmt: skip
