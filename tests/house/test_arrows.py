"""Law 1 to 3: arrows point down, and services meet only in contracts."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = sorted(p.parent.name for p in (ROOT / "serving").glob("*/handlers.py"))


def test_import_contracts_hold():
    lint = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert lint.returncode == 0, lint.stdout + lint.stderr


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_imports_no_other_service(service):
    others = [f"serving.{other}" for other in SERVICES if other != service]
    guilty = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / "serving" / service).rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if line.lstrip().startswith(("import ", "from ")) and any(other in line for other in others)
    ]
    assert not guilty


def test_models_families_never_import_each_other():
    families = [p.parent.name for p in (ROOT / "models").glob("*/train.py")]
    assert len(families) > 1
    for family in families:
        for path in (ROOT / "models" / family).rglob("*.py"):
            for other in set(families) - {family}:
                assert f"models.{other}" not in path.read_text("utf-8"), path
