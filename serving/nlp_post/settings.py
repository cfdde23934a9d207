"""Settings of the normalizer's service."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from serving.batcher import Limits
from serving.settings import Count, Group, IntakeSettings, Positive, ServiceSettings, env_prefix


class RequestSettings(IntakeSettings):
    """What a request may bring."""

    max_bytes: Count = 4 * 1024 * 1024
    """Largest body; a megabyte of Vietnamese takes three where JSON escapes its letters."""
    max_wait_s: Positive = 30.0
    """Longest time in which a body must have arrived."""
    max_open: Count = 64
    """Requests that may be read and answered at once; more are answered 503."""
    max_text_bytes: Count = 1024 * 1024
    """Longest text, or all texts of a request together, in UTF-8."""
    max_texts: Count = 1024
    """Most texts of a request."""


class LaneSettings(Group):
    """How texts of all requests share the model; one batch runs at a time in each lane."""

    max_padded_bytes: Count = 16384
    """Largest batch: texts times the longest one, in bytes."""
    max_texts: Count = 64
    """Most texts in a batch."""
    max_wait_ms: Annotated[float, Field(ge=0)] = 2.0
    """How long an idle model waits for company for a first text."""
    max_queued_bytes: Count = 4 * 1024 * 1024
    """Bytes of text that may wait; more are answered 503."""
    timeout_s: Positive = 60.0
    """Longest time that a text may wait and be written."""

    @property
    def limits(self) -> Limits:
        """For the batcher, which counts bytes of text."""
        return Limits(
            unit="bytes of text",
            smallest=32,
            max_padded=self.max_padded_bytes,
            max_items=self.max_texts,
            max_wait_s=self.max_wait_ms / 1000,
            max_queued=self.max_queued_bytes,
            timeout_s=self.timeout_s,
        )


class NormalizerSettings(ServiceSettings):
    """Settings of the normalizer's service."""

    service = "normalizer"
    model_config = SettingsConfigDict(env_prefix=env_prefix(service))

    model_name: str = "normalizer-vi"
    """The name under which the model is asked for."""
    request: RequestSettings = RequestSettings()
    """What a request may bring."""
    long_bytes: Count = 8192
    """Longer texts take the other lane, so that nobody's sentence waits behind somebody's book."""
    batch: LaneSettings = LaneSettings()
    """How sentences share the model."""
    long: LaneSettings = LaneSettings(
        max_padded_bytes=65536, max_texts=8, max_wait_ms=0.0, max_queued_bytes=16 * 1024 * 1024, timeout_s=900.0
    )
    """How long texts do."""
