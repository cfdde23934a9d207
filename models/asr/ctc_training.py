"""What Lightning trains: a NeMo CTC model, our batches, AdamW with warm-up and cosine.

B utterances, T samples, F feature frames, M mel bands, L encoder frames, V pieces and blank.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import lightning.pytorch as pl
import torch
from torch.utils.data import DataLoader

from data.errors import TrainingFailed
from data.schema import Utterance
from models.asr.augment import Augment, mask_features
from models.asr.batches import Batch, BatchPlan, Clips, Pick, TrainingOrder, collate
from models.asr.config import Recipe
from models.metrics import edits

if TYPE_CHECKING:
    from nemo.collections.asr.models import EncDecCTCModelBPE

    from data.shards import ShardReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """One split of the dataset and those of its clips that are used."""

    reader: ShardReader
    positions: list[int]

    @property
    def utterances(self) -> list[Utterance]:
        return [self.reader.utterances[i] for i in self.positions]


class CtcTraining(pl.LightningModule):
    """One recipe on one dataset. The state of a step depends on seed and step alone, so that a resumed run is the same run."""

    def __init__(self, recipe: Recipe, model: EncDecCTCModelBPE, train: Split, dev: Split) -> None:
        super().__init__()
        self.recipe, self.model = recipe, model
        self._train_split, self.dev_split = train, dev
        self.hypotheses: dict[int, str] = {}
        self._sums = torch.zeros(4)  # Edits, words, loss × utterances, utterances.
        # Asked now, since sharding flattens every parameter to a vector.
        self._matrices = {name for name, parameter in self.named_parameters() if parameter.ndim > 1}

    # --- data

    def train_dataloader(self) -> DataLoader:
        """Goes on with the batch after the last finished step: Lightning has restored the step by now."""
        recipe = self.recipe
        slowest = min(1.0, recipe.augment.speed[0])  # The budget holds even where every clip is slowed most.
        durations_s = [u.duration_s / slowest for u in self._train_split.utterances]
        plan = self._plan(durations_s, padded_s=recipe.batch.padded_s, short_first_epochs=recipe.batch.short_first_epochs)
        start = self.trainer.global_step * recipe.optimizer.accumulate
        self._clean_batches = sum(len(plan.epoch(number)) for number in range(recipe.augment.clean_epochs))
        order = TrainingOrder(plan, rank=self.trainer.global_rank, start=start)
        return self._loader(self._train_split, order, Augment(recipe.augment, seed=recipe.trainer.seed))

    def val_dataloader(self) -> DataLoader:
        durations_s = [u.duration_s for u in self.dev_split.utterances]
        plan = self._plan(durations_s, padded_s=max(self.recipe.batch.padded_s, *durations_s))
        rank = self.trainer.global_rank
        return self._loader(self.dev_split, [[Pick(i, 0) for i in turn[rank]] for turn in plan.epoch(0)], None)

    def _plan(self, durations_s: list[float], *, padded_s: float, short_first_epochs: int = 0) -> BatchPlan:
        batch, trainer = self.recipe.batch, self.recipe.trainer
        return BatchPlan(
            durations_s,
            padded_s=padded_s,
            utterances=batch.utterances,
            buckets=batch.buckets,
            seed=trainer.seed,
            ranks=self.trainer.world_size,
            short_first_epochs=short_first_epochs,
        )

    def _loader(self, split: Split, order: Any, augment: Augment | None) -> DataLoader:
        tokenizer: Any = self.model.tokenizer  # NeMo's union of tokenizers agrees on no signature.
        pieces = [tokenizer.text_to_ids(u.text) for u in split.utterances]
        workers = self.recipe.batch.workers
        clips = Clips(split.reader, split.positions, pieces, cache_mib=self.recipe.batch.cache_mib, augment=augment)
        return DataLoader(
            clips,
            batch_sampler=order,
            collate_fn=collate,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=self.device.type == "cuda",
        )

    # --- steps

    def forward(self, batch: Batch, *, masked: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities and their true lengths: log_probs_BLV, frames_B."""
        with torch.no_grad():
            features_BMF, frames_B = self.model.preprocessor(input_signal=batch.samples_BT, length=batch.samples_B)
            if masked:
                features_BMF = mask_features(features_BMF, frames_B, self.recipe.augment)
        log_probs_BLV, frames_B, _ = self.model.forward(processed_signal=features_BMF, processed_signal_length=frames_B)
        return log_probs_BLV, frames_B

    def _loss(self, log_probs_BLV: torch.Tensor, frames_B: torch.Tensor, batch: Batch) -> torch.Tensor:
        # CTC in half precision loses the small probabilities that it sums.
        return self.model.loss(
            log_probs=log_probs_BLV.float(), targets=batch.pieces_BU, input_lengths=frames_B, target_lengths=batch.pieces_B
        )

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        self._seed_step()
        masked = self.trainer.fit_loop.epoch_loop.total_batch_idx >= self._clean_batches
        loss = self._loss(*self.forward(batch, masked=masked), batch)
        if not torch.isfinite(loss):
            raise TrainingFailed(f"the loss is {loss.item()} at step {self.trainer.global_step}: lower the learning rate")
        return loss

    def _seed_step(self) -> None:
        seed, number = self.recipe.trainer.seed, self.trainer.fit_loop.epoch_loop.total_batch_idx
        # NeMo draws the look-ahead of a step from Python's own generator; all processes draw the same, none waits.
        random.seed(seed * 1_000_003 + number)
        torch.manual_seed((seed * 1_000_003 + number) * 4096 + self.trainer.global_rank)

    def on_validation_epoch_start(self) -> None:
        self.hypotheses = {}
        self._sums = torch.zeros(4, dtype=torch.float64)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        log_probs_BLV, frames_B = self.forward(batch)
        loss = self._loss(log_probs_BLV, frames_B, batch)
        texts = self.greedy(log_probs_BLV, frames_B)
        references = self.dev_split.utterances
        for index, text in zip(batch.index_B.tolist(), texts, strict=True):
            self.hypotheses[index] = text
            counted = edits(references[index].text.split(), text.split())
            self._sums[0] += counted.total
            self._sums[1] += counted.words
        self._sums[2] += float(loss) * len(texts)
        self._sums[3] += len(texts)

    def on_validation_epoch_end(self) -> None:
        sums = self.trainer.strategy.reduce(self._sums.to(self.device, torch.float32), reduce_op="sum")
        wrong, words, loss, utterances = sums.tolist()
        self.log("val_wer", wrong / max(words, 1.0), logger=False)
        self.log("val_loss", loss / max(utterances, 1.0), logger=False)

    def greedy(self, log_probs_BLV: torch.Tensor, frames_B: torch.Tensor) -> list[str]:
        """The best path as text: repeats merged, blanks dropped."""
        blank = log_probs_BLV.shape[-1] - 1
        texts = []
        for path_L, frames in zip(log_probs_BLV.argmax(-1).cpu(), frames_B.tolist(), strict=True):
            merged = torch.unique_consecutive(path_L[:frames])
            texts.append(self.model.tokenizer.ids_to_text(merged[merged != blank].tolist()))
        return texts

    # --- optimisation

    def configure_optimizers(self) -> Any:
        settings = self.recipe.optimizer
        named = [(name.replace("_fsdp_wrapped_module.", ""), p) for name, p in self.named_parameters() if p.requires_grad]
        optimizer = torch.optim.AdamW(
            [
                {"params": [p for name, p in named if name in self._matrices], "weight_decay": settings.weight_decay},
                {"params": [p for name, p in named if name not in self._matrices], "weight_decay": 0.0},
            ],
            lr=settings.learning_rate,
            betas=(settings.betas[0], settings.betas[1]),
        )
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, self.learning_rate_share)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def learning_rate_share(self, step: int) -> float:
        """The learning rate of a step over its peak."""
        settings = self.recipe.optimizer
        if step < settings.warmup_steps:
            return (step + 1) / (settings.warmup_steps + 1)
        done = (step - settings.warmup_steps) / max(1, self.recipe.trainer.max_steps - settings.warmup_steps)
        return settings.final_share + (1 - settings.final_share) * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    def configure_gradient_clipping(
        self, optimizer: Any, gradient_clip_val: Any = None, gradient_clip_algorithm: Any = None
    ) -> None:
        # Under FSDP a process sees its shard of the gradient alone: the wrapped module knows the whole norm.
        whole = getattr(self.trainer.strategy.model, "clip_grad_norm_", None)
        if whole is not None:
            whole(self.recipe.optimizer.clip_norm)
        else:
            torch.nn.utils.clip_grad_norm_(self.parameters(), self.recipe.optimizer.clip_norm)


def usable(reader: ShardReader, *, max_duration_s: float) -> Split:
    """The clips of a split that are not longer than a batch may be."""
    positions = [i for i, utterance in enumerate(reader.utterances) if utterance.duration_s <= max_duration_s]
    return Split(reader=reader, positions=positions)
