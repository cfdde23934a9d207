"""Written text is compared as it stands: what normal form forgives is what a normalizer is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.config import read_config
from models.gate.decide import decide
from models.gate.policy import GatePolicy
from models.gate.report import write_report
from models.metrics import score

ROOT = Path(__file__).resolve().parents[2]

ERRORS = [
    ("Tôi có 2 con.", "Tôi có 2 con.", 0, 0, "the same"),
    ("Tôi có 2 con.", "tôi có 2 con.", 1, 0, "a capital"),
    ("Tôi có 2 con.", "Tôi có 2 con", 1, 0, "a full stop"),
    ("Tôi có 2, nó có 3.", "Tôi có 2 nó có 3.", 1, 0, "a comma is no part of the number before it"),
    ("Tôi có 2 con.", "Tôi có hai con.", 1, 1, "a number left as it was said"),
    ("Trả 1.500.000 đồng.", "Trả 1.600.000 đồng.", 1, 1, "another amount"),
    ("Sinh viên năm hai.", "Sinh viên năm hai.", 0, 0, "words that may be numbers are words"),
    ("Hòa  ở\tHuế.", "Ho\u0300a ở Huê\u0301.", 0, 0, "spaces and Unicode's form are no errors"),
]


@pytest.mark.parametrize(("ref", "hyp", "words", "numbers", "why"), ERRORS, ids=[row[-1] for row in ERRORS])
def test_words_count_with_their_capitals_and_punctuation(ref, hyp, words, numbers, why):
    total = score({"u": ref}, {"u": hyp}, compare="written", draws=1).total
    assert (total.errors, total.number_edits) == (words, numbers), why
    assert total.number_words == sum(any(letter.isdigit() for letter in word) for word in ref.split())


def test_spoken_text_is_compared_as_ever():
    assert score({"u": "Hoà có hai con."}, {"u": "hòa có hai con"}, draws=1).total.errors == 0


def house() -> GatePolicy:
    return read_config(ROOT / "configs" / "gate_normalizer.yaml", GatePolicy, ["draws=500"])


def texts(text: str, others: str = "", share: int = 10**6) -> dict[str, str]:
    """60 windows of the same text, but for each `share`-th, which says something else."""
    return {f"u{n:02d}": others if n % share == share - 1 else text for n in range(60)}


WRITTEN = "Ngày 24/7/2025, bệnh nhân trả 1.500.000 đồng."
FIRST = [
    (WRITTEN, True, "it writes all as it should"),
    ("ngày hai mươi tư tháng bảy năm hai không hai lăm bệnh nhân trả một triệu rưỡi đồng", False, "all as it was said"),
    ("Ngày 24/7/2025, bệnh nhân trả 1.600.000 đồng.", False, "it writes another amount"),
]  # fmt: skip


@pytest.mark.parametrize(("hyp", "promoted", "why"), FIRST, ids=[row[-1] for row in FIRST])
def test_the_first_normalizer_has_to_be_better_than_writing_nothing(hyp, promoted, why):
    assert decide(texts(WRITTEN), None, texts(hyp), policy=house()).promote is promoted, why


def test_a_normalizer_that_misses_fewer_capitals_is_better(tmp_path):
    small = WRITTEN.replace("N", "n", 1)
    old, new = texts(WRITTEN, small, share=2), texts(WRITTEN, small, share=10)
    assert decide(texts(WRITTEN), old, new, policy=house()).promote
    report = decide(texts(WRITTEN), new, old, policy=house())
    assert not report.promote
    spoken = decide(texts(WRITTEN), new, old, policy=GatePolicy(draws=500)).wer
    assert spoken and spoken.delta == 0, "normal form would not see it"
    write_report(report, tmp_path)
    assert "**ngày**" in (tmp_path / "gate.md").read_text("utf-8"), "the report marks what is compared"
