"""A service whose points were made by older rules for terms makes them anew when it starts, and answers only then."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from data.errors import ForeignSpace
from data.schema import Word
from models.package import open_package
from serving.search import spaces
from serving.search.atoms import Heard
from serving.search.bootstrap import open_search
from serving.search.filters import Filter
from serving.search.index_transcripts import TranscriptIndexer
from serving.search.settings import SearchSettings
from serving.search.space import TERMS_VERSION, Space
from tests.in_process import search_client
from tests.tiny_embedder import tiny_packages

TRANSCRIPTS = 150


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return tiny_packages(tmp_path_factory.mktemp("embedder"), 32, 24)


@pytest.fixture
def outdated(packages, tmp_path, monkeypatch):
    """The fingerprint of a space that was filled when the rules for terms were others."""
    monkeypatch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path))

    async def fill() -> str:
        async with open_search(SearchSettings(package=packages[0])) as opened:
            indexer = TranscriptIndexer(opened.spaces)
            for number in range(TRANSCRIPTS):
                said = f"mã{number} số{number} là chợ hòa bình".split()
                words = tuple(Word(text=word, start_s=at, end_s=at + 0.5, confidence=0.9) for at, word in enumerate(said))
                for tenant in ("public", "other"):
                    name = f"{tenant}{number}"
                    await indexer.index(Heard(tenant=tenant, recording_id=name, transcript_id=name, version=1, words=words))
            return opened.spaces.state.serving.fingerprint

    with monkeypatch.context() as past:
        past.setattr(spaces, "Space", partial(Space, terms_version=TERMS_VERSION - 1))
        return asyncio.run(fill())


def held(package):
    """What a search holds while no service runs: its state, and how many points each tenant has in each space."""

    async def look():
        async with open_search(SearchSettings(package=package)) as opened:
            counts = {
                space.fingerprint: [await opened.spaces.index.count(space, Filter(tenant=t)) for t in ("public", "other")]
                for space in await opened.spaces.index.spaces()
            }
            return opened.spaces.state, counts

    return asyncio.run(look())


def test_outdated_points_are_made_anew_when_the_service_starts(packages, outdated):
    async def ask():
        async with open_search(SearchSettings(package=packages[0])) as opened:
            opened.spaces.served()

    with pytest.raises(ForeignSpace):
        asyncio.run(ask())
    for _ in range(2):
        with search_client(packages[0]) as client:
            for query in ("MÃ7", "cho hoa binh mã7", "số7"):
                answer = client.get("/v1/search", params={"q": query, "limit": 1}).json()
                assert [hit["transcript_id"] for hit in answer["hits"]] == ["public7"]
                assert answer["x_space"] != outdated
    state, counts = held(packages[0])
    assert (state.serving.terms_version, state.previous, state.building) == (TERMS_VERSION, None, None)
    assert counts == {state.serving.fingerprint: [TRANSCRIPTS, TRANSCRIPTS]}


def test_they_are_made_by_the_embedder_that_made_them_before_whatever_is_released(packages, outdated):
    with search_client(packages[1]) as client:
        answer = client.get("/v1/search?q=mã7&limit=1").json()
        assert [hit["transcript_id"] for hit in answer["hits"]] == ["public7"]
        assert answer["x_space"] != outdated
    state, counts = held(packages[1])
    assert state.serving.digest == open_package(packages[0]).digest
    assert counts == {state.serving.fingerprint: [TRANSCRIPTS, TRANSCRIPTS]}
