"""How requests come in: so many at once, so large, so slowly, and given up when their caller is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from data.errors import BodyTooLarge, Overloaded, SlowRequest
from serving.settings import IntakeSettings

T = TypeVar("T")


class Intake:
    """The limits of one service's door, and the requests that are open."""

    def __init__(self, settings: IntakeSettings) -> None:
        self._settings, self._open = settings, 0

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """Count a request as open until the block ends.

        Raises:
            Overloaded: too many are open.
        """
        if self._open >= self._settings.max_open:
            raise Overloaded(f"{self._open} requests are open")
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1

    async def blocks(self, request: Request) -> AsyncIterator[bytes]:
        """The body, while it arrives.

        Raises:
            BodyTooLarge: announced larger than `max_bytes`, or larger when it came.
            SlowRequest: not all there after `max_wait_s`.
        """
        max_bytes, max_wait_s = self._settings.max_bytes, self._settings.max_wait_s
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced) > max_bytes:
            raise BodyTooLarge(f"{announced} bytes are more than {max_bytes}")
        received, came = 0, request.stream()
        deadline_s = asyncio.get_running_loop().time() + max_wait_s
        while True:
            try:
                async with asyncio.timeout_at(deadline_s):
                    block = await anext(came, None)
            except TimeoutError as error:
                raise SlowRequest(f"the body was not there after {max_wait_s:.0f} s") from error
            if block is None:
                return
            received += len(block)
            if received > max_bytes:
                raise BodyTooLarge(f"more than {max_bytes} bytes came")
            yield block


async def unless_gone(request: Request, work: Awaitable[T]) -> T:
    """Do the work unless the caller hangs up; then it is given up, down to the queue.

    Raises:
        ClientDisconnect: the caller hung up.
    """
    working = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((working, gone), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        for task in (working, gone):
            task.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
