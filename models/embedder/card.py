"""The model card of an embedder's package: what a person asks before using it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write_card(
    folder: Path, *, name: str, settings: Mapping[str, Any], lineage: Mapping[str, Any], metrics: Mapping[str, Any]
) -> None:
    """Write `README.md` into a package that holds its model; plots that lie in `plots/` are shown."""
    model, measured = settings["model"], metrics["measured"]
    found = measured[model["precision"]]
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    prefixes = ", ".join(f"{kind} `{prefix}`" for kind, prefix in settings["prefixes"].items() if prefix)
    shorter = ", ".join(map(str, settings["dims"][1:])) or "no shorter ones"
    good, best = (f"{100 * one['ndcg@10']:.1f} %" for one in (found, measured["checkpoint"]))
    rows = [
        ("Language", "Vietnamese, with and without diacritics, written or as speech recognition gives it"),
        ("Model", _described(model)),
        ("Vectors", f"{model['width']} numbers, unit length; may be cut to {shorter}"),
        *([("Stands before a text", prefixes)] if prefixes else []),
        ("Size", f"{size / 1e6:.1f} MB"),
        *([("Licence of the checkpoint", model["licence"])] if model["licence"] else []),
        ("Trained on" if model["trained"] else "Measured on", f"{lineage['dataset']} ({lineage['dataset_digest']})"),
        ("Licence of the data", lineage["licence"] or "not stated"),
        ("Parity with the checkpoint", f"cosine {found['least_cosine']:.4f} at least, {found['mean_cosine']:.5f} on average, "
                                       f"over {measured['queries']} queries and {measured['passages']} passages"),
        ("nDCG@10 of these dev queries", f"{good} (checkpoint {best})"),
        ("Training run", (lineage["run_id"] or "not tracked") if model["trained"] else "none: the checkpoint as it was"),
        ("Code", lineage["git_sha"] or "unknown"),
        ("Checkpoint (sha256)", lineage["checkpoint_sha256"]),
    ]  # fmt: skip
    notes = [f"# {name}", "| | |\n|---|---|\n" + "\n".join(f"| {what} | {value} |" for what, value in rows)]
    if model["kind"] == "static":
        notes.append(
            "A text is the sum of what its words and neighbouring pairs of words say, in any order: it finds texts on the "
            "same matter, and knows neither who did what to whom nor a denial. Beside an index of words it adds; alone it is "
            "weaker than one where the words of query and passage are the same. It knows no synonym: where no word is shared "
            "it finds nothing."
        )
    if fusion := settings.get("fusion"):
        bare = fusion["dense"] if fusion["bare"] is None else fusion["bare"]
        notes.append(
            f"Until a search has golden queries of its own it weighs these vectors {fusion['dense']} of 1, words having the "
            f"rest, and {bare} for queries without diacritics."
        )
    if model["trained"] and "CC BY-SA" in lineage["licence"]:
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


def _described(model: Mapping[str, Any]) -> str:
    size = f"{model['parameters'] / 1e6:.1f} M parameters, {model['precision']}"
    if model["kind"] == "static":
        return f"a table of words and pairs of words, with and without diacritics, whose rows are added; {size}"
    origin = f", from {model['start_from']}" if model["start_from"] else ""
    return f"a transformer that reads {model['max_tokens']} tokens{origin}; {size}"


def _table(figures: Mapping[str, Any], before: str = "") -> str:
    """Nested figures as one table, names joined by points."""
    head = "" if before else "| | |\n|---|---|\n"
    lines = []
    for key, value in figures.items():
        named = f"{before}{key}"
        if isinstance(value, Mapping):
            lines.append(_table(value, f"{named}."))
        elif isinstance(value, int | float | str):
            lines.append(f"| {named} | {value:.4g} |" if isinstance(value, float) else f"| {named} | {value} |")
    return head + "\n".join(line for line in lines if line)
