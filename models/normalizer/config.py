"""The recipe of a normalizer's training: what configs/normalizer/*.yaml may say.

`data.config.read_config(path, Recipe)` reads one; the string below each field is its documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from models.training import config as training
from models.training.config import TrainingRecipe, require


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    start_from: str = ""
    """Where weights come from: nothing (from scratch), a hub id (`google/byt5-small`) or a local folder in transformers'
    format, such as RUNDIR/model of an earlier training. With either of the last two the fields of the architecture are
    the checkpoint's own."""
    d_model: int = 192
    """Width of the model."""
    d_kv: int = 32
    """Width of an attention head."""
    heads: int = 6
    """Attention heads."""
    feed_forward: int = 512
    """Inner width of the gated feed-forward modules."""
    layers: int = 4
    """Encoder blocks: what reads. They run once a text."""
    decoder_layers: int = 1
    """Decoder blocks: what writes. They run for each byte, so few of them make it fast."""
    position_buckets: int = 32
    """Distances that attention tells apart: half of them each way, near ones exactly."""
    max_distance: int = 128
    """Bytes beyond which all distances are one."""
    dropout: float = 0.0
    """Dropout of the training; nothing is seen twice in hours of it, so from scratch it only costs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchConfig:
    padded_bytes: int = 8192
    """Bytes of a batch on either side, padding counted."""
    pairs: int = 256
    """Pairs in a batch at most."""
    buckets: int = 16
    """Groups of like length that batches are drawn from; more buckets pad less and mix less."""
    max_bytes: int = 384
    """Pairs of the train split that are longer on either side are left out, and the log says how many."""
    short_bytes: int = 64
    """With short_steps: the longest pair of the first step."""
    short_steps: int = 0
    """Steps in which the longest pair grows from short_bytes to max_bytes: copying is learnt faster where there is little
    to look for."""
    workers: int = 0
    """Loader processes a device; 0 loads in the training process, which is best on two cores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    edit_weight: float = 1.0
    """Weight of a byte that is no copy of what was said (numbers, capitals, punctuation, the end) against one that is;
    more than 1 finds edits sooner and makes too many of them in the end."""
    label_smoothing: float = 0.0
    """Share of each byte's probability that is spread over all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationConfig:
    pairs: int = 2000
    """Pairs of the dev split whose loss is measured, drawn evenly from its kinds of training windows."""
    decoded: int = 100
    """Of these, the ones that are written greedily and compared whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizerConfig(training.OptimizerConfig):
    kind: Literal["adamw", "adafactor"] = "adamw"
    """Adafactor keeps no second moments of matrices, for checkpoints that would not fit otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingConfig(training.TrackingConfig):
    experiment: str = "normalizer-vi"
    """MLflow experiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(TrainingRecipe):
    SPEED_ONLY: ClassVar = {**TrainingRecipe.SPEED_ONLY, "batch": ("workers",)}
    """As the platform's; loaders change nothing either."""
    BESIDE: ClassVar = (*TrainingRecipe.BESIDE, "punctuator")
    """As the platform's; a punctuator is trained beside the T5."""
    punctuator: str = ""
    """What tells marks and capitals in the package: configs/punctuator/NAME.yaml, trained by the flow on the same pairs. A T5
    that was trained for days needs none."""
    model: ModelConfig = field(default_factory=ModelConfig)
    """Architecture and start."""
    batch: BatchConfig = field(default_factory=BatchConfig)
    """How pairs become batches."""
    loss: LossConfig = field(default_factory=LossConfig)
    """What a wrong byte costs."""
    validation: ValidationConfig = field(default_factory=ValidationConfig)
    """What of the dev split is looked at."""
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    """The optimiser and its schedule."""
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    """What MLflow is told."""

    def __post_init__(self) -> None:
        model, batch = self.model, self.batch
        for name in ("d_model", "d_kv", "heads", "feed_forward", "layers", "decoder_layers"):
            require(getattr(model, name) > 0, f"/model/{name}", "must be 1 at least")
        require(model.position_buckets % 4 == 0, "/model/position_buckets", "must be a multiple of 4")
        far = model.max_distance > model.position_buckets // 2
        require(far, "/model/max_distance", "must be more than half of position_buckets")
        require(0 <= model.dropout < 1, "/model/dropout", "is a share below 1")
        require(batch.pairs > 0, "/batch/pairs", "must be 1 at least")
        require(batch.padded_bytes > batch.max_bytes, "/batch/padded_bytes", "must hold the longest pair and its end")
        require(1 <= batch.short_bytes <= batch.max_bytes, "/batch/short_bytes", "is from 1 to max_bytes")
        require(self.loss.edit_weight > 0, "/loss/edit_weight", "must be above 0")
        require(0 <= self.loss.label_smoothing < 1, "/loss/label_smoothing", "is a share below 1")
        self.require_schedule()
        growing = 0 <= batch.short_steps <= self.trainer.max_steps
        require(growing, "/batch/short_steps", "is from 0 to max_steps")
