"""What a file in configs/data says: where a corpus lies, what may be done with it, how it becomes a dataset."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from data.corpus.synthesis import SynthesisSettings
from data.pack.augment import AugmentSettings

Usage = Literal["any", "evaluation"]
Kind = Literal["vivos", "common_voice", "fleurs", "huggingface", "nemo_manifest", "folder", "synthetic"]


@dataclass(frozen=True, kw_only=True)
class ValidateSettings:
    """What a clip must be to enter the dataset; a clip outside is rejected with its code, never silently."""

    min_duration_s: float = 0.3
    """Shorter clips are `audio.too_short`."""
    max_duration_s: float = 30.0
    """Longer clips are `audio.too_long`; decoding stops there."""
    max_bytes: int = 64 * 2**20
    """Larger files are `audio.too_large` before they are opened."""
    min_peak_dbfs: float = -50.0
    """A clip whose loudest sample stays below is `audio.silent`."""
    max_clipped: float = 0.02
    """The share of samples at full scale above which a clip is `audio.clipped`."""
    min_syllables_s: float = 0.3
    """Fewer syllables a second: text is missing (`corpus.speaking_rate`)."""
    max_syllables_s: float = 9.0
    """More syllables a second than people speak: text is too much (`corpus.speaking_rate`)."""
    speaker_attributes: tuple[str, ...] = ("gender", "dialect")
    """Slices in which one speaker may have only one value; the rarer value is `corpus.speaker_conflict`."""


@dataclass(frozen=True, kw_only=True)
class SplitSettings:
    """Who goes to train, dev and test. The share is of speakers (or groups), so hours come out near it, not on it."""

    train: float = 0.90
    """Share of train."""
    dev: float = 0.05
    """Share of dev."""
    test: float = 0.05
    """Share of test."""
    by: Literal["speaker", "text"] = "speaker"
    """What never stands in two splits: a speaker, or a text (for corpora whose sentences repeat)."""
    group_pattern: str | None = None
    """For corpora without speakers: a regular expression on the id whose groups, joined, name who belongs together."""
    keep_official: bool = False
    """Keep the corpus' own splits; where one is missing (VIVOS has no dev) it is taken out of train by digest."""
    seed: int = 0
    """Another seed, another split. Under one seed a speaker never changes its split, whatever else is added."""


@dataclass(frozen=True, kw_only=True)
class ShardSettings:
    """How the clips are packed: tars of 16 kHz mono FLAC."""

    target_mb: float = 128.0
    """About how large a shard may grow; their number is the next power of two."""
    min_shards: int = 1
    """At least so many shards a split, so that many readers share a small dataset."""
    augmented_copies: int = 0
    """So many treated copies of each training clip beside the clip itself; dev and test are never touched."""


@dataclass(frozen=True, kw_only=True)
class HubSettings:
    """A Hugging Face `datasets` set: by id on a hub, or saved in the corpus' root."""

    id: str = ""
    """The set's id (`owner/name`); not needed where `root` holds a saved copy."""
    config: str | None = None
    """The set's configuration (subset), for example `vi_vn`."""
    revision: str | None = None
    """A commit or branch; pin it, so that the same words mean the same bytes next year."""
    splits: dict[str, str] = field(default_factory=lambda: {"train": "train", "validation": "dev", "test": "test"})
    """Which of its splits to read, and what each is here; one that the set does not have is skipped."""
    audio: str = "audio"
    """The column that holds the audio."""
    text: str = "text"
    """The column that holds the text."""
    speaker: str | None = None
    """The column that names the speaker, if there is one."""
    slices: dict[str, str] = field(default_factory=dict)
    """Columns that become slices: {our name: column}."""
    max_clips: int | None = None
    """Stop after so many clips a split; the set is streamed, so that little is downloaded."""


@dataclass(frozen=True, kw_only=True)
class DatasetConfig:
    """One dataset: the corpus that it comes from and how it is packaged."""

    name: str
    """The dataset's name: lower case, digits, underscores; the same as its file's."""
    corpus: Kind
    """Which reader of data/corpus understands the layout."""
    licence: str
    """The licence of the audio and texts; travels with every utterance to the model's card."""
    usage: Usage = "any"
    """`evaluation`: nothing of it may be trained on; everything goes to test."""
    root: Path | None = None
    """The folder of the corpus; it is read in place, never written."""
    manifest: str = "manifest.jsonl"
    """Of a NeMo manifest: its file name under `root`."""
    tables: tuple[str, ...] = ("train", "dev", "test")
    """Of Common Voice: which of its tables to read; `validated` adds what no official split holds."""
    hub: HubSettings = field(default_factory=HubSettings)
    """Of a Hugging Face set: which one, and which columns."""
    synthesis: SynthesisSettings | None = None
    """Of a synthetic corpus: which sentences, which voices, what happens to them."""
    slices: dict[str, str] = field(default_factory=dict)
    """Slices that hold for every utterance of this corpus, for example {channel: telephone}."""
    note: str = ""
    """A sentence for the dataset's card: what a person should know before using it."""
    validate: ValidateSettings = field(default_factory=ValidateSettings)
    """What a clip must be."""
    split: SplitSettings = field(default_factory=SplitSettings)
    """Who goes where."""
    shards: ShardSettings = field(default_factory=ShardSettings)
    """How clips are packed."""
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    """How the copies are treated that `shards.augmented_copies` asks for."""
