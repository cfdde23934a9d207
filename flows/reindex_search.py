"""Another embedder for the search: a second space, filled, measured on golden queries, swapped in; or back again."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger

from data.artifacts import artifacts_dir
from data.errors import BadParameter, UnknownModel
from flows.show import show_table
from models.registry.lifecycle import champion, download
from serving.search.bootstrap import golden_of, open_search, reindex
from serving.search.moving import Order
from serving.search.reindex import back, finish
from serving.search.remote import RemoteSearch
from serving.search.settings import SearchSettings
from serving.search.spaces import space_of
from serving.settings import read_settings

_STEPS = ("move", "back", "finish", "stop")


@flow(name="reindex-search", flow_run_name="{step}")
def reindex_search(
    config: str | None = None, package: str | None = None, step: str = "move", url: str | None = None
) -> dict[str, Any]:
    """Move a search to an embedder; the same command goes on where it was stopped.

    With `url`, a running service is moved from outside while it answers, by the token TIENGNOI_SEARCH_ADMIN__TOKEN: the
    package goes there, and the golden queries too. Without, the search of the settings is opened here, which needs its
    index for itself where the engine is embedded.

    Args:
        config: settings of the search, with their golden queries; configs/serving/search.yaml where none are named.
        package: folder of the embedder's serving package; the champion's where none is named.
        step: `move`; `back` to the space before the last move; `finish`, which lets that one go; `stop` a move of a service.
        url: of a running search.
    Returns:
        serving and previous (fingerprints), and the report of a move.
    Raises:
        GateRefused: the new space finds less; the old one goes on.
        UnknownModel: there is no champion. UnknownSpace: there is no space to go back to.
        Busy: another process holds the index. MoveRunning: the service is being moved to another model.
        BadToken, DoorClosed: the service does not let this in. Unavailable: it does not answer.
        StepFailed: the move of a service ended by another error.
    """
    if step not in _STEPS or (step == "stop" and url is None):
        raise BadParameter(f"{step!r} is no step; there are {', '.join(_STEPS)}", pointer="/step")
    settings = read_settings(SearchSettings, Path(config) if config else None)
    if step == "move" and package is None:
        found = champion("embedder")
        if found is None:
            raise UnknownModel("embedder: there is no champion to move to")
        package = str(download(found.uri, artifacts_dir() / "packages" / found.digest[:16]))
    result = _order(settings, step, package, url) if url else asyncio.run(_take(settings, step, package))
    if report := result["report"]:
        rows = [{"space": name, **report[name]} for name in ("old", "new") if report[name]]
        overlap = report["overlap"]
        told = "nothing to compare with" if overlap is None else f"overlap of the first ten: {overlap:.3f}"
        show_table("reindex-search", rows, told)
    return result


async def _take(settings: SearchSettings, step: str, package: str | None) -> dict[str, Any]:
    async with open_search(settings) as opened:
        report = None
        if step == "move" and package is not None:
            engine = await asyncio.to_thread(opened.library.take_in, Path(package), name=settings.model_name)
            report = await reindex(opened, settings, engine.embedder)
        elif step == "back":
            await back(opened.spaces, space_of(opened.engine.embedder).fingerprint)
        elif step == "finish":
            await finish(opened.spaces)
        state = opened.spaces.state
        return {
            "serving": state.serving.fingerprint,
            "previous": state.previous.fingerprint if state.previous else None,
            "report": report.to_json() if report else None,
        }


def _order(settings: SearchSettings, step: str, package: str | None, url: str) -> dict[str, Any]:
    log = get_run_logger()
    with RemoteSearch(url, settings.admin.token.get_secret_value()) as search:
        if step == "move" and package is not None:
            order = Order(model=search.send(Path(package)), golden=golden_of(settings))
            found = search.move(order, lambda move: log.info("%s: %d of %d", move["stage"], move["copied"], move["points"]))
        else:
            found = {"back": search.back, "finish": search.finish, "stop": search.stop}[step]()
    previous = found["previous"]
    return {
        "serving": found["serving"]["fingerprint"],
        "previous": previous["fingerprint"] if previous else None,
        "report": (found["move"]["report"] or None) if step == "move" else None,
    }
