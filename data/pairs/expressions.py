"""Written expressions drawn at random, each class as Vietnamese writes it: amounts, dates, telephones, plates, addresses …

Each function draws from `random()` alone, which is promised to stay the same in later Pythons.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
Draw = Callable[[random.Random], str]


def pick(rng: random.Random, choices: Sequence[T]) -> T:
    """One of the choices, each as likely."""
    return choices[int(rng.random() * len(choices))]


def between(rng: random.Random, low: int, high: int) -> int:
    """A whole number from low to high, both included."""
    return low + int(rng.random() * (high - low + 1))


def dotted(number: int) -> str:
    """1234567 → 1.234.567"""
    return f"{number:,}".replace(",", ".")


def small(rng: random.Random) -> str:
    """A number that people count with."""
    return str(between(rng, 2, 30) if rng.random() < 0.6 else between(rng, 10, 99))


def cardinal(rng: random.Random) -> str:
    """A number of any size; most are round somewhere."""
    shape = rng.random()
    if shape < 0.35:
        return small(rng)
    if shape < 0.65:
        return str(between(rng, 100, 999) if rng.random() < 0.6 else between(rng, 1, 9) * 100 + between(rng, 0, 9))
    if shape < 0.9:
        number = between(rng, 1_000, 999_999)
        number = pick(rng, [number, number // 10 * 10, number // 100 * 100, number // 1000 * 1000 + between(rng, 0, 9)])
        return dotted(max(number, 1_001))
    return dotted(between(rng, 1, 999) * pick(rng, [10**6, 10**6, 10**7, 10**9, 500_000]) + between(rng, 0, 1) * 250_000)


def decimal(rng: random.Random) -> str:
    return f"{between(rng, 0, 120)},{pick(rng, ['5', '25', '75', '1', '2', '8', '05', '01', '125', '6', '45', '37'])}"


def percent(rng: random.Random) -> str:
    return f"{decimal(rng) if rng.random() < 0.35 else between(rng, 1, 100)}%"


def fraction(rng: random.Random) -> str:
    below = pick(rng, [2, 3, 4, 5, 6, 8, 10, 12, 20, 100])
    return f"{between(rng, 1, max(1, below - 1))}/{below}"


def year(rng: random.Random) -> str:
    return str(between(rng, 1990, 2035) if rng.random() < 0.6 else between(rng, 1800, 1999))


def full_date(rng: random.Random) -> str:
    return f"{between(rng, 1, 28)}/{between(rng, 1, 12)}/{year(rng)}"


def day_month(rng: random.Random) -> str:
    return f"{between(rng, 1, 28)} tháng {between(rng, 1, 12)}"


def month_year(rng: random.Random) -> str:
    return f"tháng {between(rng, 1, 12)} năm {year(rng)}"


def clock(rng: random.Random) -> str:
    hour = between(rng, 1, 23) if rng.random() < 0.5 else between(rng, 5, 12)
    if rng.random() < 0.35:
        return f"{hour} giờ"
    return f"{hour} giờ {pick(rng, [5, 10, 15, 20, 25, 30, 30, 35, 40, 45, 50, 55, between(rng, 1, 59)]):02}"


def duration(rng: random.Random) -> str:
    return pick(rng, [
        f"{small(rng)} phút", f"{between(rng, 2, 12)} tiếng", f"{between(rng, 1, 9)} phút {between(rng, 2, 59)} giây",
        f"{small(rng)} ngày", f"{small(rng)} năm", f"{between(rng, 2, 24)} tháng", f"{between(rng, 2, 8)} tuần",
        f"{between(rng, 1, 5)} giờ {between(rng, 2, 59)} phút", f"{between(rng, 2, 59)} giây",
    ])  # fmt: skip


def money(rng: random.Random) -> str:
    unit, most = pick(rng, [(1_000, 999), (50_000, 99), (100_000, 99), (500_000, 90), (1_000_000, 200), (100, 99_999)])
    amount = unit * between(rng, 1, most) if unit > 100 else unit * between(rng, 1_001, most)
    return pick(rng, [
        f"{dotted(amount)} đồng", f"{dotted(amount)} đồng", f"{dotted(amount)} đồng",
        f"{between(rng, 2, 999)} triệu đồng", f"{between(rng, 1, 90)},{between(rng, 1, 9)} tỷ đồng",
        f"{between(rng, 1, 20)},{between(rng, 1, 9)} triệu đồng", f"{between(rng, 2, 900)} tỷ đồng",
        f"{between(rng, 2, 99) * 10} nghìn đồng", f"{cardinal(rng)} USD", f"{small(rng)} euro", f"{small(rng)} triệu USD",
    ])  # fmt: skip


def measure(rng: random.Random) -> str:
    unit = pick(rng, ["kg", "kg", "km", "m", "cm", "mm", "g", "lít", "ml", "ha", "m²", "km²", "km/h", "tấn", "tạ", "độ C", "GB",
                      "MB", "W", "kWh", "°C", "mg", "m/s", "inch", "mét", "cân"])  # fmt: skip
    amount = pick(rng, [decimal(rng), small(rng), str(between(rng, 100, 990)), cardinal(rng)])
    return f"{amount} {unit}"


def weight(rng: random.Random) -> str:
    unit = pick(rng, ["kg", "kg", "g", "tấn", "tạ", "cân", "lít", "thùng", "yến"])
    return f"{decimal(rng) if rng.random() < 0.4 else small(rng)} {unit}"


def mobile(rng: random.Random) -> str:
    head = pick(
        rng, ["090", "091", "098", "097", "096", "086", "032", "033", "038", "070", "077", "079", "081", "085", "056", "058"]
    )
    digits = f"{head}{between(rng, 0, 9)}{between(rng, 0, 999):03}{between(rng, 0, 999):03}"
    return f"{digits[:4]} {digits[4:7]} {digits[7:]}"


def telephone(rng: random.Random) -> str:
    shape = rng.random()
    if shape < 0.75:
        return mobile(rng)
    if shape < 0.9:
        return f"{pick(rng, ['024', '028', '0236', '0225'])} {between(rng, 3000, 3999)} {between(rng, 0, 9999):04}"
    return f"{pick(rng, ['1900', '1800'])} {between(rng, 1000, 9999)}"


def plate(rng: random.Random) -> str:
    letter = pick(rng, "ABCDEFGHKLMNPSTUVXYZ")
    return f"{between(rng, 11, 99)}{letter}-{between(rng, 100, 999)}.{between(rng, 0, 99):02}"


def code(rng: random.Random) -> str:
    letters = "".join(pick(rng, "ABCDEGHKLMNPQRSTVX") for _ in range(between(rng, 1, 3)))
    return pick(
        rng, [f"{letters}{between(rng, 1, 9)}", f"{letters}{between(rng, 10, 999)}", f"{letters}-{between(rng, 1, 99)}"]
    )


def address(rng: random.Random) -> str:
    house, lane = between(rng, 1, 300), between(rng, 1, 90)
    return pick(rng, [
        f"số {house}", f"số {house}/{lane}", f"số {house}{pick(rng, 'ABC')}",
        f"số {lane}/{between(rng, 1, 30)}{pick(rng, 'ABC')}",
    ])  # fmt: skip


def span(rng: random.Random) -> str:
    low = between(rng, 2, 60)
    return f"{low}-{low + between(rng, 1, 30)}"


def score(rng: random.Random) -> str:
    return f"{between(rng, 0, 5)}-{between(rng, 0, 5)}"


_USERS = ("lan", "minh", "hoang", "tuan", "mai", "linh", "hung", "thu", "nam", "lienhe", "hotro", "tuyendung", "ketoan", "info")


def email(rng: random.Random) -> str:
    user = pick(rng, _USERS) + pick(rng, ["", str(between(rng, 1, 99)), f".{pick(rng, _USERS)}", str(between(rng, 1980, 2005))])
    return f"{user}@{pick(rng, ['gmail.com', 'yahoo.com', 'abc.vn', 'vnu.edu.vn', 'hotmail.com', 'congty.com.vn'])}"


def website(rng: random.Random) -> str:
    name = pick(rng, ["vnexpress", "tuoitre", "google", "abc", "dantri", "baomoi", "sach", "dulich"])
    return pick(rng, ["www.", ""]) + name + pick(rng, [".vn", ".com", ".com.vn", ".net", ".org"])


def roman(rng: random.Random) -> str:
    return pick(
        rng, ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XV", "XVIII", "XIX", "XX", "XXI"]
    )


EXPRESSIONS: dict[str, Draw] = {
    "small": small, "cardinal": cardinal, "decimal": decimal, "percent": percent, "fraction": fraction, "year": year,
    "date": full_date, "day_month": day_month, "month_year": month_year, "clock": clock, "duration": duration,
    "money": money, "measure": measure, "weight": weight, "mobile": mobile, "telephone": telephone, "plate": plate,
    "code": code, "address": address, "span": span, "score": score, "email": email, "website": website, "roman": roman,
}  # fmt: skip
