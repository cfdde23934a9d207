"""The recipe of an ASR training: what configs/asr/*.yaml may say.

`data.config.read_config(path, Recipe)` reads one; the string below each field is its documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from data.schema import Seconds
from models.training import config as training
from models.training.config import TrainingRecipe, require


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    start_from: str = ""
    """Where weights come from: nothing (from scratch), a hub id (`nvidia/…`) or the path of a local `.nemo`.
    With either of the last two the architecture is the checkpoint's own and the fields below are not read."""
    start_sha256: str = ""
    """Digest of the local `.nemo`, which is refused if it differs. May be left out where our own training wrote the
    file: its run.json lies beside it and says the digest."""
    d_model: int = 96
    """Width of the encoder."""
    layers: int = 4
    """Conformer blocks."""
    heads: int = 4
    """Attention heads; a divisor of d_model."""
    subsampling_channels: int = 48
    """Channels of the three striding convolutions, the dearest part of a small model on a CPU."""
    feed_forward_factor: int = 4
    """Inner width of a feed-forward module over d_model."""
    conv_kernel: int = 9
    """Taps of the causal depthwise convolution, in 80 ms frames."""
    dropout: float = 0.0
    """Dropout in blocks and attention; minutes of training want none, days want 0.1."""
    left_context: int = 70
    """Frames that attention sees to the left; a multiple of each look-ahead + 1."""
    look_aheads: tuple[int, ...] = (13, 6, 1, 0)
    """Frames of 80 ms that attention may wait for; each training step draws one, so one checkpoint serves them all.
    The first is the one that validation uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizerConfig:
    keep: bool = False
    """Keep the tokenizer of the checkpoint that training starts from; otherwise one is trained on the train split."""
    pieces: int = 1024
    """BPE pieces at most. A frame is 80 ms and a syllable lasts two of them: CTC wants whole syllables as pieces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchConfig:
    padded_s: Seconds = 60.0
    """Seconds of audio in a batch, padding counted."""
    utterances: int = 64
    """Utterances in a batch at most."""
    buckets: int = 8
    """Groups of like duration that batches are drawn from; more buckets pad less and mix less."""
    short_first_epochs: int = 0
    """Epochs at the start that go from short to long: CTC finds its first alignments in what is short."""
    max_duration_s: Seconds = 20.0
    """Longer utterances of the train split are left out, and the log says how many."""
    workers: int = 0
    """Loader processes a device; 0 loads in the training process, which is best on two cores."""
    cache_mib: int = 2048
    """Memory of a loader for decoded audio (16-bit); epochs after the first decode only what did not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentConfig:
    clean_epochs: int = 0
    """Epochs at the start without any of what follows: CTC finds its first alignments sooner in speech as it is."""
    speed: tuple[float, ...] = (0.9, 1.1)
    """Slowest and fastest playing speed, pitch included; [1, 1] leaves the speed alone."""
    gain_db: tuple[float, ...] = (-6.0, 6.0)
    """Lowest and highest gain."""
    noise_probability: float = 0.3
    """Share of utterances that get coloured noise."""
    noise_snr_db: tuple[float, ...] = (10.0, 40.0)
    """Lowest and highest signal-to-noise ratio of that noise."""
    voice_probability: float = 0.0
    """Share of utterances that another clip of the split is heard behind."""
    voice_snr_db: tuple[float, ...] = (10.0, 25.0)
    """Lowest and highest ratio of the utterance to that clip."""
    silence_probability: float = 0.0
    """Share of utterances that become noise without a word: otherwise a model that never heard silence finds words in it."""
    filter_db: float = 0.0
    """FilterAugment: largest gain of a mel band, up or down, as microphones and lines differ; 0 leaves the bands alone."""
    filter_points: int = 6
    """FilterAugment: bands, evenly spaced, whose gain is drawn; between them it is a straight line."""
    frequency_masks: int = 1
    """SpecAugment: masked bands of mel frequencies an utterance."""
    frequency_width: int = 15
    """SpecAugment: widest band, of 80."""
    time_masks: int = 2
    """SpecAugment: masked stretches of time an utterance."""
    time_share: float = 0.05
    """SpecAugment: longest stretch as a share of the utterance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingConfig(training.TrackingConfig):
    experiment: str = "asr-vi"
    """MLflow experiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(TrainingRecipe):
    SPEED_ONLY: ClassVar = {**TrainingRecipe.SPEED_ONLY, "batch": ("workers", "cache_mib")}
    """As the platform's; loaders change nothing either."""
    head: Literal["ctc"] = "ctc"
    """What turns encoder frames into text."""
    model: ModelConfig = field(default_factory=ModelConfig)
    """Architecture and start."""
    tokenizer: TokenizerConfig = field(default_factory=TokenizerConfig)
    """Text to pieces."""
    batch: BatchConfig = field(default_factory=BatchConfig)
    """How utterances become batches."""
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    """What is done to the audio of the train split on the fly."""
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    """What MLflow is told."""

    def __post_init__(self) -> None:
        model, augment = self.model, self.augment
        require(model.d_model % model.heads == 0, "/model/heads", "must divide d_model")
        require(bool(model.look_aheads), "/model/look_aheads", "needs one look-ahead at least")
        for frames in model.look_aheads:
            fits = frames >= 0 and model.left_context % (frames + 1) == 0
            require(fits, "/model/look_aheads", f"left_context must be a multiple of {frames} + 1")
        require(not self.tokenizer.keep or bool(model.start_from), "/tokenizer/keep", "needs model.start_from")
        require(self.batch.utterances > 0, "/batch/utterances", "must be 1 at least")
        self.require_schedule()
        for name in ("speed", "gain_db", "noise_snr_db", "voice_snr_db"):
            pair = getattr(augment, name)
            require(len(pair) == 2 and pair[0] <= pair[1], f"/augment/{name}", "is [lowest, highest]")
        require(augment.speed[0] > 0, "/augment/speed", "must be above 0")
        require(augment.filter_db >= 0, "/augment/filter_db", "must be 0 at least")
        require(augment.filter_points >= 2, "/augment/filter_points", "must be 2 at least")
        longest_s = self.batch.max_duration_s / min(1.0, augment.speed[0])
        require(
            longest_s <= self.batch.padded_s, "/batch/padded_s", f"must hold the longest utterance, {longest_s:.1f} s slowed"
        )
