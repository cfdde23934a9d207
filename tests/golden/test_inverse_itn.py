"""The rules against the cases of an inverse text normalization suite, in that suite's own format."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.text.inverse.write import write

DATA = os.environ.get("TIENGNOI_DATA")
pytestmark = pytest.mark.skipif(not DATA, reason="needs the normalization cases of TIENGNOI_DATA")


def _cases() -> list[tuple[str, str, str]]:
    cases: list[tuple[str, str, str]] = []
    for path in sorted(Path(DATA or "", "normalization", "itn").glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            spoken, tilde, written = line.partition("~")
            if tilde:
                cases.append((path.stem.removeprefix("test_cases_"), spoken, written))
    return cases


def test_rules_alone_write_at_least_95_in_100_cases_exactly() -> None:
    cases = _cases()
    assert len(cases) >= 238
    wrong = [(kind, spoken, written, found) for kind, spoken, written in cases if (found := write(spoken, "nemo")) != written]
    print(f"{len(cases) - len(wrong)} of {len(cases)} exact; wrong: {wrong}")
    assert len(wrong) <= 0.05 * len(cases), wrong
