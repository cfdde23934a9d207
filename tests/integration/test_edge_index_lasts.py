"""The engine in a folder: what was acknowledged outlives a killed process and a full disk."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from data.errors import BrokenIndex, Busy
from serving.adapters import edge_optimizer
from serving.adapters.memory_index import MemoryIndex
from serving.adapters.qdrant_edge_index import QdrantEdgeIndex, to_filter
from serving.search.filters import Filter
from serving.search.space import GraphSettings
from tests.search_points import SPACE, point, queries, same

ROOT = Path(__file__).resolve().parents[2]
ALL = Filter(tenant="a")


def command(folder: Path, reserve_bytes: int = 0, size: int = 0) -> list[str]:
    return [sys.executable, "-m", "tests.integration.write_points", str(folder), str(reserve_bytes), str(size)]


def check_batches(index: QdrantEdgeIndex, acknowledged: int) -> None:
    """All batches up to a number are there, whole; of the next one at most what one write holds."""

    async def held() -> set[str]:
        return {one.id for one in await index.scroll(SPACE, ALL, None, 1_000_000)}

    there = asyncio.run(held())
    lost = [at for at in range(acknowledged) if not {point("a", f"t{at}", n).id for n in range(32)} <= there]
    assert not lost
    assert 32 * acknowledged <= len(there) <= 32 * (acknowledged + 1)


def test_a_killed_process_loses_nothing_that_was_acknowledged(tmp_path):
    folder, rng = tmp_path / "index", random.Random(4)
    acknowledged = 0
    for _ in range(3):
        process = subprocess.Popen(command(folder), cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(rng.randrange(3, 20)):
            reached = int(process.stdout.readline())
        process.kill()
        rest = process.stdout.read().split()
        process.wait()
        acknowledged = max(acknowledged, reached, *map(int, rest))
        index = QdrantEdgeIndex(folder, reserve_bytes=0)
        check_batches(index, acknowledged)
        _, accented, _ = asyncio.run(index.search(SPACE, queries("trường học"), ALL, 3))
        assert len(accented) == 3
        asyncio.run(index.close())


def test_a_full_disk_is_said_and_what_was_written_can_be_read(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    script = 'mount -t tmpfs -o size=160m tmpfs "$0" && "$@" && exec "$@" 2>&1'
    unshare = ["unshare", "-Urm", "sh", "-c", script, str(disk)]
    if subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no file system of its own can be mounted here")
    done = subprocess.run(
        [*unshare, *command(disk / "index", 48 << 20, 1 << 18)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # The disk stays mounted between two processes: the second begins where the first one found it full.
    first, second = (line.split() for line in done.stdout.splitlines() if line.startswith("full"))
    written = [int(line) for line in done.stdout.splitlines() if line.isdigit()]
    assert len(written) > 1 and int(first[1]) >= 32 * max(written)
    assert first[1:] == second[1:] and first[2:] == ["[5,", "5,", "5]"]


def test_a_folder_is_open_in_one_process_at_a_time(tmp_path):
    index = QdrantEdgeIndex(tmp_path)
    with pytest.raises(Busy):
        QdrantEdgeIndex(tmp_path)
    asyncio.run(index.close())
    asyncio.run(QdrantEdgeIndex(tmp_path).close())


def test_spaces_and_points_are_there_when_it_is_opened_again(tmp_path):
    async def write() -> None:
        index = QdrantEdgeIndex(tmp_path, reserve_bytes=0)
        await index.create(SPACE)
        await index.upsert(SPACE, [point("a", "x", at) for at in range(6)])
        await index.flush()
        await index.close()

    async def read() -> None:
        index = QdrantEdgeIndex(tmp_path, reserve_bytes=0)
        assert await index.spaces() == [SPACE]
        (found,) = await index.read(SPACE, [point("a", "x", 3).id], ALL)
        assert same(found, point("a", "x", 3))
        await index.close()

    (tmp_path / ".new-left").mkdir()
    asyncio.run(write())
    (tmp_path / ".old-left").mkdir()
    asyncio.run(read())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lock", SPACE.name]


def test_queries_are_answered_while_the_index_is_brought_into_shape(tmp_path):
    many = [point("a", f"t{at // 100}", at % 100, seed=at) for at in range(3000)]

    async def ask() -> tuple[int, float]:
        index = QdrantEdgeIndex(tmp_path, reserve_bytes=0)
        await index.create(SPACE)
        await index.upsert(SPACE, many)
        before = await index.search(SPACE, queries("trường học"), ALL, 10)
        flushing = asyncio.create_task(index.flush())
        answered, longest = 0, 0.0
        while not flushing.done():
            began = asyncio.get_running_loop().time()
            found = await index.search(SPACE, queries("trường học"), ALL, 10)
            assert [one.score for one in found[1]] == pytest.approx([one.score for one in before[1]])
            await asyncio.sleep(0.002)
            answered, longest = answered + 1, max(longest, asyncio.get_running_loop().time() - began)
        await flushing
        await index.upsert(SPACE, [point("a", "later", 0)])
        assert await index.count(SPACE, ALL) == 3001
        await index.close()
        reopened = QdrantEdgeIndex(tmp_path, reserve_bytes=0)
        assert await reopened.count(SPACE, ALL) == 3001
        await reopened.close()
        return answered, longest

    answered, longest_s = asyncio.run(ask())
    assert answered > 20 and longest_s < 1
    assert sorted(path.name for path in (tmp_path / SPACE.name).iterdir()) == ["shard-2", "space.json"]


def test_every_vector_is_compared_until_a_space_has_grown_into_a_graph(tmp_path):
    """And what was compared as bytes is compared again: the scores are those of the whole vectors."""
    space = replace(SPACE, graph=GraphSettings(full_scan_kb=1, exact_below=1000, m=8, ef_construct=32, ef_search=200))
    many = [point("a", f"t{at // 100}", at % 100, seed=at) for at in range(1500)]
    exact = MemoryIndex()

    def links(index: QdrantEdgeIndex) -> int:
        """Bytes of the graph, a point."""
        folder = index._open[space.name].folder
        return sum(path.stat().st_size for path in folder.rglob("links*")) // index._open[space.name].count(to_filter(ALL))

    async def grow() -> tuple[int, int]:
        index = QdrantEdgeIndex(tmp_path, reserve_bytes=0)
        for one in (index, exact):
            await one.create(space)
        sizes = []
        for part in (many[:900], many[900:]):
            for one in (index, exact):
                await one.upsert(space, part)
            await index.flush()
            assert list(index._open[space.name].folder.rglob("quantized.data")), "no bytes beside the vectors"
            for asked in (queries("trường học", seed=at) for at in range(20)):
                found, wanted = [(await one.search(space, asked[:1], ALL, 10))[0] for one in (index, exact)]
                assert [hit.score for hit in found] == pytest.approx([hit.score for hit in wanted], abs=1e-5)
            sizes.append(links(index))
        await index.close()
        return sizes[0], sizes[1]

    before, after = asyncio.run(grow())
    assert before < 8 < after, (before, after)


def test_an_optimiser_that_fails_leaves_the_index_as_it_was(tmp_path, monkeypatch):
    async def fail() -> None:
        index = QdrantEdgeIndex(tmp_path, reserve_bytes=0)
        await index.create(SPACE)
        await index.upsert(SPACE, [point("a", "x", at) for at in range(6)])
        monkeypatch.setattr(edge_optimizer.sys, "executable", "/bin/false")
        with pytest.raises(BrokenIndex):
            await index.flush()
        monkeypatch.undo()
        assert await index.count(SPACE, ALL) == 6
        assert sorted(path.name for path in (tmp_path / SPACE.name).iterdir()) == ["shard-1", "space.json"]
        await index.flush()
        assert await index.count(SPACE, ALL) == 6
        await index.close()

    asyncio.run(fail())


def test_files_that_are_no_index_are_said_to_be_broken(tmp_path):
    folder = tmp_path / SPACE.name
    folder.mkdir()
    for text in ("{", "{}", '{"space": {"name": "passages"}, "shard": "shard-1"}'):
        (folder / "space.json").write_text(text)
        with pytest.raises(BrokenIndex):
            QdrantEdgeIndex(tmp_path)
