"""The gate's report as files: gate.json for programs, gate.md and gate.html for people, with pictures."""

from __future__ import annotations

import base64
import dataclasses
import html
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import partial
from pathlib import Path
from typing import Any

from models.gate.comparison import Comparison
from models.gate.decide import GateReport
from models.gate.findings import CHECKS, percent
from models.metrics import Compare, as_compared

SIGNS = {"pass": "✓ passes", "note": "· note", "warn": "! warns", "refuse": "✗ refuses"}
Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]
"""Title, head, rows."""
Examples = Iterator[tuple[str, list[Sequence[str]]]]
"""Titles with examples, each a few lines."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What people read of a report, whatever the family."""

    promote: bool
    sentence: str
    about: str
    tables: Sequence[Table]
    """The first is what was asked; pictures follow it."""
    examples: Callable[[Callable[[str], str]], Examples]
    """Examples, their words marked by the function given."""


def to_json(report: GateReport) -> dict[str, Any]:
    """The whole report but for the draws, as plain values; what is infinite or unknown is null."""
    document: dict[str, Any] = {
        "promote": report.promote,
        "sentence": report.sentence,
        "reasons": report.texts("refuse"),
        "warnings": report.texts("warn"),
    }
    for one in dataclasses.fields(report):
        if one.name not in (*document, "draws_B"):
            document[one.name] = plain(getattr(report, one.name))
    for name, counts in (("candidate", report.candidate), ("champion", report.champion)):
        document[name] = counts.to_json() if counts else None
    return document


def write_report(report: GateReport, folder: Path | str) -> Path:
    """Write gate.json, gate.md, gate.html (everything inside) and the plots as PNG; returns the folder."""
    from models.gate.plots import draw_plots  # matplotlib takes a second that the verdict alone does not need.

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    page = Page(
        promote=report.promote,
        sentence=report.sentence,
        about=_about(report),
        tables=list(_tables(report)),
        examples=partial(_examples, report),
    )
    write_page(page, to_json(report), draw_plots(report, folder), folder)
    return folder


def write_page(page: Page, document: Mapping[str, Any], plots: Mapping[str, Path], folder: Path) -> None:
    """Write gate.json, gate.md and gate.html into a folder that holds the plots."""
    text = json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / "gate.json").write_text(text + "\n", "utf-8")
    (folder / "gate.md").write_text(_markdown(page), "utf-8")
    (folder / "gate.html").write_text(_html(page, plots), "utf-8")


def _tables(report: GateReport) -> Iterator[Table]:
    old, new = report.champion, report.candidate
    yield "What was asked", ("check", "outcome", "why"), [(f.check, SIGNS[f.outcome], f.text) for f in report.findings]
    rates = (
        ("WER", "wer"), ("CER", "cer"), ("tone-only errors", "tone_only_rate"),
        ("diacritic-only errors", "diacritic_only_rate"),
        ("number accuracy", "number_accuracy"), ("empty outputs", "empty_rate"),
    )  # fmt: skip
    rows = [(said, percent(getattr(old, name)) if old else "–", percent(getattr(new, name))) for said, name in rates]
    for said in ("words", "substitutions", "deletions", "insertions"):
        rows.append((said, f"{getattr(old, said):,}" if old else "–", f"{getattr(new, said):,}"))
    yield "The two models" if old else "The model", ("figure", "champion", "candidate"), rows
    bounds = f"{100 * report.policy.confidence:g} % bounds, points"
    head = ("", "champion", "candidate", "difference, points", bounds, "p worse", "units", "verdict")
    if report.wer:
        called = {name: said for name, _, _, said in CHECKS}
        rates_rows = [
            row_of(dataclasses.replace(one, name=called.get(one.name, "WER"))) for one in (report.wer, *report.checks)
        ]
        yield "Rates", head, rates_rows
    if report.slices:
        yield "Slices (WER)", head, [row_of(one) for one in report.slices]


def row_of(one: Comparison) -> Sequence[str]:
    """A comparison as cells under the head of rates."""
    known = one.low is not None and one.high is not None
    return (
        one.name,
        percent(one.champion),
        percent(one.candidate),
        "–" if one.delta is None else f"{100 * one.delta:+.2f}",
        f"{100 * (one.low or 0):+.2f} … {100 * (one.high or 0):+.2f}" if known else "–",
        "–" if one.p_worse is None else f"{one.p_worse:.2g}",
        str(one.units),
        one.verdict,
    )


