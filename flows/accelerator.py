"""One training at a time on this machine's accelerator, whoever starts it: a strict limit in Prefect."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.client.orchestration import get_client
from prefect.concurrency.sync import concurrency

LIMIT = "gpu"
#: A flow that was killed holds its place until its lease ends; the smallest lease that Prefect renews reliably.
_LEASE_S = 60.0


@contextmanager
def one_accelerator(log: logging.Logger | logging.LoggerAdapter) -> Iterator[None]:
    """Hold the accelerator; wait while another flow holds it.

    The limit is made where it is missing: `strict` then refuses to run without it, where Prefect would only warn.
    An operator may have set another number of places; it is kept.
    """
    with get_client(sync_client=True) as client:
        names = {limit.name for limit in client.read_global_concurrency_limits(limit=200)}
        if LIMIT not in names:
            client.upsert_global_concurrency_limit_by_name(LIMIT, 1)
    log.info("waiting for the accelerator")
    with concurrency(LIMIT, occupy=1, lease_duration=_LEASE_S, strict=True):
        log.info("the accelerator is ours")
        yield
