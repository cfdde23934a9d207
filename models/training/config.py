"""What the recipes of all families say alike: optimiser, length, devices, tracking.

The string below each field is its documentation. A family's recipe is a `TrainingRecipe` with sections of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from data.errors import ConfigError


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
    average_steps: int = 0
    """Validated and kept is the average of the weights over about so many steps; 0 takes the weights as they are."""


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
    experiment: str
    """MLflow experiment."""
    examples: int = 24
    """Examples of the dev split that are shown with what the model makes of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingRecipe:
    SPEED_ONLY: ClassVar[dict[str, tuple[str, ...]]] = {"trainer": ("max_minutes", "threads", "checkpoint_minutes")}
    """Fields by section that decide how long or how fast, never what comes out: a training goes on with others."""
    BESIDE: ClassVar[tuple[str, ...]] = ("evaluate_on",)
    """Fields that a flow reads and the training itself does not."""
    name: str
    """What the run is called."""
    dataset: str = ""
    """What the flow trains on: configs/data/NAME.yaml. The verb `train` is given a folder instead."""
    evaluate_on: tuple[str, ...] = ()
    """Further datasets whose test split the flow measures the model on; nothing is trained on them."""
    optimizer: OptimizerConfig = field(default_factory=OptimizerConfig)
    """The optimiser and its schedule."""
    trainer: TrainerConfig = field(default_factory=TrainerConfig)
    """Length, devices and precision."""
    tracking: TrackingConfig
    """What MLflow is told."""

    def require_schedule(self) -> None:
        """
        Raises:
            ConfigError: the last validation would not fall on the last step, or the warm-up does not end.
        """
        trainer = self.trainer
        even = trainer.validations > 0 and trainer.max_steps % trainer.validations == 0
        require(even, "/trainer/validations", "must divide max_steps, so that the last one falls on the last step")
        require(self.optimizer.warmup_steps < trainer.max_steps, "/optimizer/warmup_steps", "must end before max_steps")
        whole = trainer.strategy != "fsdp" or not self.optimizer.average_steps
        require(whole, "/optimizer/average_steps", "needs whole copies of the weights: strategy auto or ddp")

    @property
    def validate_every_steps(self) -> int:
        """Steps between validations; the last one falls on the last step."""
        return self.trainer.max_steps // self.trainer.validations


def require(holds: bool, pointer: str, rule: str) -> None:
    """
    Raises:
        ConfigError: the rule does not hold.
    """
    if not holds:
        raise ConfigError(f"{pointer} {rule}", pointer=pointer)
