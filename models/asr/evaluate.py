"""Package × split → answers and figures, with the engine that serves: what is measured is what will run.

ref.tsv  hyp.tsv       id<TAB>text      group.tsv  id<TAB>speaker      slices.tsv  id<TAB>kind=value, one a line
metrics.json           models.metrics.Score, and what was measured on what
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from data.schema import RATE_HZ
from data.shards import ShardReader, read_dataset
from models.asr.infer import Recognizer
from models.metrics import score

#: Clips of no speech that every evaluation adds: whoever hears words in them invents them.
SILENCE_S = 10.0
_SILENCE_DBFS = {"digital": -np.inf, "quiet_room": -60.0, "bad_microphone": -40.0}
#: Seconds of audio in one task: enough for full batches, few enough for every core to have work until the end.
_TASK_SECONDS = 60.0


def evaluate(package_dir: Path, dataset_dir: Path, split: str, out_dir: Path) -> dict[str, Any]:
    """Transcribe a split on all cores, write the answers and the figures into `out_dir`, return the figures.

    Silence is measured with the rest, as utterances without words: a word heard in it is an insertion. The real-time
    factor is computing time, of all cores together and without the decoding of files, over audio time; so neither the
    number of cores nor what else they do changes it much.

    Raises:
        EmptySplit: the dataset has no such split.
        BrokenPackage: a file of the package is not the one that was packaged.
    """
    recognizer, description = Recognizer.open(package_dir, threads=1), read_dataset(dataset_dir)
    started_s = time.perf_counter()
    with ShardReader(dataset_dir, split) as reader:
        utterances = reader.utterances
        heard, audio_s, compute_s = _transcribe(recognizer, reader)
    silence = silent_clips()
    heard |= {id_: t.text for id_, t in zip(silence, recognizer.transcribe(list(silence.values())), strict=True)}

    refs = {u.id: u.text for u in utterances} | dict.fromkeys(silence, "")
    groups = {u.id: u.speaker for u in utterances if u.speaker}
    if groups:
        # One speaker more, so that what resamples speakers draws the silent clips together.
        groups |= dict.fromkeys(silence, "silence")
    slices = {u.id: sorted(f"{kind}={value}" for kind, value in u.slices.items()) for u in utterances if u.slices}
    scored = score(refs, heard, groups=groups or None, slices=slices or None, audio_s=audio_s, compute_s=compute_s)
    figures = {
        **scored.to_json(),
        "invented_on_silence": sum(len(heard[id_].split()) for id_ in silence),
        "dataset": description.get("name"),
        "dataset_digest": description.get("digest"),
        "split": split,
        "package": recognizer.package.digest,
        "audio_s": round(audio_s, 3),
        "compute_s": round(compute_s, 3),
        "wall_s": round(time.perf_counter() - started_s, 3),
    }
    out_dir.mkdir(parents=True, exist_ok=True)
    _write(out_dir / "ref.tsv", refs.items())
    _write(out_dir / "hyp.tsv", ((id_, heard[id_]) for id_ in refs))
    _write(out_dir / "group.tsv", groups.items())
    _write(out_dir / "slices.tsv", ((id_, name) for id_, names in slices.items() for name in names))
    # Last and in one step: where it stands, the evaluation is whole.
    partial = out_dir / ".metrics.json"
    partial.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", "utf-8")
    partial.replace(out_dir / "metrics.json")
    return figures


def silent_clips() -> dict[str, np.ndarray]:
    """Clips without speech by their id: digital silence, and noise as of a quiet room and of a bad microphone."""
    noise_T = np.random.default_rng(0).standard_normal(int(SILENCE_S * RATE_HZ))
    return {f"silence-{name}": (noise_T * 10 ** (dbfs / 20)).astype(np.float32) for name, dbfs in _SILENCE_DBFS.items()}


def _transcribe(recognizer: Recognizer, reader: ShardReader) -> tuple[dict[str, str], float, float]:
    """Texts by id, seconds of audio, seconds of computing; one thread a core, each on tasks of its own."""

    def work(task: list[int]) -> tuple[list[str], float, float]:
        clips = [reader[index] for index in task]
        started_s = time.thread_time()
        texts = [transcript.text for transcript in recognizer.transcribe(clips)]
        return texts, sum(map(len, clips)) / RATE_HZ, time.thread_time() - started_s

    heard, audio_s, compute_s, tasks = {}, 0.0, 0.0, _tasks([u.duration_s for u in reader.utterances])
    with ThreadPoolExecutor(os.cpu_count()) as pool, tqdm(total=len(reader), desc="transcribe", unit="clip") as bar:
        for task, (texts, task_audio_s, task_compute_s) in zip(tasks, pool.map(work, tasks), strict=True):
            heard |= {reader.utterances[index].id: text for index, text in zip(task, texts, strict=True)}
            audio_s, compute_s = audio_s + task_audio_s, compute_s + task_compute_s
            bar.update(len(task))
    return heard, audio_s, compute_s


def _tasks(durations_s: list[float]) -> list[list[int]]:
    """Indices of like durations, the longest first, so that no core is left alone with them at the end."""
    tasks: list[list[int]] = [[]]
    filled_s = 0.0
    for index in sorted(range(len(durations_s)), key=lambda i: -durations_s[i]):
        if tasks[-1] and filled_s + durations_s[index] > _TASK_SECONDS:
            tasks.append([])
            filled_s = 0.0
        tasks[-1].append(index)
        filled_s += durations_s[index]
    return tasks


def _write(path: Path, rows: Iterable[tuple[str, str]]) -> None:
    """One `id<TAB>text` a line; no file where there are no rows."""
    lines = "".join(f"{id_}\t{text}\n" for id_, text in rows)
    if lines:
        path.write_text(lines, "utf-8")
    else:
        path.unlink(missing_ok=True)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models asr evaluate`."""
    parser.add_argument("--package", type=Path, required=True, help="folder of the serving package")
    parser.add_argument("--dataset", type=Path, required=True, help="folder of the packaged dataset")
    parser.add_argument("--split", default="test", help="split to measure on (default: test)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the answers and figures")


def run(args: argparse.Namespace) -> int:
    """Evaluate and print the figures as JSON."""
    figures = evaluate(args.package, args.dataset, args.split, args.out)
    sys.stdout.write(json.dumps(figures, ensure_ascii=False) + "\n")
    return 0
