"""What Lightning trains: a model of sentence-transformers under its own losses, our batches, our validation.

N texts, D numbers in a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer, util
from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss, MultipleNegativesRankingLoss
from torch.utils.data import DataLoader

from data.queries.reader import Passage
from models.embedder.batches import Batch, Examples, Order
from models.embedder.config import Recipe
from models.embedder.judging import Judged, judge, rank
from models.training.measure import Measure
from models.training.module import TrainingModule

_TOGETHER = 64


class ContrastiveTraining(TrainingModule):
    """One recipe on one set of queries."""

    measure = Measure(
        metric="val_ndcg",
        better="higher",
        told=lambda v: f"nDCG@10 {v['val_ndcg']:.4f}",
        amount=lambda batch: batch.passages,
        speed=lambda size: f"{size:.0f} passages/s",
        throughput="throughput_passages_per_s",
        total="passages_seen",
    )
    recipe: Recipe

    def __init__(self, recipe: Recipe, model: SentenceTransformer, train: Sequence[Passage], dev: Judged) -> None:
        super().__init__(recipe)
        self.model, self.dev = model, dev
        prefixes = (recipe.model.query_prefix, recipe.model.passage_prefix)
        self._examples = Examples(train, recipe.batch, prefixes=prefixes)
        ranking = MultipleNegativesRankingLoss(model, scale=recipe.loss.scale, similarity_fct=cosines)
        width = int(model.get_embedding_dimension() or recipe.model.width)
        # A list, so that the model is not counted twice among the parameters.
        self._loss = [MatryoshkaLoss(model, ranking, [width, *(dim for dim in recipe.model.dims if dim < width)])]
        self.places_N = np.zeros(0, np.int64)
        self.remember_matrices()

    def train_dataloader(self) -> DataLoader:
        """Goes on with the batch after the last finished step: Lightning has restored the step by now."""
        trainer = self.trainer
        order = Order(
            len(self._examples),
            self.recipe.batch.passages,
            seed=self.recipe.trainer.seed,
            rank=trainer.global_rank,
            ranks=trainer.world_size,
            start=self.next_batch,
        )
        workers = self.recipe.batch.workers
        return DataLoader(
            self._examples,
            batch_sampler=order,  # pyright: ignore[reportArgumentType]
            collate_fn=self._collate,
            num_workers=workers,
            persistent_workers=workers > 0,
        )

    def val_dataloader(self) -> DataLoader:
        return DataLoader(self._examples, batch_sampler=[[(0, 0)]])  # One step, that ranks the whole.  # pyright: ignore

    def transfer_batch_to_device(self, batch: Any, device: torch.device, dataloader_idx: int) -> Any:
        if isinstance(batch, Batch):
            for features in (batch.query, batch.passage):
                features.update({name: value.to(device) for name, value in features.items() if torch.is_tensor(value)})
        return batch

    def training_step(self, batch: Batch, batch_idx: int) -> torch.Tensor:
        self.seed_of_step()
        return self.finite(self._loss[0]([batch.query, batch.passage], torch.empty(0)))

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        model = self.recipe.model
        queries_ND = self.encode(self.dev.queries, model.query_prefix)
        passages_ND = self.encode(self.dev.passages, model.passage_prefix)
        self.places_N = rank(queries_ND, passages_ND, self.dev.answers)
        figures = judge(self.places_N)
        for name, figure in (("val_ndcg", "ndcg@10"), ("val_recall", "recall@10")):
            self.log(name, figures[figure], logger=False, batch_size=1)

    def encode(self, texts: Sequence[str], prefix: str) -> np.ndarray:
        """vectors_ND of unit length."""
        self.model.eval()
        texts = [prefix + text for text in texts]
        found = self.model.encode(texts, batch_size=_TOGETHER, normalize_embeddings=True, show_progress_bar=False)
        self.model.train()
        return np.asarray(found)

    def _collate(self, pairs: Sequence[tuple[str, str]]) -> Batch:
        queries, passages = (list(side) for side in zip(*pairs, strict=True))
        features = (self.model.preprocess(queries), self.model.preprocess(passages))
        return Batch(query=features[0], passage=features[1], passages=len(pairs))


def cosines(queries_ND: torch.Tensor, passages_PD: torch.Tensor) -> torch.Tensor:
    """cosines_NP, in 32 bits under any precision: half of them would move a logit by more than a good query does."""
    with torch.autocast(queries_ND.device.type, enabled=False):
        return util.cos_sim(queries_ND.float(), passages_PD.float())
