"""One transcription in each of the formats that a caller may ask for."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from data.schema import Seconds, Word
from serving.asr.captions import Caption, captions
from serving.asr.segment import Speech
from serving.contracts.api import (
    LineageShape,
    Logprob,
    SegmentShape,
    TranscriptionRequest,
    TranscriptionShape,
    Usage,
    VerboseTranscriptionShape,
    WordShape,
)

JSON, PLAIN = "application/json", "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Everything that an answer is made of."""

    words: tuple[Word, ...]
    speech: Speech
    duration_s: Seconds
    lineage: LineageShape

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def usage(self) -> Usage:
        return Usage(seconds=round(self.duration_s, 3))


def render(heard: Heard, request: TranscriptionRequest) -> tuple[str, str]:
    """The body and its content type."""
    return _RENDERERS[request.response_format](heard, request)


def logprobs(words: tuple[Word, ...], *, first: bool = True) -> list[Logprob]:
    """Words as tokens, each but the first of a text with its leading space."""
    found = []
    for i, word in enumerate(words):
        token = word.text if first and i == 0 else f" {word.text}"
        found.append(Logprob(token=token, logprob=_log(word.confidence), bytes=list(token.encode())))
    return found


def _json(heard: Heard, request: TranscriptionRequest) -> tuple[str, str]:
    shape = TranscriptionShape(
        text=heard.text,
        usage=heard.usage,
        logprobs=logprobs(heard.words) if request.logprobs else None,
        x_lineage=heard.lineage,
    )
    return shape.model_dump_json(exclude_none=True), JSON


def _verbose_json(heard: Heard, request: TranscriptionRequest) -> tuple[str, str]:
    wanted = request.granularities or {"word", "segment"}
    shape = VerboseTranscriptionShape(
        language=request.language,
        duration=round(heard.duration_s, 3),
        text=heard.text,
        segments=_segments(heard, request) if "segment" in wanted else None,
        words=[_word(w) for w in heard.words] if "word" in wanted else None,
        usage=heard.usage,
        x_lineage=heard.lineage,
    )
    return shape.model_dump_json(exclude_none=True), JSON


def _text(heard: Heard, request: TranscriptionRequest) -> tuple[str, str]:
    return heard.text, PLAIN


def _srt(heard: Heard, request: TranscriptionRequest) -> tuple[str, str]:
    blocks = [f"{n}\n{_cue(c, ',')}\n" for n, c in enumerate(captions(heard.words), start=1)]
    return "\n".join(blocks), PLAIN


def _vtt(heard: Heard, request: TranscriptionRequest) -> tuple[str, str]:
    return "\n".join(["WEBVTT\n", *(f"{_cue(c, '.')}\n" for c in captions(heard.words))]), PLAIN


_RENDERERS: dict[str, Callable[[Heard, TranscriptionRequest], tuple[str, str]]] = {
    "json": _json,
    "verbose_json": _verbose_json,
    "text": _text,
    "srt": _srt,
    "vtt": _vtt,
}


def _cue(caption: Caption, point: str) -> str:
    times = f"{_clock(caption.start_s, point)} --> {_clock(caption.end_s, point)}"
    return "\n".join([times, *caption.lines])


def _clock(seconds: Seconds, point: str) -> str:
    whole, ms = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{ms:03}"


def _word(word: Word) -> WordShape:
    return WordShape(
        word=word.text, start=round(word.start_s, 3), end=round(word.end_s, 3), confidence=round(word.confidence, 4)
    )


def _segments(heard: Heard, request: TranscriptionRequest) -> list[SegmentShape]:
    return [
        SegmentShape(
            id=i,
            # Whisper counts seek in frames of 10 ms; clients only sort by it.
            seek=round(caption.start_s * 100),
            start=round(caption.start_s, 3),
            end=round(caption.end_s, 3),
            text=caption.text,
            temperature=request.temperature,
            avg_logprob=sum(_log(w.confidence) for w in caption.words) / len(caption.words),
            compression_ratio=len(caption.text.encode()) / len(zlib.compress(caption.text.encode())),
            no_speech_prob=heard.speech.no_speech(caption.start_s, caption.end_s),
        )
        for i, caption in enumerate(captions(heard.words))
    ]


def _log(confidence: float) -> float:
    return math.log(min(max(confidence, 1e-6), 1.0))
