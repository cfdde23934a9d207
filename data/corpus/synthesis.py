"""What the `synthesis` part of a configuration says: which sentences, which voices, what happens to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from data.errors import ConfigError
from data.pack.augment import AugmentSettings


@dataclass(frozen=True, kw_only=True)
class TextSettings:
    """Where sentences come from: a grammar, or a text file."""

    grammar: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Rules: name → alternatives, each as likely as the next; {name} in one stands for an alternative of that rule."""
    start: str = "sentence"
    """The rule that a sentence begins with."""
    file: Path | None = None
    """Instead of a grammar: a UTF-8 file, one sentence a line; lines that do not fit the alphabet are left out."""
    syllables: tuple[int, int] = (2, 10)
    """How many syllables a sentence has, least and most."""
    least_in_train: int = 1
    """A sentence is held out only if each of its syllables stands in at least so many of train's sentences."""

    def __post_init__(self) -> None:
        if bool(self.grammar) == (self.file is not None):
            raise ConfigError("sentences come from either a grammar or a file", pointer="/synthesis/text")
        if not 1 <= self.syllables[0] <= self.syllables[1]:
            raise ConfigError("syllables is least and most, from 1", pointer="/synthesis/text/syllables")


@dataclass(frozen=True, kw_only=True)
class VoiceSettings:
    """Who speaks in one split: every dialect in every variant at every pitch is a speaker."""

    clips: int
    """How many clips, dealt to the speakers in turn."""
    variants: tuple[str, ...]
    """espeak-ng's voice variants; one may stand in one split only."""
    pitches: tuple[int, ...] = (50,)
    """From 0 to 99; 50 is the variant's own."""

    def __post_init__(self) -> None:
        if self.clips < 0 or not self.variants or not self.pitches or not all(0 <= p <= 99 for p in self.pitches):
            raise ConfigError("a split needs clips, variants and pitches from 0 to 99", pointer="/synthesis/splits")


@dataclass(frozen=True, kw_only=True)
class SplitVoices:
    """The three splits, which share neither sentences nor voice variants."""

    train: VoiceSettings
    """Who speaks what is trained on."""
    dev: VoiceSettings
    """Who speaks what choices are made by."""
    test: VoiceSettings
    """Who speaks what is measured at the end."""

    def __post_init__(self) -> None:
        everyone = [*self.train.variants, *self.dev.variants, *self.test.variants]
        for variant in set(everyone):
            if everyone.count(variant) > 1:
                raise ConfigError(f"the variant {variant!r} stands twice", pointer="/synthesis/splits")

    def items(self) -> tuple[tuple[str, VoiceSettings], ...]:
        """(name, settings) of each split."""
        return (("train", self.train), ("dev", self.dev), ("test", self.test))


@dataclass(frozen=True, kw_only=True)
class SynthesisSettings:
    """A synthetic corpus: the same settings give the same bytes."""

    text: TextSettings
    """Where sentences come from."""
    splits: SplitVoices
    """Who speaks them."""
    dialects: tuple[str, ...] = ("north", "central", "south")
    """Which of Vietnam's dialects are spoken, in every split."""
    rate_wpm: tuple[int, int] = (135, 180)
    """Speaking rate in espeak-ng's words a minute, least and most; 160 is about 4.5 syllables a second."""
    pause_s: tuple[float, float] = (0.08, 0.3)
    """Silence before and after the sentence, least and most."""
    augment: AugmentSettings = field(default_factory=AugmentSettings)
    """What happens to the clips."""
    seed: int = 0
    """Another seed, another corpus."""

    def __post_init__(self) -> None:
        for name in ("rate_wpm", "pause_s"):
            low, high = getattr(self, name)
            if low > high:
                raise ConfigError(f"{name} is least and most: {low} is above {high}", pointer=f"/synthesis/{name}")
        if not 80 <= self.rate_wpm[0] <= self.rate_wpm[1] <= 450:
            raise ConfigError("espeak-ng speaks from 80 to 450 words a minute", pointer="/synthesis/rate_wpm")
