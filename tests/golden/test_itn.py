"""Style `nemo` on that suite's own cases, and on whole sentences of them: the rules alone, without any model."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

import pytest

from data.errors import EmptySplit
from models.__main__ import main
from models.normalizer.evaluate_suites import run as run_suites
from models.normalizer.infer import Normalizer
from tests.drafters import Copy

DATA = os.environ.get("TIENGNOI_DATA")


def cases() -> list[tuple[str, str, str]]:
    """(file, spoken, written) of every case."""
    folder = Path(DATA or "") / "normalization" / "itn"
    found = []
    for path in sorted(folder.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            spoken, tilde, written = line.partition("~")
            if tilde:
                found.append((path.stem.removeprefix("test_cases_"), spoken, written))
    return found


@pytest.mark.skipif(not DATA, reason="needs the cases of TIENGNOI_DATA")
@pytest.mark.parametrize("generator", [None, Copy()], ids=["no model", "a model that writes nothing"])
def test_the_suite_is_answered_as_it_expects(generator):
    suite = cases()
    got = [text.text for text in Normalizer(generator).normalize([spoken for _, spoken, _ in suite], "nemo")]
    wrong = [
        (kind, spoken, written, found) for (kind, spoken, written), found in zip(suite, got, strict=True) if found != written
    ]
    print(f"itn: {len(suite) - len(wrong)} of {len(suite)} exact")
    for line in wrong:
        print(*line, sep=" | ")
    assert len(suite) == 238
    assert len(wrong) <= 0.05 * len(suite)


# spoken, written, why: of the kinds of the suite, and not in it
MORE = [
    ("hai mươi lăm", "25", "a cardinal"),
    ("ba phẩy một bốn", "3.14", "a point, as the suite writes it"),
    ("họp lúc chín giờ kém mười", "họp lúc 8:50", "a time before the hour"),
    ("giá năm mươi phần trăm", "giá 50%", "a percent"),
    ("ngày ba mươi tháng tư", "ngày 30 tháng 4", "a date without a year"),
    ("nặng hai trăm ki lô gam", "nặng 200 kg", "a measure"),
    ("thứ năm", "thứ 5", "an ordinal"),
    ("tôi đi học", "tôi đi học", "nothing to write, and no capital"),
]


@pytest.mark.parametrize(("spoken", "written", "why"), MORE)
def test_cases_of_the_same_kinds_are_answered_alike(spoken, written, why):
    assert Normalizer.of_rules().normalize([spoken], "nemo")[0].text == written


@pytest.mark.skipif(not DATA, reason="needs the cases of TIENGNOI_DATA")
def test_one_command_prints_both_directions_of_the_suite(capsys):
    assert main(["normalizer", "suites", "--package", "none"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["itn_exact"] >= 0.95
    assert told["tn_accepted"] >= 0.85
    assert sum(row["cases"] for row in told["itn"].values()) == 238
    assert sum(row["cases"] for row in told["tn"].values()) >= 240


def test_without_cases_the_command_says_so(monkeypatch):
    monkeypatch.delenv("TIENGNOI_DATA", raising=False)
    with pytest.raises(EmptySplit):
        run_suites(argparse.Namespace(package="none", misses=False))
