"""Another model for a search that goes on: what is copied, when it is refused, and the way back."""

import asyncio
from dataclasses import replace

import pytest

from data.errors import BrokenPackage, ForeignSpace, GateRefused, UnknownSpace
from serving.adapters.memory_index import MemoryIndex
from serving.search.filters import Filter
from serving.search.fusion import WORDS_ONLY, Fusion
from serving.search.hybrid import Hybrid
from serving.search.index_transcripts import TranscriptIndexer, points_of
from serving.search.reindex import Golden, Reindex, ReindexPolicy, back, finish
from serving.search.spaces import Spaces, space_of
from serving.search.state import StateFile
from tests.live_search import POLICY, TRANSCRIPTS, golden, heard
from tests.syllable_embedder import SyllableEmbedder

OLD, NEW = SyllableEmbedder("1", dim=32), SyllableEmbedder("2", dim=48)


class Search:
    def __init__(self, folder, index):
        self.folder, self.index, self.file = folder, index, StateFile(folder / "search.json")
        self.spaces = Spaces(index, self.file, self.find)
        self.indexer = TranscriptIndexer(self.spaces, POLICY)

    @staticmethod
    def find(space):
        for embedder in (OLD, NEW):
            if space_of(embedder).fingerprint == space.fingerprint:
                return embedder
        raise ForeignSpace("nobody has it")

    async def fill(self, count=TRANSCRIPTS):
        await self.spaces.open(OLD)
        for number in range(count):
            await self.indexer.index(heard(number, 1))

    async def held(self, space):
        return {
            point.id: (point.payload.text, point.payload.fingerprint, len(point.dense))
            for tenant in ("an", "bình")
            async for point in points_of(self.index, space, Filter(tenant=tenant))
        }

    def reindex(self, embedder=NEW, asked=None, **policy):
        return Reindex(self.spaces, embedder, asked or golden(), self.folder, policy=ReindexPolicy(batch=8, **policy))


@pytest.fixture
def search(tmp_path):
    return Search(tmp_path, MemoryIndex())


def test_the_new_space_holds_what_the_old_one_held_with_vectors_of_its_own(search):
    async def run():
        await search.fill()
        report = await search.reindex().run()
        state = search.spaces.state
        old, new = await search.held(state.previous), await search.held(state.serving)
        assert {id_: text for id_, (text, *_) in old.items()} == {id_: text for id_, (text, *_) in new.items()}
        assert {(fingerprint, dim) for _, fingerprint, dim in new.values()} == {(space_of(NEW).fingerprint, 48)}
        assert (report.old, report.overlap, state.building) == (report.new, 1.0, None)
        assert report.new["ndcg@10"] == 1.0
        hits = await Hybrid(search.index).search(search.spaces.served(), "mã7 số7", Filter(tenant="bình"), 3)
        assert hits[0].payload.transcript_id == "t7"
        assert hits[0].payload.fingerprint == space_of(NEW).fingerprint

    asyncio.run(run())


def test_what_is_written_on_the_way_is_in_both(search):
    async def run():
        await search.fill()
        moving = asyncio.create_task(search.reindex().run())
        for number in range(0, TRANSCRIPTS, 3):
            await search.indexer.index(heard(number, 2))
            await asyncio.sleep(0.001)
        await search.indexer.index(heard(TRANSCRIPTS + 1, 1))
        await search.indexer.remove(Filter(tenant="bình", transcripts=("t1",)))
        await moving
        state = search.spaces.state
        old, new = await search.held(state.previous), await search.held(state.serving)
        assert {id_: text for id_, (text, *_) in old.items()} == {id_: text for id_, (text, *_) in new.items()}

    asyncio.run(run())


def test_back_is_one_step_and_loses_nothing_that_was_written_since(search):
    async def run():
        await search.fill(20)
        await search.reindex().run()
        await search.indexer.index(heard(3, 2))
        served = await back(search.spaces)
        assert served.fingerprint == search.spaces.state.serving.fingerprint == space_of(OLD).fingerprint
        old, new = await search.held(served), await search.held(search.spaces.state.previous)
        assert {id_: text for id_, (text, *_) in old.items()} == {id_: text for id_, (text, *_) in new.items()}
        assert {point.payload.transcript_version async for point in _of(search, served, "t3")} == {2}
        await search.reindex().run()
        assert search.spaces.state.serving.fingerprint == space_of(NEW).fingerprint

    asyncio.run(run())


def _of(search, space, transcript):
    return points_of(search.index, space, Filter(tenant="bình", transcripts=(transcript,)))


def test_what_is_let_go_is_gone(search):
    async def run():
        await search.fill(10)
        with pytest.raises(UnknownSpace):
            await back(search.spaces)
        await search.reindex().run()
        await finish(search.spaces)
        assert [space.fingerprint for space in await search.index.spaces()] == [space_of(NEW).fingerprint]
        with pytest.raises(UnknownSpace):
            await back(search.spaces)

    asyncio.run(run())


