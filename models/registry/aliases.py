"""The aliases of one registered model, with what MLflow lacks: a lock, a read after each write, and a history.

Whoever moves an alias in the MLflow UI knows nothing of the lock; so each write is read back, and what we last
decided stands in the tag `champion.version`, to which the alias can be compared.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from data.artifacts import artifacts_dir
from data.errors import Busy

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: What fits the 5,000 characters that MLflow's database gives a tag of a registered model.
_HISTORY_LENGTH = 40


@contextmanager
def locked(model: str, *, timeout_s: float = 60.0) -> Iterator[None]:
    """Hold the only right on this machine to move the aliases of `model`.

    Raises:
        Busy: another process or thread held it for `timeout_s`.
    """
    path = artifacts_dir() / "mlflow" / f"{model}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + timeout_s
    with path.open("a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise Busy(f"another promotion of {model} has been running for {timeout_s:.0f} s") from error
                time.sleep(0.05)
        yield  # The lock goes with the file, also when the process dies.


class Aliases:
    """`champion`, `challenger` and `previous` of one registered model."""

    def __init__(self, client: MlflowClient, model: str) -> None:
        self.client, self.model = client, model

    def read(self) -> dict[str, str]:
        """Each alias with its version; empty where nothing is registered."""
        found = self._registered()
        return {alias: str(version) for alias, version in found.aliases.items()} if found else {}

    def ensure_model(self) -> None:
        """Make the registered model where it is missing."""
        if self._registered() is None:
            self.client.create_registered_model(self.model)

    def move(self, alias: str, version: str) -> None:
        """Point `alias` at `version`.

        Raises:
            Busy: the alias points elsewhere right after: somebody moved it in the same moment.
        """
        self.client.set_registered_model_alias(self.model, alias, version)
        now = self.read().get(alias)
        if now != version:
            raise Busy(f"{self.model}@{alias} was set to {version} and points at {now}: somebody else moves it too")

    def remove(self, alias: str) -> None:
        """Take `alias` away; no error where there is none."""
        self.client.delete_registered_model_alias(self.model, alias)

    def decided(self) -> str | None:
        """The version that we last let be champion; the alias may say otherwise."""
        found = self._registered()
        return (found.tags.get("champion.version") or None) if found else None

    def history(self) -> list[dict[str, str]]:
        """The last moves of `champion`, oldest first: version, how, at."""
        found = self._registered()
        return json.loads(found.tags.get("champion.history") or "[]") if found else []

    def decide(self, version: str | None, how: str) -> None:
        """Remember that `version` is champion (None: nobody is), and how it came to be."""
        entry = {"version": version or "", "how": how, "at": datetime.now(UTC).isoformat(timespec="seconds")}
        history = [*self.history(), entry][-_HISTORY_LENGTH:]
        self.client.set_registered_model_tag(self.model, "champion.history", json.dumps(history))
        self.client.set_registered_model_tag(self.model, "champion.version", version or "")

    def _registered(self):
        from mlflow.exceptions import MlflowException

        try:
            return self.client.get_registered_model(self.model)
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return None
            raise
