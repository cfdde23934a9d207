"""Transcripts into the search: twice is once, newer replaces older, and each letter keeps its time."""

import asyncio

import pytest

from data.errors import BadParameter, BrokenIndex
from data.schema import Word
from serving.adapters.memory_index import MemoryIndex
from serving.search.atoms import Heard, WrittenForm
from serving.search.filters import Filter
from serving.search.highlight import word_places
from serving.search.hybrid import Hybrid
from serving.search.index_transcripts import TranscriptIndexer, payloads_of, points_of
from serving.search.passages import PassagePolicy
from serving.search.spaces import Spaces
from serving.search.state import StateFile
from tests.syllable_embedder import SyllableEmbedder

POLICY = PassagePolicy(max_words=8, overlap_words=2)


def heard(text, *, version=1, transcript="t1", tenant="public", written=None, speakers=()):
    words = tuple(Word(text=word, start_s=0.5 * n, end_s=0.5 * n + 0.4, confidence=0.9) for n, word in enumerate(text.split()))
    return Heard(
        tenant=tenant,
        recording_id=f"rec-{transcript}",
        transcript_id=transcript,
        version=version,
        words=words,
        written=written,
        speakers=speakers,
    )


@pytest.fixture
def search(tmp_path):
    class Search:
        def __init__(self):
            self.index, self.embedder = MemoryIndex(), SyllableEmbedder()
            self.spaces = Spaces(self.index, StateFile(tmp_path / "search.json"), lambda space: self.embedder)
            asyncio.run(self.spaces.open(self.embedder))
            self.indexer = TranscriptIndexer(self.spaces, POLICY)

        def write(self, *args, policy=POLICY, **kwargs):
            return asyncio.run(TranscriptIndexer(self.spaces, policy).index(heard(*args, **kwargs)))

        def held(self, tenant="public"):
            async def read():
                return [p async for p in points_of(self.index, self.spaces.state.serving, Filter(tenant=tenant))]

            return {point.id: point.payload.text for point in asyncio.run(read())}

        def ask(self, text, tenant="public"):
            hits = asyncio.run(Hybrid(self.index).search(self.spaces.served(), text, Filter(tenant=tenant), 10))
            return {hit.payload.transcript_id for hit in hits}

    return Search()


LONG = " ".join(f"từ{n}" for n in range(30))


def test_the_same_version_twice_is_once(search):
    first = search.write(LONG)
    before = search.held()
    assert search.write(LONG) == first
    assert search.held() == before
    assert first.outcome == "written"
    assert len(before) == first.passages > 2


def test_a_newer_version_takes_the_place_of_the_older(search):
    search.write(LONG)
    search.write("xin chào các bạn", version=2)
    assert list(search.held().values()) == ["xin chào các bạn"]
    assert search.ask("từ3") == set()


class Overtaken(MemoryIndex):
    """A transcript is replaced between what a query searches and what it reads, so many times."""

    def __init__(self, search, times):
        super().__init__()
        self._search, self._left = search, times

    async def read(self, space, ids, where):
        if self._left:
            self._left -= 1
            version = 2 + max([p.payload.transcript_version async for p in points_of(self, space, where)])
            await TranscriptIndexer(self._search.spaces, POLICY).index(heard(f"từ1 của bản {version}", version=version))
        return await super().read(space, ids, where)


@pytest.mark.parametrize(("times", "hits"), [(0, {"t1"}), (1, {"t1"}), (3, {"t1"}), (4, set())])
def test_a_query_does_not_miss_what_is_replaced_meanwhile(search, tmp_path, times, hits):
    search.index = Overtaken(search, times)
    search.spaces = Spaces(search.index, StateFile(tmp_path / "another.json"), lambda space: search.embedder)
    asyncio.run(search.spaces.open(search.embedder))
    search.write(LONG)
    assert search.ask("từ1") == hits


def test_a_query_shows_one_version_of_a_transcript(search, tmp_path):
    search.write(LONG)
    old, space = search.held(), search.spaces.state.serving
    payloads = payloads_of(heard(LONG, version=2), POLICY, recorded_at_s=None, lineage={})
    asyncio.run(search.index.upsert(space, asyncio.run(search.spaces.points(space, payloads))))
    assert len(search.held()) == 2 * len(old)
    hits = asyncio.run(Hybrid(search.index).search(search.spaces.served(), "từ1", Filter(tenant="public"), 10))
    assert {hit.payload.transcript_version for hit in hits} == {2}


def test_a_version_that_comes_late_changes_nothing(search):
    search.write("xin chào các bạn", version=2)
    assert search.write(LONG, version=1).outcome == "stale"
    assert list(search.held().values()) == ["xin chào các bạn"]


def test_another_policy_leaves_no_passage_of_the_first(search):
    search.write(LONG)
    search.write(LONG, policy=PassagePolicy())
    assert list(search.held().values()) == [LONG]


def test_a_version_that_says_nothing_removes_what_was_said(search):
    search.write(LONG)
    assert search.write("", version=2).passages == 0
    assert search.held() == {}


def test_transcripts_and_tenants_do_not_touch_each_other(search):
    for tenant in ("public", "other"):
        search.write("xin chào các bạn", tenant=tenant)
    search.write("tạm biệt các bạn", transcript="t2")
    search.write("hẹn gặp lại", version=2)
    assert search.ask("chào") == set()
    assert search.ask("chào", tenant="other") == {"t1"}
    assert search.ask("biệt") == {"t2"}
    assert search.spaces.state.tenants == ("other", "public")


def test_erasing_reaches_what_the_filter_says(search):
    search.write("xin chào các bạn")
    search.write("tạm biệt các bạn", transcript="t2")
    assert asyncio.run(search.indexer.remove(Filter(tenant="public", transcripts=("t1",)))) == 1
    assert search.ask("các bạn") == {"t2"}


def test_each_shown_word_keeps_its_characters_and_its_time():
    spans = [
        ((0, 4), (0, 4)),
        ((4, 5), (4, 5)),
        ((5, 26), (5, 9)),
        ((26, 26), (9, 10)),
        ((26, 27), (10, 11)),
        ((27, 30), (11, 15)),
    ]
    written = WrittenForm(text="Ngày 24/7, họp.", spans=tuple(spans))
    spoken = heard("ngày hai mươi tư tháng bảy họp", written=written)
    (payload,) = payloads_of(spoken, PassagePolicy(), recorded_at_s=5.0, lineage={"model_name": "asr-vi"})
    assert payload.text == "Ngày 24/7, họp."
    assert [payload.text[start:end] for start, end in word_places(payload)] == payload.text.split()
    assert [(word.start_s, word.end_s) for word in payload.words] == [(0.0, 0.4), (0.5, 2.9), (3.0, 3.4)]
    assert (payload.recorded_at_s, payload.lineage) == (5.0, {"model_name": "asr-vi"})


def test_a_transcript_that_contradicts_itself_writes_nothing(search):
    with pytest.raises(BadParameter):
        search.write("xin chào", speakers=("a",))
    assert search.held() == {}


def test_a_state_that_names_a_space_that_is_gone_is_no_empty_search(search):
    asyncio.run(search.index.drop(search.spaces.state.serving.name))
    with pytest.raises(BrokenIndex):
        asyncio.run(search.spaces.open(search.embedder))
