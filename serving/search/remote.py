"""A search that runs elsewhere, through its door for operators: serving/search/admin.py from the other side."""

from __future__ import annotations

import tarfile
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import httpx

from data.errors import GateRefused, Overloaded, StepFailed, TiengNoiError, Unavailable, UnknownModel
from data.schema import Seconds
from models.package import MANIFEST, open_package
from serving.search.moving import Order

_TIMEOUT_S, _UPLOAD_TIMEOUT_S = 30.0, 1800.0


class RemoteSearch:
    """Orders a running search about. What the service refuses is raised here as it was raised there.

    Args:
        token: of the service's settings.
        patience_s: so long a service that is being started again may be away while a move is watched.
    Raises:
        Unavailable: from every method, where the service does not answer.
    """

    def __init__(self, url: str, token: str, *, patience_s: Seconds = 120.0) -> None:
        headers = {"authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=url, headers=headers, timeout=_TIMEOUT_S)
        self._patience_s = patience_s

    def __enter__(self) -> RemoteSearch:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def status(self) -> dict[str, Any]:
        """What it holds, and how the last move stands: contracts' SearchStateShape."""
        return self._ask("GET", "")

    def send(self, package_dir: Path) -> str:
        """Bring a package there, unless it is there; its digest.

        Raises:
            BrokenPackage: it is not whole here. BadPackage: it was not when it arrived.
        """
        package = open_package(package_dir)
        try:
            return self._ask("GET", f"/models/{package.digest}")["model"]
        except UnknownModel:
            pass
        with tempfile.TemporaryFile() as file:
            _pack(package_dir, [MANIFEST, *package.manifest["files"]], file)
            self._ask(
                "PUT",
                f"/models/{package.digest}",
                content=iter(lambda: file.read(1 << 20), b""),
                headers={"content-type": "application/x-tar"},
                timeout=_UPLOAD_TIMEOUT_S,
            )
        return package.digest

    def move(self, order: Order, tell: Callable[[dict[str, Any]], None] = lambda move: None) -> dict[str, Any]:
        """Order a move and wait for its end; returns the status. One that is on its way to the same model is watched.

        Args:
            tell: called with the move (contracts' MoveShape) whenever it has got on.
        Raises:
            GateRefused: the new space finds less.
            StepFailed: it ended by another error, or was stopped.
            MoveRunning: there is a move to another model.
        """
        before = self.status()["move"]
        if not (before["running"] and before["model"] == order.model):
            self._ask("POST", "/move", json={name: value for name, value in order.to_json().items() if value is not None})
        told, found = None, self._patient_status()
        while found["move"]["running"]:
            if (at := (found["move"]["stage"], found["move"]["copied"])) != told:
                tell(found["move"])
                told = at
            time.sleep(0.2)
            found = self._patient_status()
        move, arrived = found["move"], found["serving"]["package_digest"] == order.model
        if move["stage"] == "refused":
            raise GateRefused(move["detail"])
        # A service that was started again after the swap knows of no move.
        if not arrived or move["stage"] in ("failed", "stopped"):
            raise StepFailed(f"the move was {move['stage']}: {move['code']} {move['detail']}")
        return found

    def stop(self) -> dict[str, Any]:
        """Have a running move end at its next step."""
        return self._ask("DELETE", "/move")

    def back(self) -> dict[str, Any]:
        """Serve the space before the last move again."""
        return self._ask("POST", "/back")

    def finish(self) -> dict[str, Any]:
        """Let the space before the last move go."""
        return self._ask("POST", "/finish")

    def _patient_status(self) -> dict[str, Any]:
        deadline_s = time.monotonic() + self._patience_s
        while True:
            try:
                return self.status()
            except (Unavailable, Overloaded):
                if time.monotonic() > deadline_s:
                    raise
                time.sleep(0.5)

    def _ask(self, method: str, path: str, **request: Any) -> dict[str, Any]:
        try:
            answer = self._client.request(method, f"/v1/search/admin{path}", **request)
        except httpx.HTTPError as error:
            raise Unavailable(f"{self._client.base_url} does not answer: {error}") from error
        if answer.is_success:
            return answer.json()
        try:
            problem = answer.json()
            code, detail = problem["code"], problem["detail"]
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"{self._client.base_url} answers {answer.status_code}") from error
        pointers = [one["pointer"] for one in problem.get("errors", [])]
        raise _kinds().get(code, StepFailed)(detail, pointer=pointers[0] if pointers else None)


def _pack(folder: Path, names: list[str], file: BinaryIO) -> None:
    with tarfile.open(fileobj=file, mode="w") as archive:
        for name in names:
            archive.add(folder / name, name, recursive=False)
    file.seek(0)


def _kinds(kind: type[TiengNoiError] = TiengNoiError) -> dict[str, type[TiengNoiError]]:
    """Code → error."""
    found = {kind.code: kind}
    for child in kind.__subclasses__():
        found |= _kinds(child)
    return found
