"""Whatever is sent to `/v1/normalize`, an answer or a coded error comes back, in bounded time: never a 500, never a hang."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from serving.contracts.errors import ANSWERS
from tests.in_process import normalizer_client

PATH = "/v1/normalize"
JSON = {"content-type": "application/json"}
MEGABYTE = 1 << 20
SENTENCE = "ngày hai mươi tư tháng bảy năm hai không hai lăm bệnh nhân trả một triệu rưỡi đồng "


@pytest.fixture(scope="module")
def client(normalizer_package) -> Iterator[httpx.Client]:
    with normalizer_client(normalizer_package) as client:
        yield client
        answered = [line for line in client.get("/metrics").text.splitlines() if line.startswith("http_requests_total")]
        assert answered and not [line for line in answered if 'status="5' in line]


def assert_refused(answer: httpx.Response, code: str, pointer: str | None = None) -> None:
    body = answer.json()
    assert (body["code"], answer.status_code) == (code, ANSWERS[code].status), body
    assert answer.headers["content-type"] == "application/problem+json"
    assert body["error"]["code"] == code and body["error"]["message"] == body["detail"]
    assert answer.headers["x-request-id"] and body["trace_id"] and body["instance"] == PATH
    assert [error["pointer"] for error in body["errors"]] == ([pointer] if pointer else [])
    assert len(answer.content) < 2000


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"not json", "request.bad_parameter", None),
        (b'{"text": "a\\ud800"}', "text.not_utf8", "/text"),
        (b'{"text": "\xff"}', "text.not_utf8", None),
        (b'{"text": ""}', "text.empty", "/text"),
        (b'{"text": "  \\n "}', "text.empty", "/text"),
        (b'{"text": "\\u0000\\u0001"}', "text.empty", "/text"),
        (b'{"text": "a", "style": "pirate"}', "request.bad_parameter", "/style"),
        (b'{"text": "a", "texts": ["b"]}', "request.bad_parameter", "/texts"),
        (b'{"text": 5}', "request.bad_parameter", "/text"),
        (b"{}", "request.missing_field", "/text"),
        (b'{"text": "a", "model": "gpt-5"}', "request.unknown_model", "/model"),
        (b'{"text": "a", "model": "\\ud800"}', "request.unknown_model", "/model"),
        (json.dumps({"texts": ["a"] * 1025}).encode(), "request.bad_parameter", "/texts"),
        (json.dumps({"text": "ạ" * (MEGABYTE // 3 + 1)}).encode(), "request.too_large", "/text"),
        (b" " * (4 * MEGABYTE + 1), "request.too_large", None),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_bad_request_is_refused(body, code, pointer, client):
    # What a request may hold is tested in tests/contract/test_normalize_answers.py; here, how its refusal comes back.
    assert_refused(client.post(PATH, content=body, headers=JSON), code, pointer)


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=B"]
)
def test_only_json_is_read(content_type, client):
    assert_refused(
        client.post(PATH, content=b'{"text": "a"}', headers={"content-type": content_type}), "request.unsupported_body"
    )
    assert client.post(PATH, content=b'{"text": "a"}', headers={"content-type": "Application/JSON; charset=utf-8"}).is_success


ODD = [
    ("một\0hai\x07ba\x1b[31mbốn", "control characters between words"),
    ("🎉🎉 một trăm 🎉", "emoji"),
    ("một 漢字 tháng ба ไทย שלום hai", "mixed scripts"),
    ("mo\u0323\u0302t tra\u0306m", "decomposed letters"),
    ("\u202emột\u202c hai\u200bba \ufeffbốn", "invisible characters"),
    ("một " * 50 + "x" * 20_000 + " hai", "a word as long as a page"),
    ("hai mươi\r\nba mươi\rbốn mươi\u2028năm mươi\vsáu", "every line break"),
    ("\u0301\u0302\u0303", "marks without a letter"),
    ("9" * 3000, "a number that is written already"),
    ("không " * 500, "a number without an end"),
    ("3² 31mbốn ٣ Ⅳ ½ 1.000.0 một hai", "digits that are no number"),
    ("\U0010ffff\ufffe\ufdd0 một", "characters that are none"),
]  # fmt: skip


@pytest.mark.parametrize("style", ["vi", "nemo"])
@pytest.mark.parametrize(("text", "why"), ODD, ids=[why for _, why in ODD])
def test_odd_text_is_answered_and_every_character_mapped(text, why, style, client):
    answer = client.post(PATH, json={"text": text, "style": style})
    assert answer.status_code == 200, answer.text
    assert_mapped(text, answer.json())


def assert_mapped(text: str, body: dict) -> None:
    """Spans follow each other without a gap on both sides."""
    for side, whole in (("spoken", text), ("written", body["text"])):
        ends = [0, *(span[side][1] for span in body["spans"])]
        assert [span[side][0] for span in body["spans"]] == ends[:-1]
        assert ends[-1] == len(whole)


def test_sentences_are_answered_while_a_long_text_is_written(client):
    """How long a megabyte takes is a figure of the model's speed; the way through the service is that of any long text."""
    count = 150
    text, before = (SENTENCE * count).strip(), counted(client, 'normalizer_texts_total{lane="long"}')
    with ThreadPoolExecutor(1) as other:
        long = other.submit(lambda: client.post(PATH, json={"text": text}, timeout=300))
        wait_for(lambda: counted(client, "http_requests_in_flight") == 2)
        meanwhile = 0
        while not long.done():
            assert client.post(PATH, json={"text": "hai mươi bốn"}).json()["text"] == "24"
            meanwhile += 1
    assert meanwhile > 2
    answer = long.result()
    print(f"{len(text.encode())} bytes in {answer.elapsed.total_seconds():.1f} s, {meanwhile} sentences meanwhile")
    assert_mapped(text, answer.json())
    assert answer.json()["text"].count("1.500.000 đồng") == count
    assert counted(client, 'normalizer_texts_total{lane="long"}') == before + 1


