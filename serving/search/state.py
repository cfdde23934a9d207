"""Which space is served, which was before, which is being built: one small file, replaced whole and synced.

The file is the truth of the search: what it does not name is nobody's space. It is read at each query by its time of
change, so that a swap by another process is seen at once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from data.errors import BadParameter, BrokenIndex, DiskFull, ForeignSpace
from serving.search.fusion import Fusion
from serving.search.space import Space

_ENOSPC = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the search knows beside its points."""

    serving: Space
    previous: Space | None = None
    """Served before the last swap, and still written, so that one command leads back to it."""
    building: Space | None = None
    """Filled beside the served one, and written with it."""
    fusions: Mapping[str, Fusion] = field(default_factory=dict)
    """By the fingerprint of the space that they were fitted for."""
    tenants: tuple[str, ...] = ()
    """Everybody who ever had a point, in the order of their names."""
    kept_over: str = ""
    """Fingerprint of a released embedder that somebody chose another space over: that release moves nothing any more."""

    @property
    def written(self) -> list[Space]:
        """The spaces that each change of a transcript goes to, the served one last."""
        return [space for space in (self.building, self.previous, self.serving) if space is not None]

    def with_tenant(self, tenant: str) -> State:
        """The state in which a tenant has points."""
        return self if tenant in self.tenants else replace(self, tenants=tuple(sorted({*self.tenants, tenant})))

    def to_json(self) -> dict[str, Any]:
        """The state as JSON values."""
        spaces = {name: getattr(self, name) for name in ("serving", "previous", "building")}
        return {
            **{name: space.to_json() if space else None for name, space in spaces.items()},
            "fusions": {fingerprint: fusion.to_json() for fingerprint, fusion in self.fusions.items()},
            "tenants": list(self.tenants),
            "kept_over": self.kept_over,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> State:
        """The inverse of `to_json`."""
        others = {name: Space.from_json(values[name]) if values[name] else None for name in ("previous", "building")}
        fusions = {fingerprint: Fusion(**fusion) for fingerprint, fusion in values["fusions"].items()}
        serving = Space.from_json(values["serving"])
        tenants, kept_over = tuple(values["tenants"]), str(values.get("kept_over", ""))
        return cls(serving=serving, **others, fusions=fusions, tenants=tenants, kept_over=kept_over)


class StateFile:
    """The file of one search; one process writes it, others may read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[tuple[int, int, int], State] | None = None

    @property
    def path(self) -> Path:
        return self._path

    def read(self) -> State | None:
        """The state; None where the search is new.

        Raises:
            BrokenIndex: the file holds something else.
        """
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        stamp = (found.st_mtime_ns, found.st_ino, found.st_size)
        if self._seen is None or self._seen[0] != stamp:
            self._seen = (stamp, _parsed(self._path))
        return self._seen[1]

    def write(self, state: State) -> None:
        """Replace the file; when this returns, the state outlives a power cut.

        Raises:
            DiskFull: the old state stands.
        """
        write_synced(self._path, json.dumps(state.to_json(), ensure_ascii=False))


def write_synced(path: Path, text: str) -> None:
    """Replace a file in one step, and return when it is on the disk.

    Raises:
        DiskFull: the old file stands.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        beside.unlink(missing_ok=True)
        if error.errno == _ENOSPC:
            raise DiskFull(f"{path} cannot be written") from error
        raise


def write_fusion(path: Path, space: Space, fusion: Fusion) -> None:
    """Keep a fitted fusion with the fingerprint of its space."""
    write_synced(path, json.dumps({"fingerprint": space.fingerprint, "fusion": fusion.to_json()}))


def read_fusion(path: Path, space: Space) -> Fusion:
    """A fitted fusion.

    Raises:
        ForeignSpace: it was fitted for another space.
        BadParameter: the file is none of `write_fusion`.
    """
    try:
        found = json.loads(path.read_text("utf-8"))
        fusion, fingerprint = Fusion(**found["fusion"]), found["fingerprint"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadParameter(f"{path} holds no fusion: {error}") from error
    if fingerprint != space.fingerprint:
        raise ForeignSpace(f"{path} was fitted for {fingerprint!r}, the space {space.name} is {space.fingerprint}")
    return fusion


def _parsed(path: Path) -> State:
    try:
        return State.from_json(json.loads(path.read_text("utf-8")))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BrokenIndex(f"{path} holds no state of a search: {error}") from error
