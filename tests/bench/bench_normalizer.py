"""Our decoding against transformers' `generate`: the same fp32 weights, the same texts, the same core; CTranslate2 beside it.

    python -m tests.bench normalizer [--pairs PAIRSDIR] [--texts 32] [--rounds 5] [--checkpoint RUNDIR/model]

The weights are those of the shipped int8 package, read back from its graphs (tests/bench/rebuilt_t5.py), or a checkpoint's.
Rounds are interleaved, so that a busy machine slows all of them; figures are medians of the rounds' ratios of CPU time,
one thread each. `generate` runs one text at a time and sixteen; the ratio that counts is against the faster of the two.
Without pairs the texts are those of `configs/data/pairs/smoke.yaml`.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from models.normalizer.decoding import Counts
from models.normalizer.generator import Generator, limit_of
from models.normalizer.graph import quantize, write_graphs
from models.normalizer.infer import default_package
from models.normalizer.parity import spread
from models.normalizer.t5 import load_t5
from models.normalizer.tokenizer import PAD, decode, encode
from tests.bench.ctranslate2_t5 import convert
from tests.bench.rebuilt_t5 import dequantize, rebuild

SMOKE = Path(__file__).resolve().parents[2] / "configs" / "data" / "pairs" / "smoke.yaml"
LEAST = 4.0
BATCH = 16

Write = Callable[[], list[str]]


def transformers_writer(checkpoint: Path, texts: Sequence[str], batch: int) -> Write:
    """`generate`, as it is: greedy, with its cache, texts of like length together."""
    import torch
    from transformers import T5ForConditionalGeneration

    model: Any = T5ForConditionalGeneration.from_pretrained(str(checkpoint), dtype=torch.float32).eval()

    def write() -> list[str]:
        found = {}
        for indices, source_BS in _batches(texts, batch):
            source = torch.tensor(source_BS)
            limit = limit_of(source.size(1) - 1)
            with torch.inference_mode():
                ids = model.generate(
                    source, attention_mask=(source != PAD).long(), do_sample=False, num_beams=1, max_new_tokens=limit
                )
            found |= {index: decode(row[1:]) for index, row in zip(indices, ids.tolist(), strict=True)}
        return [found[index] for index in range(len(texts))]

    return write


def ctranslate2_writer(checkpoint: Path, texts: Sequence[str], folder: Path, precision: str) -> Write:
    """CTranslate2's greedy search, in batches of like length as well."""
    import ctranslate2  # pyright: ignore[reportMissingImports]

    convert(checkpoint, folder, precision)
    translator = ctranslate2.Translator(str(folder), device="cpu", inter_threads=1, intra_threads=1, compute_type=precision)

    def write() -> list[str]:
        found = {}
        for indices, source_BS in _batches(texts, BATCH):
            tokens = [[str(id_) for id_ in row if id_ != PAD] for row in source_BS]
            results = translator.translate_batch(tokens, beam_size=1, max_decoding_length=limit_of(len(source_BS[0]) - 1))
            found |= {index: decode(map(int, result.hypotheses[0])) for index, result in zip(indices, results, strict=True)}
        return [found[index] for index in range(len(texts))]

    return write


def _batches(texts: Sequence[str], size: int) -> list[tuple[list[int], list[list[int]]]]:
    order = sorted(range(len(texts)), key=lambda index: len(texts[index].encode()))
    batches = []
    for start in range(0, len(order), size):
        indices = order[start : start + size]
        sources = [encode(texts[index]) for index in indices]
        longest = max(map(len, sources))
        batches.append((indices, [source + [PAD] * (longest - len(source)) for source in sources]))
    return batches


def one_thread() -> None:
    """All alike, and comparable on any machine."""
    import torch

    torch.set_num_threads(1)


def held_out_texts(pairs: Path | None, folder: Path) -> list[str]:
    """What people say in windows and sentences that no training saw."""
    from data.pairs.build import build_pairs, read_pairs_config
    from data.pairs.reader import read_pairs

    if pairs is None:
        pairs = folder / "smoke"
        build_pairs(read_pairs_config(SMOKE), pairs, workers=1)
    return [pair.spoken for pair in read_pairs(pairs, "test") if pair.kind in ("running", "sentence")]


