"""OpenAI's client, unmodified, against a Bento that is really served."""

import asyncio
import re
from typing import Any, cast

import openai
import pytest

from data.audio import decode
from models.asr.infer import Recognizer
from tests.sounds import file_of, silence, voice

SPEECH = ("speech.flac", file_of(voice(6)))


@pytest.fixture(scope="module")
def client(asr_service):
    with openai.OpenAI(base_url=f"{asr_service.url}/v1", api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def offline_text(asr_package) -> str:
    return Recognizer.open(asr_package).transcribe([decode(SPEECH[1])])[0].text


def create(client: openai.OpenAI, file: Any = SPEECH, **fields: Any) -> Any:
    return client.audio.transcriptions.create(file=file, model=fields.pop("model", "asr-vi"), **fields)


def test_json_says_what_the_recogniser_says_offline(client, offline_text):
    answer = create(client)
    assert answer.text == offline_text != ""
    assert (answer.usage.type, answer.usage.seconds) == ("duration", 6.0)
    lineage = answer.model_extra["x_lineage"]
    assert lineage["model_name"] == "asr-vi" and lineage["model_version"] == "7"
    assert lineage["dataset_digest"] == "d" * 32 and lineage["run_id"] == "r" * 32
    assert len(lineage["package_digest"]) == len(lineage["audio_sha256"]) == 64


def test_text(client, offline_text):
    assert create(client, response_format="text") == offline_text


def test_srt_and_vtt_hold_every_word(client, offline_text):
    srt, vtt = create(client, response_format="srt"), create(client, response_format="vtt")
    assert srt.startswith("1\n00:00:00,") and vtt.startswith("WEBVTT\n\n00:00:00.")
    for captions in (srt, vtt):
        spoken = [line for line in captions.splitlines() if line and not re.match(r"^(WEBVTT|\d+$|\d\d:)", line)]
        assert " ".join(spoken) == offline_text


def test_verbose_json_has_words_and_segments(client, offline_text):
    answer = create(client, response_format="verbose_json", timestamp_granularities=["word", "segment"], language="vi")
    assert answer.text == offline_text
    assert (answer.language, answer.duration) == ("vi", 6.0)
    assert [w.word for w in answer.words] == offline_text.split()
    assert " ".join(segment.text for segment in answer.segments) == offline_text
    assert all(0 <= a.start <= a.end <= b.start + 1e-9 for a, b in zip(answer.words, answer.words[1:], strict=False))
    assert all(0 <= w.model_extra["confidence"] <= 1 for w in answer.words)
    assert all(s.avg_logprob <= 0 <= s.no_speech_prob <= 1 for s in answer.segments)
    assert create(client, response_format="verbose_json", timestamp_granularities=["word"]).segments is None


def test_a_stream_is_append_only_and_joins_to_the_text(client, offline_text):
    events = list(create(client, stream=True))
    assert [event.type for event in events[:-1]] == ["transcript.text.delta"] * (len(events) - 1)
    assert events[-1].type == "transcript.text.done"
    assert "".join(event.delta for event in events[:-1]) == events[-1].text == offline_text
    assert events[-1].model_extra["x_lineage"]["transcript_id"].startswith("tr_")


def test_logprobs_join_to_the_text(client, offline_text):
    answer = create(client, include=["logprobs"])
    assert "".join(token.token for token in answer.logprobs) == offline_text


def test_every_other_field_of_openai_is_taken(client, offline_text):
    answer = create(
        client, language="vi-VN", prompt="gọi cho mẹ", temperature=0.2, keywords=["quạt:2.5", "đèn bếp"],
        chunking_strategy={"type": "server_vad", "threshold": 0.5}, extra_body={"hotwords": ["phòng"]},
    )  # fmt: skip
    assert answer.text == offline_text


def test_headers_name_the_request_the_transcript_and_the_model(client):
    raw = client.audio.transcriptions.with_raw_response.create(
        file=SPEECH, model="asr-vi", extra_headers={"x-request-id": "mine-1"}
    )
    assert raw.headers["x-request-id"] == "mine-1"
    assert raw.headers["x-model-version"] == "7"
    again = client.audio.transcriptions.with_raw_response.create(file=SPEECH, model="asr-vi@7")
    assert again.headers["x-transcript-id"] == raw.headers["x-transcript-id"]
    assert again.headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize(("container", "subtype"), [("WAV", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", None)])
def test_every_container_is_heard(client, container, subtype):
    assert create(client, ("speech", file_of(voice(3), container, subtype))).usage.seconds == pytest.approx(3, abs=0.1)


def test_silence_is_no_text_in_every_format(client):
    file = ("silence.flac", file_of(silence(5)))
    assert create(client, file).text == ""
    assert create(client, file, response_format="srt") == ""
    assert create(client, file, response_format="vtt").strip() == "WEBVTT"
    assert [event.type for event in create(client, file, stream=True)] == ["transcript.text.done"]


def test_long_audio_is_heard_to_its_end(client):
    pieces = [voice(22, 1), silence(4), voice(45, 2), silence(1), voice(18, 3)]
    import numpy as np

    answer = create(client, ("long.flac", file_of(np.concatenate(pieces))), response_format="verbose_json")
    assert answer.duration == 90
    starts = [w.start for w in answer.words]
    assert starts == sorted(starts)
    assert answer.words[-1].end > 88
    for start_s, stop_s in ((0, 22), (26, 71), (72, 90)):
        covered = [w for w in answer.words if start_s <= w.start < stop_s]
        assert len(covered) > (stop_s - start_s), "words everywhere where there is sound"
    assert not [w for w in answer.words if 23 < w.start < 25], "and none in the pause"
    assert all(segment.end - segment.start <= 7.01 for segment in answer.segments)


def test_many_at_once_say_what_one_alone_says(asr_service, client):
    files = [("a.flac", file_of(voice(1 + n % 5, n))) for n in range(12)]
    alone = [create(client, file).text for file in files]

    async def together() -> list[str]:
        async with openai.AsyncOpenAI(base_url=f"{asr_service.url}/v1", api_key="none", max_retries=0) as many:
            asked = [many.audio.transcriptions.create(file=file, model="asr-vi") for file in files]
            return [answer.text for answer in await asyncio.gather(*asked)]

    assert asyncio.run(together()) == alone


def test_models_are_listed_and_found(client):
    (model,) = client.models.list().data
    assert (model.id, model.object) == ("asr-vi", "model")
    assert client.models.retrieve("asr-vi").id == client.models.retrieve("asr-vi@champion").id == "asr-vi"
    with pytest.raises(openai.NotFoundError, match="is not served here"):
        client.models.retrieve("whisper-1")


def test_the_client_shows_the_message_and_the_code(client):
    with pytest.raises(openai.NotFoundError, match="'whisper-1' is not served here") as unknown:
        create(client, model="whisper-1")
    assert cast(Any, unknown.value).code == "request.unknown_model"
    assert (unknown.value.param, unknown.value.type) == ("model", "invalid_request_error")
    with pytest.raises(openai.BadRequestError, match="only with response_format=verbose_json") as early:
        create(client, timestamp_granularities=["word"])
    assert early.value.code == "request.bad_parameter"
    with pytest.raises(openai.APIStatusError) as text:
        create(client, ("speech.wav", b"not audio at all " * 50))
    assert (text.value.status_code, text.value.code) == (415, "audio.unsupported")
