"""Documents that go stale fail here; the commands of the README run in tests/e2e/test_readme.py."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from data import errors
from data.config import read_config
from data.corpus.config import DatasetConfig
from data.queries.config import QueriesConfig
from models.asr.config import Recipe
from models.embedder.config import Recipe as EmbedderRecipe
from models.gate.policy import GatePolicy

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_every_room_and_link_of_the_readme_exists():
    rooms = re.findall(r"^\| `([\w./]+)` \|[^|]*\|([^|]*)\|$", README, re.MULTILINE)
    assert len(rooms) >= 7
    for room, begin in rooms:
        assert (ROOT / room).exists() or room == "artifacts/", room
        for place in re.findall(r"`([\w./]+)`", begin):
            assert (ROOT / room / place).exists(), f"{room}{place}"
    for target in re.findall(r"\]\((?!http)([^)]+)\)", README):
        assert (ROOT / target).exists(), target


def test_decisions_are_numbered_in_their_order():
    """Numbers may be left out: whoever decides at the same time takes tens of their own."""
    numbers = [int(n) for n in re.findall(r"^\*\*(\d+)\.", (ROOT / "DECISIONS.md").read_text("utf-8"), re.MULTILINE)]
    assert len(numbers) > 40 and numbers == sorted(set(numbers))


def test_the_drawn_tree_of_errors_is_the_real_one():
    drawn = dict(re.findall(r"(\w+)\s{2,}(\w+\.\w+)", errors.__doc__ or ""))
    classes = [c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.TiengNoiError)]
    real = {c.__name__: c.code for c in classes if not c.__subclasses__()}
    assert drawn == real
    assert len(set(real.values())) == len(real), "two errors share a code"


@pytest.mark.parametrize("path", sorted((ROOT / "configs").rglob("*.yaml")), ids=lambda p: str(p.relative_to(ROOT)))
def test_every_config_is_explained_and_readable(path, monkeypatch):
    monkeypatch.setenv("TIENGNOI_DATA", "/data")
    text = path.read_text("utf-8")
    assert "#" in text, "a configuration without a word of explanation"
    kinds = {"data": DatasetConfig, "asr": Recipe, "queries": QueriesConfig, "embedder": EmbedderRecipe}
    if path.name == "gate.yaml":
        read_config(path, GatePolicy)
    elif path.parent.name in kinds and path.name != "names.yaml":
        assert read_config(path, kinds[path.parent.name]).name == path.stem
    else:
        assert isinstance(yaml.safe_load(text), dict)


def test_recipes_name_datasets_that_exist():
    for path in (ROOT / "configs" / "asr").glob("*.yaml"):
        recipe = yaml.safe_load(path.read_text("utf-8"))
        for name in [recipe["dataset"], *recipe.get("evaluate_on", [])]:
            assert (ROOT / "configs" / "data" / f"{name}.yaml").exists(), f"{path.name}: {name}"


def test_every_module_says_what_it_is_for():
    silent = [
        path
        for room in ("data", "models", "serving", "flows")
        for path in (ROOT / room).rglob("*.py")
        if path.name != "__init__.py" and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent
