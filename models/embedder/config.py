"""The recipe of an embedder's training: what configs/embedder/*.yaml may say.

`data.config.read_config(path, Recipe)` reads one; the string below each field is its documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from models.training import config as training
from models.training.config import TrainingRecipe, require


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticConfig:
    words: int = 12_000
    """Most words that have a row, and most folded words."""
    pairs: int = 30_000
    """Most pairs of words that have a row, and half as many folded ones."""
    buckets: int = 8_192
    """Rows that all other words share, by the checksum of their folded form."""
    rarity: float = 1.5
    """Rows begin as random directions whose length is the rarity of their token to this power: before the first step the
    model ranks much as an index of words does, and learns from there. 0 begins with equal lengths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerConfig:
    vocabulary: int = 8_000
    """Pieces of a tokenizer that is learnt from the passages."""
    layers: int = 3
    """Blocks."""
    heads: int = 4
    """Attention heads."""
    feed_forward: int = 1_024
    """Inner width of the feed-forward modules."""
    max_tokens: int = 256
    """Pieces that are read; the rest of a longer text is cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    kind: Literal["static", "transformer", "hub"] = "static"
    """static: a table whose rows are added up. transformer: a small one from scratch. hub: `start_from`."""
    start_from: str = ""
    """Of kind hub: an id of a hub (`intfloat/multilingual-e5-small`) or a local folder in sentence-transformers' format.
    Its pooling is its own."""
    revision: str = ""
    """Commit of the hub's repository; its newest where none is named."""
    licence: str = ""
    """Of kind hub: the checkpoint's licence and whose it is, for the card."""
    pieces: int = 0
    """Of kind hub: pieces of its vocabulary that are kept, those that the passages use most, then those that the model met most
    in the same scripts; 0 keeps all."""
    fine_pieces: int = 0
    """Of these, how many keep four bits a number where the export makes int4, the most used ones; the others, which a text
    holds few of, share patterns that come to two. 0 keeps eight bits for all."""
    width: int = 384
    """Numbers in a vector; of kind hub the checkpoint's own."""
    dims: tuple[int, ...] = (384, 192, 96)
    """Lengths to which vectors may be cut (Matryoshka), the whole one first."""
    query_prefix: str = ""
    """Stands before every query: what the checkpoint was trained with."""
    passage_prefix: str = ""
    """Stands before every passage."""
    static: StaticConfig = field(default_factory=StaticConfig)
    """Of kind static."""
    transformer: TransformerConfig = field(default_factory=TransformerConfig)
    """Of kind transformer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchConfig:
    passages: int = 512
    """Passages of a batch, each with one of its queries: all others in it are what it is told apart from."""
    max_words: int = 0
    """Words of a passage that are read in training, from a place that is drawn; 0 reads all."""
    cloze: float = 0.0
    """Share of the draws whose query is a stretch of the passage itself, which is then cut out of it: what it speaks of,
    without its words."""
    hide: float = 0.0
    """Share of the queries from beside or out of their passage that keep only the words which the passage lacks, so that
    equal words are not all that is learnt."""
    workers: int = 0
    """Loader processes a device; 0 loads in the training process, which is best on two cores."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LossConfig:
    scale: float = 20.0
    """Cosines are multiplied by this before the softmax: one over its temperature."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationConfig:
    queries: int = 1_500
    """Queries of the dev split that are ranked among all of its passages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingConfig(training.TrackingConfig):
    experiment: str = "embedder-vi"
    """MLflow experiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(TrainingRecipe):
    SPEED_ONLY: ClassVar = {**TrainingRecipe.SPEED_ONLY, "batch": ("workers",)}
    """As the platform's; loaders change nothing either."""
    model: ModelConfig = field(default_factory=ModelConfig)
    """Architecture and start."""
    batch: BatchConfig = field(default_factory=BatchConfig)
    """How passages become batches."""
    loss: LossConfig = field(default_factory=LossConfig)
    """What a wrong order costs."""
    validation: ValidationConfig = field(default_factory=ValidationConfig)
    """What of the dev split is looked at."""
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    """What MLflow is told."""

    def __post_init__(self) -> None:
        model = self.model
        require(self.batch.passages > 1, "/batch/passages", "must be 2 at least")
        require(self.batch.max_words >= 0, "/batch/max_words", "is 0 or more")
        for name, share in (("cloze", self.batch.cloze), ("hide", self.batch.hide)):
            require(0 <= share <= 1, f"/batch/{name}", "is a share, from 0 to 1")
        require(self.batch.workers >= 0, "/batch/workers", "is 0 or more")
        require(self.loss.scale > 0, "/loss/scale", "must be above 0")
        require(self.validation.queries > 0, "/validation/queries", "must be 1 at least")
        require((model.kind == "hub") == bool(model.start_from), "/model/start_from", "is named for kind hub, and for no other")
        require(model.pieces >= 0 and (model.kind == "hub" or not model.pieces), "/model/pieces", "is 0 or more, of kind hub")
        require(0 <= model.fine_pieces <= model.pieces, "/model/fine_pieces", "is from 0 to pieces")
        whole = model.kind == "hub" or (len(model.dims) > 0 and model.dims[0] == model.width)
        require(whole, "/model/dims", "begins with the width")
        falling = all(a > b > 0 for a, b in zip(model.dims, model.dims[1:], strict=False))
        require(falling and bool(model.dims), "/model/dims", "falls, and holds one length at least")
        static, transformer = model.static, model.transformer
        for name, value in (("words", static.words), ("buckets", static.buckets)):
            require(value > 0, f"/model/static/{name}", "must be 1 at least")
        require(static.pairs >= 0 and static.rarity >= 0, "/model/static", "holds no number below 0")
        require(model.width % transformer.heads == 0, "/model/transformer/heads", "must divide the width")
        # A model of a hub may be served as it is: no steps at all.
        if self.trainer.max_steps:
            self.require_schedule()
