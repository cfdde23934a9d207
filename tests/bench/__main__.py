"""`make bench`: every benchmark in turn, each beside its peers in one run; names as arguments choose some.

What follows the names from the first option on goes to the benchmark that is named (`normalizer --checkpoint DIR`).
Exit 1 where a ratio stays below what it should be at least.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main(argv: list[str]) -> int:
    first = next((at for at, word in enumerate(argv) if word.startswith("-")), len(argv))
    chosen, options = argv[:first], argv[first:]
    names = [path.stem for path in sorted(Path(__file__).parent.glob("bench_*.py"))]
    missed = []
    for name in names:
        if chosen and name.removeprefix("bench_") not in chosen:
            continue
        print(f"── {name.removeprefix('bench_')} ──", flush=True)
        bench = importlib.import_module(f"tests.bench.{name}").main
        figures = bench(options) if options else bench()
        print(f"ratio {figures['ratio']:.2f}×, at least {figures['at_least']}×", flush=True)
        if figures["ratio"] < figures["at_least"]:
            missed.append(name)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
