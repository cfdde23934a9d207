"""What a person should know of queries before using them: README.md with figures and examples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.queries.reader import KINDS, SPELLINGS, read_queries, read_queries_dataset

_EXAMPLES = 8


def write_card(folder: Path, note: str) -> None:
    """Write card/README.md of the queries in `folder`."""
    about = read_queries_dataset(folder)
    splits = about["splits"]
    texts = "; ".join(f"{text['file']} ({text['licence']})" for text in about["texts"])
    facts = [("licence", about["licence"]), ("texts", texts), ("digest", f"`{about['digest']}`")]
    parts = [f"# {about['name']}", note, _table(("", ""), facts), "## Splits"]
    figures = ("passages", "queries", "words")
    parts.append(_table(("split", *figures), [(name, *(f"{s[f]:,}" for f in figures)) for name, s in splits.items()]))
    for title, key, names in (("Kinds", "kinds", KINDS), ("Spellings", "spellings", SPELLINGS)):
        rows = [(name, *(f"{split[key].get(name, 0):,}" for split in splits.values())) for name in names]
        parts += [f"## {title}", _table(("", *splits), rows)]
    shown = next((name for name in ("dev", "test", "train") if name in splits), "train")
    parts.append(f"## Examples of {shown}")
    for passage, _ in zip(read_queries(folder, shown), range(_EXAMPLES), strict=False):
        queries = "\n".join(f"- {query.kind}, {query.spelling}: {query.text}" for query in passage.queries)
        parts.append(f"> {passage.text}\n\n{queries}")
    (folder / "card").mkdir()
    (folder / "card" / "README.md").write_text("\n\n".join(part for part in parts if part) + "\n", "utf-8")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(head), line(("---",) * len(head)), *map(line, rows)])
