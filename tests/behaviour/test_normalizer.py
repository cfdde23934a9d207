"""What everyone may rely on, whatever is put in and whatever the model writes."""

from __future__ import annotations

import io
import json
import os
import random
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import BadParameter, NotUtf8
from data.text.normalform import LETTERS, fold, normal_form
from models.__main__ import main
from models.normalizer.infer import Generator, Normalizer
from models.normalizer.infer_lines import pump
from models.normalizer.spans import Normalized
from tests.drafters import Copy, Known, Liar, Rules

ROOT = Path(__file__).resolve().parents[2]
NUMBERS = ["hai", "mươi", "lăm", "năm", "tháng", "ngày", "một", "triệu", "rưỡi", "giờ", "kém", "phẩy", "trăm", "đồng", "không"]
WORDS = ["tôi", "đi", "học", "hà", "nội", "bệnh", "nhân", "iphone", "ok"]
SPOKEN = st.lists(st.sampled_from([*NUMBERS, *WORDS]), max_size=30).map(" ".join)
LIKELY = LETTERS + LETTERS.upper() + " \u00a0\u200b\u0301\u0302\u0323оаΟ,.?!()\"'/-%:0123456789ðﬁｘ𝐱ß🙂\ufe0f\t\n\r中½Ⅻ"
TEXT = st.text() | st.text(alphabet=LIKELY, max_size=60) | SPOKEN
STYLES = ("vi", "nemo")


class Shouter:
    """Writes every draft in capitals with marks that nobody asked for."""

    def generate(self, spoken: list[str], /) -> list[str]:
        return [f'"{text.upper()}"?! (5) 🙂' for text in spoken]


class Nothing:
    """Writes nothing at all."""

    def generate(self, spoken: list[str], /) -> list[str]:
        return ["" for _ in spoken]


GENERATORS: dict[str, Generator | None] = {
    "rules alone": None,
    "copy": Copy(),
    "rules as a model": Rules(),
    "shouter": Shouter(),
    "nothing": Nothing(),
    "liar": Liar(Known(), random.Random(1), lies=3),
}


def write(text: str, generator: Generator | None = None, style: str = "vi") -> Normalized:
    (written,) = Normalizer(generator).normalize([text], style)
    return written


def digits(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text) if c.isdecimal())


def assert_covers(written: Normalized, spoken: str) -> None:
    for side, length in (("spoken", len(spoken)), ("written", len(written.text))):
        at = 0
        for span in written.spans:
            start, end = getattr(span, side)
            assert start == at <= end
            at = end
        assert at == length


@pytest.mark.parametrize("name", GENERATORS)
@settings(max_examples=40, deadline=None)
@given(text=TEXT, style=st.sampled_from(STYLES))
def test_any_text_is_answered_in_nfc_with_a_map_of_every_character(name, text, style):
    written = write(text, GENERATORS[name], style)
    assert unicodedata.is_normalized("NFC", written.text)
    assert_covers(written, text)


@pytest.mark.parametrize("name", [name for name in GENERATORS if name != "liar"])
@settings(max_examples=40, deadline=None)
@given(text=TEXT, style=st.sampled_from(STYLES))
def test_twice_is_once(name, text, style):
    once = write(text, GENERATORS[name], style).text
    assert write(once, GENERATORS[name], style).text == once


@pytest.mark.parametrize("name", GENERATORS)
@settings(max_examples=40, deadline=None)
@given(text=TEXT)
def test_no_digit_is_lost(name, text):
    """In style vi no digit of the source changes; numbers that were said may add some."""
    left = iter(digits(write(text, GENERATORS[name]).text))
    assert all(digit in left for digit in digits(text))


@pytest.mark.parametrize("name", ["copy", "shouter", "nothing", "liar"])
@settings(max_examples=40, deadline=None)
@given(text=st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join))
def test_words_that_are_no_numbers_stay_whatever_the_model_writes(name, text):
    assert normal_form(write(text, GENERATORS[name]).text) == text


@settings(max_examples=60, deadline=None)
@given(TEXT, st.sampled_from(["NFC", "NFD"]))
def test_how_a_text_was_encoded_makes_no_difference(text, form):
    assert write(unicodedata.normalize(form, text), Rules()).text == write(unicodedata.normalize("NFC", text), Rules()).text


@settings(max_examples=30, deadline=None)
@given(st.lists(SPOKEN | st.text(alphabet=LIKELY, max_size=40), max_size=6))
def test_texts_together_are_written_as_each_alone(texts):
    normalizer = Normalizer(Rules())
    assert normalizer.normalize(texts) == [normalizer.normalize([text])[0] for text in texts]


