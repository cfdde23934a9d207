"""What the services count, under the names that API.md gives; labels are route templates, never a path or a tenant."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from data.schema import Seconds

CONTENT_TYPE = CONTENT_TYPE_LATEST
_LATENCY_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_RATIO = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)


class HttpMetrics:
    """What every HTTP door counts."""

    def __init__(self, registry: CollectorRegistry | None = None) -> None:
        self.registry = registry or CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Counter("http_requests", "Requests answered.", ["method", "route", "status"], registry=self.registry)
        self.seconds = Histogram(
            "http_request_duration_seconds", "From the head of a request to its last byte.", ["route"],
            buckets=_LATENCY_S, registry=self.registry,
        )  # fmt: skip
        self.errors = Counter("http_errors", "Requests refused or failed, by code.", ["code"], registry=self.registry)
        self.in_flight = Gauge("http_requests_in_flight", "Requests being answered.", registry=self.registry)

    def exposition(self) -> bytes:
        """The text that Prometheus reads."""
        return generate_latest(self.registry)


class AsrMetrics:
    """What speech recognition counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.audio_s = Counter("asr_audio_processed_seconds", "Seconds of audio recognised.", ["mode"], registry=registry)
        self.inference_s = Histogram(
            "asr_inference_seconds", "Time of one batch in the recogniser.", buckets=_LATENCY_S, registry=registry
        )
        self.real_time_factor = Histogram(
            "asr_real_time_factor_ratio", "Recogniser time over audio time, a batch.", buckets=_RATIO, registry=registry
        )
        self.final_latency_s = Histogram(
            "asr_final_latency_seconds", "From the received upload to the whole text.", buckets=_LATENCY_S, registry=registry
        )
        self.empty = Counter("asr_empty_transcripts", "Answers without a word.", registry=registry)
        self.invented = Counter("asr_unsupported_words", "Words dropped because no speech was near.", registry=registry)
        self.stage_s = Histogram(
            "pipeline_stage_duration_seconds",
            "Time of one stage of a request.",
            ["stage"],
            buckets=_LATENCY_S,
            registry=registry,
        )
        self.queued_s = Gauge("asr_queue_seconds", "Seconds of audio that wait.", registry=registry)
        self.held_s = Gauge("asr_held_seconds", "Seconds of decoded audio in memory.", registry=registry)
        self.waited_s = Histogram("asr_queue_wait_seconds", "How long a chunk waited.", buckets=_LATENCY_S, registry=registry)
        self.batch_clips = Histogram(
            "asr_batch_clips", "Chunks in a batch.", buckets=(1, 2, 4, 8, 16, 32, 64), registry=registry
        )
        self.padding = Histogram(
            "asr_batch_padding_ratio",
            "Share of a batch that is padding.",
            buckets=(0, 0.1, 0.2, 0.3, 0.4, 0.5),
            registry=registry,
        )
        self.model = Gauge("model_info", "The model that is served.", ["name", "version", "digest"], registry=registry)

    def batch_done(self, *, took_s: Seconds, audio_s: Seconds, padded_s: Seconds, clips: int) -> None:
        """Count one batch."""
        self.audio_s.labels(mode="batch").inc(audio_s)
        self.inference_s.observe(took_s)
        self.real_time_factor.observe(took_s / max(audio_s, 1e-3))
        self.batch_clips.observe(clips)
        self.padding.observe(1 - audio_s / padded_s if padded_s else 0)
