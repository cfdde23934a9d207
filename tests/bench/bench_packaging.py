"""Our packaging against a plain loop: read with soundfile, resample with soxr, write FLAC, add to a tar.

Ours does the whole of it: import with digests, validate, split, shard. It does so on all cores, and decodes each clip
once. Rounds are interleaved, so that a busy machine slows both; the ratio of medians is the figure.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import statistics
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import soundfile
import soxr

from data.config import read_config
from data.corpus.config import DatasetConfig
from data.pack.intake import import_corpus
from data.pack.layout import Layout
from data.pack.shards import shard
from data.pack.split import split
from data.pack.validate import validate

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 10
LEAST = 1.5


def plain_loop(corpus: Path, target: Path) -> None:
    """What one writes on a first afternoon."""
    lines = [json.loads(line) for line in (corpus / "manifest.jsonl").read_text("utf-8").splitlines()]
    with tarfile.open(target, "w") as tar:
        for line in lines:
            samples, rate_hz = soundfile.read(corpus / line["audio_filepath"], dtype="float32")
            clip = io.BytesIO()
            soundfile.write(clip, soxr.resample(samples, rate_hz, 16_000), 16_000, format="FLAC", subtype="PCM_16")
            info = tarfile.TarInfo(Path(line["audio_filepath"]).name)
            info.size = clip.tell()
            clip.seek(0)
            tar.addfile(info, clip)


def package(config: DatasetConfig, out: Path) -> None:
    """All of ours, from the corpus' own layout to the dataset."""
    layout = Layout(out)
    out.mkdir(parents=True)
    with contextlib.redirect_stderr(io.StringIO()):
        import_corpus(config, layout)
        validate(config, layout)
        split(config, layout)
        shard(config, layout)


def seconds(work: Callable[[], None]) -> float:
    """Wall time, for the cores are the point."""
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def main() -> dict[str, float]:
    """Run both in turns and print the figures."""
    config = read_config(ROOT / "configs/data/phone_keywords.yaml", DatasetConfig)
    assert config.root is not None
    plain_s, ours_s = [], []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS + 1):
            plain = seconds(lambda: plain_loop(config.root, Path(folder) / "plain.tar"))
            ours = seconds(lambda: package(config, Path(folder) / "ours"))
            shutil.rmtree(Path(folder) / "ours")
            if number:  # The first round fills the page cache and starts the worker server.
                plain_s.append(plain)
                ours_s.append(ours)
                print(f"round {number:2}: plain {plain:.2f} s, ours {ours:.2f} s, {plain / ours:.2f}×", flush=True)
    result = {
        "plain_s": round(statistics.median(plain_s), 3),
        "ours_s": round(statistics.median(ours_s), 3),
        "ratio": round(statistics.median(p / o for p, o in zip(plain_s, ours_s, strict=True)), 3),
        "at_least": LEAST,
    }
    print("packaging:", json.dumps(result))
    return result


if __name__ == "__main__":
    if "TIENGNOI_DATA" not in os.environ:
        sys.exit("packaging: TIENGNOI_DATA is not set, nothing to package")
    sys.exit(0 if main()["ratio"] >= LEAST else 1)
