"""Checkpoint → serving package: the graph, proved equal to its checkpoint on real clips, with what serving needs.

package.json  model.onnx  tokens.json  card.md  golden/{golden.json, NN.flac, NN.npy}
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.audio import decode, encode_flac
from data.errors import ConfigError, EmptySplit, LicenceForbids
from data.schema import Utterance
from data.shards import ShardReader, read_dataset
from models.asr.card import write_card
from models.asr.fastconformer import load_model
from models.asr.features import FrontEnd
from models.asr.graph import quantize, write_graph
from models.asr.infer import Engine, Recognizer
from models.asr.nemo_file import read_nemo
from models.asr.parity import compare, compare_with_nemo
from models.metrics import score
from models.package import write_package
from models.training.trained import lineage_of

F32 = NDArray[np.float32]

#: Clips that travel in the package, and clips that graphs are compared and measured on at most.
_GOLDEN_CLIPS, _MEASURED_CLIPS = 5, 300


def export(
    checkpoint_path: Path,
    dataset_dir: Path,
    package_dir: Path,
    *,
    name: str = "asr-vi",
    right_context: int | None = None,
    precision: str = "fp32",
    int8_max_wer_increase: float = 0.001,
    verify_nemo: bool = False,
) -> str:
    """Write the serving package of a checkpoint.

    Args:
        dataset_dir: where golden clips and the clips of all comparisons come from: its dev split, else its test split.
        right_context: frames of look-ahead, one of the checkpoint's; its largest where none is given.
        precision: fp32; int8; or auto: int8 where its WER on those clips is at most `int8_max_wer_increase` higher.
        verify_nemo: run NeMo on the clips too, and put the difference in the card.
    Returns:
        The package's digest.
    Raises:
        ParityError: the graph differs from its checkpoint by more than rounding.
        ConfigError: the checkpoint holds no model that can be served.
    """
    checkpoint = read_nemo(checkpoint_path)
    model = load_model(checkpoint, right_context)
    front_end = FrontEnd.from_nemo(checkpoint.config["preprocessor"])
    frame_s = front_end.hop_samples * 2**model.shape.sub_layers / front_end.rate_hz
    utterances, clips = _clips(dataset_dir)
    package_dir.parent.mkdir(parents=True, exist_ok=True)
    # Beside the package, so that it is moved into place and not copied.
    with tempfile.TemporaryDirectory(dir=package_dir.parent, prefix=".export-") as scratch:
        graph = write_graph(model, Path(scratch) / "fp32")
        chosen, engine = "fp32", Engine(graph, front_end=front_end, tokens=checkpoint.tokens, frame_s=frame_s)
        figures: dict[str, Any] = {"parity": asdict(compare(model, engine, clips))}
        if verify_nemo:
            figures["nemo_parity"] = asdict(compare_with_nemo(checkpoint_path, engine, clips, model.span))
        figures["wer"] = _wer(engine, utterances, clips)
        if precision != "fp32":
            small = quantize(graph, Path(scratch) / "int8")
            rival = Engine(small, front_end=front_end, tokens=checkpoint.tokens, frame_s=frame_s)
            figures["wer_int8"] = _wer(rival, utterances, clips)
            if precision == "int8" or figures["wer_int8"] <= figures["wer"] + int8_max_wer_increase:
                chosen, engine, graph = "int8", rival, small
        settings = {
            "front_end": asdict(front_end),
            "decoder": {"kind": "ctc_greedy", "frame_s": frame_s, "blank": len(checkpoint.tokens)},
            "model": {
                "kind": "fastconformer_ctc", "precision": chosen, "parameters": sum(p.numel() for p in model.parameters()),
                "attention_context": [model.span.left, model.span.right],
                "attention_contexts": [list(pair) for pair in model.shape.look_aheads],
            },
        }  # fmt: skip
        lineage = lineage_of(checkpoint_path, dataset_dir, read_dataset(dataset_dir))
        draft = graph.parent
        (draft / "tokens.json").write_text(json.dumps(checkpoint.tokens, ensure_ascii=False) + "\n", "utf-8")
        _write_golden(draft / "golden", engine, clips)
        write_card(draft, name=name, settings=settings, lineage=lineage, metrics=figures)
        digest = write_package(draft, package_dir, family="asr", name=name, settings=settings, lineage=lineage, metrics=figures)
    Recognizer.open(package_dir).verify_golden()
    return digest


def _clips(dataset_dir: Path) -> tuple[list[Utterance], list[F32]]:
    """Clips that training did not learn from, evenly over the split."""
    for split in ("dev", "test"):
        try:
            reader = ShardReader(dataset_dir, split)
        except (EmptySplit, LicenceForbids):
            continue  # A set for evaluation has a test split alone.
        with reader:
            chosen = np.linspace(0, len(reader) - 1, min(len(reader), _MEASURED_CLIPS)).round().astype(int)
            return [reader.utterances[i] for i in chosen], [reader[int(i)] for i in chosen]
    raise EmptySplit(f"{dataset_dir} has neither dev nor test clips to prove an export on")


def _wer(engine: Engine, utterances: Sequence[Utterance], clips: Sequence[F32]) -> float:
    heard = {u.id: t.text for u, t in zip(utterances, engine.transcribe(clips), strict=True)}
    wer = score({u.id: u.text for u in utterances}, heard, draws=1).total.wer
    if wer is None:
        raise EmptySplit("the clips to prove an export on have no words")
    return wer


def _write_golden(folder: Path, engine: Engine, clips: Sequence[F32]) -> None:
    """A few clips, and what is answered to them: to the bytes that are written, so after FLAC's 16 bits."""
    folder.mkdir()
    golden = []
    for number, index in enumerate(np.linspace(0, len(clips) - 1, min(len(clips), _GOLDEN_CLIPS)).round().astype(int)):
        audio, log_probs = folder / f"{number:02}.flac", folder / f"{number:02}.npy"
        audio.write_bytes(encode_flac(clips[index]))
        clip = decode(audio)
        np.save(log_probs, engine.log_probs([clip])[0].astype(np.float16))
        golden.append({
            "audio": f"golden/{audio.name}",
            "log_probs": f"golden/{log_probs.name}",
            "text": engine.transcribe_batch([clip])[0].text,
        })  # fmt: skip
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False, indent=1) + "\n", "utf-8")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m models asr export`."""
    parser.add_argument("--checkpoint", type=Path, required=True, help="the .nemo file of a training")
    parser.add_argument("--dataset", type=Path, required=True, help="packaged dataset to prove the export on")
    parser.add_argument("--out", type=Path, required=True, help="folder of the serving package")
    parser.add_argument("--name", default="asr-vi", help="name of the model")
    parser.add_argument("--right-context", type=int, help="frames of look-ahead (default: the checkpoint's largest)")
    parser.add_argument("--precision", choices=("fp32", "int8", "auto"), default="fp32")
    parser.add_argument("--int8-max-wer-increase", type=float, default=0.001, help="what auto may lose (default: 0.001)")
    parser.add_argument("--verify-nemo", action="store_true", help="compare with NeMo itself, which takes a minute to start")


def run(args: argparse.Namespace) -> int:
    """Export, and print the package's digest and figures as JSON."""
    if not args.checkpoint.is_file():
        raise ConfigError(f"{args.checkpoint} is no file", pointer="/checkpoint")
    digest = export(
        args.checkpoint, args.dataset, args.out, name=args.name, right_context=args.right_context, precision=args.precision,
        int8_max_wer_increase=args.int8_max_wer_increase, verify_nemo=args.verify_nemo,
    )  # fmt: skip
    metrics = json.loads((args.out / "package.json").read_text("utf-8"))["metrics"]
    sys.stdout.write(json.dumps({"package": str(args.out), "digest": digest, **metrics}, ensure_ascii=False) + "\n")
    return 0
