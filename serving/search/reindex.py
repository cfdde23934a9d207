"""Another model for the search while it answers: a second space, filled beside the first, proved, and swapped in.

    begin ─► backfill (and every write goes to both) ─► reconcile ─► measure ─► swap        back        finish

Nothing but the state file says what is served, and it is replaced whole. An end at any point leaves the old space
serving; `run` again goes on where it stopped. After the swap the old space is written too, until `finish`, so that
`back` loses nothing.

A space whose rules for terms are outdated cannot be asked: it is only read, the new one takes its place without a
comparison, and there is no way back.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal

from data.errors import GateRefused, UnknownSpace
from models.ranking import rank_metrics
from serving.ports import Embedder
from serving.search.filters import Filter
from serving.search.fusion import Candidates, Fusion
from serving.search.golden import fit_golden
from serving.search.hybrid import Hybrid, Served
from serving.search.index_transcripts import points_of
from serving.search.points import Payload, Scored
from serving.search.space import GraphSettings, Space
from serving.search.spaces import Spaces, space_of
from serving.search.state import write_synced

_log = logging.getLogger("tiengnoi.search")
_PROGRESS = "reindex.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Golden:
    """Questions of one tenant with the transcripts that answer them."""

    tenant: str
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, float]]
    """For each question the grade of each transcript."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReindexPolicy:
    """When a new space may take the place of the old one."""

    batch: int = 64
    """Passages that are embedded between two looks at what else is to be written."""
    max_loss: float = 0.005
    """So much nDCG@10 and recall@10 on the golden queries may be lost."""
    min_overlap: float = 0.0
    """So much of the old first ten must be among the new ones; 0 only reports it."""
    depth: int = 100
    """Candidates of each side that the fusion is fitted on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Old and new on the golden queries."""

    space: str
    points: int
    old: Mapping[str, float]
    """Empty where the old space cannot be asked any more."""
    new: Mapping[str, float]
    """Empty where there are no golden queries."""
    overlap: float | None
    """Mean share of the old first ten that the new first ten hold; None where nothing can be compared."""
    fusion: Fusion
    words: float
    """nDCG@10 of the new space's words alone."""

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)


Stage = Literal["begun", "copying", "reconciling", "optimising", "measuring", "served"]


class Stopped(Exception):
    """Somebody asked for the end of a move; the new space is gone."""


