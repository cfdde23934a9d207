"""What Lightning trains: a byte-level T5, our batches, our validation.

B pairs, S source bytes, T target bytes, V ids.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch.nn import functional
from torch.utils.data import DataLoader

from models.normalizer.batches import IGNORED, Batch, GrowingOrder, PairBytes, collate
from models.normalizer.config import Recipe
from models.normalizer.tokenizer import decode
from models.normalizer.validation import FIELDS, count, rates
from models.training.measure import Measure
from models.training.module import TrainingModule
from models.training.order import BatchPlan, Pick

if TYPE_CHECKING:
    from data.pairs.reader import Pair

#: Windows decoded together: enough to fill a processor, few enough not to pad much.
_DECODED_TOGETHER = 50


class Seq2SeqTraining(TrainingModule):
    """One recipe on one set of pairs."""

    measure = Measure(
        metric="val_loss",
        told=lambda v: f"loss {v['val_loss']:.4f} exact {100 * v.get('val_exact', math.nan):.0f} %",
        amount=lambda batch: batch.bytes,
        speed=lambda size: f"{size / 1000:.1f} kB/s",
        throughput="throughput_bytes_per_s",
        total="megabytes",
        total_unit=1e6,
    )
    recipe: Recipe

    def __init__(self, recipe: Recipe, model: Any, train: PairBytes, dev: list[Pair]) -> None:
        super().__init__(recipe)
        self.model = model
        self._train, self.dev_pairs = train, dev
        self._dev = PairBytes(dev, max_bytes=1 << 20)
        self.hypotheses: dict[int, str] = {}
        self._sums = torch.zeros(5)  # Loss, bytes, right bytes, edited bytes, right edited bytes.
        self.remember_matrices()

    # --- data

    def train_dataloader(self) -> DataLoader:
        """Goes on with the batch after the last finished step: Lightning has restored the step by now."""
        recipe = self.recipe
        order = GrowingOrder(
            self._train.lengths_P,
            short=recipe.batch.short_bytes,
            batches=recipe.batch.short_steps * recipe.optimizer.accumulate,
            rank=self.trainer.global_rank,
            start=self.next_batch,
            ranks=self.trainer.world_size,
            **self._plan(),
        )
        return self._loader(self._train, order)

    def val_dataloader(self) -> DataLoader:
        lengths_P = self._dev.lengths_P
        padded = {"padded": max(self.recipe.batch.padded_bytes, int(lengths_P.max()))}
        plan = BatchPlan(lengths_P, ranks=self.trainer.world_size, **self._plan() | padded)
        rank = self.trainer.global_rank
        return self._loader(self._dev, [[Pick(i, 0) for i in turn[rank]] for turn in plan.epoch(0)])

    def _plan(self) -> dict[str, int]:
        batch = self.recipe.batch
        seed = self.recipe.trainer.seed
        return {"padded": batch.padded_bytes, "count": batch.pairs, "buckets": batch.buckets, "seed": seed}

    def _loader(self, pairs: PairBytes, order: Any) -> DataLoader:
        workers = self.recipe.batch.workers
        return DataLoader(
            pairs,
            batch_sampler=order,
            collate_fn=collate,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=self.device.type == "cuda",
        )

    # --- steps

    def forward(self, batch: Batch) -> torch.Tensor:
        """logits_BTV."""
        labels_BT = batch.target_BT.masked_fill(batch.target_BT == IGNORED, self.model.config.pad_token_id)
        inputs_BT = functional.pad(labels_BT[:, :-1], (1, 0), value=self.model.config.decoder_start_token_id)
        # The decoder needs no mask for padding: it stands at the end, and nothing looks ahead.
        return self.model(
            input_ids=batch.source_BS, attention_mask=batch.mask_BS, decoder_input_ids=inputs_BT, use_cache=False
        ).logits.float()

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        self.seed_of_step()
        settings = self.recipe.loss
        loss_BT = functional.cross_entropy(
            self(batch).transpose(1, 2),
            batch.target_BT,
            ignore_index=IGNORED,
            reduction="none",
            label_smoothing=settings.label_smoothing,
        )
        weight_BT = torch.where(batch.edited_BT, settings.edit_weight, 1.0) * (batch.target_BT != IGNORED)
        return self.finite((loss_BT * weight_BT).sum() / weight_BT.sum())

    def on_validation_epoch_start(self) -> None:
        self.hypotheses = {}
        self._sums = torch.zeros(5, dtype=torch.float64)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        logits_BTV = self(batch)
        loss = functional.cross_entropy(logits_BTV.transpose(1, 2), batch.target_BT, ignore_index=IGNORED, reduction="sum")
        right_BT = logits_BTV.argmax(-1) == batch.target_BT
        real_BT = batch.target_BT != IGNORED
        edited_BT = batch.edited_BT & real_BT
        parts = [loss, real_BT.sum(), right_BT.sum(), edited_BT.sum(), (right_BT & edited_BT).sum()]
        self._sums += torch.tensor([float(part) for part in parts], dtype=torch.float64)

    def on_validation_epoch_end(self) -> None:
        decoded = [] if self.recipe.trainer.strategy == "fsdp" else self._decode()
        sums = torch.cat([self._sums, torch.tensor(decoded, dtype=torch.float64).reshape(-1, FIELDS).sum(0)])
        # 32 bits count 16 million bytes exactly, and some devices know no more.
        sums = self.trainer.strategy.reduce(sums.to(self.device, torch.float32), reduce_op="sum").tolist()
        loss, size, right, edited, right_edited = sums[:5]
        self.log("val_loss", loss / max(size, 1.0), logger=False)
        self.log("val_byte_accuracy", right / max(size, 1.0), logger=False)
        self.log("val_edit_accuracy", right_edited / max(edited, 1.0), logger=False)
        if sums[6]:
            for name, value in rates(sums[5:]).items():
                self.log(name, value, logger=False)

    def _decode(self) -> list[list[int]]:
        """Write some of the dev pairs greedily, this process its share; a row of counts each.

        Not under FSDP, where all processes would have to write equally many bytes.
        """
        chosen = np.linspace(0, len(self.dev_pairs) - 1, min(len(self.dev_pairs), self.recipe.validation.decoded))
        mine = np.unique(chosen.round().astype(int))[self.trainer.global_rank :: self.trainer.world_size].tolist()
        mine.sort(key=lambda index: len(self.dev_pairs[index].spoken))
        rows = []
        for first in range(0, len(mine), _DECODED_TOGETHER):
            together = mine[first : first + _DECODED_TOGETHER]
            batch = collate([self._dev[Pick(index, 0)] for index in together])
            texts = self.write(batch.source_BS.to(self.device), batch.mask_BS.to(self.device))
            for index, text in zip(together, texts, strict=True):
                self.hypotheses[index] = text
                rows.append(count(self.dev_pairs[index].written, text))
        return rows

    @torch.no_grad()
    def write(self, source_BS: torch.Tensor, mask_BS: torch.Tensor) -> list[str]:
        """The model's own greedy answer to each source; an answer that does not end is cut."""
        # Written text is hardly longer than spoken: a young model that only repeats itself is not waited for.
        limit = source_BS.shape[1] * 5 // 4 + 16
        ids_BT = self.model.generate(input_ids=source_BS, attention_mask=mask_BS, max_new_tokens=limit, do_sample=False)
        return [decode(ids_T) for ids_T in ids_BT.tolist()]

    # --- optimisation

    def make_optimizer(self, matrices: list[torch.nn.Parameter], rest: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
        settings = self.recipe.optimizer
        if settings.kind == "adamw":
            return super().make_optimizer(matrices, rest)
        groups = [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        return torch.optim.Adafactor(groups, lr=settings.learning_rate)


def windows_of(pairs: list[Pair], wanted: int) -> list[Pair]:
    """So many of the pairs, evenly; single sentences and long passages are for evaluation, training sees windows."""
    windows = [pair for pair in pairs if pair.kind not in ("sentence", "passage")]
    places = np.linspace(0, len(windows) - 1, min(wanted, len(windows))).round().astype(int)
    return [windows[place] for place in places]