def test_a_space_that_finds_less_is_not_served(search):
    """The old model knows what no word says; the new one does not."""

    class Knowing(SyllableEmbedder):
        def embed(self, texts, kind):
            return super().embed([text.replace("con hổ", "mã4 số4") for text in texts], kind)

    knowing = Knowing("1", dim=32)
    search.find = search.spaces._find = lambda space: knowing

    async def run():
        await search.spaces.open(knowing, fusion=Fusion(dense=1.0))
        for number in range(20):
            await search.indexer.index(heard(number, 1))
        asked = Golden(tenant="an", queries={"q": "con hổ"}, qrels={"q": {"t4": 1.0}})
        before = search.spaces.state
        with pytest.raises(GateRefused, match=r"ndcg@10 .* after 1\.0000"):
            await search.reindex(asked=asked).run()
        assert search.spaces.state == before
        assert [space.fingerprint for space in await search.index.spaces()] == [before.serving.fingerprint]

    asyncio.run(run())


@pytest.mark.parametrize("asked", [golden(), Golden(tenant="", queries={}, qrels={})])
def test_a_space_of_outdated_rules_is_made_anew_from_its_texts(search, asked):
    """No query can be put to it, so there is nothing to compare with, and no way back."""

    async def run():
        await search.fill(20)
        fresh = search.spaces.state
        wanted = await search.held(fresh.serving)
        old = replace(fresh.serving, terms_version=fresh.serving.terms_version - 1, name="passages-old")
        points = [
            point for tenant in ("an", "bình") async for point in points_of(search.index, fresh.serving, Filter(tenant=tenant))
        ]
        await search.index.create(old)
        await search.index.upsert(
            old, [replace(point, payload=replace(point.payload, fingerprint=old.fingerprint)) for point in points]
        )
        search.file.write(replace(fresh, serving=old))
        await search.index.drop(fresh.serving.name)
        again = Search(search.folder, search.index)
        await again.spaces.open(OLD)
        with pytest.raises(ForeignSpace):
            again.spaces.served()
        report = await again.reindex(OLD, asked=asked).run()
        assert report is not None
        assert (report.old, report.overlap) == ({}, None)
        assert report.new == ({"ndcg@10": 1.0, "recall@10": 1.0, "mrr": 1.0} if asked.queries else {})
        state = again.spaces.state
        assert (state.serving.fingerprint, state.previous, state.building) == (space_of(OLD).fingerprint, None, None)
        assert await again.held(state.serving) == wanted
        assert [space.name for space in await search.index.spaces()] == [state.serving.name]

    asyncio.run(run())


def test_the_space_that_is_served_already_is_left_alone(search):
    async def run():
        await search.fill(5)
        before = search.spaces.state
        assert await search.reindex(OLD).run() is None
        assert search.spaces.state == before

    asyncio.run(run())


def test_a_copy_that_was_stopped_goes_on_behind_what_it_had(search):
    async def run():
        await search.fill()
        first = search.reindex()
        moving = asyncio.create_task(first.run())
        while not (search.folder / "reindex.json").exists():
            await asyncio.sleep(0)
        for _ in range(3):
            await asyncio.sleep(0.01)
        moving.cancel()
        await asyncio.gather(moving, return_exceptions=True)
        done = len(await search.held(space_of(NEW)))
        total = len(await search.held(search.spaces.state.serving))
        if search.spaces.state.building is None:
            pytest.fail("it was done before it could be stopped")
        before = NEW.embedded
        await search.reindex().run()
        assert 0 < done < total
        assert total - done <= NEW.embedded - before < total + len(golden().queries) * 3

    asyncio.run(run())


def test_an_embedder_brings_its_weight_until_one_is_fitted(search):
    async def run():
        await search.fill(1)
        weighed = SyllableEmbedder("3", dim=32)
        weighed.fusion = {"dense": 0.3, "bare": 0.1}
        space = replace(space_of(weighed), name="weighed")
        search.spaces.keep(space, weighed)
        assert search.spaces.served().fusion == WORDS_ONLY
        assert search.spaces.served(space).fusion == Fusion(dense=0.3, bare=0.1)
        search.spaces.write(replace(search.spaces.state, fusions={space.fingerprint: Fusion(dense=0.6)}))
        assert search.spaces.served(space).fusion == Fusion(dense=0.6)

    asyncio.run(run())


@pytest.mark.parametrize("wrong", [{"dense": 2}, {"weight": 0.5}])
def test_an_embedder_with_an_impossible_weight_is_not_taken(search, wrong):
    broken = SyllableEmbedder("3", dim=32)
    broken.fusion = wrong
    with pytest.raises(BrokenPackage):
        search.spaces.keep(space_of(broken), broken)
