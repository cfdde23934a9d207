"""Small corpora in their real layouts; the clips sound enough like speech for every check of the packaging."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import soundfile

from data.corpus.config import DatasetConfig, SplitSettings

WORDS = ("một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín", "mười")


def voice(seed: int, *, duration_s: float = 1.0, rate_hz: int = 16_000) -> np.ndarray:
    """A buzz that comes and goes like syllables, over a little noise; another seed, another sound."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(int(duration_s * rate_hz)) / rate_hz
    buzz = np.sign(np.sin(2 * np.pi * rng.uniform(90, 250) * time_s)) * np.sin(2 * np.pi * 4 * time_s).clip(0)
    return (0.3 * buzz + 0.001 * rng.standard_normal(len(time_s))).astype(np.float32)


def write_clip(path: Path, seed: int, *, duration_s: float = 1.0, rate_hz: int = 16_000) -> Path:
    """One clip as a 16-bit file of the format that its suffix says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, voice(seed, duration_s=duration_s, rate_hz=rate_hz), rate_hz)
    return path


def text_of(seed: int) -> str:
    """Two or three words that belong to a seed."""
    return " ".join(WORDS[(seed * step) % len(WORDS)] for step in (1, 3, 7)[: 2 + seed % 2])


def manifest_corpus(root: Path, *, clips: int = 24, speakers: int = 8, rate_hz: int = 16_000, first: int = 0) -> Path:
    """A NeMo manifest with its audio."""
    root.mkdir(parents=True, exist_ok=True)
    lines = []
    for seed in range(first, first + clips):
        write_clip(root / f"audio/{seed:04}.wav", seed, rate_hz=rate_hz)
        lines.append(
            {"audio_filepath": f"audio/{seed:04}.wav", "text": text_of(seed), "duration": 1.0, "speaker": f"s{seed % speakers}"}
        )
    write_lines(root, lines)
    return root


def write_lines(root: Path, lines: list[dict | str]) -> None:
    """A manifest of objects, or of lines as they stand."""
    texts = (line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines)
    (root / "manifest.jsonl").write_text("".join(f"{text}\n" for text in texts), "utf-8")


def toy_config(root: Path | None, **changes) -> DatasetConfig:
    """A configuration for a toy corpus; all in train unless told otherwise."""
    settings = {
        "name": "toy",
        "corpus": "nemo_manifest",
        "licence": "CC0",
        "root": root,
        "split": SplitSettings(train=1, dev=0, test=0),
    }
    return DatasetConfig(**(settings | changes))
