"""What a flow leaves for people in Prefect's UI: tables, texts, plots and links."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)


def show_table(key: str, rows: Sequence[Mapping[str, Any]], description: str) -> None:
    """Show rows as a table; every value as people read it."""
    create_table_artifact([{k: _readable(v) for k, v in row.items()} for row in rows], key=_key(key), description=description)


def show_text(key: str, markdown: str, description: str = "") -> None:
    """Show a markdown text."""
    create_markdown_artifact(markdown, key=_key(key), description=description or None)


def show_plots(key: str, folder: Path) -> None:
    """Show every PNG of a folder, in the order of their names, inside the page itself (no file server needed)."""
    for plot in sorted(folder.rglob("*.png")):
        data = base64.b64encode(plot.read_bytes()).decode("ascii")
        create_image_artifact(f"data:image/png;base64,{data}", key=_key(f"{key}-{plot.stem}"), description=plot.stem)


def show_link(key: str, url: str, text: str) -> None:
    """Show a link, for instance to an MLflow run."""
    create_link_artifact(url, link_text=text, key=_key(key))


def _key(name: str) -> str:
    """Prefect's keys hold lower-case letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _readable(value: Any) -> Any:
    return f"{value:.4g}" if isinstance(value, float) else value