def _about(report: GateReport) -> str:
    policy = report.policy
    text = (
        f"Resampled: {report.units} {report.resampled}; {policy.draws:,} draws, seed {policy.seed}; one-sided "
        f"{100 * policy.confidence:g} %. Rule: {policy.rule}."
    )
    if report.resampled != "speakers":
        text += (
            " Utterances of one speaker err alike, so intervals over utterances are too narrow where speakers are not named."
        )
    if report.limit is not None:
        text += f" The upper bound of the WER difference had to stay below {100 * report.limit:+.2f} points."
    return text


def _markdown(page: Page) -> str:
    lines = ["# The gate", "", f"**{page.sentence}**", "", page.about, ""]
    for title, head, rows in page.tables:
        lines += [f"## {title}", "", _bar(head), _bar(["---"] * len(head)), *map(_bar, rows), ""]
    for title, marked in page.examples(lambda word: f"**{word}**"):
        lines += [f"## {title}", "", *(f"- {line}" for example in marked for line in (*example, "")), ""]
    return "\n".join(line for line in lines if line != "- ") + "\n"


def _bar(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '∣') for cell in cells)} |"


def _examples(report: GateReport, mark: Callable[[str], str]) -> Examples:
    """Titles with lines of text in which what differs from the reference is marked."""
    lost = [one for one in report.examples if one.candidate_errors > one.champion_errors]
    won = [one for one in report.examples if one.candidate_errors < one.champion_errors]
    marked = partial(_marked, compare=report.policy.compare, mark=mark)
    for title, chosen in (("Where the candidate lost", lost), ("Where it won", won)):
        if chosen:
            yield (
                title,
                [
                    (
                        f"{one.id}: {one.ref or '(silence)'}",
                        f"champion, {one.champion_errors} wrong: {marked(one.ref, one.champion)}",
                        f"candidate, {one.candidate_errors} wrong: {marked(one.ref, one.candidate)}",
                    )
                    for one in chosen
                ],
            )


def _marked(ref: str, hyp: str, *, compare: Compare, mark: Callable[[str], str]) -> str:
    ref_words, hyp_words = as_compared(ref, compare).split(), as_compared(hyp, compare).split()
    right = {
        block.b + offset
        for block in SequenceMatcher(None, ref_words, hyp_words, autojunk=False).get_matching_blocks()
        for offset in range(block.size)
    }
    return " ".join(word if index in right else mark(word) for index, word in enumerate(hyp_words)) or "(nothing)"


def _html(page: Page, plots: Mapping[str, Path]) -> str:
    parts = [f'<p class="verdict {"yes" if page.promote else "no"}">{html.escape(page.sentence)}</p>']
    parts.append(f"<p>{html.escape(page.about)}</p>")
    tables = [_html_table(table) for table in page.tables]
    parts.append(tables[0])
    for title, path in plots.items():
        data = base64.b64encode(path.read_bytes()).decode("ascii")
        parts.append(f'<h2>{html.escape(title)}</h2><img alt="{html.escape(title)}" src="data:image/png;base64,{data}">')
    parts += tables[1:]
    for title, examples in page.examples(lambda word: f"\0{word}\1"):
        blocks = ["<p>" + "<br>".join(html.escape(line) for line in lines) + "</p>" for lines in examples]
        parts.append(f"<h2>{title}</h2>" + "".join(blocks).replace("\0", "<mark>").replace("\1", "</mark>"))
    return _PAGE.replace("BODY", "\n".join(parts))


def _html_table(table: Table) -> str:
    title, head, rows = table
    cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join(
        f'<tr class="{_kind(row)}">' + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f'<h2>{html.escape(title)}</h2><div class="wide"><table><tr>{cells}</tr>{body}</table></div>'


def _kind(row: Sequence[str]) -> str:
    kinds = {SIGNS["refuse"]: "bad", "worse": "bad", SIGNS["warn"]: "doubt", "little evidence": "doubt", "better": "good"}
    return next((kinds[cell] for cell in row if cell in kinds), "")


def plain(value: Any) -> Any:
    """A value as JSON has it; what is infinite is null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The gate</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { font: 15px/1.5 system-ui, sans-serif; color: #22303c; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
.verdict { font-size: 1.15rem; padding: .9rem 1.1rem; border-radius: .5rem; border-left: .4rem solid; }
.yes { background: #e8f4f1; border-color: #1b7f6b; } .no { background: #fbeceb; border-color: #c0392b; }
h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; } img { max-width: 100%; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
th, td { text-align: left; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #e3e8ec; vertical-align: top; }
th { color: #67757f; font-weight: 500; } .bad td { color: #c0392b; } .doubt td { color: #94660b; } .good td { color: #1b7f6b; }
mark { background: #fbdcd8; color: inherit; border-radius: .2rem; padding: 0 .15rem; }
</style><h1>The gate</h1>
BODY
</html>
"""
