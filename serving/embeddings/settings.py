"""Settings of the embeddings' service."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from serving.batcher import Limits
from serving.settings import Count, Group, IntakeSettings, Positive, ServiceSettings, env_prefix


class RequestSettings(IntakeSettings):
    """What a request may bring."""

    max_bytes: Count = 8 * 1024 * 1024
    """Largest body."""
    max_wait_s: Positive = 30.0
    """Longest time in which a body must have arrived."""
    max_open: Count = 128
    """Requests that may be read and answered at once; more are answered 503."""
    max_text_bytes: Count = 64 * 1024
    """Longest text, in UTF-8."""
    max_texts: Count = 2048
    """Most texts of a request."""


class BatchSettings(Group):
    """How texts of all requests share the model; one batch runs at a time."""

    max_padded_bytes: Count = 262144
    """Largest batch: parts of requests times the largest one, in bytes."""
    max_texts: Count = 32
    """Most texts of one request that go to the model together; the next ones let others pass."""
    max_parts: Count = 16
    """Most such parts in a batch."""
    max_wait_ms: Annotated[float, Field(ge=0)] = 1.0
    """How long an idle model waits for company for a first part."""
    max_queued_bytes: Count = 32 * 1024 * 1024
    """Bytes of text that may wait; more are answered 503."""
    timeout_s: Positive = 300.0
    """Longest time that a part may wait and be embedded; 2,048 long texts take a transformer minutes on two cores."""

    @property
    def limits(self) -> Limits:
        """For the batcher, which counts bytes of text."""
        return Limits(
            unit="bytes of text",
            smallest=256,
            max_padded=self.max_padded_bytes,
            max_items=self.max_parts,
            max_wait_s=self.max_wait_ms / 1000,
            max_queued=self.max_queued_bytes,
            timeout_s=self.timeout_s,
        )


class EmbeddingsSettings(ServiceSettings):
    """Settings of the embeddings' service."""

    service = "embedder"
    model_config = SettingsConfigDict(env_prefix=env_prefix(service))

    model_name: str = "embedder-vi"
    """The name under which the model is asked for."""
    request: RequestSettings = RequestSettings()
    """What a request may bring."""
    batch: BatchSettings = BatchSettings()
    """How texts share the model."""
