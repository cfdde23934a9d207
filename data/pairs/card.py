"""What a person should know of pairs before using them: README.md, card.json and plots."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from data.pack.layout import write_json
from data.pairs.config import PairsConfig
from data.pairs.reader import read_pairs, read_pairs_dataset

_EXAMPLES = 12
_MARKS = ".,?!:"


def write_card(folder: Path, config: PairsConfig) -> dict[str, Any]:
    """Write card/README.md, card.json and the plots of the pairs in `folder`; card.json is returned too."""
    from data.pairs.plots import draw_plots

    about = read_pairs_dataset(folder)
    marks = {name: Counter[str]() for name in about["splits"]}
    lengths = {name: Counter[int]() for name in about["splits"]}
    examples: list[tuple[str, str, str]] = []
    for name in about["splits"]:
        for pair in read_pairs(folder, name):
            marks[name].update({mark: pair.written.count(mark) for mark in _MARKS})
            lengths[name][len(pair.spoken.encode())] += 1
            if name == "dev" and pair.kind in ("running", "hard") and len(examples) < _EXAMPLES:
                examples.append((pair.kind, pair.spoken, pair.written))
    facts = {**about, "note": config.note, "marks": {name: dict(found) for name, found in marks.items()}}
    card = folder / "card"
    card.mkdir()
    plots = draw_plots(about["splits"], lengths, card)
    write_json(card / "card.json", facts)
    (card / "README.md").write_text(_readme(facts, plots, examples), "utf-8")
    return facts


def _readme(facts: dict[str, Any], plots: dict[str, str], examples: list[tuple[str, str, str]]) -> str:
    splits: dict[str, dict[str, Any]] = facts["splits"]
    parts = [f"# {facts['name']}", facts["note"]]
    texts = "; ".join(f"{text['file']} ({text['licence']})" for text in facts["texts"])
    parts.append(
        _table(("", ""), [("licence", facts["licence"]), ("texts", texts), ("digest", f"`{facts['digest']}`"),
                          ("split", "blocks of consecutive lines, by a digest of their first line")])
    )  # fmt: skip
    parts.append("## Splits")
    figures = ("pairs", "bytes", "written_bytes", "with_expression", "with_question", "with_expression_or_question")
    rows = [(name, *(f"{split[figure]:,}" for figure in figures)) for name, split in splits.items()]
    parts.append(_table(("split", *(figure.replace("_", " ") for figure in figures)), rows))
    for title, path in plots.items():
        parts.append(f"![{title}]({path})")
    for title, key in (("Kinds", "kinds"), ("Classes of expressions", "classes")):
        parts.append(f"## {title}")
        names = sorted({name for split in splits.values() for name in split[key]})
        parts.append(_table(("", *splits), [(n, *(f"{s[key].get(n, 0):,}" for s in splits.values())) for n in names]))
    parts.append("## Marks")
    parts.append(_table(("", *splits), [(f"`{m}`", *(f"{facts['marks'][s][m]:,}" for s in splits)) for m in _MARKS]))
    parts.append("## What was left out")
    parts.append(_table(("reason", "lines or pairs"), [(reason, f"{count:,}") for reason, count in facts["refused"].items()]))
    parts.append("## Some of dev")
    parts.append(_table(("kind", "said", "written"), examples))
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(head: tuple[str, ...], rows: list[Any]) -> str:
    def line(cells: tuple[Any, ...]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(head), line(("---",) * len(head)), *map(line, rows)])
