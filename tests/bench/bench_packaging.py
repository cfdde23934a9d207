"""Our packaging against a plain loop: read with soundfile, resample with soxr, write FLAC, add to a tar.

`shard` does the same work as the loop, and makes digests and a manifest. `whole` is all of packaging: import with
digests, validate (every clip decoded and measured, every text read), split, shard. Rounds are interleaved, so that a
busy machine slows all of them; the median of the rounds' ratios is the figure.
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


def package(config: DatasetConfig, layout: Layout) -> None:
    """All of ours, from the corpus' own layout to the dataset."""
    layout.out.mkdir(parents=True)
    with contextlib.redirect_stderr(io.StringIO()):
        import_corpus(config, layout)
        validate(config, layout)
        split(config, layout)
        shard(config, layout)


def shard_alone(config: DatasetConfig, layout: Layout) -> None:
    """The last step by itself: nothing that an earlier one decoded is there any more."""
    shutil.rmtree(layout.shards)
    with contextlib.redirect_stderr(io.StringIO()):
        shard(config, layout)


def seconds(work: Callable[[], None]) -> float:
    """Wall time, for the cores are the point."""
    start_s = time.perf_counter()
    work()
    return time.perf_counter() - start_s


def main() -> dict[str, float]:
    """Run all in turns and print the figures."""
    config = read_config(ROOT / "configs/data/phone_keywords.yaml", DatasetConfig)
    assert config.root is not None
    corpus = config.root
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        layout = Layout(Path(folder) / "ours")
        for number in range(ROUNDS + 1):
            plain_s = seconds(lambda: plain_loop(corpus, Path(folder) / "plain.tar"))
            whole_s = seconds(lambda: package(config, layout))
            shard_s = seconds(lambda: shard_alone(config, layout))
            shutil.rmtree(layout.out)
            if number:  # The first round fills the page cache and starts the worker server.
                rounds.append((plain_s, whole_s, shard_s))
                print(f"round {number:2}: plain {plain_s:.2f} s, whole {whole_s:.2f} s, shard {shard_s:.2f} s", flush=True)
    result = {
        "plain_s": round(statistics.median(plain for plain, _, _ in rounds), 3),
        "whole_s": round(statistics.median(whole for _, whole, _ in rounds), 3),
        "shard_s": round(statistics.median(alone for _, _, alone in rounds), 3),
        "whole_ratio": round(statistics.median(plain / whole for plain, whole, _ in rounds), 3),
        "ratio": round(statistics.median(plain / alone for plain, _, alone in rounds), 3),
        "at_least": LEAST,
    }
    print("packaging:", json.dumps(result))
    return result


if __name__ == "__main__":
    if "TIENGNOI_DATA" not in os.environ:
        sys.exit("packaging: TIENGNOI_DATA is not set, nothing to package")
    sys.exit(0 if main()["ratio"] >= LEAST else 1)
