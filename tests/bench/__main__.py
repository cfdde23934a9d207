"""`make bench`: every benchmark in turn, each beside its peers in one run; names as arguments choose some.

What follows the names from the first option on goes to the one benchmark that is named (`normalizer --checkpoint DIR`).
Exit 1 where a ratio stays below what it should be at least, 2 where there is no such benchmark.
"""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path


def benchmarks() -> dict[str, str]:
    """Name → what is measured beside what: the first line of its file, read without importing what it measures."""
    files = {path.stem.removeprefix("bench_"): path for path in sorted(Path(__file__).parent.glob("bench_*.py"))}
    return {name: (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n")[0] for name, path in files.items()}


def usage() -> str:
    """How to call it, and what there is."""
    return "\n".join([__doc__ or "", *(f"  {name:<12}{about}" for name, about in benchmarks().items())])


def main(argv: list[str]) -> int:
    first = next((at for at, word in enumerate(argv) if word.startswith("-")), len(argv))
    chosen, options = argv[:first] or list(benchmarks()), argv[first:]
    if argv in (["-h"], ["--help"]):
        print(usage())
        return 0
    if not set(chosen) <= set(benchmarks()) or (options and len(chosen) > 1):
        print(usage(), file=sys.stderr)
        return 2
    missed = []
    for name in chosen:
        print(f"── {name}: {benchmarks()[name]}", flush=True)
        bench = importlib.import_module(f"tests.bench.bench_{name}").main
        figures = bench(options) if options else bench()
        print(f"ratio {figures['ratio']:.2f}×, at least {figures['at_least']}×", flush=True)
        if figures["ratio"] < figures["at_least"]:
            missed.append(name)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
