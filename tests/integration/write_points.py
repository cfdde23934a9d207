"""A process that writes into an index until it is killed or the disk is full; it prints what has been acknowledged."""

from __future__ import annotations

import asyncio
import sys

from data.errors import DiskFull
from serving.adapters.qdrant_edge_index import QdrantEdgeIndex
from serving.search.filters import Filter
from tests.search_points import SPACE, point, queries


async def main(folder: str, reserve_bytes: int, size: int) -> None:
    index = QdrantEdgeIndex(folder, reserve_bytes=reserve_bytes)
    await index.create(SPACE)
    acknowledged = 0
    try:
        while True:
            batch = [point("a", f"t{acknowledged}", at, lineage_text="x" * size) for at in range(32)]
            await index.upsert(SPACE, batch)
            acknowledged += 1
            print(acknowledged, flush=True)
            if acknowledged % 8 == 0 and not size:
                await index.flush()
    except DiskFull:
        found = await index.search(SPACE, queries("xin chào"), Filter(tenant="a"), 5)
        print("full", await index.count(SPACE, Filter(tenant="a")), [len(each) for each in found], flush=True)
    await index.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
