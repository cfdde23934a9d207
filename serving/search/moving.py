"""Changes of model in a running search: one at a time, watched from outside, and gone on with after an end in the middle.

What was ordered lies in a file until it is done. So does nothing else: how far it is, the state and the spaces say.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from data.errors import BrokenIndex, CallerError, GateRefused, MoveRunning, WorldError
from serving.ports import Embedder
from serving.search.engine import Library
from serving.search.reindex import Golden, Reindex, Report, Stage, Stopped, back, finish
from serving.search.spaces import Spaces, space_of
from serving.search.state import write_synced

_log = logging.getLogger("tiengnoi.search")
_ORDER = "move.json"
_End = Literal["served", "refused", "failed", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody asked for: an embedder by the digest of its package, proved on golden queries."""

    model: str
    golden: Golden | None = None
    """Those of the settings where there are none."""
    max_loss: float | None = None
    """As in the settings where it is None."""

    def to_json(self) -> dict[str, Any]:
        """The order as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Order:
        """The inverse of `to_json`."""
        golden = Golden(**values["golden"]) if values["golden"] else None
        return cls(model=values["model"], golden=golden, max_loss=values["max_loss"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How the last move stands; `idle` where there was none since the start."""

    stage: Stage | Literal["idle", "loading", "refused", "failed", "stopped"] = "idle"
    model: str = ""
    copied: int = 0
    points: int = 0
    code: str = ""
    """Of the error that ended it."""
    detail: str = ""
    report: Mapping[str, Any] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether there is more to come."""
        return self.stage not in ("idle", "served", "refused", "failed", "stopped")


class Mover:
    """Moves the search of this process; the way of everybody who is not its own command.

    Args:
        released: the embedder that the service was released with.
        reindex: the move to an embedder by an order; without one, by the settings. Raises ConfigError without golden queries.
    """

    def __init__(
        self,
        spaces: Spaces,
        library: Library,
        released: Embedder,
        folder: Path,
        *,
        model_name: str,
        reindex: Callable[[Embedder, Order | None], Reindex],
    ) -> None:
        self.spaces, self.library = spaces, library
        self._released, self._file, self._model_name, self._reindex = released, folder / _ORDER, model_name, reindex
        self._task: asyncio.Task[None] | None = None
        self._moving: Reindex | None = None
        self._stopping = False
        self._ended = Progress()

    @property
    def progress(self) -> Progress:
        """As it stands now."""
        moving = self._moving
        if moving is None or not self._ended.running:
            return self._ended
        return replace(self._ended, stage=moving.stage, copied=min(moving.copied, moving.points), points=moving.points)

    def start(self, order: Order) -> None:
        """Begin a move in the background; what is ordered outlives this process.

        Raises:
            MoveRunning: another one is on its way.
            UnknownModel: the package is not here.
            ConfigError: neither the order nor the settings have golden queries.
            DiskFull: the order cannot be written.
        """
        self._check_free()
        if not self.library.holds(order.model):
            self.library.open(order.model, name=self._model_name)
        self._reindex(self._released, order)
        write_synced(self._file, json.dumps(order.to_json(), ensure_ascii=False))
        self._begin(order)

    def stop(self) -> None:
        """Ask a running move to end at its next step; its space is dropped."""
        self._stopping = True
        if self._moving is not None:
            self._moving.stop()

    async def back(self) -> None:
        """Serve the space before the last swap again, over the released one too.

        Raises:
            MoveRunning: a move is on its way.
            UnknownSpace: there is none.
        """
        self._check_free()
        await back(self.spaces, space_of(self._released).fingerprint)

    async def finish(self) -> None:
        """Let the space before the last swap go.

        Raises:
            MoveRunning: a move is on its way.
        """
        self._check_free()
        await finish(self.spaces)

    def go_on(self) -> None:
        """At the start: what was ordered is gone on with; else a new release moves the search to its embedder.

        Raises:
            BrokenIndex: the order cannot be read.
        """
        own, state = space_of(self._released).fingerprint, self.spaces.state
        if self._file.exists():
            self._begin(_read(self._file))
        elif own not in (state.serving.fingerprint, state.kept_over):
            self._begin(None)

    async def close(self) -> None:
        """Leave a running move where it is; the next start goes on with it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _check_free(self) -> None:
        if self._task is not None and not self._task.done():
            raise MoveRunning(f"the move to {self._ended.model[:12]} is {self.progress.stage}")

    def _begin(self, order: Order | None) -> None:
        self._moving, self._stopping = None, False
        self._ended = Progress(stage="loading", model=order.model if order else self._released.digest)
        self._task = asyncio.create_task(self._run(order))

    async def _run(self, order: Order | None) -> None:
        try:
            embedder = self._released
            if order is not None and order.model != embedder.digest:
                engine = await asyncio.to_thread(self.library.open, order.model, name=self._model_name)
                embedder = engine.embedder
            self._moving = self._reindex(embedder, order)
            if self._stopping:
                self._moving.stop()
            self._end("served", report=await self._moving.run())
        except Stopped:
            self._end("stopped")
        except GateRefused as error:
            self._end("refused", error)
        except Exception as error:  # noqa: BLE001 - a task's exception is heard by nobody; the old space goes on
            self._end("failed", error)
            if isinstance(error, WorldError):
                return  # The next start tries again.
        self._file.unlink(missing_ok=True)

    def _end(
        self,
        stage: Literal["served", "refused", "failed", "stopped"],
        error: Exception | None = None,
        report: Report | None = None,
    ) -> None:
        code, detail = "", ""
        if error is not None:
            code, detail = getattr(error, "code", "internal"), getattr(error, "detail", "")
        told = report.to_json() if report else {}
        self._ended = replace(self.progress, stage=stage, code=code, detail=detail, report=told)
        ours = error if error is not None and not isinstance(error, CallerError | WorldError) else None
        level = logging.ERROR if ours else logging.WARNING if error else logging.INFO
        about = {"model": self._ended.model, "code": code, "detail": detail, "report": told}
        _log.log(level, "move %s", stage, extra=about, exc_info=ours)


def _read(path: Path) -> Order:
    try:
        return Order.from_json(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BrokenIndex(f"{path} holds no order to move: {error}") from error
