"""The shapes of the HTTP interface: OpenAI's, and beside them what is ours (`confidence`, `x_lineage`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from pydantic import BaseModel

ResponseFormat = Literal["json", "text", "srt", "verbose_json", "vtt"]
Granularity = Literal["word", "segment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptionRequest:
    """The fields of one transcription, checked; `prompt` and `keywords` are heard by no greedy decoder.

    `granularities` is empty where the caller named none: `verbose_json` then holds words and segments.
    """

    model: str | None = None
    language: str = "vi"
    prompt: str = ""
    keywords: tuple[tuple[str, float], ...] = ()
    response_format: ResponseFormat = "json"
    temperature: float = 0.0
    granularities: frozenset[Granularity] = frozenset()
    logprobs: bool = False
    stream: bool = False


#: The multipart body for OpenAPI; names ending in `[]` may also come without the brackets.
TRANSCRIPTION_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "properties": {
                    "file": {"type": "string", "format": "binary", "description": "wav flac mp3 m4a mp4 ogg opus webm"},
                    "model": {"type": "string", "description": "One of the served names; the served model when left out."},
                    "language": {"type": "string", "enum": ["vi", "vi-VN"]},
                    "prompt": {"type": "string", "description": "Taken, and not heard by the greedy decoder."},
                    "keywords[]": {
                        "type": "array",
                        "items": {"type": "string"},
                        "description": "`phrase` or `phrase:boost`, alias hotwords[]; the greedy decoder does not hear them.",
                    },
                    "response_format": {"type": "string", "enum": list(get_args(ResponseFormat)), "default": "json"},
                    "temperature": {
                        "type": "number",
                        "minimum": 0,
                        "maximum": 1,
                        "description": "Decoding has no chance in it",
                    },
                    "timestamp_granularities[]": {
                        "type": "array",
                        "items": {"type": "string", "enum": list(get_args(Granularity))},
                        "description": "Only with verbose_json, which holds both when none is named.",
                    },
                    "include[]": {"type": "array", "items": {"type": "string", "enum": ["logprobs"]}},
                    "stream": {"type": "boolean", "description": "Server-sent events; with json or text."},
                    "chunking_strategy": {"description": "`auto` or an object; long audio is always cut at silence."},
                },
            }
        }
    },
}


class Usage(BaseModel):
    """What is counted: seconds of audio."""

    type: Literal["duration"] = "duration"
    seconds: float


class WordShape(BaseModel):
    """One word; times from the start of the audio in seconds."""

    word: str
    start: float
    end: float
    confidence: float


class SegmentShape(BaseModel):
    """One stretch between pauses, with every key that the SDK's type requires.

    `tokens` stays empty: token ids of a CTC vocabulary mean nothing outside their package.
    """

    id: int
    seek: int
    start: float
    end: float
    text: str
    tokens: list[int] = []
    temperature: float = 0.0
    avg_logprob: float
    compression_ratio: float
    no_speech_prob: float


class Logprob(BaseModel):
    """One word as a token; the tokens joined are the text."""

    token: str
    logprob: float
    bytes: list[int]


class ModelLineage(BaseModel):
    """From the answer back to the model, its package, its training and its data."""

    model_name: str
    model_version: str
    package_digest: str
    dataset_digest: str
    run_id: str


class LineageShape(ModelLineage):
    """From a transcript back to the bytes that made it."""

    transcript_id: str
    audio_sha256: str


class TranscriptionShape(BaseModel):
    """`response_format=json`."""

    text: str
    usage: Usage
    logprobs: list[Logprob] | None = None
    x_lineage: LineageShape


class VerboseTranscriptionShape(BaseModel):
    """`response_format=verbose_json`."""

    task: Literal["transcribe"] = "transcribe"
    language: str
    duration: float
    text: str
    segments: list[SegmentShape] | None = None
    words: list[WordShape] | None = None
    usage: Usage
    x_lineage: LineageShape


class DeltaEvent(BaseModel):
    """SSE: words that will not change any more."""

    type: Literal["transcript.text.delta"] = "transcript.text.delta"
    delta: str
    logprobs: list[Logprob] | None = None


class DoneEvent(BaseModel):
    """SSE: the whole text; all deltas joined are equal to it."""

    type: Literal["transcript.text.done"] = "transcript.text.done"
    text: str
    usage: Usage
    logprobs: list[Logprob] | None = None
    x_lineage: LineageShape


class ModelShape(BaseModel):
    """One served model."""

    id: str
    object: Literal["model"] = "model"
    created: int
    owned_by: str = "tiengnoi"
    x_version: str
    x_package_digest: str


class ModelListShape(BaseModel):
    """`GET /v1/models`."""

    object: Literal["list"] = "list"
    data: list[ModelShape]
