"""The order of training: a pure function of durations, settings and seed."""

from __future__ import annotations

from collections import Counter
from itertools import islice

import numpy as np
import pytest

from data.errors import ConfigError, EmptySplit
from models.asr.batches import collate
from models.training.order import BatchPlan, TrainingOrder

DURATIONS_S = np.random.default_rng(7).gamma(3.0, 1.2, size=507).clip(0.3, 12.0).tolist()


def plan(durations_s=DURATIONS_S, *, padded_s=30.0, utterances=16, buckets=6, seed=3, ranks=1) -> BatchPlan:
    return BatchPlan(durations_s, padded=padded_s, count=utterances, buckets=buckets, seed=seed, ranks=ranks)


def batches_of(turns):
    return [batch for turn in turns for batch in turn]


@pytest.mark.parametrize("ranks", [1, 2, 3, 8])
def test_every_utterance_comes_once_an_epoch(ranks):
    counted = Counter(i for batch in batches_of(plan(ranks=ranks).epoch(0)) for i in batch)
    assert counted == Counter(range(len(DURATIONS_S)))


@pytest.mark.parametrize("ranks", [2, 3, 8])
def test_processes_get_equally_many_batches_and_share_no_utterance(ranks):
    turns = plan(ranks=ranks).epoch(4)
    assert {len(turn) for turn in turns} == {ranks}
    heard = [{i for turn in turns for i in turn[rank]} for rank in range(ranks)]
    assert sum(map(len, heard)) == len(set.union(*heard))


@pytest.mark.parametrize("padded_s, utterances", [(12.0, 16), (30.0, 16), (200.0, 5)])
def test_no_batch_is_over_its_budget(padded_s, utterances):
    for batch in batches_of(plan(padded_s=padded_s, utterances=utterances).epoch(1)):
        assert len(batch) <= utterances
        assert len(batch) * max(DURATIONS_S[i] for i in batch) <= padded_s


def test_buckets_keep_padding_low():
    batches = batches_of(plan(utterances=999).epoch(0))
    padded_s = sum(len(batch) * max(DURATIONS_S[i] for i in batch) for batch in batches)
    assert padded_s / sum(DURATIONS_S) < 1.25
    assert padded_s / len(batches) > 0.7 * 30.0, "batches are mostly full"


def test_one_seed_gives_one_order_and_another_another():
    first, again, other = (list(islice(TrainingOrder(plan(seed=seed)), 200)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


@pytest.mark.parametrize("ranks", [1, 3])
def test_first_epochs_may_go_from_short_to_long(ranks):
    settings = {"padded": 30.0, "count": 16, "buckets": 6, "seed": 3, "ranks": ranks}
    short_first = BatchPlan(DURATIONS_S, **settings, short_first_epochs=1)
    batches = batches_of(short_first.epoch(0))
    longest_s = [max(DURATIONS_S[i] for i in batch) for batch in batches]
    assert longest_s == sorted(longest_s)
    assert Counter(i for batch in batches for i in batch) == Counter(range(len(DURATIONS_S)))
    assert short_first.epoch(1) == plan(ranks=ranks).epoch(1)


def test_epochs_differ():
    assert plan().epoch(0) != plan().epoch(1)


@pytest.mark.parametrize("ranks", [1, 3])
@pytest.mark.parametrize("start", [0, 1, 40, 97, 300])
def test_a_resumed_order_is_the_rest_of_the_whole_one(start, ranks):
    rank = ranks - 1
    whole = list(islice(TrainingOrder(plan(ranks=ranks), rank=rank), start + 25))
    resumed = list(islice(TrainingOrder(plan(ranks=ranks), rank=rank, start=start), 25))
    assert resumed == whole[start:]


def test_an_utterance_longer_than_the_budget_is_refused():
    with pytest.raises(ConfigError):
        plan([1.0, 31.0])


def test_fewer_utterances_than_processes_are_refused():
    with pytest.raises(EmptySplit):
        plan([1.0, 2.0], ranks=3)


def test_as_many_utterances_as_processes_are_enough():
    assert sorted(i for (i,) in plan([1.0, 2.0, 3.0], ranks=3).epoch(0)[0]) == [0, 1, 2]


def test_collate_pads_and_keeps_the_true_lengths():
    clips = [(np.ones(5, np.float32), [4, 2], 11), (np.ones(3, np.float32), [7], 12)]
    batch = collate(clips)
    assert batch.samples_BT.tolist() == [[1] * 5, [1, 1, 1, 0, 0]]
    assert batch.samples_B.tolist() == [5, 3]
    assert batch.pieces_BU.tolist() == [[4, 2], [7, 0]]
    assert batch.pieces_B.tolist() == [2, 1]
    assert batch.index_B.tolist() == [11, 12]
