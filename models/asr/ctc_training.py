"""What Lightning trains: a NeMo CTC model, our batches, our validation.

B utterances, T samples, F feature frames, M mel bands, L encoder frames, V pieces and blank.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.utils.data import DataLoader

from data.schema import Utterance
from models.asr.augment import Augment, filter_features, mask_features
from models.asr.batches import Batch, Clips, audio_seconds, collate
from models.asr.config import Recipe
from models.metrics import edits
from models.training.measure import Measure
from models.training.module import TrainingModule
from models.training.order import BatchPlan, Pick, TrainingOrder

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


class CtcTraining(TrainingModule):
    """One recipe on one dataset."""

    measure = Measure(
        metric="val_wer",
        told=lambda values: f"WER {100 * values['val_wer']:.2f} %",
        amount=audio_seconds,
        speed=lambda seconds: f"{seconds:.0f}x real time",
        throughput="throughput_audio_s_per_s",
        total="audio_hours",
        total_unit=3600.0,
    )
    recipe: Recipe

    def __init__(self, recipe: Recipe, model: EncDecCTCModelBPE, train: Split, dev: Split) -> None:
        super().__init__(recipe)
        self.model = model
        self._train_split, self.dev_split = train, dev
        self.hypotheses: dict[int, str] = {}
        self._sums = torch.zeros(4)  # Edits, words, loss × utterances, utterances.
        self.remember_matrices()

    # --- data

    def train_dataloader(self) -> DataLoader:
        """Goes on with the batch after the last finished step: Lightning has restored the step by now."""
        recipe = self.recipe
        slowest = min(1.0, recipe.augment.speed[0])  # The budget holds even where every clip is slowed most.
        durations_s = [u.duration_s / slowest for u in self._train_split.utterances]
        plan = self._plan(durations_s, padded_s=recipe.batch.padded_s, short_first_epochs=recipe.batch.short_first_epochs)
        self._clean_batches = sum(len(plan.epoch(number)) for number in range(recipe.augment.clean_epochs))
        order = TrainingOrder(plan, rank=self.trainer.global_rank, start=self.next_batch)
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
            padded=padded_s,
            count=batch.utterances,
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

    def forward(self, batch: Batch, *, augmented: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """Log-probabilities and their true lengths: log_probs_BLV, frames_B."""
        with torch.no_grad():
            features_BMF, frames_B = self.model.preprocessor(input_signal=batch.samples_BT, length=batch.samples_B)
            if augmented:
                features_BMF = filter_features(features_BMF, frames_B, self.recipe.augment)
                features_BMF = mask_features(features_BMF, frames_B, self.recipe.augment)
        log_probs_BLV, frames_B, _ = self.model.forward(processed_signal=features_BMF, processed_signal_length=frames_B)
        return log_probs_BLV, frames_B

    def _loss(self, log_probs_BLV: torch.Tensor, frames_B: torch.Tensor, batch: Batch) -> torch.Tensor:
        # CTC in half precision loses the small probabilities that it sums.
        return self.model.loss(
            log_probs=log_probs_BLV.float(), targets=batch.pieces_BU, input_lengths=frames_B, target_lengths=batch.pieces_B
        )

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        # NeMo draws the look-ahead of a step from Python's own generator; all processes draw the same, none waits.
        random.seed(self.seed_of_step())
        augmented = self.batch_number >= self._clean_batches
        return self.finite(self._loss(*self.forward(batch, augmented=augmented), batch))

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


def usable(reader: ShardReader, *, max_duration_s: float) -> Split:
    """The clips of a split that are not longer than a batch may be."""
    positions = [i for i, utterance in enumerate(reader.utterances) if utterance.duration_s <= max_duration_s]
    return Split(reader=reader, positions=positions)
