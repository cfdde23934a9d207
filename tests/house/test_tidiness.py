"""Law 7 and the manners: sizes, names, words that must not stand here."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WALL = 400
#: file → the reason why it may pass the wall.
EXCEPTIONS = {"data/errors.py": "the whole tree of errors, drawn and declared in one place"}
BANNED_NAMES = {"utils", "helpers", "common", "manager", "misc"}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]


def test_no_file_passes_the_wall():
    lengths = {str(p.relative_to(ROOT)): len(p.read_text("utf-8").splitlines()) for p in tracked("*.py")}
    assert not {name: n for name, n in lengths.items() if n > WALL and name not in EXCEPTIONS}
    assert not [name for name in EXCEPTIONS if lengths.get(name, 0) <= WALL], "an exception that is not needed"


def test_no_module_is_called_by_what_it_is_not():
    assert not [p for p in tracked("*.py") if BANNED_NAMES & set(p.relative_to(ROOT).with_suffix("").parts)]


def test_top_level_holds_only_the_rooms():
    rooms = "flows models data serving configs tests deploy dvc.yaml pyproject.toml README.md"
    beside = "Makefile CHANGELOG.md CONTRIBUTING.md DECISIONS.md LICENSE requirements.lock .ci .dvc .dvcignore .gitignore"
    assert {p.relative_to(ROOT).parts[0] for p in tracked()} <= set(f"{rooms} {beside}".split())


def test_no_path_of_a_machine_is_tracked():
    machine = re.compile(r"(?<![\w.])/(work|farm|root|opt/wheels|home)/")
    texts = tracked("*.py", "*.md", "*.yaml", "*.toml", "*.lock", "Makefile", ".ci/*")
    guilty = [str(p.relative_to(ROOT)) for p in texts if machine.search(p.read_text("utf-8"))]
    assert [g for g in guilty if g != str(Path(__file__).relative_to(ROOT))] == []


def test_a_flow_stands_in_a_file_of_its_name():
    for path in (ROOT / "flows").glob("*.py"):
        declares = "\n@flow" in path.read_text("utf-8")
        assert declares == bool(re.fullmatch(r"[a-z]+_[a-z_]+", path.stem)), (
            f"{path.name}: a flow is verb_noun, all else a noun"
        )
        if declares:
            assert f"\ndef {path.stem}(" in path.read_text("utf-8")


def config_classes() -> list[tuple[Path, ast.ClassDef]]:
    found = []
    for path in tracked("*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef) and node.name.endswith(("Config", "Settings", "Policy", "Recipe")):
                found.append((path, node))
    return found


@pytest.mark.parametrize(("path", "node"), config_classes(), ids=lambda v: getattr(v, "name", getattr(v, "stem", "")))
def test_every_setting_is_documented(path, node):
    undocumented = []
    for statement, following in zip(node.body, [*node.body[1:], None], strict=True):
        name = getattr(getattr(statement, "target", None), "id", "model_config")
        if isinstance(statement, ast.AnnAssign) and name != "model_config" and not is_text(following):
            undocumented.append(name)
    assert not undocumented, f"{path.relative_to(ROOT)} {node.name}: {undocumented}"


def is_text(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
