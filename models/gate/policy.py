"""What the gate asks of a candidate; configs/gate.yaml holds the house's values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from data.errors import ConfigError
from models.metrics import Compare

Action = Literal["refuse", "warn"]


@dataclass(frozen=True, kw_only=True)
class SlicePolicy:
    """Dialects, noise bands, channels, durations, groups of speakers: none may pay for the whole."""

    max_increase: float = 0.0
    """WER that a slice may lose, as a fraction of its words; worse than this with confidence is worse."""
    min_units: int = 5
    """Speakers (or utterances where there are none) that a slice needs to be judged at all."""
    on_worse: Action = "refuse"
    """What a slice that got worse does. All judged slices together err with 1 - confidence (Holm)."""
    on_little_evidence: Action = "warn"
    """What a slice with too few speakers does: a small corpus has many of them, so refusing is for large ones."""


@dataclass(frozen=True, kw_only=True)
class CheckPolicy:
    """One more rate that must not get worse."""

    max_increase: float = 0.0
    """How much the rate may grow; more than this with confidence is worse (all checks together, Holm)."""
    on_worse: Action = "refuse"
    """What a rate that got worse does."""


@dataclass(frozen=True, kw_only=True)
class RtfPolicy:
    """Speed: the candidate's real-time factor over the champion's, both measured on one machine."""

    max_ratio: float = 1.25
    """Two measurements of one model on a shared machine differ by a tenth or two; a larger architecture by far more."""
    on_worse: Action = "refuse"
    """What a slower candidate does."""


@dataclass(frozen=True, kw_only=True)
class FloorPolicy:
    """What the first model of a family must reach, since there is no champion to compare it with."""

    max_wer: float = 0.3
    """Upper bound of the WER, with the gate's confidence: at three words in ten a transcript is no longer worth reading."""
    max_tone_only_rate: float = 0.1
    """Wrong tones for each word of the references."""
    min_number_accuracy: float = 0.7
    """Among number words, when there are any."""
    max_empty_rate: float = 0.05
    """Empty hypotheses for each utterance with words."""
    max_invented_per_silence: float = 1.0
    """Words for each utterance without speech, when there are any."""
    max_rtf: float = 1.0
    """Seconds of computing for a second of audio, when it was measured."""


@dataclass(frozen=True, kw_only=True)
class ComparisonPolicy:
    """When one rate of a candidate is better than the champion's, whatever the family; the rate is one of errors."""

    rule: Literal["better", "not_worse"] = "better"
    """better: the rate must fall, with confidence. not_worse: it must not rise by `margin`, for a cheaper model."""
    confidence: float = 0.95
    """One-sided. A model that is no better passes in at most 1 - confidence of cases."""
    draws: int = 10_000
    """Bootstrap draws."""
    seed: int = 2026
    """Of the bootstrap, so that one question has one answer."""
    seed_noise: float = 0.02
    """Share of the champion's rate by which the candidate must surely be better (rule better). Two seeds of one recipe differ
    truly, by luck that no resampling of one test set can see; what is not surely more than that is no progress."""
    one_recipe: Action = "refuse"
    """What a candidate does that differs from the champion by its seed alone (rule better): whatever lies between the two
    is what two seeds differ, so the better one was lucky."""
    margin: float = 0.02
    """Share of the champion's rate that may be lost (rule not_worse)."""
    min_units: int = 5
    """Speakers (or utterances where there are none) below which nothing is said about the whole."""
    on_little_evidence: Action = "refuse"
    """What a test set with fewer does where there is a champion; for a first model it warns."""
    slices: SlicePolicy = field(default_factory=SlicePolicy)
    """No slice may get worse."""

    def __post_init__(self) -> None:
        for name, fits in {
            "confidence": 0.5 <= self.confidence <= 0.9999,
            "draws": 100 <= self.draws <= 1_000_000,
            "seed_noise": 0 <= self.seed_noise < 1,
            "margin": 0 <= self.margin < 1,
            "min_units": self.min_units >= 2,
        }.items():
            if not fits:
                raise ConfigError(f"/{name}: impossible value {getattr(self, name)!r}", pointer=f"/{name}")
        if self.slices.min_units < 2:
            raise ConfigError("/slices/min_units: two are the least that can differ", pointer="/slices/min_units")


@dataclass(frozen=True, kw_only=True)
class GatePolicy(ComparisonPolicy):
    """When a candidate that writes text may replace the champion: the rate is the WER."""

    compare: Compare = "spoken"
    """spoken: what was said, in normal form. written: words as they stand, with their capitals and their punctuation."""
    tone_only: CheckPolicy = field(default_factory=CheckPolicy)
    """Words that are right but for the tone, among those that both models got right but for the tone: a word that was not heard
    has no tone to get wrong."""
    number_errors: CheckPolicy = field(default_factory=CheckPolicy)
    """Edits among number words, for each of them."""
    empty: CheckPolicy = field(default_factory=CheckPolicy)
    """Empty hypotheses, for each utterance with words."""
    invented: CheckPolicy = field(default_factory=CheckPolicy)
    """Words on silence, for each utterance without speech; these are resampled as utterances, silence has no speaker."""
    rtf: RtfPolicy = field(default_factory=RtfPolicy)
    """Speed."""
    floors: FloorPolicy = field(default_factory=FloorPolicy)
    """For a first model."""


@dataclass(frozen=True, kw_only=True)
class RankingFloorPolicy:
    """What the first model that ranks must reach, since there is no champion to compare it with."""

    min_ndcg: float = 0.5
    """Lower bound of nDCG@10, with the gate's confidence."""
    max_cpu_ms: float = 1000.0
    """Processor milliseconds for a passage, when they were measured."""


@dataclass(frozen=True, kw_only=True)
class RankingPolicy(ComparisonPolicy):
    """When a candidate that ranks may replace the champion: the rate is what is missing to a perfect nDCG@10."""

    cpu: RtfPolicy = field(default_factory=RtfPolicy)
    """Speed: processor time for a passage, the candidate's over the champion's."""
    floors: RankingFloorPolicy = field(default_factory=RankingFloorPolicy)
    """For a first model."""