WRITTEN = [
    "Ngày 24/7/2025, bệnh nhân trả 1.500.000 đồng lúc 6 giờ 50.",
    "TP.HCM có 9 triệu dân (năm 2019).",
    "Anh Hai nói: \"Năm nay con học lớp 5.\"",
    "iPhone 15 giá 20 triệu.",
    "COVID-19, nCoV và A/H5N1",
    "Gọi 0912 345 678 hoặc viết cho a@b.vn!",
    "5",
    "24 tháng 7",
    "và các thứ khác.",
    "…",
    "中文",
]  # fmt: skip


@pytest.mark.parametrize("text", WRITTEN)
@pytest.mark.parametrize("name", GENERATORS)
def test_what_is_written_already_comes_out_as_it_was(text, name):
    written = write(text, GENERATORS[name])
    assert (written.text, written.refused, written.ruled) == (text, 0, 0)


# spoken, draft, written, refused, ruled, why
STORIES = [
    (
        "ngày hai mươi tư tháng bảy năm hai không hai lăm bệnh nhân trả một triệu rưỡi đồng lúc bảy giờ kém mười",
        "Ngày 24/7/2025, bệnh nhân trả 1.500.000 đồng lúc 6 giờ 50.",
        "Ngày 24/7/2025, bệnh nhân trả 1.500.000 đồng lúc 6 giờ 50.", 0, 0, "as it should be",
    ),
    (
        "bệnh nhân trả một triệu rưỡi đồng lúc bảy giờ kém mười",
        "Bệnh nhân trả 1.600.000 đồng lúc 6 giờ 50.",
        "Bệnh nhân trả 1.500.000 đồng lúc 6 giờ 50.", 1, 1, "the rules write what the model got wrong",
    ),
    (
        "bệnh nhân trả một triệu rưỡi đồng",
        "Bệnh nhân trả một triệu rưỡi đồng.",
        "Bệnh nhân trả 1.500.000 đồng.", 0, 1, "and what it left",
    ),
    ("sinh viên năm hai", "Sinh viên 52.", "Sinh viên năm hai.", 1, 0, "but not what has two readings"),
    ("chỉ hai người đến", "Chỉ hai người đến.", "Chỉ hai người đến.", 0, 0, "nor what people spell out"),
    ("ngày mười hai tháng mười năm một chín chín mốt", "Ngày 12 tháng 10 năm 1991.", "Ngày 12/10/1991.", 0, 0, "one style"),
    ("tôi mua 2 cân thịt", "Tôi mua 3 cân thịt.", "Tôi mua 2 cân thịt.", 1, 0, "a digit of the source is the source's"),
    ("tôi đi chợ, mua trứng", "Tôi đi chợ mua trứng.", "Tôi đi chợ, mua trứng.", 0, 0, "a mark of the source too"),
    ("vui quá 🙂 đi thôi", "Vui quá, đi thôi.", "Vui quá 🙂 đi thôi.", 0, 0, "and what is no mark"),
    ("tôi gặp anh Nam", "Tôi gặp anh nam.", "Tôi gặp anh Nam.", 0, 0, "and its capitals"),
    ("đi đâu đấy về nhà", "đi đâu đấy? về nhà.", "Đi đâu đấy? Về nhà.", 0, 0, "sentences begin with capitals"),
]  # fmt: skip


@pytest.mark.parametrize(("spoken", "draft", "written", "refused", "ruled", "why"), STORIES, ids=[s[-1] for s in STORIES])
def test_a_text_is_written(spoken, draft, written, refused, ruled, why):
    source = " ".join(word.strip(",") if word != "🙂" else "" for word in spoken.lower().split())
    got = write(spoken, Known({" ".join(source.split()): draft}))
    assert (got.text, got.refused > 0, got.ruled) == (written, refused > 0, ruled)


def test_spans_lead_every_number_back_to_its_words():
    spoken = "bệnh nhân trả một triệu rưỡi đồng lúc bảy giờ kém mười"
    got = write(spoken, Known({spoken: "Bệnh nhân trả 1.500.000 đồng lúc 6 giờ 50."}))
    found = {got.text[slice(*span.written)]: spoken[slice(*span.spoken)] for span in got.spans if span.kind != "punct"}
    assert found["1.500.000 đồng"] == "một triệu rưỡi đồng"
    assert found["6 giờ 50"] == "bảy giờ kém mười"
    assert found["Bệnh"] == "bệnh"


def test_lines_stay_lines_and_their_map_counts_on():
    got = write("đi học\r\nNăm 2025.\n\nvề nhà", Known({"đi học": "Đi học.", "về nhà": "Về nhà."}))
    assert got.text == "Đi học.\nNăm 2025.\n\nVề nhà."
    assert_covers(got, "đi học\r\nNăm 2025.\n\nvề nhà")


def test_a_long_text_has_no_seams():
    sentences = [
        f"{a} {b} đi học lúc {c} giờ mười lăm phút"
        for a in ("tôi", "cô ấy", "nam")
        for b in ("hay", "không", "vẫn")
        for c in ("bảy", "tám")
    ]
    spoken = " ".join(sentences * 30)
    rules = Normalizer(None).normalize([spoken])[0].text
    assert normal_form(rules).count("giờ") == len(sentences) * 30
    assert rules.count("lúc 7 giờ 15") == rules.count("lúc 8 giờ 15") == len(sentences) * 15


