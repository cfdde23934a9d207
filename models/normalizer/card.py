"""The model card of a normalizer's package: what a person asks before using it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_card(
    folder: Path, *, name: str, settings: Mapping[str, Any], lineage: Mapping[str, Any], metrics: Mapping[str, Any]
) -> None:
    """Write `README.md` into a package that holds its graphs; plots that lie in `plots/` are shown."""
    model, parity, measured = settings["model"], metrics["parity"], metrics["measured"]
    rows = [
        ("Language", "Vietnamese; from lower-case words, as speech recognition gives them, to written text"),
        ("Model", f"T5 on bytes, {model['layers']} + {model['decoder_layers']} layers, width {model['width']}, "
                  f"{model['parameters'] / 1e6:.1f} M parameters, {model['precision']}"),
        ("Decoding", "along what each text can be written as, guesses verified in blocks"),
        *_punctuator(settings.get("punctuator")),
        ("Size", f"{sum(file.stat().st_size for file in folder.glob('*.onnx')) / 1e6:.1f} MB"),
        ("Trained on", f"{lineage['dataset']} ({lineage['dataset_digest']})"),
        ("Licence of the data", lineage["licence"] or "not stated"),
        ("Parity with the checkpoint", f"logits within {parity['max_difference']:.1e}, {parity['same_text']} of "
                                       f"{parity['texts']} texts byte for byte the same as transformers' `generate`"),
        *((f"On {measured['pairs']} dev pairs in {precision}", _measured(measured[precision]))
          for precision in ("fp32", "int8") if precision in measured),
        ("Training run", lineage["run_id"] or "not tracked"),
        ("Code", lineage["git_sha"] or "unknown"),
        ("Checkpoint (sha256)", lineage["checkpoint_sha256"]),
    ]  # fmt: skip
    table = "\n".join(f"| {what} | {value} |" for what, value in rows)
    notes = [
        f"# {name}",
        f"| | |\n|---|---|\n{table}",
        "What the model writes is a draft: the guards in front of it compare every number with what was said, and every "
        "letter outside numbers with the source's. Use it through `python -m models normalizer infer`.",
    ]
    if "CC BY-SA" in lineage["licence"]:
        notes.append(
            "The weights were learnt from texts under CC BY-SA, whose authors are named by their source; whoever passes the "
            "package on keeps this note and the licence of the texts."
        )
    if evaluation := metrics.get("evaluation"):
        notes.append("## Held-out figures\n\n" + _table(evaluation))
    plots = sorted(folder.glob("plots/*.png"))
    if plots:
        notes.append("## How it was learnt\n\n" + "\n\n".join(f"![{p.stem}](plots/{p.name})" for p in plots))
    (folder / "README.md").write_text("\n\n".join(notes) + "\n", "utf-8")


def _punctuator(told: Mapping[str, Any] | None) -> list[tuple[str, str]]:
    if told is None:
        return []
    found = ", ".join(f"{name} {100 * f1:.0f} %" for name, f1 in told.get("dev_f1", {}).items())
    biases = ", ".join(f"{name} {nats:+.3g}" for name, nats in told["bias"].items())
    run = told["run_id"] or "not tracked"
    licence = f" ({told['licence']})" if told.get("licence") else ""
    began = f" that began from {told['start_from']}{licence}" if told.get("start_from") else " of its own"
    rows = [
        ("Marks and capitals", f"a punctuator{began} (run {run}); F1 on dev: {found}"),
        ("Its biases, in nats", biases or "none"),
        ("A sentence ends", f"from a probability of {told['sentence_end']:.2f} on" if told.get("sentence_end") else "by bias"),
        ("Weights of the T5's scores beside its own", ", ".join(f"{name} {weight}" for name, weight in told["trust"].items())),
    ]
    if told.get("learning"):
        (half, half_f1), (steps, f1) = told["learning"]
        bought = f"mean F1 of full stops, commas and capitals {half_f1:.1%} at step {half:,.0f}, {f1:.1%} at {steps:,.0f}"
        rows.append(("What the second half of its training bought", bought))
    return rows


def _measured(figures: Mapping[str, float]) -> str:
    told = f"{100 * figures['exact']:.1f} % exactly as people wrote"
    return told + (f", {100 * figures['same_as_fp32']:.1f} % the same as in fp32" if "same_as_fp32" in figures else "")


def _table(figures: Mapping[str, Any], before: str = "") -> str:
    """Nested figures as one table, names joined by points."""
    head = "" if before else "| | |\n|---|---|\n"
    lines = []
    for key, value in figures.items():
        named = f"{before}{key}"
        if isinstance(value, Mapping):
            lines.append(_table(value, f"{named}."))
        elif isinstance(value, int | float | str) and value != "":
            lines.append(f"| {named} | {value:.4g} |" if isinstance(value, float) else f"| {named} | {value} |")
    return head + "\n".join(line for line in lines if line)
