"""Whatever is sent, a coded error comes back in bounded time and memory: never a 500, never a hang, nothing left over."""

import contextlib
import os
import socket
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest

from serving.contracts.errors import ANSWERS
from tests.behaviour.bad_audio import BAD_AUDIO
from tests.sounds import file_of, silence, voice

PATH = "/v1/audio/transcriptions"
GOOD = ("speech.flac", file_of(voice(1.5)))
MAX_UPLOAD = 32 * 1024 * 1024


@pytest.fixture(scope="module")
def client(asr_service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=asr_service.url, timeout=120) as client:
        yield client
        # A decoder may still hold a file of a caller who hung up; nothing else may stay.
        deadline_s = time.monotonic() + 20
        while any(asr_service.spool_dir.iterdir()) and time.monotonic() < deadline_s:
            time.sleep(0.1)
        assert not list(asr_service.spool_dir.iterdir()), "uploads were left behind"
        answered = [line for line in client.get("/metrics").text.splitlines() if line.startswith("http_requests_total")]
        assert answered and not [line for line in answered if 'status="5' in line]


def assert_refused(answer: httpx.Response, code: str) -> dict:
    body = answer.json()
    assert (body["code"], answer.status_code) == (code, ANSWERS[code].status), body
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["error"]["code"] == code and body["error"]["message"] == body["detail"]
    assert answer.headers["x-request-id"] and body["trace_id"] and body["instance"] == PATH
    assert not body["retryable"]
    return body


@pytest.mark.parametrize("name", BAD_AUDIO)
def test_bad_audio_is_refused_with_its_code(name, client):
    make, error = BAD_AUDIO[name]
    began_s = time.monotonic()
    assert_refused(client.post(PATH, files={"file": ("speech.wav", make())}, data={"model": "asr-vi"}), error.code)
    assert time.monotonic() - began_s < 60


@pytest.mark.parametrize(
    ("fields", "code", "pointer"),
    [
        ({"model": "whisper-1"}, "request.unknown_model", "/model"),
        ({"model": ""}, "request.unknown_model", "/model"),
        ({"model": "x" * 5000}, "request.unknown_model", "/model"),
        ({"response_format": "xml"}, "request.bad_parameter", "/response_format"),
        ({"response_format": "diarized_json"}, "request.bad_parameter", "/response_format"),
        ({"timestamp_granularities[]": "word"}, "request.bad_parameter", "/timestamp_granularities"),
        (
            {"timestamp_granularities[]": "syllable", "response_format": "verbose_json"},
            "request.bad_parameter",
            "/timestamp_granularities",
        ),
        ({"include[]": "everything"}, "request.bad_parameter", "/include"),
        ({"include[]": "logprobs", "response_format": "srt"}, "request.bad_parameter", "/include"),
        ({"stream": "true", "response_format": "vtt"}, "request.bad_parameter", "/response_format"),
        ({"stream": "perhaps"}, "request.bad_parameter", "/stream"),
        ({"temperature": "warm"}, "request.bad_parameter", "/temperature"),
        ({"temperature": "nan"}, "request.bad_parameter", "/temperature"),
        ({"temperature": "2"}, "request.bad_parameter", "/temperature"),
        ({"language": "tlh"}, "request.bad_parameter", "/language"),
        ({"prompt": "à" * 5000}, "request.bad_parameter", "/prompt"),
        ({"prompt": "x" * 70_000}, "request.bad_parameter", "/prompt"),
        ({"keywords[]": ["đèn", ""]}, "request.bad_parameter", "/keywords/1"),
        ({"keywords[]": "đèn:inf"}, "request.bad_parameter", "/keywords/0"),
        ({"hotwords": ["x"] * 250 + ["y" * 300]}, "request.bad_parameter", "/keywords/250"),
        ({"chunking_strategy": "manual"}, "request.bad_parameter", "/chunking_strategy"),
        ({"chunking_strategy": "{"}, "request.bad_parameter", "/chunking_strategy"),
        ({"chunking_strategy[threshold]": "high"}, "request.bad_parameter", "/chunking_strategy"),
        ({"chunking_strategy[speed]": "1"}, "request.bad_parameter", "/chunking_strategy"),
        ({"language": ["vi", "vi"]}, "request.bad_parameter", "/language"),
        ({"x": ["y"] * 300}, "request.bad_parameter", None),
    ],
)
def test_bad_fields_are_refused_and_named(fields, code, pointer, client):
    body = assert_refused(client.post(PATH, files={"file": GOOD}, data=fields), code)
    assert [error["pointer"] for error in body["errors"]] == ([pointer] if pointer else [])
    assert body["error"]["param"] == (pointer.lstrip("/") if pointer else None)
    assert len(body["detail"]) < 600


def test_names_with_and_without_brackets_are_the_same(client):
    for name in ("timestamp_granularities", "timestamp_granularities[]"):
        fields = {name: ["word"], "response_format": "verbose_json"}
        answer = client.post(PATH, files={"file": GOOD}, data=fields).json()
        assert answer["words"] and "segments" not in answer


def test_the_file_must_be_there_once_and_be_a_file(client):
    assert_refused(client.post(PATH, files={"other": GOOD}), "request.bad_parameter")
    assert_refused(client.post(PATH, files=[("file", GOOD), ("file", GOOD)]), "request.bad_parameter")
    assert_refused(client.post(PATH, files=[("file", GOOD), ("second", GOOD)]), "request.bad_parameter")
    only_fields = {"model": (None, "asr-vi")}
    assert_refused(client.post(PATH, files=only_fields), "request.missing_field")
    assert_refused(client.post(PATH, files=only_fields | {"file": (None, "text")}), "request.missing_field")


