"""The nouns of the house: what was said, by whom, where in which audio."""

from __future__ import annotations

from dataclasses import dataclass, field

Seconds = float
Hertz = int

#: Every model of the house hears mono float32 at this rate.
RATE_HZ: Hertz = 16_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """One stretch of speech with its text: a line of a manifest, a clip of a shard.

    `audio` is relative to the folder of the manifest that holds it. `sha256` is of the audio file's bytes.
    `slices` are the groups that measuring tells apart: dialect, channel, snr_db band, gender …
    """

    id: str
    audio: str
    text: str
    duration_s: Seconds
    speaker: str | None = None
    sha256: str | None = None
    corpus: str | None = None
    licence: str | None = None
    slices: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One recognised word; times are from the start of the audio, confidence is in [0, 1]."""

    text: str
    start_s: Seconds
    end_s: Seconds
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """What a recogniser heard: the words joined by spaces are the text."""

    text: str
    words: tuple[Word, ...]
    duration_s: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where a model comes from: enough to find every byte that made it.

    `dataset_digest` is DVC's md5 of the shard folder; `dvc_rev` the commit whose dvc.lock names it.
    """

    dataset: str = ""
    dataset_digest: str = ""
    dvc_rev: str = ""
    git_sha: str = ""
    flow_run_id: str = ""
    run_id: str = ""
    licence: str = ""