class Reindex:
    """Moves a search to another embedder; one at a time, in the process that writes the index.

    `stage`, `copied` and `points` say how far it is: passages that the new space got, of so many when it began.
    """

    def __init__(
        self,
        spaces: Spaces,
        embedder: Embedder,
        golden: Golden,
        folder: Path,
        *,
        policy: ReindexPolicy | None = None,
        graph: GraphSettings | None = None,
        over: str = "",
    ) -> None:
        """
        Args:
            over: fingerprint of the released embedder: the new space is chosen over it, unless it is its own.
        """
        self._spaces, self._golden, self._policy = spaces, golden, policy or ReindexPolicy()
        self._embedder, self._progress = embedder, folder / _PROGRESS
        self._space = space_of(embedder, graph)
        self._kept_over = "" if over == self._space.fingerprint else over
        self._stopping = False
        self.stage: Stage = "begun"
        self.copied = self.points = 0

    def stop(self) -> None:
        """Let the move end at its next step, without a trace; once it is swapped in, `back` is the way."""
        self._stopping = True

    async def run(self) -> Report | None:
        """Do what is left to do; None where the space is served already.

        Raises:
            GateRefused: the new space finds less; it is dropped, the old one goes on.
            Stopped: `stop` was called in time.
        """
        spaces = self._spaces
        spaces.keep(self._space, self._embedder)
        if spaces.state.serving.fingerprint == self._space.fingerprint:
            self.stage = "served"
            async with spaces.writing:
                if spaces.state.kept_over != self._kept_over:
                    spaces.write(replace(spaces.state, kept_over=self._kept_over))
            return None
        try:
            await self._begin()
            self._enter("copying")
            await self._backfill()
            self._enter("reconciling")
            await self._reconcile()
            self._enter("optimising")
            await spaces.index.flush()
            self._enter("measuring")
            report = await self._measure()
            self._heed()
        except Stopped:
            await self._give_up()
            raise
        reason = _objection(report, self._policy)
        if reason:
            await self._give_up()
            raise GateRefused(f"the space {self._space.name} is not served: {reason}")
        await self._swap(report)
        self.stage = "served"
        return report

    def _enter(self, stage: Stage) -> None:
        self._heed()
        self.stage = stage

    def _heed(self) -> None:
        if self._stopping:
            raise Stopped(self._space.name)

    async def _begin(self) -> None:
        """From here on every write goes to the new space too."""
        async with self._spaces.writing:
            state = self._spaces.state
            if state.building is not None and state.building.name == self._space.name:
                return
            was = state.previous
            if was is not None and was.name == self._space.name:
                # The old space of the last swap is whole and was written ever since: only to be measured again.
                self._spaces.write(replace(state, building=was, previous=None))
                return
            self._progress.unlink(missing_ok=True)
            # What an earlier try left under this name was written by nobody since.
            await self._spaces.index.drop(self._space.name)
            await self._spaces.index.create(self._space)
            self._spaces.write(replace(state, building=self._space))
            await self._spaces.drop_strangers()

    async def _backfill(self) -> None:
        """Copy in the order of the tenants and the ids; a batch and a transcript are never written at once."""
        tenant, after = self._reached()
        index, state = self._spaces.index, self._spaces.state
        self.points = sum([await index.count(state.serving, Filter(tenant=name)) for name in state.tenants])
        self.copied = sum([await index.count(self._space, Filter(tenant=name)) for name in state.tenants])
        for name in self._spaces.state.tenants:
            if name < tenant:
                continue
            at = after if name == tenant else None
            while True:
                self._heed()
                async with self._spaces.writing:
                    serving = self._spaces.state.serving
                    page = await self._spaces.index.scroll(serving, Filter(tenant=name), at, self._policy.batch)
                    if not page:
                        break
                    await self._copy([point.payload for point in page])
                    at, self.copied = page[-1].id, self.copied + len(page)
                    self._note(name, at)

    async def _reconcile(self) -> None:
        """Make both spaces hold the same passages, whatever an end between two writes left."""
        async with self._spaces.writing:
            index, serving = self._spaces.index, self._spaces.state.serving
            for tenant in self._spaces.state.tenants:
                old, new = [await self._held(space, Filter(tenant=tenant)) for space in (serving, self._space)]
                for transcript in sorted({(old.get(id_) or new[id_]) for id_ in old.keys() ^ new.keys()}):
                    where = Filter(tenant=tenant, transcripts=(transcript,))
                    await index.delete(self._space, where)
                    await self._copy([point.payload async for point in points_of(index, serving, where)])

    async def _held(self, space: Space, where: Filter) -> dict[str, str]:
        """The transcript of each point of a space."""
        return {point.id: point.payload.transcript_id async for point in points_of(self._spaces.index, space, where)}

    async def _measure(self) -> Report:
        serving, new = self._spaces.state.serving, self._spaces.served(self._space)
        if not self._golden.queries:
            counts = [await self._spaces.index.count(self._space, Filter(tenant=t)) for t in self._spaces.state.tenants]
            nothing: dict[str, float] = {}
            return Report(
                space=self._space.fingerprint,
                points=sum(counts),
                old=nothing,
                new=nothing,
                overlap=None,
                fusion=new.fusion,
                words=0.0,
            )
        names = await self._held(new.space, self._where)
        ask = partial(self._candidates, new, names)
        fitted = await fit_golden(ask, self._golden.queries, self._golden.qrels)
        new = replace(new, fusion=fitted.fusion)
        before = {} if serving.outdated else await self._ranked(self._spaces.served(serving))
        after = await self._ranked(new)
        shared = [len({*before[q]} & {*after[q]}) / len(before[q]) for q in before if before[q]]
        return Report(
            space=self._space.fingerprint,
            points=len(names),
            old=_figures(self._golden, before) if before else {},
            new=_figures(self._golden, after),
            overlap=None if not before else sum(shared) / len(shared) if shared else 1.0,
            fusion=fitted.fusion,
            words=fitted.words,
        )

    async def _swap(self, report: Report) -> None:
        """One replaced file: a query before it sees the old space from end to end, a query after it the new one."""
        async with self._spaces.writing:
            state = self._spaces.state
            fusions = {**state.fusions, self._space.fingerprint: report.fusion}
            previous = None if state.serving.outdated else state.serving
            state = replace(state, serving=self._space, previous=previous, building=None, fusions=fusions)
            self._spaces.write(replace(state, kept_over=self._kept_over))
            self._progress.unlink(missing_ok=True)
            await self._spaces.drop_strangers()
        _log.info("swapped", extra={"space": self._space.fingerprint, "overlap": report.overlap})

    async def _give_up(self) -> None:
        async with self._spaces.writing:
            self._spaces.write(replace(self._spaces.state, building=None))
            self._progress.unlink(missing_ok=True)
            await self._spaces.drop_strangers()

    async def _copy(self, payloads: Sequence[Payload]) -> None:
        for at in range(0, len(payloads), self._policy.batch):
            points = await self._spaces.points(self._space, payloads[at : at + self._policy.batch])
            await self._spaces.index.upsert(self._space, points)

    async def _candidates(self, served: Served, names: Mapping[str, str], queries: Mapping[str, str]) -> dict[str, Candidates]:
        """What each side finds, under the names of transcripts, each once."""
        hybrid, where, depth = Hybrid(self._spaces.index, self._spaces.lexicon), self._where, self._policy.depth
        found = {}
        for query, text in queries.items():
            one = await hybrid.candidates(served, text, where, depth)
            found[query] = replace(one, lexical=_once(one.lexical, names), dense=_once(one.dense, names))
        return found

    async def _ranked(self, served: Served) -> dict[str, list[str]]:
        """The transcripts of the first ten hits of each question."""
        hybrid, where = Hybrid(self._spaces.index, self._spaces.lexicon), self._where
        ranked = {}
        for query, text in self._golden.queries.items():
            hits = await hybrid.search(served, text, where, 10)
            ranked[query] = list(dict.fromkeys(hit.payload.transcript_id for hit in hits))
        return ranked

    @property
    def _where(self) -> Filter:
        return Filter(tenant=self._golden.tenant)

    def _reached(self) -> tuple[str, str | None]:
        try:
            found = json.loads(self._progress.read_text("utf-8"))
            return (found["tenant"], found["after"]) if found["space"] == self._space.fingerprint else ("", None)
        except (FileNotFoundError, ValueError, KeyError):
            return "", None

    def _note(self, tenant: str, after: str) -> None:
        written = {"space": self._space.fingerprint, "tenant": tenant, "after": after}
        write_synced(self._progress, json.dumps(written, ensure_ascii=False))


