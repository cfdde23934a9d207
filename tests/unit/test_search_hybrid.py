"""A query against a space: which words match which, what is asked of the index, where a hit is heard."""

import asyncio
import unicodedata
from dataclasses import replace

import pytest

from data.errors import EmptyText, ForeignSpace
from data.schema import Word
from serving.adapters.memory_index import MemoryIndex
from serving.search.filters import Filter
from serving.search.fusion import WORDS_ONLY, Fusion
from serving.search.hybrid import Hybrid, Mode, Served
from serving.search.points import Payload, Point
from serving.search.spaces import space_of
from serving.search.sparse import Bm25
from tests.syllable_embedder import SyllableEmbedder

PASSAGES = {
    "a": "tôi bán xe đạp ở chợ Hòa Bình.",
    "b": "bạn của tôi đi xe máy.",
    "c": "Cuộc họp ngày 24/7 bàn về ngân sách.",
    "d": "hai mươi tư tháng bảy là ngày nghỉ",
    "e": "trường đại học mở cửa; trưởng khoa đến sớm",
    "f": "mùa xuân hoa nở",
}


class Watched(MemoryIndex):
    """Counts what is asked of the index."""

    def __init__(self):
        super().__init__()
        self.searches, self.read_ids = [], []

    async def search(self, space, queries, where, limit):
        self.searches.append([query.name for query in queries])
        return await super().search(space, queries, where, limit)

    async def read(self, space, ids, where):
        self.read_ids += ids
        return await super().read(space, ids, where)


@pytest.fixture
def asking():
    index, embedder, lexicon = Watched(), SyllableEmbedder(), Bm25()
    space = space_of(embedder)

    async def fill():
        await index.create(space)
        points = []
        for name, text in PASSAGES.items():
            words = tuple(
                Word(text=word, start_s=float(n), end_s=n + 0.8, confidence=0.9) for n, word in enumerate(text.split(), 10)
            )
            accented, folded = lexicon.passage(text)
            payload = Payload(
                tenant="nobody" if name == "f" else "public",
                recording_id=f"rec-{name}",
                transcript_id=name,
                transcript_version=1,
                passage=0,
                start_s=10.0,
                end_s=words[-1].end_s,
                confidence=0.9,
                text=text,
                fingerprint=space.fingerprint,
                words=words,
                lineage={"model_name": "asr-vi"},
            )
            dense = embedder.embed([text], "passage")[0]
            points.append(Point(dense=dense, accented=accented, folded=folded, payload=payload))
        await index.upsert(space, points)

    asyncio.run(fill())

    def ask(text, *, fusion=WORDS_ONLY, tenant="public", limit=10, mode: Mode = "hybrid", space=space):
        served = Served(space=space, embedder=embedder, fusion=fusion)
        return asyncio.run(Hybrid(index, lexicon).search(served, text, Filter(tenant=tenant), limit, mode))

    ask.index, ask.embedder = index, embedder
    return ask


def found(hits):
    return {hit.payload.transcript_id for hit in hits}


MATCHES = [
    ("bán", {"a"}, "an accented word matches itself alone"),
    ("bạn", {"b"}, "and not bán or bàn"),
    ("ban", {"a", "b", "c"}, "typed without accents it matches all of them"),
    ("hoà bình", {"a"}, "either tone placement"),
    ("hòa bình", {"a"}, "either tone placement"),
    ("HOA BINH", {"a"}, "capitals, and no accents; the flowers are another tenant's"),
    ("24/7", {"c", "d"}, "a date finds the one that is spoken"),
    ("hai mươi tư tháng bảy", {"c", "d"}, "and the spoken one that is written"),
    ("trường", {"e"}, "accented"),
    ("hải", set(), "no word of that tone is there"),
]


@pytest.mark.parametrize(("query", "expected", "why"), MATCHES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_query_finds_what_it_says(asking, query, expected, why, form):
    hits = found(asking(unicodedata.normalize(form, query)))
    assert (hits == expected) if not query[0].isdigit() and "mươi" not in query else expected <= hits, why


@pytest.mark.parametrize("nothing", ["", "   ", "?!", "\u200b", "🎉"])
def test_a_query_without_a_word_is_refused(asking, nothing):
    with pytest.raises(EmptyText):
        asking(nothing)


@pytest.mark.parametrize(
    ("fusion", "mode", "asked"),
    [
        (Fusion(dense=0.5), "hybrid", ["accented", "dense"]),
        (WORDS_ONLY, "hybrid", ["accented"]),
        (Fusion(dense=0.5), "lexical", ["accented"]),
        (WORDS_ONLY, "dense", ["dense"]),
    ],
)
def test_the_index_is_asked_once_and_only_for_what_counts(asking, fusion, mode, asked):
    before = asking.embedder.embedded
    asking("bán xe đạp", fusion=fusion, mode=mode)
    assert asking.index.searches == [asked]
    assert asking.embedder.embedded - before == ("dense" in asked)


def test_only_hits_that_are_shown_are_read(asking):
    assert len(asking("xe", limit=1)) == len(asking.index.read_ids) == 1


def test_a_hit_that_shares_no_word_needs_the_floor(asking):
    near = Fusion(dense=0.9, floor=-1.0)
    assert len(asking("xe máy của tôi", fusion=near)) == 5
    assert found(asking("xe máy của tôi", fusion=Fusion(dense=0.9, floor=0.99))) == {"a", "b"}


def test_no_mode_shows_another_tenant(asking):
    for mode in ("hybrid", "lexical", "dense"):
        assert "f" not in found(asking("mùa xuân hoa nở", fusion=Fusion(dense=0.5), mode=mode))
        assert found(asking("mùa xuân hoa nở", fusion=Fusion(dense=0.5), mode=mode, tenant="nobody")) == {"f"}


def test_a_space_of_another_model_is_refused(asking):
    foreign = replace(space_of(SyllableEmbedder(version="2")), name=space_of(SyllableEmbedder()).name)
    with pytest.raises(ForeignSpace):
        asking("xe", space=foreign)


def marked(hit):
    return [(hit.payload.text[mark.start : mark.end], mark.start_s, mark.end_s) for mark in hit.highlights]


def test_highlights_say_where_the_words_stand_and_sound(asking):
    (hit,) = asking("chợ hoà bình")
    assert marked(hit) == [("chợ Hòa Bình", 15.0, 17.8)]
    assert (hit.payload.recording_id, hit.payload.start_s, hit.payload.lineage["model_name"]) == ("rec-a", 10.0, "asr-vi")


def test_an_accented_query_marks_no_other_accents(asking):
    assert marked(asking("trường học")[0]) == [("trường", 10.0, 10.8), ("học", 12.0, 12.8)]
    assert marked(asking("truong")[0]) == [("trường", 10.0, 10.8), ("trưởng", 15.0, 15.8)]


def test_a_number_is_marked_however_it_is_said(asking):
    marks = {hit.payload.transcript_id: marked(hit) for hit in asking("24/7")}
    assert marks["c"] == [("24/7", 13.0, 13.8)]
    assert ("hai mươi tư tháng bảy", 10.0, 14.8) in marks["d"]
