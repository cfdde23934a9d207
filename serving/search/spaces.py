"""The spaces that a running search holds: the one that answers, and those that are written with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from data.errors import BadParameter, BrokenIndex, BrokenPackage
from serving.ports import Embedder, VectorIndex
from serving.search.fusion import WORDS_ONLY, Fusion
from serving.search.hybrid import Served
from serving.search.points import Payload, Point
from serving.search.space import GraphSettings, Space
from serving.search.sparse import Bm25
from serving.search.state import State, StateFile


class Spaces:
    """The state, the index and the embedders of a search; whoever writes holds `writing`.

    Args:
        find: the embedder of a space whose vectors were made by another model than the one at hand.
    """

    def __init__(
        self,
        index: VectorIndex,
        file: StateFile,
        find: Callable[[Space], Embedder],
        *,
        lexicon: Bm25 | None = None,
    ) -> None:
        self.index, self._file, self._find = index, file, find
        self.lexicon = lexicon or Bm25()
        self.writing = asyncio.Lock()
        self._embedders: dict[str, Embedder] = {}
        self._brought: dict[str, Fusion] = {}

    async def open(self, embedder: Embedder, graph: GraphSettings | None = None, fusion: Fusion | None = None) -> None:
        """Go on where the state file says; a new search gets an empty space of this embedder.

        What the index holds beside the named spaces is what an end in the middle left over, and is dropped.

        Raises:
            BrokenIndex: the file names a space that the index does not hold.
        """
        fresh = space_of(embedder, graph)
        self.keep(fresh, embedder)
        state = self._file.read()
        if state is None:
            await self.index.create(fresh)
            state = State(serving=fresh)
        if fusion is not None:
            state = replace(state, fusions={**state.fusions, fresh.fingerprint: fusion})
        held = {space.name for space in await self.index.spaces()}
        missing = [space.name for space in state.written if space.name not in held]
        if missing:
            raise BrokenIndex(f"{self._file.path} names the space {missing[0]}, which the index does not hold")
        self._file.write(state)
        await self.drop_strangers()

    @property
    def state(self) -> State:
        """As it is now.

        Raises:
            BrokenIndex: there is none.
        """
        found = self._file.read()
        if found is None:
            raise BrokenIndex(f"{self._file.path} is not there: the search was never opened")
        return found

    def write(self, state: State) -> None:
        """Replace the state; queries that come after this see it."""
        self._file.write(state)

    def served(self, space: Space | None = None) -> Served:
        """The space that answers now, or another one that is held, with all that a query needs."""
        state = self.state
        space = space or state.serving
        embedder = self.embedder_of(space)
        fusion = state.fusions.get(space.fingerprint) or self._brought[space.fingerprint]
        return Served(space=space, embedder=embedder, fusion=fusion)

    def keep(self, space: Space, embedder: Embedder) -> None:
        """Have an embedder at hand.

        Raises:
            ForeignSpace: it is not the one that made the space's vectors.
            BrokenPackage: what it says of its weight beside words cannot be read.
        """
        space_of(embedder, space.graph).check_same(space.fingerprint, "the space at hand")
        self._brought[space.fingerprint] = told_by(embedder)
        self._embedders[space.fingerprint] = embedder

    def embedder_of(self, space: Space) -> Embedder:
        """The embedder whose vectors a space holds.

        Raises:
            ForeignSpace: it is not to be had, or the rules for terms have changed since.
        """
        if space.fingerprint not in self._embedders:
            self.keep(space, self._find(space))
        return self._embedders[space.fingerprint]

    async def drop_strangers(self) -> None:
        """Drop what the state does not name."""
        named = {space.name for space in self.state.written}
        for space in await self.index.spaces():
            if space.name not in named:
                await self.index.drop(space.name)

    async def points(self, space: Space, payloads: Sequence[Payload]) -> list[Point]:
        """Passages with the vectors of a space, whatever space their payloads came from."""
        if not payloads:
            return []
        embedder = self.embedder_of(space)
        vectors = await asyncio.to_thread(embedder.embed, [payload.text for payload in payloads], "passage")
        points = []
        for payload, dense in zip(payloads, vectors, strict=True):
            accented, folded = self.lexicon.passage(payload.text)
            own = replace(payload, fingerprint=space.fingerprint)
            points.append(Point(dense=dense, accented=accented, folded=folded, payload=own))
        return points


def told_by(embedder: Embedder) -> Fusion:
    """The fusion that an embedder's package brings; words alone where it brings none.

    Raises:
        BrokenPackage: it is none.
    """
    try:
        return Fusion(**embedder.fusion) if embedder.fusion else WORDS_ONLY
    except (TypeError, BadParameter) as error:
        raise BrokenPackage(f"its fusion cannot be read: {error}", pointer="/settings/fusion") from error


def space_of(embedder: Embedder, graph: GraphSettings | None = None) -> Space:
    """The space of an embedder's vectors, under a name that no other fingerprint has."""
    made = Space(
        name="unnamed",
        model=embedder.name,
        version=embedder.version,
        dim=embedder.dim,
        digest=embedder.digest,
        graph=graph or GraphSettings(),
    )
    return replace(made, name=f"passages-{made.fingerprint}")
