"""The model card of a serving package: what a person asks before using it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_card(
    folder: Path, *, name: str, settings: Mapping[str, Any], lineage: Mapping[str, Any], metrics: Mapping[str, Any]
) -> None:
    """Write `card.md` into a package that holds its graph."""
    model, parity = settings["model"], metrics["parity"]
    context = model["attention_context"]
    ahead = "all audio" if context[1] < 0 else f"{context[1] * settings['decoder']['frame_s'] * 1000:.0f} ms"
    rows = [
        ("Language", "Vietnamese; lower-case text without punctuation, numbers in words"),
        ("Model", f"FastConformer CTC, {model['parameters'] / 1e6:.1f} M parameters, {model['precision']}"),
        ("Hears", f"mono speech at {settings['front_end']['rate_hz']} Hz"),
        ("Look-ahead", f"{ahead} (attention context {context})"),
        ("Size", f"{sum(file.stat().st_size for file in folder.glob('model.onnx*')) / 1e6:.1f} MB"),
        ("Trained on", f"{lineage['dataset']} ({lineage['dataset_digest']})"),
        ("Licence of the data", lineage["licence"] or "not stated"),
        ("Use of the data", "evaluation only" if lineage.get("usage") == "evaluation" else "as its licence says"),
        ("WER on held-out clips", _percent(metrics.get("wer"))),
        ("WER in int8", _percent(metrics["wer_int8"]) if "wer_int8" in metrics else "not measured"),
        ("Parity with the checkpoint", _parity(parity)),
        ("Parity with NeMo", _parity(metrics["nemo_parity"]) if "nemo_parity" in metrics else "not measured at export"),
        ("Training run", lineage["run_id"] or "not tracked"),
        ("Code", lineage["git_sha"] or "unknown"),
        ("Checkpoint (sha256)", lineage["checkpoint_sha256"]),
    ]
    table = "\n".join(f"| {what} | {value} |" for what, value in rows)
    (folder / "card.md").write_text(
        f"# {name}\n\n| | |\n|---|---|\n{table}\n\n"
        "Times are of the model's spikes and good to about a tenth of a second. A confidence is the geometric mean of "
        "the tokens' probabilities: it ranks words of one model, and compares no two models.\n",
        "utf-8",
    )


def _percent(rate: float | None) -> str:
    return "no references" if rate is None else f"{100 * rate:.2f} %"


def _parity(parity: Mapping[str, Any]) -> str:
    return f"log-probs within {parity['max_difference']:.1e}, {parity['same_text']} of {parity['clips']} texts identical"
