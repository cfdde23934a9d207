"""The tables of units and currencies: symbol → how it is said."""

from __future__ import annotations

from data.text.reading import Part, either
from data.text.verbalize.cardinals import ways

LENGTHS: dict[str, Part] = {
    "m": "mét",
    "km": ways((0.85, "ki lô mét"), (0.08, "cây số"), (0.03, "ki lô"), (0.04, "kilomet"), (0, "cây")),
    "dm": either("đề xi mét", "đê xi mét", weights=(1, 0.2)),
    "cm": ways((0.75, "xăng ti mét"), (0.1, "xen ti mét"), (0.08, "xăng ti"), (0.07, "phân")),
    "mm": ways((0.85, "mi li mét"), (0.1, "mi li"), (0.05, "ly")),
    "µm": either("mi cờ rô mét", "micromet", "mi crô mét"),
    "nm": either("na nô mét", "nanomet"),
    "inch": either("inch", "in", "inh", weights=(1, 0, 0.2)),
    "ft": either("feet", "phít", "bộ", "foot"),
}
OTHERS: dict[str, Part] = {
    "kg": ways((0.75, "ki lô gam"), (0.08, "ki lô"), (0.05, "cân"), (0.05, "kí"), (0.05, "ki lô gram"), (0.02, "kí lô")),
    "g": either("gam", "gram", "ram", weights=(0.8, 0.15, 0.05)),
    "mg": either("mi li gam", "mi li gram", weights=(0.8, 0.2)),
    "µg": either("mi cờ rô gam", "microgam"),
    "lb": either("pao", "pound"),
    "l": "lít",
    "dl": either("đề xi lít", "đê xi lít"),
    "ml": either("mi li lít", "mi li", weights=(0.85, 0.15)),
    "cc": either("xê xê", "cc"),
    "ha": either("héc ta", "hecta", "ha", weights=(0.8, 0.1, 0.1)),
    "°": "độ",
    "°C": either("độ c", "độ xê", weights=(0.6, 0.4)),
    "°F": either("độ f", "độ ép", weights=(0.7, 0.3)),
    "°K": either("độ k", "độ ca", weights=(0.7, 0.3)),
    "W": either("oát", "watt", weights=(0.9, 0.1)),
    "kW": either("ki lô oát", "kilowatt", weights=(0.9, 0.1)),
    "MW": either("mê ga oát", "megawatt", weights=(0.9, 0.1)),
    "GW": either("gi ga oát", "gigawatt", weights=(0.9, 0.1)),
    "TW": either("tê ra oát", "terawatt", weights=(0.9, 0.1)),
    "kWh": either("ki lô oát giờ", "ki lô oát trên giờ", weights=(1, 0)),
    "MWh": "mê ga oát giờ",
    "V": either("vôn", "volt", weights=(0.95, 0.05)),
    "kV": "ki lô vôn",
    "mV": "mi li vôn",
    "A": "am pe",
    "mA": either("mi li am pe", "mi li ampe", weights=(0.9, 0.1)),
    "mAh": either("mi li am pe giờ", "mi li ampe giờ", weights=(0.9, 0.1)),
    "Hz": either("héc", "hẹc", "hertz", weights=(0.5, 0.4, 0.1)),
    "kHz": either("ki lô hẹc", "ki lô héc", weights=(0.6, 0.4)),
    "MHz": either("mê ga hẹc", "mê ga héc", weights=(0.6, 0.4)),
    "GHz": either("gi ga hẹc", "gi ga héc", weights=(0.6, 0.4)),
    "KB": either("ki lô bai", "ki lô byte", "kilobyte", "ca bê"),
    "MB": either("mê ga bai", "mê ga byte", "megabyte", "mê ga", "em bê"),
    "GB": either("gi ga bai", "gi ga byte", "gigabyte", "gi ga", "gờ bê"),
    "TB": either("tê ra bai", "tê ra byte", "terabyte", "tê bê"),
    "Kbps": "ki lô bít trên giây",
    "Mbps": either("mê ga bít trên giây", "mê ga bít một giây"),
    "Gbps": either("gi ga bít trên giây", "gi ga bít một giây"),
    "px": either("pixel", "píc xeo", "điểm ảnh"),
    "MP": either("mê ga pixel", "megapixel"),
    "cal": either("ca lo", "calo"),
    "kcal": either("ki lô ca lo", "kilocalo"),
    "J": "jun",
    "kJ": "ki lô jun",
    "Pa": either("pát xcan", "pascal"),
    "kPa": "ki lô pát xcan",
    "atm": either("át mốt phe", "atmosphere"),
    "dB": either("đề xi ben", "đê xi ben"),
    "HP": either("mã lực", "hát pê"),
    "rpm": either("vòng trên phút", "vòng một phút"),
    "mol": "mol",
    "s": "giây",
    "ms": either("mi li giây", "mili giây"),
    "min": "phút",
    "h": "giờ",
    "Ω": either("ôm", "ohm"),
    "kΩ": either("ki lô ôm", "ki lô ohm"),
}
MONEY: dict[str, Part] = {
    "đ": "đồng",
    "₫": "đồng",
    "đồng": "đồng",
    "vnd": ways((0.85, "đồng"), (0.05, "việt nam đồng"), (0.1, "vnd"), (0, "vê en đê"), (0, "đồng việt nam")),
    "vnđ": ways((0.85, "đồng"), (0.05, "việt nam đồng"), (0.1, "vnđ"), (0, "vê en đê")),
    "$": ways((0.75, "đô la"), (0.2, "đô"), (0.05, "đô la mỹ"), (0, "đôla")),
    "us$": ways((0.5, "đô la mỹ"), (0.35, "đô la"), (0.1, "đô"), (0.05, "đô mỹ")),
    "usd": ways((0.5, "đô la mỹ"), (0.2, "đô la"), (0.15, "usd"), (0.1, "u ét đê"), (0.05, "đô")),
    "đô la": ways((0.9, "đô la"), (0.1, "đô")),
    "đô la mỹ": ways((0.95, "đô la mỹ"), (0.05, "đô mỹ")),
    "đô": "đô",
    "đô-la": "đô la",
    "€": ways((0.5, "euro"), (0.4, "ơ rô"), (0.1, "âu rô")),
    "eur": ways((0.5, "euro"), (0.4, "ơ rô"), (0.1, "eur")),
    "euro": ways((0.6, "euro"), (0.4, "ơ rô")),
    "£": ways((0.8, "bảng anh"), (0.2, "bảng")),
    "gbp": ways((0.8, "bảng anh"), (0.2, "bảng")),
    "¥": ways((0.8, "yên"), (0, "nhân dân tệ")),
    "jpy": ways((0.8, "yên nhật"), (0.2, "yên")),
    "cny": ways((0.8, "nhân dân tệ"), (0.2, "tệ")),
    "krw": "won",
    "₩": "won",
    "₹": either("rupee", "ru pi"),
    "₽": "rúp",
    "฿": either("bạt", "bath"),
    "thb": either("bạt", "bath"),
    "aud": "đô la úc",
    "cad": "đô la canada",
    "hkd": "đô la hồng kông",
    "sgd": "đô la singapore",
    "chf": "phơ răng thụy sĩ",
    "a$": "đô la úc",
    "hk$": "đô la hồng kông",
    "rm": "ringgit",
}
#: Currencies with a hundredth that is said: hai đô la năm mươi xu.
CENTS = frozenset({"$", "us$", "usd", "€", "eur", "euro"})
#: Words that a half may follow: hai tấn rưỡi for 2,5 tấn.
HALVED = "tấn|tạ|lít|mét|cân|ký|kí|giờ|tiếng|ngày|tuần|tháng|năm|lần|độ|điểm|dặm"
#: What stands behind a slash besides units: 50.000đ/ngày.
EACH_WORDS = (
    "giờ|phút|giây|ngày|tuần|tháng|năm|quý|người|lần|con|cái|chiếc|hộp|thùng|tấn|tạ|lít|lượng|chỉ|mét|căn|suất|vé|lượt|h|s|min"
)

#: After "10 đồng" or "10 đô" these make comrades, isotopes, towns and the like of it.
NOT_MONEY = (
    "chí|nghiệp|đội|bào|minh|bằng|thời|đều|hương|ruộng|cỏ|hồ|vị|tác|diễn|sự|phạm|loạt|dạng|hành|môn|đẳng|"
    "phân|quan|thị|hộ|đốc|vật"
)
