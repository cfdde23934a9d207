"""Queues, clocks and callers who hang up; the application in this process, with settings drawn tight."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import openai
import pytest

from tests.in_process import asr_client
from tests.sounds import file_of, voice

PATH = "/v1/audio/transcriptions"
HEAD = (
    "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=B\r\n"
    "Content-Length: {length}\r\n\r\n--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
)  # fmt: skip

HUNG_UP = 'http_requests_total{method="POST",route="/v1/audio/transcriptions",status="499"}'


def counted(client: httpx.Client, start: str) -> float:
    lines = [line for line in client.get("/metrics").text.splitlines() if line.startswith(start)]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def raw_connection(client: httpx.Client) -> socket.socket:
    return socket.create_connection((client.base_url.host, client.base_url.port or 0), timeout=30)


def test_a_body_that_does_not_come_is_given_up(asr_package, tmp_path):
    upload = {"max_wait_s": 0.5, "spool_dir": tmp_path}
    with asr_client(asr_package, upload=upload) as client, raw_connection(client) as raw:
        raw.sendall(HEAD.format(length=1000).encode())
        began_s = time.monotonic()
        answer = b"".join(iter(lambda: raw.recv(65_536), b""))
        assert answer.startswith(b"HTTP/1.1 408 ") and b"request.too_slow" in answer
        assert time.monotonic() - began_s < 10
        assert not list(tmp_path.iterdir())


def test_a_caller_who_hangs_up_while_sending_leaves_nothing(asr_package, tmp_path):
    with asr_client(asr_package, upload={"spool_dir": tmp_path}) as client:
        with raw_connection(client) as raw:
            raw.sendall(HEAD.format(length=100_000).encode() + b"x" * 50_000)
            time.sleep(0.2)
            assert len(list(tmp_path.iterdir())) == 1
        wait_for(lambda: not list(tmp_path.iterdir()))
        wait_for(lambda: counted(client, HUNG_UP) == 1)


def test_a_caller_who_hangs_up_while_waiting_is_not_recognised(asr_package):
    speech = file_of(voice(19))
    # A recogniser whose company comes late: nothing is recognised before the caller is gone.
    with asr_client(asr_package, batch={"max_wait_ms": 3000}) as client:
        body = speech + b"\r\n--B--\r\n"
        head = HEAD.format(length=len(HEAD.partition("\r\n\r\n")[2].format()) + len(body))
        with raw_connection(client) as raw:
            raw.sendall(head.encode() + body)
            wait_for(lambda: counted(client, "asr_queue_seconds ") > 0)
        wait_for(lambda: counted(client, HUNG_UP) == 1)
        wait_for(lambda: counted(client, "asr_held_seconds") == 0)
        time.sleep(3)
        assert counted(client, "asr_audio_processed_seconds_total") == 0


def test_too_many_callers_are_told_when_to_come_back(asr_package):
    speech = file_of(voice(15))
    with asr_client(asr_package, decode={"max_waiting": 2, "workers": 1}) as client, ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda _: client.post(PATH, files={"file": ("a.flac", speech)}), range(16)))
    refused = [answer for answer in answers if answer.status_code != 200]
    assert refused and len(refused) < 16
    for answer in refused:
        assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (503, "world.overloaded", True)
        assert int(answer.headers["retry-after"]) >= 1
    assert len({answer.json()["text"] for answer in answers if answer.status_code == 200}) == 1


def test_more_open_requests_than_files_may_lie_on_disk_are_refused(asr_package, tmp_path):
    with asr_client(asr_package, upload={"max_open": 1, "spool_dir": tmp_path}) as client, raw_connection(client) as raw:
        raw.sendall(HEAD.format(length=1000).encode())
        wait_for(lambda: len(list(tmp_path.iterdir())) == 1)
        answer = client.post(PATH, files={"file": ("a.flac", file_of(voice(1)))})
        assert (answer.status_code, answer.json()["code"]) == (503, "world.overloaded")
        raw.close()
        wait_for(lambda: client.post(PATH, files={"file": ("a.flac", file_of(voice(1)))}).status_code == 200)


def test_audio_over_the_limit_of_this_service_is_too_long(asr_package):
    with asr_client(asr_package, upload={"max_duration_s": 5}) as client:
        answer = client.post(PATH, files={"file": ("a.flac", file_of(voice(5.5)))})
        assert (answer.status_code, answer.json()["code"]) == (413, "audio.too_long")
        assert client.post(PATH, files={"file": ("a.flac", file_of(voice(4.5)))}).status_code == 200


def test_probes_answer_while_the_recogniser_works(asr_package):
    speech = file_of(voice(60))
    with asr_client(asr_package, threads=1) as client:
        working = threading.Thread(target=lambda: client.post(PATH, files={"file": ("a.flac", speech)}))
        working.start()
        slowest_s = 0.0
        while working.is_alive():
            began_s = time.monotonic()
            assert client.get("/livez").status_code == 200
            slowest_s = max(slowest_s, time.monotonic() - began_s)
        working.join()
        assert slowest_s < 2


def wait_for(condition, timeout_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come to pass"
        time.sleep(0.05)


def test_a_stream_that_breaks_off_says_why(asr_package):
    speech = {"file": ("a.flac", file_of(voice(5)))}
    with asr_client(asr_package, batch={"timeout_s": 0.001, "max_wait_ms": 100}) as client:
        refused = client.post(PATH, files=speech)
        assert (refused.status_code, refused.json()["code"]) == (503, "world.overloaded")
        with openai.OpenAI(base_url=f"{client.base_url}/v1", api_key="none", max_retries=0) as sdk:
            stream = sdk.audio.transcriptions.create(file=speech["file"], model="asr-vi", stream=True)
            with pytest.raises(openai.APIError, match="not answered within") as broken:
                list(stream)
        assert broken.value.code == "world.overloaded"