# text, style, code, pointer, why
REFUSED = [
    ("chào \ud83d bạn", "vi", NotUtf8, "/5", "half of an emoji, as JSON can say it"),
    ("\udfff", "nemo", NotUtf8, "/0", "the other half"),
    ("chào", "VI", BadParameter, "/style", "an unknown style"),
    ("chào", "", BadParameter, "/style", "no style"),
    ("", "markdown", BadParameter, "/style", "even where there is nothing to write"),
]


@pytest.mark.parametrize(("text", "style", "kind", "pointer", "why"), REFUSED)
def test_what_cannot_be_written_is_refused_with_a_code(text, style, kind, pointer, why):
    with pytest.raises(kind) as refused:
        write(text, style=style)
    assert refused.value.pointer == pointer


MEGABYTE = [
    ("words", "hôm nay trời đẹp quá nên chúng tôi đi chơi xa " * 20_000),
    ("numbers without end", "một hai ba bốn " * 62_000),
    ("amounts", "giá là hai mươi lăm triệu đồng một tháng nhé " * 19_000),
    ("one word", "a" * 1_000_000),
    ("one letter with marks", "a" + "\u0301" * 500_000),
    ("spaces", " " * 1_000_000),
    ("line breaks", "\n" * 1_000_000),
    ("digits", "7" * 1_000_000),
    ("dots", "." * 1_000_000),
    ("emoji", "🙂" * 250_000),
    ("lines", "đi học lúc bảy giờ\n" * 40_000),
]


@pytest.mark.parametrize(("what", "text"), MEGABYTE, ids=[what for what, _ in MEGABYTE])
def test_a_megabyte_of_anything_is_written_in_time(what, text):
    """A twentieth of it in the suite, so that it stays quick: what grows faster than the text shows in both."""
    part = text[: max(len(text) // 20, 1)]
    started_s = time.process_time()
    written = write(part, Copy())
    taken_s = time.process_time() - started_s
    assert_covers(written, part)
    assert digits(written.text).count("7") >= part.count("7")
    assert taken_s < 10


def test_lines_are_written_one_for_one_as_they_come():
    source = "đi học\n\n  \nngày 24/7\r\nxin\rchào\u2028bạn\nkhông có dòng sau".encode()
    sink = io.BytesIO()
    pump(Normalizer(Rules()), "vi", io.BytesIO(source), sink)
    assert sink.getvalue().decode().split("\n") == [
        "Đi học.", "", "", "Ngày 24/7.", "Xin chào bạn.", "Không có dòng sau.", "",
    ]  # fmt: skip


def test_a_line_is_answered_before_the_next_one_is_there():
    reading, writing = os.pipe()
    sink = io.BytesIO()
    with os.fdopen(reading, "rb", buffering=0) as source:
        import threading

        thread = threading.Thread(target=pump, args=(Normalizer(Rules()), "vi", io.BufferedReader(source), sink))
        thread.start()
        os.write(writing, "đi học\n".encode())
        deadline_s = time.monotonic() + 20
        while not sink.getvalue() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        assert sink.getvalue().decode() == "Đi học.\n"
        os.close(writing)
        thread.join(20)
        assert not thread.is_alive()


def test_a_line_that_is_not_utf8_ends_the_stream_with_its_number():
    sink = io.BytesIO()
    with pytest.raises(NotUtf8) as refused:
        pump(Normalizer(Rules()), "vi", io.BytesIO("đi học\n".encode() + b"\xff\xfe\nabc\n"), sink)
    assert refused.value.pointer == "/2"
    assert sink.getvalue().decode() == "Đi học.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "pointer"),
    [
        (["--style", "markdown"], "request.bad_parameter", "/style"),
        (["--package", "there-is-no-such-folder"], "package.broken", None),
    ],
)
def test_the_command_tells_what_is_wrong_in_one_line(arguments, code, pointer, capsys):
    assert main(["normalizer", "infer", *arguments]) in (1, 2)
    told = json.loads(capsys.readouterr().err)
    assert (told["code"], told["pointer"]) == (code, pointer)


def test_the_normalizer_loads_neither_torch_nor_a_model_library():
    code = (
        "import sys, models.normalizer.infer; print([m for m in ('torch', 'transformers', 'onnxruntime') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_folding_is_not_enough_to_be_the_same_word():
    """Letters that fold to the same are other words in Vietnamese: má is not mà."""
    got = write("má đi chợ", Known({"má đi chợ": "Mà đi chợ."}))
    assert got.text == "Má đi chợ."
    assert fold(got.text) == "Ma di cho."
    assert got.refused == 1
