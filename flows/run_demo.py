"""The main job in one command: package, train, measure, gate, promote, bundle, serve, transcribe; figures to a file."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger

from data.artifacts import artifacts_dir
from data.audio import encode_flac
from data.config import read_config
from data.errors import GateRefused
from data.shards import iter_clips
from flows.promote_model import promote_model
from flows.release_model import release_model
from flows.show import show_table
from flows.train_asr import train_asr
from models.tables import read_texts
from serving import processes
from serving.local import service_part

FORMATS = ("json", "text", "srt", "verbose_json", "vtt")


@dataclass(frozen=True, kw_only=True)
class DemoConfig:
    """What `make demo` does."""

    recipe: str
    """configs/asr/NAME.yaml: its dataset is packaged, its model trained."""
    overrides: tuple[str, ...] = ()
    """Overrides of the recipe, `trainer.max_steps=50`."""
    gate: str = "configs/gate.yaml"
    """The policy that lets the model become champion."""
    serving: str = "configs/serving/asr.yaml"
    """Settings of the service."""
    clips: int = 3
    """Unseen clips that are sent to the service."""


@flow(name="run-demo")
def run_demo(config: str = "configs/demo.yaml") -> dict[str, Any]:
    """From speech to a promoted, served model; writes artifacts/demo/report.json and stops what it started.

    Returns:
        the report: seconds of each stage, dataset, metrics, reference-hypothesis pairs, gate, service, transcripts.
    Raises:
        GateRefused: the model is worse than what the gate allows; the report is written all the same.
    """
    settings = read_config(config, DemoConfig)
    folder = artifacts_dir() / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {"seconds": {}}
    try:
        with _stage("train", report):
            trained = train_asr(settings.recipe, settings.overrides)
        report |= {key: trained[key] for key in ("dataset", "run", "run_id", "version", "metrics", "package")}
        report["pairs"] = pairs(trained)
        with _stage("gate", report):
            report["gate"] = promote_model(settings.gate, "asr", trained["version"])
        if not report["gate"]["champion"]:
            raise GateRefused(report["gate"]["sentence"])
        with _stage("bundle", report):
            report["release"] = release_model(settings.serving, "asr")
        with _stage("serve", report):
            report["service"], report["transcripts"] = serve_and_transcribe(report, settings.clips, folder)
    finally:
        (folder / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=2, default=str), "utf-8")
    show_table("demo-transcripts", report["transcripts"], "three unseen clips, through the OpenAI SDK")
    get_run_logger().info("\n%s", summary(report, folder))
    return {"report": str(folder / "report.json"), "wer": report["metrics"][report["dataset"]["dataset"]]["wer"]}


def pairs(trained: dict[str, Any]) -> list[dict[str, str]]:
    """Reference and hypothesis of every test utterance."""
    from flows.evaluate_model import evaluation_dir

    answers = evaluation_dir(Path(trained["package"]), trained["dataset"]["folder"])
    references, hypotheses = read_texts(answers / "ref.tsv"), read_texts(answers / "hyp.tsv")
    for name in ("ref.tsv", "hyp.tsv"):
        shutil.copy(answers / name, artifacts_dir() / "demo" / name)
    return [{"id": key, "reference": text, "hypothesis": hypotheses[key]} for key, text in references.items()]


def serve_and_transcribe(report: dict[str, Any], count: int, folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Serve the Bento, send unseen clips with the OpenAI SDK unmodified, stop the service."""
    from openai import OpenAI

    part = replace(service_part("asr", report["release"]["bento"], port := processes.free_port()), name="asr-demo")
    begin_s = time.monotonic()
    processes.start(part, folder)
    try:
        service: dict[str, Any] = {"ready_s": round(processes.wait_ready(part, folder), 2)}
        client = OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="not-needed")
        rows = []
        for utterance, samples in unseen(report["dataset"]["folder"], count):
            clip = folder / f"{utterance.id.replace('/', '-')}.flac"
            clip.write_bytes(encode_flac(samples))
            sent_s = time.monotonic()
            answers = {
                kind: client.audio.transcriptions.create(file=clip, model="asr-vi", response_format=kind) for kind in FORMATS
            }
            seconds = (time.monotonic() - sent_s) / len(FORMATS)
            heard = str(answers["text"]).strip()
            rows.append({"clip": clip.name, "said": utterance.text, "heard": heard, "seconds": round(seconds, 3)})
        service |= {"resident_mb": resident_mb(processes.pid_of(part.name, folder)), "formats": list(FORMATS)}
    finally:
        processes.stop(part.name, folder)
    service["served_s"] = round(time.monotonic() - begin_s, 2)
    return service, rows


def unseen(dataset_dir: str, count: int) -> Iterator[tuple[Any, Any]]:
    """The first clip of each of `count` test speakers, or the first clips where speakers are fewer."""
    taken: list[Any] = []
    spare: list[Any] = []
    for utterance, samples in iter_clips(dataset_dir, "test"):
        fresh = utterance.speaker not in {u.speaker for u, _ in taken}
        (taken if fresh else spare).append((utterance, samples))
        if len(taken) == count:
            break
    yield from [*taken, *spare][:count]


def resident_mb(pid: int | None) -> float:
    """Memory of a process and its children, MB."""
    import psutil

    if pid is None:
        return 0.0
    top = psutil.Process(pid)
    return round(sum(p.memory_info().rss for p in [top, *top.children(recursive=True)]) / 1e6, 1)


def summary(report: dict[str, Any], folder: Path) -> str:
    """What a person wants to see at the end."""
    metrics = report["metrics"][report["dataset"]["dataset"]]
    lines = [f"{'said':<44} heard"]
    lines += [f"{row['said']:<44} {row['heard']}" for row in report["transcripts"]]
    lines += [
        "",
        f"test WER {metrics['wer']:.2%}, CER {metrics['cer']:.2%} on voices and sentences that training never saw",
        f"gate     {report['gate']['sentence']}",
        f"service  ready in {report['service']['ready_s']} s, {report['service']['resident_mb']:.0f} MB",
        f"seconds  {', '.join(f'{k} {v:.0f}' for k, v in report['seconds'].items())}",
        "",
        f"report   {folder / 'report.json'}",
        f"gate's   {report['gate']['report_dir']}/gate.html",
        "look     make up: MLflow http://127.0.0.1:5000, Prefect http://127.0.0.1:4200, ASR http://127.0.0.1:3000",
    ]
    return "\n".join(lines)


@contextmanager
def _stage(name: str, report: dict[str, Any]) -> Iterator[None]:
    log, begin_s = get_run_logger(), time.monotonic()
    log.info("── %s ──", name)
    yield
    report["seconds"][name] = round(time.monotonic() - begin_s, 1)
    log.info("── %s: %.0f s ──", name, report["seconds"][name])
