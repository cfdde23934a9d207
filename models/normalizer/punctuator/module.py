"""What Lightning trains: the network on labelled texts, judged by the F1 of what readers see.

B texts, W words, C classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import functional
from torch.utils.data import DataLoader

from models.normalizer.punctuator.config import Recipe
from models.normalizer.punctuator.labels import UNKNOWN
from models.normalizer.punctuator.leaning import MARKS
from models.normalizer.punctuator.network import Network
from models.normalizer.punctuator.texts import Batch, LabelledTexts, collate
from models.normalizer.punctuator.vocabulary import PAD
from models.training.measure import Measure
from models.training.module import TrainingModule
from models.training.order import BatchPlan, Pick, TrainingOrder

#: Weight of the words that are asked for beside marks, spellings and expressions.
_CLOZE_WEIGHT = 0.2
#: What the validation tells of, by the name of its curve.
_TOLD_MARKS = {"val_comma_f1": ",", "val_period_f1": ".", "val_question_f1": "?"}
#: Whose mean a validation is judged by; questions are too few.
_JUDGED = ("val_comma_f1", "val_period_f1", "val_upper_case_f1")


class PunctuatorTraining(TrainingModule):
    """One recipe on one set of pairs."""

    measure = Measure(
        metric="val_f1",
        better="higher",
        told=lambda v: (
            f"loss {v['val_loss']:.4f} " + " ".join(f"{n[4:-3]} {100 * v[n]:.0f} %" for n in v if n[4:].endswith("_f1"))
        ),
        amount=lambda batch: batch.words,
        speed=lambda words: f"{words / 1000:.1f} thousand words/s",
        throughput="throughput_words_per_s",
        total="million_words",
        total_unit=1e6,
    )
    recipe: Recipe

    def __init__(
        self, recipe: Recipe, ids: int, train: LabelledTexts, dev: LabelledTexts, architecture: Mapping[str, Any] | None = None
    ) -> None:
        """
        Args:
            architecture: of the checkpoint, where the recipe starts from one.
        """
        super().__init__(recipe)
        self.network = Network(recipe.model, ids, architecture)
        self.guess = torch.nn.Linear(recipe.model.hidden, recipe.model.width) if recipe.model.cloze else None
        self._train, self._dev, self._first_bucket = train, dev, ids - recipe.model.buckets
        self._sums = torch.zeros(2, dtype=torch.float64)
        # Right, told, true; spelled with a capital and said of an expression last.
        self._counts = torch.zeros(len(MARKS) + 2, 3, dtype=torch.float64)
        self.remember_matrices()

    # --- data

    def train_dataloader(self) -> DataLoader:
        """Goes on with the batch after the last finished step: Lightning has restored the step by now."""
        plan = BatchPlan(self._train.lengths_P, ranks=self.trainer.world_size, **self._plan())
        return self._loader(self._train, TrainingOrder(plan, rank=self.trainer.global_rank, start=self.next_batch))

    def val_dataloader(self) -> DataLoader:
        longest = max(self.recipe.batch.padded_words, int(self._dev.lengths_P.max()))
        plan = BatchPlan(self._dev.lengths_P, ranks=self.trainer.world_size, **self._plan() | {"padded": longest})
        return self._loader(self._dev, [[Pick(i, 0) for i in turn[self.trainer.global_rank]] for turn in plan.epoch(0)])

    def _plan(self) -> dict[str, int]:
        batch = self.recipe.batch
        return {
            "padded": batch.padded_words,
            "count": batch.texts,
            "buckets": batch.buckets,
            "seed": self.recipe.trainer.seed,
        }

    def _loader(self, texts: LabelledTexts, order: Any) -> DataLoader:
        return DataLoader(texts, batch_sampler=order, collate_fn=collate, pin_memory=self.device.type == "cuda")

    # --- steps

    def make_optimizer(self, matrices: list[torch.nn.Parameter], rest: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
        # A step touches every vector and computes with few: written parameter by parameter, its updates took a fifth of it.
        optimizer = super().make_optimizer(matrices, rest)
        groups = [{"params": group["params"], "weight_decay": group["weight_decay"]} for group in optimizer.param_groups]
        return torch.optim.AdamW(groups, lr=optimizer.defaults["lr"], betas=optimizer.defaults["betas"], fused=True)

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        self.seed_of_step()
        unknown_BW = torch.rand(batch.words_BW.shape, device=self.device) < self.recipe.model.unknown
        words_BW = torch.where(unknown_BW, batch.bucket_BW, batch.words_BW)
        if self.guess is None:
            return self.finite(_loss(self.network(words_BW), batch))
        hidden_BW = torch.rand(words_BW.shape, device=self.device) < self.recipe.model.cloze
        seen_BWD = self.network.seen(words_BW, hidden_BW)
        asked_BW = hidden_BW & (words_BW != PAD) & (words_BW < self._first_bucket)
        logits_NV = self.guess(seen_BWD[asked_BW]) @ self.network.vectors.weight[: self._first_bucket].T
        cloze = functional.cross_entropy(logits_NV.float(), words_BW[asked_BW])
        return self.finite(_loss(self.network.scores(seen_BWD), batch) + _CLOZE_WEIGHT * cloze)

    def on_validation_epoch_start(self) -> None:
        self._sums.zero_()
        self._counts.zero_()

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        marks_BWC, spellings_BWC, expressions_BWC = scores = self.network(batch.words_BW)
        told = int((batch.mark_BW != UNKNOWN).sum())
        self._sums += torch.tensor([float(_loss(scores, batch)) * told, told], dtype=torch.float64)
        for mark in range(1, len(MARKS)):
            self._counts[mark] += _count(marks_BWC.argmax(-1) == mark, batch.mark_BW == mark, batch.mark_BW != UNKNOWN)
        capital_BW = spellings_BWC.argmax(-1) > 0
        self._counts[-2] += _count(capital_BW, batch.spelling_BW > 0, batch.spelling_BW != UNKNOWN)
        said_BW = expressions_BWC.argmax(-1) > 0
        self._counts[-1] += _count(said_BW, batch.expression_BW > 0, batch.expression_BW != UNKNOWN)

    def on_validation_epoch_end(self) -> None:
        parts = torch.cat([self._sums, self._counts.flatten()]).to(self.device, torch.float32)
        parts = self.trainer.strategy.reduce(parts, reduce_op="sum").cpu()
        self.log("val_loss", float(parts[0] / parts[1].clamp(min=1)), logger=False)
        counts = parts[2:].reshape(-1, 3)
        rows = {name: MARKS.index(mark) for name, mark in _TOLD_MARKS.items()}
        rows |= {"val_upper_case_f1": -2, "val_expression_f1": -1}
        f1: dict[str, float] = {}
        for name, row in rows.items():
            right, told, true = counts[row].tolist()
            f1[name] = 2 * right / max(told + true, 1)
        # Kept is what reads best. The loss grows earlier, when marks become surer than they are right: biases mend that.
        f1["val_f1"] = sum(f1[name] for name in _JUDGED) / len(_JUDGED)
        for name, value in f1.items():
            self.log(name, value, logger=False)


def _loss(scores: tuple[torch.Tensor, ...], batch: Batch) -> torch.Tensor:
    labels = (batch.mark_BW, batch.spelling_BW, batch.expression_BW)
    parts = [
        functional.cross_entropy(logits_BWC.flatten(0, 1), label_BW.flatten(), ignore_index=UNKNOWN)
        for logits_BWC, label_BW in zip(scores, labels, strict=True)
    ]
    return torch.stack(parts).sum()


def _count(told_BW: torch.Tensor, true_BW: torch.Tensor, known_BW: torch.Tensor) -> torch.Tensor:
    told_BW, true_BW = told_BW & known_BW, true_BW & known_BW
    return torch.stack([(told_BW & true_BW).sum(), told_BW.sum(), true_BW.sum()]).to("cpu", torch.float64)
