"""A transcript into the search: cut into passages, embedded, written to every space that is kept.

The same version twice changes nothing; a newer version takes the place of the older; one that comes late is left out.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal

from data.schema import Seconds, Word
from serving.ports import VectorIndex
from serving.search.atoms import Heard
from serving.search.filters import Filter
from serving.search.passages import Passage, PassagePolicy, cut_passages
from serving.search.points import Payload, Point, point_id
from serving.search.space import Space
from serving.search.spaces import Spaces

_PAGE, _BATCH = 256, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """What became of a transcript; `stale` where a newer version is there already."""

    outcome: Literal["written", "stale"]
    passages: int


class TranscriptIndexer:
    """Writes transcripts; one at a time."""

    def __init__(self, spaces: Spaces, policy: PassagePolicy | None = None) -> None:
        self._spaces, self._policy = spaces, policy or PassagePolicy()

    async def index(
        self, heard: Heard, *, recorded_at_s: Seconds | None = None, lineage: Mapping[str, str] | None = None
    ) -> Indexed:
        """Write one version of a transcript, durably when it returns.

        An end in the middle leaves a transcript that the next try mends: ids follow from what they name.

        Raises:
            BadParameter: the transcript contradicts itself, see `cut_passages`.
            DiskFull: nothing more can be written; try again later.
        """
        payloads = payloads_of(heard, self._policy, recorded_at_s=recorded_at_s, lineage=lineage or {})
        async with self._spaces.writing:
            state = self._spaces.state.with_tenant(heard.tenant)
            if await _newest(self._spaces.index, state.serving, heard) > heard.version:
                return Indexed(outcome="stale", passages=0)
            if state != self._spaces.state:
                self._spaces.write(state)
            for space in state.written:
                await self._replace(space, heard, payloads)
            return Indexed(outcome="written", passages=len(payloads))

    async def remove(self, where: Filter) -> int:
        """Erase passages from every space; returns how many were served."""
        async with self._spaces.writing:
            return [await self._spaces.index.delete(space, where) for space in self._spaces.state.written][-1]

    async def _replace(self, space: Space, heard: Heard, payloads: list[Payload]) -> None:
        index = self._spaces.index
        own = {point_id(p.tenant, p.transcript_id, p.transcript_version, p.passage) for p in payloads}
        held = [(point.id, point.payload.transcript_version) async for point in points_of(index, space, _transcript(heard))]
        if any(version == heard.version and id_ not in own for id_, version in held):
            # The same version was cut by another policy; some of its passages are not to be had any more.
            await index.delete(space, _transcript(heard, heard.version))
        for at in range(0, len(payloads), _BATCH):
            await index.upsert(space, await self._spaces.points(space, payloads[at : at + _BATCH]))
        for version in sorted({version for _, version in held} - {heard.version}):
            await index.delete(space, _transcript(heard, version))


async def points_of(index: VectorIndex, space: Space, where: Filter, after: str | None = None) -> AsyncIterator[Point]:
    """All points that a filter matches, page by page in the order of their ids."""
    while page := await index.scroll(space, where, after, _PAGE):
        for point in page:
            yield point
        after = page[-1].id


def payloads_of(
    heard: Heard, policy: PassagePolicy, *, recorded_at_s: Seconds | None, lineage: Mapping[str, str]
) -> list[Payload]:
    """The passages of a transcript as the search keeps them, without a space's fingerprint yet."""
    return [
        Payload(
            tenant=heard.tenant,
            recording_id=heard.recording_id,
            transcript_id=heard.transcript_id,
            transcript_version=heard.version,
            passage=number,
            start_s=passage.start_s,
            end_s=passage.end_s,
            confidence=passage.confidence,
            text=passage.text,
            fingerprint="",
            speaker=passage.speaker,
            recorded_at_s=recorded_at_s,
            words=_as_shown(passage),
            lineage=dict(lineage),
        )
        for number, passage in enumerate(cut_passages(heard, policy))
    ]


def _as_shown(passage: Passage) -> tuple[Word, ...]:
    """The words as the text shows them, each with the time of what is said by it."""
    shown = []
    for place in passage.places:
        said = passage.words[place.first : place.last]
        text = passage.text[place.start : place.end]
        shown.append(
            Word(
                text=text.strip() or text,
                start_s=said[0].start_s,
                end_s=max(word.end_s for word in said),
                confidence=sum(word.confidence for word in said) / len(said),
            )
        )
    return tuple(shown)


def _transcript(heard: Heard, version: int | None = None) -> Filter:
    return Filter(tenant=heard.tenant, transcripts=(heard.transcript_id,), transcript_version=version)


async def _newest(index: VectorIndex, space: Space, heard: Heard) -> int:
    return max([point.payload.transcript_version async for point in points_of(index, space, _transcript(heard))], default=-1)
