"""What the services count, under the names that API.md gives; labels are route templates, never a path or a tenant."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from data.schema import Seconds

CONTENT_TYPE = CONTENT_TYPE_LATEST
_LATENCY_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
_BYTES = (64, 256, 1024, 4096, 16384, 65536, 262144, 1048576)
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

    def queued(self, size: Seconds) -> None:
        """So many seconds of audio wait now."""
        self.queued_s.set(size)

    def waited(self, wait_s: Seconds) -> None:
        """A chunk's turn has come."""
        self.waited_s.observe(wait_s)

    def batch_done(self, *, took_s: Seconds, size: Seconds, padded: Seconds, items: int) -> None:
        """Count one batch; sizes are seconds of audio."""
        self.audio_s.labels(mode="batch").inc(size)
        self.inference_s.observe(took_s)
        self.real_time_factor.observe(took_s / max(size, 1e-3))
        self.batch_clips.observe(items)
        self.padding.observe(1 - size / padded if padded else 0)


class EmbedderMetrics:
    """What the embedder counts; a batcher's watch whose sizes are bytes of text."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter("embedder_requests", "Requests whose texts were embedded.", ["kind"], registry=registry)
        self.texts = Counter("embedder_texts", "Texts embedded.", ["kind"], registry=registry)
        self.tokens = Counter("embedder_tokens", "Tokens read.", ["kind"], registry=registry)
        self.latency_s = Histogram(
            "embedder_latency_seconds", "From the checked request to all of its vectors.", buckets=_LATENCY_S, registry=registry
        )
        self.inference_s = Histogram("embedder_inference_seconds", "Time of one batch.", buckets=_LATENCY_S, registry=registry)
        self.waited_s = Histogram(
            "embedder_queue_wait_seconds", "How long a part waited.", buckets=_LATENCY_S, registry=registry
        )
        self.queued_bytes = Gauge("embedder_queue_bytes", "Bytes of text that wait.", registry=registry)
        self.batch_bytes = Histogram("embedder_batch_bytes", "Bytes of text in a batch.", buckets=_BYTES, registry=registry)
        self.model = Gauge("model_info", "The model that is served.", ["name", "version", "digest"], registry=registry)

    def embedded(self, *, kind: str, took_s: Seconds, texts: int, tokens: int) -> None:
        """Count one request."""
        self.requests.labels(kind=kind).inc()
        self.texts.labels(kind=kind).inc(texts)
        self.tokens.labels(kind=kind).inc(tokens)
        self.latency_s.observe(took_s)

    def queued(self, size: float) -> None:
        """So many bytes wait now."""
        self.queued_bytes.set(size)

    def waited(self, wait_s: Seconds) -> None:
        """A part's turn has come."""
        self.waited_s.observe(wait_s)

    def batch_done(self, *, took_s: Seconds, size: float, padded: float, items: int) -> None:
        """Count one batch."""
        self.inference_s.observe(took_s)
        self.batch_bytes.observe(size)


class NormalizerMetrics:
    """What the normalizer counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.requests = Counter("normalizer_requests", "Requests whose texts were written.", ["style"], registry=registry)
        self.refused = Counter(
            "normalizer_refused", "Stretches that the model wrote and a guard did not let through.", registry=registry
        )
        self.ruled = Counter("normalizer_ruled", "Expressions that the rules wrote.", registry=registry)
        self.latency_s = Histogram(
            "normalizer_latency_seconds", "From the checked request to all of its texts.", buckets=_LATENCY_S, registry=registry
        )
        self.model = Gauge("model_info", "The model that is served.", ["name", "version", "digest"], registry=registry)
        self.texts = Counter("normalizer_texts", "Texts written.", ["lane"], registry=registry)
        self.bytes = Counter("normalizer_text_processed_bytes", "Bytes of text written.", ["lane"], registry=registry)
        self.inference_s = Histogram(
            "normalizer_inference_seconds", "Time of one batch.", ["lane"], buckets=_LATENCY_S, registry=registry
        )
        self.waited_s = Histogram(
            "normalizer_queue_wait_seconds", "How long a text waited.", ["lane"], buckets=_LATENCY_S, registry=registry
        )
        self.queued_bytes = Gauge("normalizer_queue_bytes", "Bytes of text that wait.", ["lane"], registry=registry)
        self.batch_bytes = Histogram(
            "normalizer_batch_bytes", "Bytes of text in a batch.", ["lane"], buckets=_BYTES, registry=registry
        )

    def lane(self, name: str) -> NormalizerLane:
        """What the batcher of one lane is watched with."""
        return NormalizerLane(self, name)

    def written(self, *, style: str, took_s: Seconds, refused: int, ruled: int) -> None:
        """Count one request."""
        self.requests.labels(style=style).inc()
        self.latency_s.observe(took_s)
        self.refused.inc(refused)
        self.ruled.inc(ruled)


class NormalizerLane:
    """One lane of the normalizer; sizes are bytes of text."""

    def __init__(self, metrics: NormalizerMetrics, name: str) -> None:
        self._metrics, self._lane = metrics, {"lane": name}
        metrics.queued_bytes.labels(**self._lane).set(0)

    def queued(self, size: float) -> None:
        """So many bytes wait now."""
        self._metrics.queued_bytes.labels(**self._lane).set(size)

    def waited(self, wait_s: Seconds) -> None:
        """A text's turn has come."""
        self._metrics.waited_s.labels(**self._lane).observe(wait_s)

    def batch_done(self, *, took_s: Seconds, size: float, padded: float, items: int) -> None:
        """Count one batch."""
        self._metrics.texts.labels(**self._lane).inc(items)
        self._metrics.bytes.labels(**self._lane).inc(size)
        self._metrics.inference_s.labels(**self._lane).observe(took_s)
        self._metrics.batch_bytes.labels(**self._lane).observe(size)


class SearchMetrics:
    """What the search counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.queries = Counter("search_queries", "Questions that were answered.", ["mode"], registry=registry)
        self.empty = Counter("search_empty_answers", "Questions without a hit.", ["mode"], registry=registry)
        self.latency_s = Histogram(
            "search_latency_seconds", "From the checked question to its hits.", ["mode"], buckets=_LATENCY_S, registry=registry
        )
        self.model = Gauge("model_info", "The model that is served.", ["name", "version", "digest"], registry=registry)

    def answered(self, *, mode: str, took_s: Seconds, hits: int) -> None:
        """Count one question."""
        self.queries.labels(mode=mode).inc()
        self.latency_s.labels(mode=mode).observe(took_s)
        if not hits:
            self.empty.labels(mode=mode).inc()
