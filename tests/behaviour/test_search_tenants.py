"""A tenant sees and changes what is its own, whatever it asks, filters by, names or writes."""

from __future__ import annotations

import asyncio
import warnings
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import AsyncQdrantClient

from data.errors import BadParameter
from serving.adapters.memory_index import MemoryIndex
from serving.adapters.qdrant_edge_index import QdrantEdgeIndex
from serving.adapters.qdrant_server_index import QdrantServerIndex
from serving.search.filters import parse
from serving.search.points import VectorQuery
from tests.search_points import BM25, SPACE, TEXTS, point, same, unit

THEIRS = [point("b", transcript, at, speaker="lan", recorded_at_s=5.0) for transcript in ("x", "y") for at in range(3)]
THEIR_IDS = sorted(one.id for one in THEIRS)
WORDS = st.text(max_size=20) | st.sampled_from(
    [*TEXTS, *THEIR_IDS, "b", "tenant", '{"tenant": "b"}', "a\x00b", "*", "b' OR '1"]
)
NAMES = st.sampled_from(["recording_id", "transcript_id", "speaker", "min_confidence", "recorded_from_s", "tenant", "must_not"])
PARAMETERS = st.dictionaries(
    NAMES | st.text(max_size=8), st.lists(WORDS | st.sampled_from(["x", "r-x", "lan", "0", "-1e308"]), max_size=3), max_size=3
)
TENANTS = st.sampled_from(["a", "B", "b ", " b", "b\x00", "ｂ", "b/", "[b]"]) | st.text(min_size=1, max_size=6)
OTHERS = TENANTS.filter(lambda tenant: tenant != "b")


@pytest.fixture(scope="module", params=["memory", "edge", "client"])
def index(request, tmp_path_factory):
    with asyncio.Runner() as runner, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = {
            "memory": MemoryIndex,
            "edge": lambda: QdrantEdgeIndex(tmp_path_factory.mktemp("index"), reserve_bytes=0),
            "client": lambda: QdrantServerIndex(AsyncQdrantClient(":memory:")),
        }[request.param]()
        runner.run(made.create(SPACE))
        runner.run(made.upsert(SPACE, THEIRS))
        yield runner, made
        runner.run(made.close())


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(OTHERS, WORDS, PARAMETERS, st.lists(WORDS, max_size=4), WORDS, st.integers(0, 3))
def test_nothing_that_a_tenant_does_shows_or_changes_anothers_point(index, tenant, text, parameters, ids, transcript, at):
    runner, made = index

    async def attack() -> None:
        try:
            where = parse(tenant, parameters)
        except BadParameter:
            where = parse(tenant, {})
        accented, folded = BM25.query(text)
        asked = [VectorQuery("dense", THEIRS[0].dense), VectorQuery("accented", accented), VectorQuery("folded", folded)]
        mine = point(tenant, transcript, at, text=text, speaker="lan")
        await made.upsert(SPACE, [mine])
        for found in await made.search(SPACE, asked, where, 100):
            assert {scored.id for scored in found} <= {mine.id}
        assert {one.id for one in await made.read(SPACE, [*ids, *THEIR_IDS], where)} <= {mine.id}
        for after in (None, "00000000-0000-0000-0000-000000000000", *ids):
            try:
                page = await made.scroll(SPACE, where, after, 100)
            except BadParameter:
                continue
            assert {one.id for one in page} <= {mine.id}
        assert await made.count(SPACE, where) <= 1
        await made.delete(SPACE, where)
        await made.delete(SPACE, parse(tenant, {}))

    runner.run(attack())
    there = runner.run(made.read(SPACE, THEIR_IDS, parse("b", {})))
    assert len(there) == len(THEIRS)
    assert all(same(one, other) for one, other in zip(there, sorted(THEIRS, key=lambda one: one.id), strict=True))


def test_a_point_that_names_another_tenant_gets_another_id():
    mine = point("a", "x", 0)
    assert replace(mine, payload=replace(mine.payload, tenant="b")).id == THEIRS[0].id != mine.id
    assert np.array_equal(unit(0), mine.dense)
