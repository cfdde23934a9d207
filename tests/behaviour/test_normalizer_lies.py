"""No corruption of a number gets through: a generator that lies is refused, counted, and harms nothing else.

The honest text is known here, so a wrong value is one that the text did not have over the same spoken words.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from data.text.normalform import normal_form
from data.text.numbers.values import values_of_written
from data.text.semiotics import Semiotic
from data.text.verbalize.verbalizer import read, verbalize
from models.normalizer.alignment import align
from models.normalizer.infer import Normalizer
from models.normalizer.scoring import Case, Link, wrong_expressions
from models.normalizer.spans import Normalized
from tests.drafters import LIES, Known, Liar, Lie

FRAMES = [
    "Ngày {date}, bệnh nhân trả {money} lúc {time}.",
    "Cuộc họp bắt đầu lúc {time} ngày {date}, có {count} người dự.",
    "Giá tăng {percent}, từ {money} lên {money}.",
    "Gói hàng nặng {decimal} kg, dài {count} cm, gửi ngày {date}.",
    "Gọi số {phone} trước {time} để đặt {small} chỗ.",
    "Năm {year}, xã có {count} hộ, trong đó {percent} là hộ nghèo.",
    "Quãng đường {decimal} km mất {small} giờ; xe dừng {small} lần.",
    "Đội nhà thắng với tỷ số {score} trước {count} khán giả.",
    "Từ {year} đến {year}, dân số tăng {count} người.",
    "Lớp có {small} học sinh nam và {count} học sinh nữ, trung bình {decimal} điểm.",
    "Bài {small} trang {count}, làm trong {small} ngày.",
]


def honest_sentence(rng: random.Random) -> str:
    """A sentence with two to four numbers of all kinds, in the style of the house."""
    draw = {
        "date": lambda: f"{rng.randint(1, 28)}/{rng.randint(1, 12)}/{rng.randint(1901, 2029)}",
        "money": lambda: f"{rng.randint(1, 999)}.{rng.choice(['000', '500', '250'])}{rng.choice(['', '.000'])} đồng",
        "time": lambda: f"{rng.randint(1, 23)} giờ {rng.randint(1, 59)}",
        "count": lambda: f"{rng.choice([rng.randint(10, 99), rng.randint(100, 999), rng.randint(1001, 99_999)]):,}".replace(
            ",", "."
        ),
        "small": lambda: str(rng.randint(2, 9)),
        "percent": lambda: f"{rng.choice([rng.randint(1, 99), f'{rng.randint(1, 99)},{rng.randint(1, 9)}'])}%",
        "decimal": lambda: f"{rng.randint(1, 99)},{rng.randint(1, 99)}",
        "phone": lambda: f"09{rng.randint(10, 99)} {rng.randint(100, 999)} {rng.randint(100, 999)}",
        "year": lambda: str(rng.randint(1801, 2029)),
        "score": lambda: "{}-{}".format(*rng.sample(range(10), 2)),
    }
    frame = rng.choice(FRAMES)
    for name, value in draw.items():
        while f"{{{name}}}" in frame:
            frame = frame.replace(f"{{{name}}}", value(), 1)
    return frame


def told(written: str, rng: random.Random) -> tuple[str, list[Link]]:
    """What is said for a text in one of the ways people have, and which words say which part of it."""
    spoken = verbalize(written, rng)
    assert spoken.text == normal_form(spoken.text)
    return spoken.text, [(*link.written, *link.spoken, link.kind) for link in spoken.spans]


def case_of(spoken: str, links: list[Link], written: str, got: Normalized) -> Case:
    ours: list[Link] = [(*span.written, *span.spoken, span.kind) for span in got.spans]
    return Case(spoken=spoken, reference=written, reference_links=links, output=got.text, output_links=ours)


def says(text: str, spoken: str) -> bool:
    """Whether what is shown can be read aloud as exactly what was said."""
    cells = align([token for token in read(text) if token.kind is not Semiotic.PUNCT], spoken.split())
    return cells is not None and all(cell.matched for cell in cells)


@pytest.mark.parametrize("lie", LIES, ids=[lie.__name__ for lie in LIES])
def test_no_lie_about_a_number_gets_through(lie: Lie):
    rng = random.Random(lie.__name__)
    honest = [honest_sentence(rng) for _ in range(60)]
    said = [told(written, rng) for written in honest]
    lies = [lie(written, rng) for written in honest]
    generator = Known(dict(zip((spoken for spoken, _ in said), lies, strict=True)))
    got = Normalizer(generator, window_bytes=600).normalize([spoken for spoken, _ in said])
    for written, lied, (spoken, links), out in zip(honest, lies, said, got, strict=True):
        assert wrong_expressions(case_of(spoken, links, written, out), values_of_written) == 0, (written, lied, out.text)
        assert says(out.text, spoken), (lied, out.text)
        assert out.refused or values_of_written(lied) == values_of_written(written) or out.text == lied, "refused, not counted"


def test_many_lies_at_once_do_not_get_through_either():
    rng = random.Random(7)
    honest = [honest_sentence(rng) for _ in range(120)]
    said = [told(written, rng) for written in honest]
    known = Known(dict(zip((spoken for spoken, _ in said), honest, strict=True)))
    got = Normalizer(Liar(known, rng, lies=4), window_bytes=600).normalize([spoken for spoken, _ in said])
    for written, (spoken, links), out in zip(honest, said, got, strict=True):
        assert wrong_expressions(case_of(spoken, links, written, out), values_of_written) == 0, (written, out.text)
        assert says(out.text, spoken), (written, out.text)
    assert sum(out.refused for out in got) > 120


def test_an_honest_draft_is_hardly_ever_refused():
    rng = random.Random(11)
    honest = [honest_sentence(rng) for _ in range(120)]
    said = [told(written, rng) for written in honest]
    known = Known(dict(zip((spoken for spoken, _ in said), honest, strict=True)))
    got = Normalizer(known, window_bytes=600).normalize([spoken for spoken, _ in said])
    right = sum(values_of_written(out.text) == values_of_written(written) for written, out in zip(honest, got, strict=True))
    refused = Counter(out.refused > 0 for out in got)[True]
    print(f"honest drafts: {right} of {len(honest)} with every number right, {refused} with something refused")
    assert right >= 0.95 * len(honest)
    assert refused <= 0.05 * len(honest)


def test_what_is_refused_in_one_number_leaves_the_rest_as_it_was():
    rng = random.Random(13)
    for _ in range(60):
        honest = honest_sentence(rng)
        spoken, _ = told(honest, rng)
        lie = LIES[0](honest, rng)
        (out,) = Normalizer(Known({spoken: lie}), window_bytes=600).normalize([spoken])
        assert out.refused
        assert out.text.endswith(".")
        assert out.text[0].isupper()
