"""Configurations say what is wrong and where, and never take a slip for a setting."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from data.config import read_config
from data.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Inner:
    steps: int = 1
    rate: float = 0.5
    kind: Literal["a", "b"] = "a"


@dataclass(frozen=True, kw_only=True)
class Outer:
    name: str
    root: Path | None = None
    pair: tuple[float, ...] = ()
    inner: Inner = field(default_factory=Inner)


def read(tmp_path, text, *overrides):
    (tmp_path / "c.yaml").write_text(text, "utf-8")
    return read_config(tmp_path / "c.yaml", Outer, overrides)


def test_values_are_read_into_their_types(tmp_path, monkeypatch):
    monkeypatch.setenv("SOMEWHERE", "/data")
    found = read(tmp_path, "name: x\nroot: ${SOMEWHERE}/y\npair: [1, 2.5]\ninner: {steps: 3, rate: 1}")
    assert found == Outer(name="x", root=Path("/data/y"), pair=(1.0, 2.5), inner=Inner(steps=3, rate=1.0))


def test_an_override_stands_over_the_file(tmp_path):
    assert read(tmp_path, "name: x\ninner: {steps: 3}", "inner.steps=7", "inner.kind=b").inner == Inner(steps=7, kind="b")


@pytest.mark.parametrize("written, rate", [("1e-3", 0.001), ("2E5", 200_000.0), ("1.5e3", 1500.0), ("-.5e-1", -0.05)])
def test_an_exponent_needs_no_point(tmp_path, written, rate):
    assert read(tmp_path, f"name: x\ninner: {{rate: {written}}}").inner.rate == rate
    assert read(tmp_path, "name: x", f"inner.rate={written}").inner.rate == rate


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("name: x\ninner: {stepz: 3}", "/inner/stepz"),
        ("name: x\ninner: {steps: many}", "/inner/steps"),
        ("name: x\ninner: {steps: true}", "/inner/steps"),
        ("name: x\ninner: {steps: 1e3}", "/inner/steps"),
        ("name: x\ninner: {rate: 1e}", "/inner/rate"),
        ("name: 1e-3x\ninner: {rate: e3}", "/inner/rate"),
        ("name: x\ninner: {kind: c}", "/inner/kind"),
        ("name: x\npair: [1, two]", "/pair/1"),
        ("name: x\nroot: ${NOWHERE_AT_ALL}", "/root"),
        ("name: 3", "/name"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(tmp_path, text, pointer):
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, text)
    assert raised.value.pointer == pointer


@pytest.mark.parametrize("text", ["name: x\nname: y", "name: [", "- x", "inner: {}", "name: x\ninner: {steps: 1, steps: 2}"])
def test_a_slip_is_never_taken_for_a_setting(tmp_path, text):
    with pytest.raises(ConfigError):
        read(tmp_path, text)


def test_a_missing_file_is_a_coded_error(tmp_path):
    with pytest.raises(ConfigError, match="cannot read"):
        read_config(tmp_path / "none.yaml", Outer)
