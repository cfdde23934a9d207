"""Pairs to batches: bytes and ends, which of them are no copies, and short ones first."""

from __future__ import annotations

import random
from functools import cache
from itertools import islice

import pytest

from data.errors import EmptySplit
from data.pairs.reader import Pair, PairLink
from models.normalizer.batches import IGNORED, GrowingOrder, PairBytes, collate, edited_bytes
from models.normalizer.tokenizer import decode, encode
from models.training.order import Pick


def pair(spoken: str, written: str, links: tuple[tuple[int, int, int, int], ...] = ()) -> Pair:
    made = tuple(PairLink((a, b), (c, d), "CARDINAL") for a, b, c, d in links)
    return Pair(id="p", spoken=spoken, written=written, links=made, kind="running", source="1")


EDITS = [
    ("xin chào anh", "Xin chào anh.", (), "x...........x", "a capital and a full stop"),
    ("năm nay", "Năm nay", (), "x......", "ă is two bytes, and both are copied"),
    ("có hai mươi con", "Có 20 con", ((3, 5, 3, 11),), "x..xx....", "inside a link all is new, after it copying goes on"),
    ("hai con", "2 con", ((0, 1, 0, 3),), "x....", "a link at the beginning"),
    ("anh thấy hai", "Anh, thấy 2", ((10, 11, 9, 12),), "x..x......x", "a comma does not move what follows"),
]


@pytest.mark.parametrize(("spoken", "written", "links", "marks", "why"), EDITS)
def test_bytes_that_are_no_copies_are_known(spoken, written, links, marks, why):
    found = edited_bytes(pair(spoken, written, links))
    assert len(found) == len(written.encode())
    first_bytes = [len(written[:place].encode()) for place in range(len(written))]
    assert [found[at] for at in first_bytes] == [int(mark != ".") for mark in marks], why


def test_dashes_and_quotes_leave_the_rest_a_copy():
    written = "“Anh” – em!"
    found = edited_bytes(pair("anh em", written))
    letters = {letter: found[len(written[: written.index(letter)].encode())] for letter in "nhem“”–!A"}
    assert letters == dict.fromkeys("nhem", 0) | dict.fromkeys("“”–!A", 1)


def test_a_batch_holds_what_the_pairs_say():
    pairs = [pair("một hai", "1 2", ((0, 1, 0, 3), (2, 3, 4, 7))), pair("chào", "Chào!")]
    batch = collate([PairBytes(pairs, max_bytes=99)[Pick(index, 0)] for index in (1, 0)])
    assert batch.index_B.tolist() == [1, 0]
    for row, one in enumerate(reversed(pairs)):
        real = batch.mask_BS[row].bool()
        assert batch.source_BS[row][real].tolist() == encode(one.spoken)
        target = batch.target_BT[row][batch.target_BT[row] != IGNORED].tolist()
        assert target == encode(one.written)
        assert decode(target) == one.written
    assert batch.edited_BT.tolist() == [[True, *[False] * 4, True, True], [True, False, True, True, *[False] * 3]]
    assert batch.bytes == sum(len(one.spoken.encode()) + len(one.written.encode()) for one in pairs)


def test_pairs_that_are_too_long_are_left_out_and_counted():
    pairs = [pair("a" * size, "b") for size in (3, 9, 5)] + [pair("a", "b" * 9)]
    found = PairBytes(pairs, max_bytes=5)
    assert (len(found), found.left_out) == (2, 2)
    assert found.lengths_P.tolist() == [4, 6]
    with pytest.raises(EmptySplit):
        PairBytes(pairs[1:2], max_bytes=5)


@cache
def lengths(count: int = 600):
    rng = random.Random(3)
    return PairBytes([pair("a" * rng.randint(5, 100), "b") for _ in range(count)], max_bytes=100).lengths_P


def order(*, start: int = 0, rank: int = 0, ranks: int = 1, batches: int = 40) -> GrowingOrder:
    plan = {"padded": 400, "count": 16, "buckets": 4, "seed": 1, "ranks": ranks}
    return GrowingOrder(lengths(), short=20, batches=batches, rank=rank, start=start, **plan)


def test_the_longest_pair_grows_until_all_take_part():
    longest = [max(int(lengths()[pick.index]) for pick in batch) for batch in islice(order(), 400)]
    assert max(longest[:5]) <= 20
    assert max(longest[:20]) <= 60 < max(longest[:40]) <= 101
    every = {pick.index for batch in islice(order(), 40, 400) for pick in batch}
    assert every == set(range(600))


def test_no_batch_is_over_its_budget():
    for batch in islice(order(), 200):
        assert len(batch) <= 16
        assert len(batch) * max(lengths()[pick.index] for pick in batch) <= 400


@pytest.mark.parametrize("ranks", [1, 3])
@pytest.mark.parametrize("start", [0, 1, 7, 40, 41, 170])
def test_a_resumed_order_is_the_rest_of_the_whole_one(start, ranks):
    rank = ranks - 1
    whole = list(islice(order(rank=rank, ranks=ranks), start + 20))
    assert list(islice(order(start=start, rank=rank, ranks=ranks), 20)) == whole[start:]


def test_processes_share_no_pair_of_a_turn():
    for one, other in zip(islice(order(ranks=2), 60), islice(order(rank=1, ranks=2), 60), strict=True):
        assert not {pick.index for pick in one} & {pick.index for pick in other}


def test_where_nothing_is_short_the_shortest_begin():
    plan = {"padded": 400, "count": 4, "buckets": 2, "seed": 1}
    first = next(iter(GrowingOrder(lengths(), short=1, batches=8, **plan)))
    assert max(lengths()[pick.index] for pick in first) <= sorted(lengths())[4]


def test_without_short_steps_all_take_part_at_once():
    assert max(int(lengths()[pick.index]) for batch in islice(order(batches=0), 60) for pick in batch) > 95