async def back(spaces: Spaces, over: str = "") -> Space:
    """Serve the space before the last swap again, and keep the other one written; returns the served one.

    Args:
        over: fingerprint of the released embedder, which is not to move the search again at the next start.
    Raises:
        UnknownSpace: there is none, or it was let go.
    """
    async with spaces.writing:
        state = spaces.state
        if state.previous is None:
            raise UnknownSpace("there is no space before this one")
        spaces.embedder_of(state.previous)
        kept_over = "" if state.previous.fingerprint == over else over
        spaces.write(replace(state, serving=state.previous, previous=state.serving, kept_over=kept_over))
        return state.previous


async def finish(spaces: Spaces) -> None:
    """Let the space before the last swap go; there is no way back then."""
    async with spaces.writing:
        spaces.write(replace(spaces.state, previous=None))
        await spaces.drop_strangers()


def _objection(report: Report, policy: ReindexPolicy) -> str:
    if report.overlap is None:
        return ""
    for name in ("ndcg@10", "recall@10"):
        if report.new[name] < report.old[name] - policy.max_loss:
            return f"{name} {report.new[name]:.4f} after {report.old[name]:.4f}"
    if report.overlap < policy.min_overlap:
        return f"overlap {report.overlap:.3f}"
    return ""


def _figures(golden: Golden, ranked: Mapping[str, list[str]]) -> dict[str, float]:
    found = rank_metrics(golden.qrels, ranked, k=10).to_json()
    return {name: found[name] for name in ("ndcg@10", "recall@10", "mrr")}


def _once(found: Sequence[Scored], names: Mapping[str, str]) -> list[Scored]:
    """Transcripts instead of points, each with its best score; what was written meanwhile is left out."""
    best: dict[str, Scored] = {}
    for one in found:
        if one.id in names:
            best.setdefault(names[one.id], Scored(names[one.id], one.score))
    return list(best.values())
