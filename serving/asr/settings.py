"""Settings of the speech recognition service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from serving.batcher import Limits
from serving.settings import Count, Group, IntakeSettings, Positive, ServiceSettings, env_prefix


class UploadSettings(IntakeSettings):
    """What a request may bring."""

    max_bytes: Count = 256 * 1024 * 1024
    """Largest body; a larger one is refused while it arrives."""
    max_duration_s: Positive = 3600.0
    """Longest audio; decoding stops there."""
    spool_dir: Path | None = None
    """Where uploads lie while they are read; the system's folder for temporary files when empty."""


class DecodeSettings(Group):
    """The child processes that turn bytes into samples."""

    workers: Count = 2
    """Processes; as many files are decoded at once."""
    max_waiting: Count = 64
    """Uploads that may wait for a decoder; more are answered 503."""
    timeout_s: Positive = 120.0
    """Longest time for one file; longer than any honest file of the largest size takes."""
    max_memory_bytes: Count = 2 * 1024 * 1024 * 1024
    """Address space of one process."""
    max_held_s: Positive = 7200.0
    """Seconds of decoded audio held at once over all requests (64 kB each); more are answered 503."""


class SegmentSettings(Group):
    """Where long audio is cut, and what counts as speech."""

    max_chunk_s: Positive = 20.0
    """Longest stretch that the recogniser hears at once."""
    min_chunk_s: Positive = 5.0
    """A cut is not placed before this much of a stretch that must be cut."""
    keep_silence_s: Positive = 1.0
    """Silence kept at each side of speech; pauses of twice this and more are not recognised at all."""
    speech_threshold: Annotated[float, Field(gt=0.15, lt=1)] = 0.3
    """Probability at which speech begins; it ends 0.15 below. The worst telephone calls peak at 0.3, noise at 0.1."""
    word_margin_s: Positive = 0.5
    """A word further than this from any speech is taken for invented and dropped."""


class BatchSettings(Group):
    """How chunks of all requests share the recogniser."""

    max_padded_s: Positive = 60.0
    """Largest batch: clips times the longest one, in seconds."""
    max_clips: Count = 32
    """Most clips in a batch."""
    max_wait_ms: Annotated[float, Field(ge=0)] = 5.0
    """How long an idle recogniser waits for company for a first clip."""
    max_queued_s: Positive = 14400.0
    """Seconds of audio that may wait; more are answered 503."""
    timeout_s: Positive = 600.0
    """Longest time that a chunk may wait and be recognised."""

    @property
    def limits(self) -> Limits:
        """For the batcher, which counts seconds of audio."""
        return Limits(
            unit="seconds of audio",
            smallest=0.25,
            max_padded=self.max_padded_s,
            max_items=self.max_clips,
            max_wait_s=self.max_wait_ms / 1000,
            max_queued=self.max_queued_s,
            timeout_s=self.timeout_s,
        )


class AsrSettings(ServiceSettings):
    """Settings of the speech recognition service."""

    service = "asr"
    model_config = SettingsConfigDict(env_prefix=env_prefix(service))

    model_name: str = "asr-vi"
    """The name under which the model is asked for."""
    upload: UploadSettings = UploadSettings()
    """What a request may bring."""
    decode: DecodeSettings = DecodeSettings()
    """The decoder processes."""
    segment: SegmentSettings = SegmentSettings()
    """Where long audio is cut."""
    batch: BatchSettings = BatchSettings()
    """How requests share the recogniser."""
