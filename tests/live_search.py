"""A search that is asked, written and moved to another model all at once, in a process that may be killed at any point.

What it does goes to a log, line by line, so that whoever killed it knows what had been promised.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from data.schema import Word
from serving.adapters.qdrant_edge_index import QdrantEdgeIndex
from serving.search.atoms import Heard
from serving.search.filters import Filter
from serving.search.hybrid import Hybrid
from serving.search.index_transcripts import TranscriptIndexer, payloads_of, points_of
from serving.search.passages import PassagePolicy
from serving.search.points import Point, point_id
from serving.search.reindex import Golden, Reindex, ReindexPolicy, Report
from serving.search.space import Space
from serving.search.spaces import Spaces, space_of
from serving.search.state import StateFile
from tests.syllable_embedder import SyllableEmbedder

POLICY = PassagePolicy(max_words=12, overlap_words=3)
EMBEDDERS = {version: SyllableEmbedder(version, dim=32) for version in ("1", "2")}
TRANSCRIPTS, TENANTS = 60, ("an", "bình")


def text_of(number: int, version: int) -> str:
    """Its first words name the transcript, in every version; the rest is of the version."""
    chance = random.Random(f"{number} {version}")
    rest = " ".join(
        f"{chance.choice('bcdghlmnt')}{chance.choice(['á', 'ạ', 'ôi', 'ưa', 'ên'])}" for _ in range(24 + 3 * version % 9)
    )
    return f"mã{number} số{number} {rest}"


def heard(number: int, version: int) -> Heard:
    words = tuple(
        Word(text=word, start_s=0.5 * at, end_s=0.5 * at + 0.4, confidence=0.9)
        for at, word in enumerate(text_of(number, version).split())
    )
    return Heard(
        tenant=tenant_of(number), recording_id=f"rec{number}", transcript_id=f"t{number}", version=version, words=words
    )


def tenant_of(number: int) -> str:
    return TENANTS[number % 2]


def golden() -> Golden:
    own = [number for number in range(20) if tenant_of(number) == "an"]
    return Golden(
        tenant="an",
        queries={f"q{number}": f"mã{number} số{number}" for number in own},
        qrels={f"q{number}": {f"t{number}": 1.0} for number in own},
    )


def find(space: Space) -> SyllableEmbedder:
    return next(one for one in EMBEDDERS.values() if space_of(one).fingerprint == space.fingerprint)


class LiveSearch:
    """The search of a folder; `promised` and `begun` are the versions that writes were acknowledged for and begun with."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.index = QdrantEdgeIndex(folder / "points")
        self.spaces = Spaces(self.index, StateFile(folder / "search.json"), find)
        self.indexer = TranscriptIndexer(self.spaces, POLICY)
        self.log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        lines = read_log(folder)
        self.begun = {n: v for kind, n, v in lines if kind == "begin"}
        self.promised = {n: v for kind, n, v in lines if kind == "done"}

    def note(self, *what: object) -> None:
        os.write(self.log, (json.dumps(what, ensure_ascii=False) + "\n").encode())

    async def open(self) -> None:
        """Start as the service does, and get again what was not acknowledged, as from a queue."""
        await self.spaces.open(EMBEDDERS["1"])
        for number, version in self.begun.items():
            if self.promised.get(number, 0) < version:
                await self.write(number, version)

    async def write(self, number: int, version: int) -> None:
        self.note("begin", number, version)
        await self.indexer.index(heard(number, version))
        self.note("done", number, version)
        self.begun[number] = self.promised[number] = version

    async def move(self) -> Report | None:
        """To the model that is not served now, or on to the one that is being moved to."""
        state = self.spaces.state
        target = find(state.building) if state.building else EMBEDDERS["2" if find(state.serving).version == "1" else "1"]
        return await Reindex(self.spaces, target, golden(), self.folder, policy=ReindexPolicy(batch=16)).run()

    async def ask(self, chance: random.Random) -> None:
        """One question that has one right answer; whatever is not as it should be goes to the log."""
        number = chance.randrange(TRANSCRIPTS)
        where = Filter(tenant=tenant_of(number))
        served = self.spaces.served()
        hits = await Hybrid(self.index).search(served, f"mã{number} số{number}", where, 5)
        fingerprints = {hit.payload.fingerprint for hit in hits}
        if not hits or hits[0].payload.transcript_id != f"t{number}":
            self.note("lost", number, [hit.payload.transcript_id for hit in hits])
        if fingerprints != {served.space.fingerprint}:
            self.note("mixed", number, sorted(fingerprints))
        places = [(hit.payload.transcript_id, hit.payload.transcript_version, hit.payload.passage) for hit in hits]
        if len(set(places)) < len(places):
            self.note("doubled", number, places)
        self.note("asked", number, 0)

    async def faults(self, spaces: Iterable[Space]) -> list[str]:
        """What a space holds beside, or lacks of, the acknowledged versions; vectors of another model."""
        found = []
        for space in spaces:
            held: list[Point] = []
            for tenant in TENANTS:
                held += [point async for point in points_of(self.index, space, Filter(tenant=tenant))]
            expected = {
                point_id(p.tenant, p.transcript_id, p.transcript_version, p.passage): p.text
                for number, version in self.promised.items()
                for p in payloads_of(heard(number, version), POLICY, recorded_at_s=None, lineage={})
            }
            if {point.id: point.payload.text for point in held} != expected:
                wrong = {point.payload.transcript_id for point in held if point.id not in expected}
                found.append(f"{space.name}: {len(held)} points instead of {len(expected)}, {sorted(wrong)[:5]}")
            vectors = find(space).embed([point.payload.text for point in held], "passage")
            found += [
                f"{space.name}: {point.id} has the vector of another model"
                for point, own in zip(held, vectors, strict=True)
                if np.abs(point.dense - own).max() > 1e-3 or point.payload.fingerprint != space.fingerprint
            ]
        return found


def live(folder: Path, seed: int) -> None:
    """Ask, write and move until killed."""
    asyncio.run(_live(LiveSearch(folder), random.Random(seed)))


async def _live(search: LiveSearch, chance: random.Random) -> None:
    await search.open()
    for fault in await search.faults([search.spaces.state.serving]):
        search.note("fault", 0, fault)
    search.note("open", 0, 0)

    async def ask() -> None:
        while True:
            try:
                await search.ask(chance)
            except Exception as error:  # noqa: BLE001 - whatever it is, a query must not fail
                search.note("failed", 0, repr(error))
            await asyncio.sleep(0.002)

    async def write() -> None:
        while True:
            number = chance.randrange(TRANSCRIPTS)
            await search.write(number, search.promised[number] + 1)
            await asyncio.sleep(0.02)

    async def move() -> None:
        while True:
            await search.move()
            search.note("moved", 0, 0)
            await asyncio.sleep(0.3)

    await asyncio.gather(ask(), ask(), write(), move())


def read_log(folder: Path, behind: int = 0) -> list[list]:
    """What was noted behind so many bytes; a line that was torn by the end is none."""
    try:
        with (folder / "log").open("rb") as file:
            file.seek(behind)
            return [json.loads(line) for line in file.read().split(b"\n") if line.endswith(b"]")]
    except FileNotFoundError:
        return []
