"""Units and currencies: how they are said → how they are written."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

_PREFIXES: dict[str, tuple[str, ...]] = {
    "": ("",),
    "k": ("ki lô ", "kilô ", "kilo ", "kí lô ", "ki lo ", "kilô", "kilo"),
    "m": ("mi li ", "mili ", "milli ", "mi ly ", "milli", "mili"),
    "c": ("xăng ti ", "xen ti ", "cen ti ", "centi ", "xăng ty ", "xen ty ", "centi"),
    "d": ("đề xi ", "đê xi ", "deci ", "deci", "dexi"),
    "h": ("hec tô ", "héc tô ", "hecto"),
    "M": ("mê ga ", "me ga ", "mega ", "mê-ga ", "mega"),
    "G": ("gi ga ", "giga ", "gi-ga ", "giga"),
    "T": ("tê ra ", "te ra ", "tera ", "tera"),
    "P": ("pê ta ", "peta ", "peta"),
    "µ": ("mi crô ", "mi cờ rô ", "muy crô ", "muy cờ rô ", "micro ", "mi cro ", "micro"),
    "n": ("na nô ", "nano ", "nano"),
}
_BASES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("m", "kcdmµnM", ("mét", "met", "meter", "mết")),
    ("g", "kmµnMGP", ("gam", "gram", "ram", "gờ ram")),
    ("l", "mdhµ", ("lít", "lit", "liter")),
    ("W", "kMGTm", ("oát", "watt", "goát", "oắt", "quát")),
    ("V", "kmM", ("vôn", "volt", "von")),
    ("A", "kmµ", ("am pe", "ampe", "ampere", "am-pe")),
    ("Hz", "kMGT", ("héc", "hẹc", "hertz", "hét", "héc zờ")),
    ("B", "kMGTP", ("bai", "byte", "bytes", "bai tờ")),
    ("b", "kMGT", ("bít", "bit", "bits")),
    ("J", "kMG", ("jun", "joule", "giun")),
    ("Pa", "kMGh", ("pascal", "pát xcan", "pát can", "pa xcan", "bát canh")),
    ("Ω", "kM", ("ôm", "ohm")),
    ("cal", "k", ("ca lo", "calo", "calories", "calorie", "ca lô")),
    ("s", "mµn", ("giây",)),
    ("N", "k", ("niu tơn", "newton", "niu-tơn")),
    ("eV", "kMG", ("electron vôn", "ê lếch trôn vôn")),
    ("px", "M", ("pixel", "píc xeo")),
    ("mol", "m", ("mol", "mon")),
    ("F", "µnp", ("fara", "fa ra")),
)
#: Whose spoken form alone is a symbol; words like lít and giây are written as they are said, in Vietnamese.
_OTHERS: dict[str, tuple[str, ...]] = {
    "°C": ("độ c", "độ xê", "celsius", "độ celsius", "độ xen xi út"),
    "°F": ("độ f", "độ ép", "độ ép phờ", "fahrenheit", "độ fahrenheit"),
    "°K": ("độ k", "độ ca", "độ kelvin"),
    "km": ("cây số",),
    "kg": ("kí", "ký", "kí lô", "ký lô"),
    "cm": ("xăng ti", "xen ti"),
    "mm": ("mi li",),
    "ha": ("héc ta", "hecta", "hec ta"),
    "ft": ("foot", "feet", "phít"),
    "mi": ("mile", "miles"),
    "yd": ("yard",),
    "inch": ("inch", "in sờ"),
    "dB": ("decibel", "đề xi ben", "đê xi ben", "deci ben"),
    "HP": ("mã lực",),
    "kWh": ("ki lô oát giờ", "ki lô watt giờ", "kilowatt giờ", "kilo watt giờ", "ki lô goát giờ", "kilô oát giờ"),
    "MWh": ("mê ga oát giờ", "megawatt giờ", "mê ga watt giờ"),
    "GWh": ("gi ga oát giờ", "gigawatt giờ"),
    "Wh": ("oát giờ", "watt giờ"),
    "mAh": ("mi li am pe giờ", "mili ampe giờ", "mi li ampe giờ", "milli ampe giờ"),
    "Kbps": ("ki lô bít trên giây", "kilobit trên giây"),
    "Mbps": ("mê ga bít trên giây", "megabit trên giây", "mê ga bit trên giây"),
    "Gbps": ("gi ga bít trên giây", "gigabit trên giây"),
    "GB": ("gi ga", "gờ bê"),
    "MB": ("em bê",),
    "TB": ("tê bê",),
    "KB": ("ca bê",),
    "rad": ("radian",),
    "atm": ("át mốt phe", "atmosphere"),
    "cc": ("xê xê", "cc"),
    "lb": ("pao", "pound"),
    "oz": ("ao", "ounce"),
    "rpm": ("vòng trên phút",),
    "phút": ("phút",),
}
#: Units whose name is their written form; they take the figures before them in style vi.
WORDS = frozenset({
    "tấn", "tạ", "yến", "lạng", "cân", "chỉ", "lượng", "dặm", "hải lý", "độ", "độ richter", "tuổi", "phân", "ly", "sào",
    "công", "thước", "phút", "giây", "tiếng", "vòng", "đề", "điểm phần trăm", "carat", "ca ra", "thùng",
})  # fmt: skip
_AS_SAID = frozenset({"lít", "giây", "phút", "mã lực", "pixel"})
_NEMO_CASE = frozenset({"mA", "mAh"})

#: Currencies: said → (vi, nemo sign); an empty sign leaves the word.
CURRENCIES: dict[str, tuple[str, str]] = {
    "đồng": ("đồng", ""),
    "đồng việt nam": ("đồng Việt Nam", ""),
    "việt nam đồng": ("đồng", ""),
    "vê en đê": ("đồng", ""),
    "vnd": ("VND", ""),
    "đô": ("đô", "$"),
    "đô la": ("đô la", "$"),
    "đôla": ("đô la", "$"),
    "dollar": ("đô la", "$"),
    "đô mỹ": ("USD", "$"),
    "đô la mỹ": ("USD", "$"),
    "u ét đê": ("USD", "$"),
    "usd": ("USD", "$"),
    "euro": ("euro", "€"),
    "ơ rô": ("euro", "€"),
    "âu rô": ("euro", "€"),
    "eur": ("EUR", "€"),
    "yên": ("yên", "¥"),
    "yên nhật": ("yên Nhật", "¥"),
    "won": ("won", "₩"),
    "uôn": ("won", "₩"),
    "won hàn quốc": ("won Hàn Quốc", "₩"),
    "ringgit": ("ringgit", "RM"),
    "bảng": ("bảng", "£"),
    "bảng anh": ("bảng Anh", "£"),
    "nhân dân tệ": ("nhân dân tệ", ""),
    "tệ": ("tệ", ""),
    "rúp": ("rúp", ""),
    "bạt": ("baht", ""),
    "baht": ("baht", ""),
    "rupee": ("rupee", ""),
    "ru pi": ("rupee", ""),
    "rupiah": ("rupiah", ""),
    "peso": ("peso", ""),
    "franc": ("franc", ""),
    "phơ răng": ("franc", ""),
    "kíp": ("kip", ""),
    "riel": ("riel", ""),
    "đô la úc": ("đô la Úc", ""),
    "đô la canada": ("đô la Canada", ""),
    "đô la hồng kông": ("đô la Hồng Kông", ""),
    "đô la singapore": ("đô la Singapore", ""),
    "bitcoin": ("bitcoin", ""),
    "xu": ("xu", ""),
}
#: After đồng or yên these make another word of it.
NOT_MONEY = frozenset({
    "ý", "chí", "nghiệp", "đội", "bào", "minh", "bằng", "thời", "đều", "hương", "ruộng", "cỏ", "hồ", "nhất", "loạt", "bộ",
    "dạng", "phục", "tình", "phạm", "diễn", "sáng", "quê", "nai", "tháp", "xoài", "hành", "cảm", "hóa", "hoá", "âm", "vị",
    "thị", "đốc", "hộ", "vật", "trường", "ngự", "thành", "sát", "bái", "tĩnh", "lành", "ổn", "sơn", "thế", "tử", "lặng", "tâm",
    "xếp", "chữ", "tuần", "đấu", "hiệu", "điểm", "nhãn", "đen", "tin", "giá", "lương", "màu", "thống", "cân", "dữ", "số",
})  # fmt: skip


class Unit(NamedTuple):
    """How a unit is written in both styles."""

    vi: str
    nemo: str
    word: bool
    """It is a word: in style vi one to nine before it may stay words."""


@lru_cache(maxsize=1)
def table() -> dict[str, Unit]:
    """Every way of saying a unit → how it is written."""
    units: dict[str, Unit] = {}
    for base, prefixes, names in _BASES:
        for prefix in ("", *prefixes):
            symbol = "K" + base if prefix == "k" and base in ("B", "b") else prefix + base
            for name in names:
                for said in _PREFIXES.get(prefix, ()):
                    units.setdefault(said + name, _unit(symbol, said + name))
                    if base == "m":
                        units.setdefault(f"{said}{name} vuông", _unit(symbol + "²", ""))
                        units.setdefault(f"{said}{name} khối", _unit(symbol + "³", ""))
    for symbol, names in _OTHERS.items():
        for name in names:
            units[name] = _unit(symbol, name)
    for name in WORDS:
        units.setdefault(name, Unit(name, name, True))
    for unit in [*units.values()]:
        if (not unit.word and len(unit.vi) > 1) or unit.vi in ("m", "g", "l", "V", "W"):
            units.setdefault(unit.vi.lower(), unit)
    return units


@lru_cache(maxsize=1)
def names() -> dict[str, tuple[str, ...]]:
    """Symbol → all ways of saying it, the usual one first; a word says itself."""
    found: dict[str, list[str]] = {}
    for said, unit in table().items():
        if said != unit.vi.lower():
            found.setdefault(unit.vi, [unit.vi] if unit.word else []).append(said)
    return {symbol: tuple(of_symbol) for symbol, of_symbol in found.items()}


def _unit(symbol: str, name: str) -> Unit:
    if symbol == "cal":  # In Vietnamese a word, and mostly a thousand calories.
        return Unit("calo", "calo", True)
    nemo = symbol if symbol in _NEMO_CASE else symbol.lower().replace("µ", "μ")
    return Unit(name if name in _AS_SAID else symbol, nemo, name in _AS_SAID)


@lru_cache(maxsize=1)
def longest() -> int:
    """Words of the longest name of a unit or a currency."""
    return max(len(name.split()) for name in (*table(), *CURRENCIES))


@lru_cache(maxsize=1)
def first_words() -> frozenset[str]:
    """What the name of a unit or currency may begin with."""
    return frozenset(name.split()[0] for name in (*table(), *CURRENCIES))
