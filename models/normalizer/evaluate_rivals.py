"""What others make of the same texts, in the same run: the rules alone, nemo_text_processing."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

from data.text.inverse.chart import best_path
from data.text.inverse.edge import Style
from data.text.inverse.written_text import written_text
from data.text.numbers.values import values_of_written
from models.normalizer.infer import Normalizer


def number_rivals(pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """Share of (spoken, written) texts in which each rival writes every number right."""
    rivals: dict[str, tuple[Style, Callable[[list[str]], list[str]]]] = {"rules": ("vi", _rules)}
    # Not a dependency: it needs a compiler for its grammars, and is only ever measured against.
    if importlib.util.find_spec("nemo_text_processing"):
        rivals["nemo_text_processing"] = ("nemo", _nemo)
    told: dict[str, Any] = {}
    for name, (style, write) in rivals.items():
        texts = write([spoken for spoken, _ in pairs])
        numbered = [(text, written) for text, (_, written) in zip(texts, pairs, strict=True) if values_of_written(written)]
        right = sum(_is_right(text, written, style) for text, written in numbered)
        told[f"number_accuracy_of_{name}"] = right / max(len(numbered), 1)
    return told


def values_in_digits(text: str, style: Style = "vi") -> list[str]:
    """The number values of a written text that are not spelled out."""
    tokens = written_text(text, style)
    return [
        value
        for edge in best_path(tokens)
        if any(map(str.isdigit, tokens.text[tokens.starts[edge.start] : tokens.ends[edge.end - 1]]))
        for value in edge.values
    ]


def _is_right(text: str, written: str, style: Style) -> bool:
    """As scoring.is_right, with the separators of a style on the rival's side."""
    if values_of_written(text, style) != values_of_written(written):
        return False
    left = iter(values_in_digits(text, style))
    return all(value in left for value in values_in_digits(written))


def _rules(spoken: list[str]) -> list[str]:
    return [one.text for one in Normalizer.of_rules().normalize(spoken)]


def _nemo(spoken: list[str]) -> list[str]:
    from nemo_text_processing.inverse_text_normalization.inverse_normalize import (  # pyright: ignore[reportMissingImports]
        InverseNormalizer,
    )

    normalizer = InverseNormalizer(lang="vi")
    return [normalizer.inverse_normalize(text, verbose=False) for text in spoken]
