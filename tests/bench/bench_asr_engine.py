"""Our engine against NeMo's `transcribe`: the same checkpoint, the same clips in memory, the same cores.

Both run front end, encoder and greedy search. Rounds are interleaved, so that a busy machine slows both; the figure is
the median of the rounds' ratios of CPU time (wall time stands beside it). The front end is timed alone on one core.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from models.asr.fastconformer import load_model
from models.asr.features import FrontEnd, log_mel
from models.asr.graph import quantize, write_graph
from models.asr.infer import Engine
from models.asr.nemo_file import read_nemo
from tests.random_nemo import CACHE_AWARE, SIZES

ROUNDS = 10
RECIPES = ("small", "large")
#: Ours over NeMo in CPU time, fp32; and seconds of audio a second and core that the front end must reach.
LEAST, FRONT_END_LEAST = 1.3, 1000


def clips() -> list[np.ndarray]:
    """Speech-length noise: what is said changes nothing in how long it takes."""
    random = np.random.default_rng(0)
    durations_s = random.uniform(2, 8, 8)
    return [(random.standard_normal(int(seconds * 16_000)) * 0.05).astype(np.float32) for seconds in durations_s]


def spent(work: Callable[[], Any]) -> tuple[float, float]:
    """CPU and wall seconds."""
    cpu_s, wall_s = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu_s, time.perf_counter() - wall_s


def engine_against_nemo(size: str, folder: Path) -> dict[str, float]:
    """Ratios of one model size; every engine uses all cores."""
    from tests.golden.conftest import make_model, train_tokenizer

    sizes = SIZES[size]
    pair = make_model(
        folder / f"{size}.nemo", train_tokenizer(folder / "tokenizer"), CACHE_AWARE,
        width=sizes["width"], layers=sizes["layers"], heads=sizes["heads"], channels=sizes["channels"],
    )  # fmt: skip
    checkpoint = read_nemo(pair.path)
    graphs = {"fp32": write_graph(load_model(checkpoint), folder / "fp32")}
    graphs["int8"] = quantize(graphs["fp32"], folder / "int8")
    front_end, audio = FrontEnd.from_nemo(checkpoint.config["preprocessor"]), clips()
    ours = {name: Engine(graph, front_end=front_end, tokens=checkpoint.tokens, frame_s=0.08) for name, graph in graphs.items()}
    works: dict[str, Callable[[], Any]] = {
        "nemo": lambda: pair.model.transcribe(audio, batch_size=8, verbose=False),
        **{name: lambda engine=engine: engine.transcribe(audio) for name, engine in ours.items()},
    }
    rounds: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for number in range(ROUNDS + 1):
        for name, work in works.items():
            figures = spent(work)
            if number:  # The first round loads and warms.
                rounds[name].append(figures)
    audio_s = sum(map(len, audio)) / 16_000
    result: dict[str, float] = {"parameters_m": round(sum(p.numel() for p in pair.model.parameters()) / 1e6, 1)}
    for name, figures in rounds.items():
        cpu_s, wall_s = (statistics.median(column) for column in zip(*figures, strict=True))
        result |= {f"{name}_rtf_cpu": round(cpu_s / audio_s, 4), f"{name}_times_real_time": round(audio_s / wall_s, 1)}
    for name in ours:
        for place, kind in enumerate(("cpu", "wall")):
            ratios = [theirs[place] / mine[place] for theirs, mine in zip(rounds["nemo"], rounds[name], strict=True)]
            result[f"{name}_ratio_{kind}"] = round(statistics.median(ratios), 2)
    print(f"asr engine, {size}:", json.dumps(result), flush=True)
    return result


def front_end() -> float:
    """Seconds of audio a CPU second."""
    clip = np.random.default_rng(0).standard_normal(16_000 * 60).astype(np.float32) * 0.05
    log_mel(clip)
    rate = 60 / statistics.median(spent(lambda: log_mel(clip))[0] for _ in range(20))
    print(f"log-mel: {rate:.0f} times real time a core", flush=True)
    return rate


def main() -> dict[str, Any]:
    """Run it all and print a line for each."""
    result: dict[str, Any] = {"front_end": round(front_end()), "threads": os.cpu_count()}
    with tempfile.TemporaryDirectory() as folder:
        for size in RECIPES:
            (Path(folder) / size).mkdir()
            result[size] = engine_against_nemo(size, Path(folder) / size)
    result["ratio"], result["at_least"] = min(result[size]["fp32_ratio_cpu"] for size in RECIPES), LEAST
    return result


if __name__ == "__main__":
    found = main()
    sys.exit(0 if found["ratio"] >= LEAST and found["front_end"] >= FRONT_END_LEAST else 1)
