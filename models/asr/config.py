"""The recipe of an ASR training: what configs/asr/*.yaml may say.

`data.config.read_config(path, Recipe)` reads one; the string below each field is its documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from data.errors import ConfigError
from data.schema import Seconds


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
    frequency_masks: int = 1
    """SpecAugment: masked bands of mel frequencies an utterance."""
    frequency_width: int = 15
    """SpecAugment: widest band, of 80."""
    time_masks: int = 2
    """SpecAugment: masked stretches of time an utterance."""
    time_share: float = 0.05
    """SpecAugment: longest stretch as a share of the utterance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerConfig:
    learning_rate: float = 2e-3
    """Peak of the schedule: linear warm-up, then a cosine that ends at the last step."""
    final_share: float = 0.01
    """The last step's learning rate over the peak."""
    warmup_steps: int = 300
    """Steps to the peak."""
    weight_decay: float = 1e-3
    """AdamW's decay, of matrices alone: not of biases and norms."""
    betas: tuple[float, ...] = (0.9, 0.98)
    """AdamW's two decay rates."""
    clip_norm: float = 1.0
    """Gradients longer than this are shortened to it."""
    accumulate: int = 1
    """Batches a step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainerConfig:
    max_steps: int = 1000
    """Length of the training; the cosine ends here."""
    max_minutes: float | None = None
    """A safety limit in wall-clock minutes of one start; what is trained by then is saved and a later start goes on."""
    validations: int = 6
    """Validations a training; each also writes a checkpoint, and the last falls on the last step."""
    checkpoint_minutes: float = 2.0
    """Checkpoints are also written at this distance: what `kill -9` costs at most."""
    log_every_steps: int = 20
    """Distance of the points of a curve."""
    seed: int = 0
    """Weights, order and augmentation; the same seed and dataset give the same run."""
    accelerator: Literal["auto", "cpu", "gpu"] = "auto"
    """Where to train."""
    devices: int = 1
    """Devices a node, on CPUs processes; -1 takes every device."""
    nodes: int = 1
    """Nodes; start the same command on each with torchrun, or let Kubernetes do it."""
    strategy: Literal["auto", "ddp", "fsdp"] = "auto"
    """How several devices share the work: whole copies (ddp) or shards of the weights (fsdp, GPUs only)."""
    precision: Literal["32-true", "bf16-mixed", "16-mixed", "bf16-true"] = "32-true"
    """Lightning's name of the precision."""
    threads: int | None = None
    """Threads of one training process on a CPU; none leaves torch's own choice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingConfig:
    experiment: str = "asr-vi"
    """MLflow experiment."""
    examples: int = 24
    """Validation utterances whose reference and hypothesis are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    name: str
    """What the run is called."""
    dataset: str = ""
    """What the flow trains on: configs/data/NAME.yaml. The verb `train` is given a folder instead."""
    evaluate_on: tuple[str, ...] = ()
    """Further datasets whose test split the flow measures the model on; nothing is trained on them."""
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
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    """AdamW and its schedule."""
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    """Length, devices and precision."""
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    """What MLflow is told."""

    def __post_init__(self) -> None:
        model, trainer, augment = self.model, self.trainer, self.augment
        _require(model.d_model % model.heads == 0, "/model/heads", "must divide d_model")
        _require(bool(model.look_aheads), "/model/look_aheads", "needs one look-ahead at least")
        for frames in model.look_aheads:
            fits = frames >= 0 and model.left_context % (frames + 1) == 0
            _require(fits, "/model/look_aheads", f"left_context must be a multiple of {frames} + 1")
        _require(not self.tokenizer.keep or bool(model.start_from), "/tokenizer/keep", "needs model.start_from")
        _require(self.batch.utterances > 0, "/batch/utterances", "must be 1 at least")
        even = trainer.validations > 0 and trainer.max_steps % trainer.validations == 0
        _require(even, "/trainer/validations", "must divide max_steps, so that the last one falls on the last step")
        _require(self.optimizer.warmup_steps < trainer.max_steps, "/optimizer/warmup_steps", "must end before max_steps")
        for name, pair in (("speed", augment.speed), ("gain_db", augment.gain_db), ("noise_snr_db", augment.noise_snr_db)):
            _require(len(pair) == 2 and pair[0] <= pair[1], f"/augment/{name}", "is [lowest, highest]")
        _require(augment.speed[0] > 0, "/augment/speed", "must be above 0")
        longest_s = self.batch.max_duration_s / min(1.0, augment.speed[0])
        _require(
            longest_s <= self.batch.padded_s, "/batch/padded_s", f"must hold the longest utterance, {longest_s:.1f} s slowed"
        )

    @property
    def validate_every_steps(self) -> int:
        """Steps between validations; the last one falls on the last step."""
        return self.trainer.max_steps // self.trainer.validations


def _require(holds: bool, pointer: str, rule: str) -> None:
    if not holds:
        raise ConfigError(f"{pointer} {rule}", pointer=pointer)