def measure(checkpoint: Path, texts: list[str], folder: Path, rounds: int, *, int8: Path | None = None) -> dict[str, Any]:
    """CPU milliseconds a text, ratios and shares of identical outputs.

    Args:
        int8: graphs of these weights in int8; they are made where none are given.
    """
    one_thread()
    graphs = write_graphs(load_t5(checkpoint), folder / "fp32")
    int8 = int8 or quantize(graphs, folder / "int8")
    ours = {"ours_fp32": Generator(graphs, threads=1), "ours_int8": Generator(int8, threads=1)}
    works: dict[str, Write] = {
        "generate_1": transformers_writer(checkpoint, texts, 1),
        f"generate_{BATCH}": transformers_writer(checkpoint, texts, BATCH),
    }
    for name, engine in ours.items():
        works[name] = lambda engine=engine: engine.generate(texts)
        works[f"{name}_one_by_one"] = lambda engine=engine: [engine.generate([text])[0] for text in texts]
    if importlib.util.find_spec("ctranslate2"):
        for precision in ("float32", "int8"):
            works[f"ctranslate2_{precision}"] = ctranslate2_writer(checkpoint, texts, folder / f"ct2_{precision}", precision)
    else:
        print("ctranslate2 is not installed: left out")
    spent: dict[str, list[float]] = {name: [] for name in works}
    written: dict[str, list[str]] = {}
    for number in range(rounds + 1):
        for name, work in works.items():
            start_s = time.process_time()
            written[name] = work()
            if number:  # The first round loads and warms.
                spent[name].append(time.process_time() - start_s)
    rivals = ("generate_1", f"generate_{BATCH}")
    result: dict[str, Any] = {"texts": len(texts), "bytes_a_text": round(sum(len(t.encode()) for t in texts) / len(texts))}
    for name in works:
        result[name] = {"cpu_ms_a_text": round(1000 * statistics.median(spent[name]) / len(texts), 2)}
        for rival in rivals:
            if name != rival:
                ratios = [theirs / mine for theirs, mine in zip(spent[rival], spent[name], strict=True)]
                result[name][f"times_{rival}"] = round(statistics.median(ratios), 2)
            same = sum(map(str.__eq__, written[name], written[rival]))
            result[name][f"same_as_{rival}"] = round(same / len(texts), 4)
        if (peer := "ctranslate2_int8") in spent and name in ("ours_int8", "ours_fp32"):
            ratios = [theirs / mine for theirs, mine in zip(spent[peer], spent[name], strict=True)]
            result[name][f"times_{peer}"] = round(statistics.median(ratios), 2)
    counts = Counts()
    ours["ours_fp32"].generate(texts, counts=counts)
    result["ours_fp32"] |= {
        "steps_a_batch": round(counts.steps / max(counts.batches, 1), 1),
        "read_per_written": round(counts.read / counts.written, 2),
    }
    result["ratio"] = min(result["ours_fp32"][f"times_{rival}"] for rival in rivals)
    return result | {"at_least": LEAST}


def main(argv: Sequence[str] = ()) -> dict[str, Any]:
    """Run all in turns and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench normalizer")
    parser.add_argument("--checkpoint", type=Path, help="RUNDIR/model of a training (default: the shipped weights)")
    parser.add_argument("--pairs", type=Path, help="packaged pairs, whose test texts are taken (default: those of `smoke`)")
    parser.add_argument("--texts", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    args = parser.parse_args(list(argv))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        texts = spread(held_out_texts(args.pairs, folder), args.texts)
        shipped = None if args.checkpoint else default_package()
        checkpoint = args.checkpoint or rebuild(dequantize(default_package(), folder / "graphs"), folder / "checkpoint")
        result = measure(checkpoint, texts, folder, args.rounds, int8=shipped)
    for name, figures in result.items():
        if isinstance(figures, dict):
            print(f"{name:28}", "  ".join(f"{key} {value}" for key, value in figures.items()))
    print("normalizer:", json.dumps(result))
    return result


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:])["ratio"] >= LEAST else 1)
