"""The recipe of a punctuator's training: what configs/punctuator/*.yaml may say.

`data.config.read_config(path, Recipe)` reads one; the string below each field is its documentation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from models.training import config as training
from models.training.config import TrainingRecipe, require


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    kind: Literal["recurrence", "attention", "encoder"] = "recurrence"
    """How words learn of each other: a recurrence both ways, which a core trains in an hour, a transformer for a GPU, or the
    first layers of a checkpoint that read much more than our texts."""
    start_from: str = ""
    """The checkpoint, where `kind` is `encoder`: id of a hub, or a local folder in transformers' format."""
    revision: str = ""
    """Its commit in the hub; the newest where none is given."""
    licence: str = ""
    """The checkpoint's, for the card of what is made of it."""
    continue_from: str = ""
    """RUNDIR/model of a punctuator of this very shape, whose words and weights a further training takes up. Further words begin
    as their buckets."""
    words: int = 16_000
    """Syllables with a vector of their own, the most frequent ones; Vietnamese has some 7,000."""
    buckets: int = 4_096
    """Vectors that all other words share, by a digest of their letters: foreign names, rare syllables."""
    width: int = 128
    """Width of these vectors; a checkpoint's where there is one."""
    hidden: int = 160
    """Width of the recurrence, each way, or of the transformer; a checkpoint's where there is one."""
    layers: int = 1
    """Of a recurrence a second one takes half of the speed, and from scratch one learns more in the same time. Of a
    checkpoint, how many of its layers are kept."""
    heads: int = 6
    """Heads of a transformer's layer."""
    feed_forward: int = 1024
    """Width of a transformer's feed-forward part."""
    pairs: int = 100_003
    """Vectors that pairs of neighbouring words share, by a digest of both; 0 for none. They cost memory and no time: two
    syllables are a word mostly."""
    pair_width: int = 64
    """Width of these vectors, `width` at most."""
    window: int = 340
    """Words that are read at once where it serves. One that counts places knows none behind those that it learnt from: read
    in 340 words, a training on 120 lost 8 points of F1."""
    dropout: float = 0.05
    """Share of the vectors' numbers that training hides."""
    unknown: float = 0.03
    """Share of known words that training shows as other words are shown, so that those are learnt."""
    cloze: float = 0.0
    """Share of words that training hides and asks for beside all else: what a text teaches of words, not of marks. For a
    transformer that sees every text many times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchConfig:
    padded_words: int = 6_000
    """Words of a batch, padding counted."""
    texts: int = 256
    """Texts in a batch at most."""
    buckets: int = 16
    """Groups of like length that batches are drawn from."""
    max_words: int = 400
    """Longer texts are learnt in parts of whole sentences."""
    kinds: tuple[str, ...] = ()
    """Kinds of pairs that are read, beside all that ask; none for all. Windows of running text say again what passages say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackingConfig(training.TrackingConfig):
    experiment: str = "punctuator-vi"
    """MLflow experiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe(TrainingRecipe):
    model: ModelConfig = field(default_factory=ModelConfig)
    """Architecture."""
    batch: BatchConfig = field(default_factory=BatchConfig)
    """How texts become batches."""
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    """What MLflow is told."""

    def __post_init__(self) -> None:
        model, batch = self.model, self.batch
        for name in ("words", "buckets", "width", "hidden", "layers", "heads", "feed_forward"):
            require(getattr(model, name) > 0, f"/model/{name}", "must be 1 at least")
        require(model.window >= 16, "/model/window", "must be 16 at least")
        even = model.kind != "attention" or model.hidden % (2 * model.heads) == 0
        require(even, "/model/heads", "must divide hidden into even parts")
        require((model.kind == "encoder") == bool(model.start_from), "/model/start_from", "belongs to the kind encoder")
        require(model.kind != "encoder" or not model.pairs, "/model/pairs", "must be 0: a checkpoint knows none")
        alone = not model.cloze or (model.kind == "attention" and not model.pairs)
        require(alone, "/model/cloze", "needs a transformer without vectors of pairs, which would tell what is hidden")
        require(model.pairs >= 0, "/model/pairs", "must be 0 at least")
        require(0 < model.pair_width <= model.width, "/model/pair_width", "is from 1 to width")
        for name in ("dropout", "unknown", "cloze"):
            require(0 <= getattr(model, name) < 1, f"/model/{name}", "is a share below 1")
        require(batch.texts > 0, "/batch/texts", "must be 1 at least")
        require(0 < batch.max_words <= batch.padded_words, "/batch/max_words", "is from 1 to padded_words")
        self.require_schedule()