BOUNDARY = "multipart/form-data; boundary=B"
PART = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("application/json", b"{}", "request.unsupported_body"),
        ("application/x-www-form-urlencoded", b"file=x", "request.unsupported_body"),
        ("audio/wav", GOOD[1], "request.unsupported_body"),
        ("", b"x", "request.unsupported_body"),
        ("multipart/form-data", b"x", "request.bad_parameter"),
        ("multipart/form-data; boundary=" + "B" * 300, b"x", "request.bad_parameter"),
        (BOUNDARY, b"", "request.bad_parameter"),
        (BOUNDARY, b"no parts at all", "request.bad_parameter"),
        (BOUNDARY, PART + b"samples", "request.bad_parameter"),
        (BOUNDARY, PART + b"samples\r\n--B\r\n", "request.bad_parameter"),
        (BOUNDARY, b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--\r\n", "request.bad_parameter"),
        (BOUNDARY, b"--B\r\n: form-data\r\n\r\nx\r\n--B--\r\n", "request.bad_parameter"),
        (BOUNDARY, b"--B\r\nA: " + b"x" * 9000 + b"\r\n\r\nx\r\n--B--\r\n", "request.bad_parameter"),
        (BOUNDARY, b"--B\r\n" + b"A: x\r\n" * 50 + b"\r\nx\r\n--B--\r\n", "request.bad_parameter"),
        (
            BOUNDARY,
            b'--B\r\nContent-Disposition: form-data; name="model"\r\n\r\n\xff\xfe\r\n--B--\r\n',
            "request.bad_parameter",
        ),
        (BOUNDARY, b"--B--\r\n", "request.missing_field"),
    ],
)
def test_broken_bodies_are_refused(content_type, body, code, client):
    assert_refused(client.post(PATH, content=body, headers={"content-type": content_type}), code)


def test_a_body_announced_as_3_gb_is_refused_before_it_is_sent(asr_service):
    head = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {BOUNDARY}\r\nContent-Length: {3 << 30}\r\n\r\n"
    with socket.create_connection(_address(asr_service), timeout=30) as raw:
        raw.sendall(head.encode())
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ") and b"request.too_large" in answer


def test_a_body_that_grows_to_3_gb_is_refused_on_the_way_with_bounded_memory(client, asr_service):
    before, sent = asr_service.rss_bytes(), 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        yield PART
        block = os.urandom(1 << 20)
        for _ in range(3072):
            sent += len(block)
            yield block

    # Nobody reads the rest: the client may see the answer, or the closed connection first.
    with contextlib.suppress(httpx.WriteError, httpx.RemoteProtocolError):
        assert_refused(client.post(PATH, content=body(), headers={"content-type": BOUNDARY}), "request.too_large")
    assert MAX_UPLOAD <= sent < 3 * MAX_UPLOAD
    assert asr_service.rss_bytes() < before + 3 * MAX_UPLOAD
    assert client.get("/readyz").status_code == 200


def test_the_service_stays_small_after_all_of_it(client, asr_service):
    for _ in range(2):
        assert client.post(PATH, files={"file": ("s.flac", file_of(silence(600)))}).json()["text"] == ""
    assert asr_service.rss_bytes() < 700_000_000


def test_unknown_paths_and_methods_are_refused_in_the_same_form(client):
    for method, path, code in (
        ("GET", "/v1/audio/translations", "request.unknown_route"),
        ("GET", "/", "request.unknown_route"),
        ("GET", PATH, "request.bad_method"),
        ("BREW", PATH, "request.bad_method"),
        ("GET", "/v1/models/gpt-4", "request.unknown_model"),
    ):
        answer = client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (ANSWERS[code].status, code), path
    assert client.get(PATH).headers["allow"] == "POST"


@pytest.mark.parametrize(
    "head",
    [
        b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64,
        b"GET / HTTP/1.1\r\n" + b"A: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
    ids=["negative length", "two lengths", "TLS", "endless header"],
)
def test_what_is_no_http_is_refused_and_forgotten(head, asr_service, client):
    with socket.create_connection(_address(asr_service), timeout=30) as raw:
        raw.sendall(head)
        assert raw.recv(65_536).startswith(b"HTTP/1.1 400 ")
    assert client.get("/livez").status_code == 200


def test_request_ids_that_are_no_ids_are_replaced(client):
    for bad in ("a b", "x" * 500, "<script>", ""):
        assert client.get("/v1/models", headers={"x-request-id": bad}).headers["x-request-id"].startswith("req_")


def test_metrics_hold_templates_and_no_path_of_a_caller(client):
    client.get("/v1/models/secret-name-1")
    client.get("/secret-name-2")
    text = client.get("/metrics").text
    assert "secret-name" not in text
    assert 'route="/v1/models/{model}"' in text and 'route="unmatched"' in text
    for name in (
        "asr_audio_processed_seconds_total", "asr_inference_seconds", "asr_real_time_factor_ratio", "asr_final_latency_seconds",
        "asr_empty_transcripts_total", "pipeline_stage_duration_seconds", "model_info", "http_errors_total",
    ):  # fmt: skip
        assert f"\n{name}" in text, name


def _address(asr_service) -> tuple[str, int]:
    address = urlsplit(asr_service.url)
    return str(address.hostname), int(address.port or 0)
