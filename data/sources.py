"""What code stands on: the files of the house that a module imports, and the distributions that those import.

A Bento and a registered model bring their code with them; this says which, so that neither brings a line too much.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import metadata
from pathlib import Path

#: The folder that holds the rooms.
ROOT = Path(__file__).resolve().parents[1]
_ROOMS = ("data", "models", "serving", "flows")


def sources_of(*modules: str) -> list[Path]:
    """The files of the modules and of all they import from the house, wherever in the code an import stands."""
    found: dict[Path, None] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        path = ROOT / Path(*module.split("."))
        file = next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)
        if file is None or file in found:
            continue
        found[file] = None
        waiting += [module.rpartition(".")[0]] if "." in module else []
        waiting += [name for name in _imports(ast.parse(file.read_text("utf-8"))) if name.partition(".")[0] in _ROOMS]
    return sorted(found)


def requirements_of(files: Iterable[Path], *others: str) -> list[str]:
    """The distributions that the files import, and the others, each pinned to the version that is installed here."""
    names = {_distribution(name) for file in files for name in _strangers(file)} | set(others)
    return sorted(f"{name}=={metadata.version(name)}" for name in names)


def _strangers(file: Path) -> set[str]:
    tops = {name.partition(".")[0] for name in _imports(ast.parse(file.read_text("utf-8")))}
    return tops - set(_ROOMS) - sys.stdlib_module_names


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue  # Only those who check types import it.
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from _imports(node)


def _distribution(module: str) -> str:
    """The one that is called like its module where several bring it."""
    providers = _providers().get(module) or [module]
    alike = [name for name in providers if re.sub(r"[-_.]+", "_", name).lower() == module.lower()]
    return (alike or sorted(providers))[0]


@lru_cache(1)
def _providers() -> dict[str, list[str]]:
    return {module: list(names) for module, names in metadata.packages_distributions().items()}
