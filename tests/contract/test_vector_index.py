"""What every vector index promises; the one in memory is the reference for what the others find."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from data.errors import (
    BadParameter,
    BadVector,
    ForeignSpace,
    NotFiniteVector,
    NotUtf8,
    SpaceExists,
    UnknownSpace,
    WrongDimension,
)
from serving.adapters.memory_index import MemoryIndex
from serving.search.filters import Filter
from serving.search.points import SparseVector, VectorQuery
from serving.search.space import Space
from tests.search_points import SPACE, TEXTS, point, queries, same, unit

ALL = Filter(tenant="a")
CROWD = [
    point(
        tenant,
        transcript,
        passage,
        seed=100 * at + passage,
        version=1 + passage % 2,
        confidence=passage / 8,
        speaker=[None, "lan", "minh"][passage % 3],
        recorded_at_s=None if transcript == "z" else 1000.0 + 10 * passage,
    )
    for at, (tenant, transcript) in enumerate([("a", "x"), ("a", "y"), ("a", "z"), ("b", "x"), ("b", "w")])
    for passage in range(8)
]
FILTERS = [
    ALL,
    Filter(tenant="b"),
    Filter(tenant="nobody"),
    Filter(tenant="a", recordings=("r-x", "r-w")),
    Filter(tenant="a", transcripts=("y",)),
    Filter(tenant="a", speakers=("lan",)),
    Filter(tenant="a", speakers=("lan", "minh"), min_confidence=0.5),
    Filter(tenant="a", transcript_version=2),
    Filter(tenant="b", recorded_from_s=1020.0, recorded_until_s=1050.0),
    Filter(tenant="a", recorded_from_s=0.0),
    Filter(tenant="a", min_confidence=0.0),
]


@pytest.fixture
def filled(index, loop):
    loop.run(index.create(SPACE))
    loop.run(index.upsert(SPACE, CROWD))
    return index


def test_a_space_is_listed_until_it_is_dropped(index, loop):
    other = replace(SPACE, name="another", version="2")
    assert loop.run(index.spaces()) == []
    for space in (SPACE, other, SPACE):
        loop.run(index.create(space))
    assert loop.run(index.spaces()) == [other, SPACE]
    loop.run(index.drop("another"))
    loop.run(index.drop("another"))
    assert loop.run(index.spaces()) == [SPACE]


def test_what_is_asked_for_at_once_is_done_in_turn(index, loop):
    async def together() -> None:
        await asyncio.gather(*(index.create(SPACE) for _ in range(3)))
        await asyncio.gather(*(index.upsert(SPACE, [point("a", "x", at)]) for at in range(5)))
        drop = asyncio.gather(
            index.drop(SPACE.name), *(index.upsert(SPACE, [point()]) for _ in range(3)), return_exceptions=True
        )
        _, *ended = await drop
        assert all(end is None or isinstance(end, UnknownSpace) for end in ended)
        await index.create(SPACE)
        assert await index.count(SPACE, ALL) == 0

    loop.run(together())


def test_a_name_belongs_to_one_fingerprint(index, loop):
    loop.run(index.create(SPACE))
    with pytest.raises(SpaceExists):
        loop.run(index.create(replace(SPACE, version="2")))
    assert loop.run(index.spaces()) == [SPACE]


def test_a_space_that_is_not_the_stored_one_is_refused_by_every_call(filled, loop):
    for space, error in ((replace(SPACE, version="2"), ForeignSpace), (replace(SPACE, name="nowhere"), UnknownSpace)):
        for call in (
            lambda space: filled.upsert(space, [point(space=space)]),
            lambda space: filled.delete(space, ALL),
            lambda space: filled.search(space, queries("xin chào"), ALL, 3),
            lambda space: filled.read(space, [point().id], ALL),
            lambda space: filled.scroll(space, ALL, None, 3),
            lambda space: filled.count(space, ALL),
        ):
            with pytest.raises(error):
                loop.run(call(space))
    assert loop.run(filled.count(SPACE, ALL)) == 24


def test_a_point_is_read_back_as_it_was_written(filled, loop):
    wanted = [CROWD[5], CROWD[0]]
    found = loop.run(filled.read(SPACE, [p.id for p in wanted], ALL))
    assert len(found) == 2 and all(same(one, other) for one, other in zip(found, wanted, strict=True))


def test_a_point_of_the_same_id_is_replaced(filled, loop):
    changed = replace(
        point("a", "x", 0, text="hoàn toàn khác", seed=7), payload=replace(CROWD[0].payload, text="hoàn toàn khác")
    )
    assert changed.id == CROWD[0].id
    loop.run(filled.upsert(SPACE, [changed]))
    assert loop.run(filled.count(SPACE, ALL)) == 24
    assert same(loop.run(filled.read(SPACE, [changed.id], ALL))[0], changed)
    _, accented, _ = loop.run(filled.search(SPACE, queries("hoàn toàn khác"), ALL, 3))
    assert accented[0].id == changed.id


def test_what_is_found_equals_the_index_in_memory(filled, loop):
    reference = MemoryIndex()
    loop.run(reference.create(SPACE))
    loop.run(reference.upsert(SPACE, CROWD))
    for where in FILTERS:
        for text in ("hoà bình", "cua hang moi", "ngày hai mươi tư tháng bảy", "không-có-gì-như-thế"):
            asked = queries(text, seed=len(text))
            expected = loop.run(reference.search(SPACE, asked, where, 100))
            found = loop.run(filled.search(SPACE, asked, where, 100))
            for mine, theirs in zip(found, expected, strict=True):
                assert {s.id: s.score for s in mine} == pytest.approx({s.id: s.score for s in theirs}, abs=1e-4), where
                assert [s.score for s in mine] == sorted((s.score for s in mine), reverse=True)
        matching = {p.id for p in CROWD if where.matches(p.payload)}
        assert loop.run(filled.count(SPACE, where)) == len(matching)
        assert {p.id for p in loop.run(filled.scroll(SPACE, where, None, 100))} == matching


def test_a_limit_keeps_the_best(filled, loop):
    dense, accented, _ = loop.run(filled.search(SPACE, queries("cửa hàng mới", seed=3), ALL, 2))
    scores = sorted((float(p.dense @ unit(3)) for p in CROWD if p.payload.tenant == "a"), reverse=True)
    assert [s.score for s in dense] == pytest.approx(scores[:2], abs=1e-5)
    assert len(accented) == 2 and all("cửa hàng mới" in p.payload.text for p in CROWD if p.id in {s.id for s in accented})


def test_a_query_without_a_term_finds_nothing_and_leaves_the_others_as_they_are(filled, loop):
    dense, accented, folded = loop.run(filled.search(SPACE, queries("!?"), ALL, 3))
    assert len(dense) == 3 and accented == folded == []


def test_a_passage_without_a_term_is_found_by_its_meaning(filled, loop):
    silent = point("a", "s", text="…", seed=77)
    loop.run(filled.upsert(SPACE, [silent]))
    dense, *_ = loop.run(filled.search(SPACE, queries("xin chào", seed=77), ALL, 1))
    assert dense[0].id == silent.id
    assert same(loop.run(filled.read(SPACE, [silent.id], ALL))[0], silent)


def test_scrolling_meets_every_point_once_in_the_order_of_ids(filled, loop):
    seen, after = [], None
    while page := loop.run(filled.scroll(SPACE, ALL, after, 5)):
        seen += [p.id for p in page]
        after = seen[-1]
    assert seen == sorted(p.id for p in CROWD if p.payload.tenant == "a")
    assert loop.run(filled.scroll(SPACE, ALL, "ffffffff-ffff-ffff-ffff-ffffffffffff", 5)) == []


def test_deleting_takes_what_the_filter_matches_and_no_more(filled, loop):
    where = Filter(tenant="a", transcripts=("x",), transcript_version=1)
    assert loop.run(filled.delete(SPACE, where)) == 4
    assert loop.run(filled.delete(SPACE, where)) == 0
    assert loop.run(filled.count(SPACE, ALL)) == 20
    assert loop.run(filled.count(SPACE, Filter(tenant="b"))) == 16
    gone = {p.id for p in CROWD if where.matches(p.payload)}
    assert not loop.run(filled.read(SPACE, sorted(gone), ALL))
    for found in loop.run(filled.search(SPACE, queries(TEXTS[0]), ALL, 100)):
        assert not gone & {s.id for s in found}


def test_what_was_found_is_found_after_a_flush(filled, loop):
    before = loop.run(filled.search(SPACE, queries("trường học đóng cửa"), ALL, 100))
    loop.run(filled.flush())
    after = loop.run(filled.search(SPACE, queries("trường học đóng cửa"), ALL, 100))
    for one, other in zip(before, after, strict=True):
        assert {s.id: s.score for s in one} == pytest.approx({s.id: s.score for s in other}, abs=1e-5)


BROKEN_POINTS = [
    ({"dense": np.ones(7, np.float32)}, WrongDimension),
    ({"dense": np.full(8, np.nan, np.float32)}, NotFiniteVector),
    ({"accented": SparseVector(np.array([1, 1], np.uint32), np.ones(2, np.float32))}, BadVector),
    ({"folded": SparseVector(np.array([1], np.uint32), np.array([np.inf], np.float32))}, NotFiniteVector),
    ({"payload": replace(point().payload, fingerprint="0" * 16)}, ForeignSpace),
    ({"payload": replace(point().payload, confidence=float("nan"))}, BadParameter),
    ({"payload": replace(point().payload, transcript_version=1 << 63)}, BadParameter),
    ({"payload": replace(point().payload, lineage={"run": "\ud800"})}, NotUtf8),
]
BROKEN_QUERIES = [
    (VectorQuery("dense", np.ones(9, np.float32)), WrongDimension),
    (VectorQuery("dense", np.full(8, np.inf, np.float32)), NotFiniteVector),
    (VectorQuery("accented", np.ones(8, np.float32)), BadVector),
    (VectorQuery("dense", SparseVector(np.array([1], np.uint32), np.ones(1, np.float32))), BadVector),
    (VectorQuery("folded", SparseVector(np.array([1], np.uint32), np.array([np.nan], np.float32))), NotFiniteVector),
]


def test_nothing_is_written_where_one_point_is_broken(index, loop):
    loop.run(index.create(SPACE))
    for broken, error in BROKEN_POINTS:
        with pytest.raises(error):
            loop.run(index.upsert(SPACE, [point("a", "x", 1), replace(point(), **broken)]))
    assert loop.run(index.count(SPACE, ALL)) == 0


def test_a_broken_query_is_refused(filled, loop):
    for query, error in BROKEN_QUERIES:
        with pytest.raises(error):
            loop.run(filled.search(SPACE, [query], ALL, 3))


def test_what_cannot_be_asked_is_refused(filled, loop):
    for call in (
        lambda: filled.search(SPACE, queries("xin"), ALL, 0),
        lambda: filled.scroll(SPACE, ALL, None, 0),
        lambda: filled.scroll(SPACE, ALL, "42", 5),
    ):
        with pytest.raises(BadParameter):
            loop.run(call())


def test_two_spaces_of_one_name_after_another_share_nothing(filled, loop):
    loop.run(filled.drop(SPACE.name))
    other = Space(name=SPACE.name, model="other", version="9", dim=3)
    loop.run(filled.create(other))
    assert loop.run(filled.count(other, ALL)) == 0
    loop.run(filled.upsert(other, [point(space=other)]))
    assert loop.run(filled.count(other, ALL)) == 1
    with pytest.raises(ForeignSpace):
        loop.run(filled.count(SPACE, ALL))
