"""What a training starts from: a checkpoint by the id of a hub, or in a local folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from data.errors import ConfigError, Unavailable


@contextmanager
def starting_from(start_from: str, what: str) -> Iterator[None]:
    """Load within: what the libraries say of a checkpoint that they do not get becomes ours.

    Args:
        start_from: an id, or a path; one that begins like a path is never asked of the hub.
        what: what the folder should hold, for the message.
    Raises:
        ConfigError: the folder is missing or does not hold it.
        Unavailable: the hub did not give it.
    """
    folder = Path(start_from)
    if not folder.is_dir() and start_from.startswith((".", "/")):
        raise ConfigError(f"{folder} is no folder", pointer="/model/start_from")
    try:
        yield
    except (OSError, ValueError, KeyError) as error:
        if folder.is_dir():
            raise ConfigError(f"{folder} holds no {what}: {error}", pointer="/model/start_from") from error
        raise Unavailable(f"the hub did not give {start_from}: {error}") from error