def test_more_open_requests_than_may_be_are_refused(normalizer_package):
    with normalizer_client(normalizer_package, request={"max_open": 1}) as client, raw_connection(client) as raw:
        raw.sendall(head(length=1000, expect="100-continue"))
        assert raw.recv(1024).startswith(b"HTTP/1.1 100 ")  # It is let in, and its body is awaited.
        assert_overloaded(client.post(PATH, json={"text": "a"}))


def test_a_full_queue_and_a_late_turn_are_told_when_to_come_back(normalizer_package):
    batch = {"max_queued_bytes": 50, "max_wait_ms": 500}
    with normalizer_client(normalizer_package, batch=batch) as client:
        texts = ["một hai ba bốn năm"] * 5
        assert_overloaded(client.post(PATH, json={"texts": texts}))
    with normalizer_client(normalizer_package, batch={"timeout_s": 0.001, "max_wait_ms": 100}) as client:
        assert_overloaded(client.post(PATH, json={"text": "một"}))
        long = client.post(PATH, json={"text": SENTENCE * 120})
        assert long.status_code == 200, "the other lane has its own clock"


def test_a_body_that_does_not_come_is_given_up(normalizer_package):
    with normalizer_client(normalizer_package, request={"max_wait_s": 0.3}) as client, raw_connection(client) as raw:
        raw.sendall(head(length=1000))
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 408 ") and b"request.too_slow" in answer


def test_a_caller_who_hangs_up_while_waiting_is_not_written_for(normalizer_package):
    with normalizer_client(normalizer_package, batch={"max_wait_ms": 1500}) as client:
        with raw_connection(client) as raw:
            raw.sendall(head(length=16) + b'{"text": "mot" }')
            wait_for(lambda: counted(client, 'normalizer_queue_bytes{lane="short"}') > 0)
        wait_for(lambda: counted(client, 'http_requests_total{method="POST",route="/v1/normalize",status="499"}') == 1)
        time.sleep(1.5)
        assert counted(client, "normalizer_texts_total") == 0


def test_a_body_announced_as_3_gb_is_refused_before_it_is_sent(client):
    with raw_connection(client) as raw:
        raw.sendall(head(length=3 << 30))
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
    assert answer.startswith(b"HTTP/1.1 413 ") and b"request.too_large" in answer


def test_unknown_paths_and_methods_are_refused_in_the_same_form(client):
    for method, path, code in (
        ("GET", PATH, "request.bad_method"),
        ("POST", "/v1/normalise", "request.unknown_route"),
        ("POST", "/v1/audio/transcriptions", "request.unknown_route"),
        ("GET", "/v1/models/asr-vi", "request.unknown_model"),
    ):
        answer = client.request(method, path)
        assert (answer.status_code, answer.json()["code"]) == (ANSWERS[code].status, code), path


def test_probes_answer_while_many_texts_are_written(client):
    texts = [SENTENCE] * 60
    working = threading.Thread(target=lambda: client.post(PATH, json={"texts": texts}, timeout=120))
    working.start()
    answered = 0
    while working.is_alive():
        assert client.get("/livez").status_code == client.get("/readyz").status_code == 200
        answered += 1
    assert answered > 2


def assert_overloaded(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "world.overloaded", True)
    assert int(answer.headers["retry-after"]) >= 1


def head(*, length: int, expect: str = "") -> bytes:
    fields = {"Host": "x", "Content-Type": "application/json", "Content-Length": str(length)}
    if expect:
        fields["Expect"] = expect
    return "\r\n".join([f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items()), "", ""]).encode()


def raw_connection(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=30)


def counted(client: httpx.Client, start: str) -> float:
    lines = [line for line in client.get("/metrics").text.splitlines() if line.startswith(start)]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def wait_for(condition, timeout_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.05)
