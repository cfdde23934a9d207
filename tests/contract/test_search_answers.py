"""What `/v1/search` takes and answers: the moments at which something was said, and a coded error for everything else."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import time
import unicodedata
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.errors import TiengNoiError
from models.embedder.export import export
from serving.contracts.errors import ANSWERS
from serving.contracts.search import SEARCH_PARAMETERS, SearchShape
from serving.search.bootstrap import open_search
from serving.search.fields import read_question
from serving.search.filters import PARAMETERS
from serving.search.fusion import Fusion
from serving.search.settings import QuerySettings, SearchSettings
from serving.search.space import Space
from serving.search.state import write_fusion
from tests.in_process import search_client
from tests.tiny_embedder import tiny_checkpoint, tiny_queries

ROOT = Path(__file__).resolve().parents[2]
LINES = {
    "t1": ("tôi bán xe đạp ở chợ hòa bình", "Nam", 1000.0),
    "t2": ("cuộc họp ngày hai mươi tư tháng bảy bàn về ngân sách", "Lan", 2000.0),
    "t3": ("bạn của tôi đi xe máy", "Nam", 3000.0),
}


def transcript(name: str, *, tenant: str = "public") -> dict:
    text, speaker, recorded_at_s = LINES[name]
    words = [
        {"text": word, "start_s": 0.5 * at, "end_s": 0.5 * at + 0.4, "confidence": 0.9 if name != "t3" else 0.4}
        for at, word in enumerate(text.split())
    ]
    lineage = {"model_name": "asr-vi", "package_digest": "ab12"}
    return {
        "tenant": tenant, "recording_id": f"rec-{name}", "transcript_id": name, "version": 1, "words": words,
        "speakers": [speaker] * len(words), "recorded_at_s": recorded_at_s, "lineage": lineage,
    }  # fmt: skip


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    home = tmp_path_factory.mktemp("embedder")
    queries = tiny_queries(home / "queries")
    export(tiny_checkpoint(queries, home / "model"), queries, home / "package")
    return home / "package"


@pytest.fixture(scope="module")
def environment(package, tmp_path_factory):
    """A search whose transcripts were written by the command, in a process of its own."""
    home = tmp_path_factory.mktemp("search")
    environment = {
        "TIENGNOI_ARTIFACTS": str(home),
        "TIENGNOI_SEARCH_PACKAGE": str(package),
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/bin:/bin",
    }
    lines = [transcript(name) for name in LINES] + [{**transcript("t1", tenant="other"), "transcript_id": "secret"}]
    (home / "transcripts.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    done = command(environment, "index", str(home / "transcripts.jsonl"))
    assert json.loads(done.stdout) == {"written": 4, "stale": 0, "passages": 4}, done.stderr
    return environment


def command(environment, *arguments: str) -> subprocess.CompletedProcess:
    argv = [sys.executable, "-m", "serving.search", *arguments]
    return subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def client(environment, package):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIENGNOI_ARTIFACTS", environment["TIENGNOI_ARTIFACTS"])
        with search_client(package, model_alias="champion") as client:
            yield client
            answered = [line for line in client.get("/metrics").text.splitlines() if line.startswith("http_requests_total")]
            assert answered and not [line for line in answered if 'status="5' in line]


def found(client, query: str, **parameters) -> list[str]:
    answer = client.get("/v1/search", params={"q": query, **parameters})
    assert answer.status_code == 200, answer.text
    return [hit["transcript_id"] for hit in SearchShape.model_validate_json(answer.content).model_dump()["hits"]]


def test_a_hit_names_the_moment_its_words_and_where_they_come_from(client):
    answer = client.get("/v1/search", params={"q": "chợ hoà bình"})
    (hit,) = answer.json()["hits"]
    assert {name: hit[name] for name in ("recording_id", "transcript_id", "start_s", "end_s", "text")} == {
        "recording_id": "rec-t1", "transcript_id": "t1", "start_s": 0.0, "end_s": 3.9, "text": LINES["t1"][0],
    }  # fmt: skip
    assert hit["highlights"] == [{"start": 17, "end": 29, "start_s": 2.5, "end_s": 3.9}]
    assert hit["text"][17:29] == "chợ hòa bình"
    assert hit["x_lineage"] == {"model_name": "asr-vi", "package_digest": "ab12"}
    assert (hit["x_speaker"], hit["x_recorded_at_s"], hit["x_transcript_version"]) == ("Nam", 1000.0, 1)
    assert answer.headers["x-model-version"] == answer.json()["x_lineage"]["model_version"]


@pytest.mark.parametrize(
    ("query", "parameters", "expected"),
    [
        ("xe", {}, {"t1", "t3"}),
        ("xe", {"limit": 1}, 1),
        ("xe", {"speaker": ["Nam", "Hoa"]}, {"t1", "t3"}),
        ("xe", {"speaker": "Lan"}, set()),
        ("xe", {"min_confidence": 0.5}, {"t1"}),
        ("xe", {"recorded_from_s": 2000, "recorded_until_s": 4000}, {"t3"}),
        ("xe", {"recording_id": "rec-t1"}, {"t1"}),
        ("xe", {"transcript_id": "secret"}, set()),
        ("xe", {"transcript_version": 2}, set()),
        ("24/7", {}, {"t2"}),
        ("ngan sach", {}, {"t2"}),
        ("ngăn sách", {"mode": "lexical"}, {"t2"}),
        ("xe", {"mode": "dense"}, {"t1", "t2", "t3"}),
    ],
)
def test_filters_and_modes_do_what_they_say(client, query, parameters, expected):
    hits = found(client, query, **parameters)
    assert len(hits) == expected if isinstance(expected, int) else set(hits) == expected
    assert "secret" not in hits


def test_either_form_of_unicode_finds_the_same(client):
    assert found(client, unicodedata.normalize("NFD", "hòa bình")) == found(client, "hoà bình") == ["t1"]


BAD = [
    ("", "request.missing_field", "/q", "no question"),
    ("q=", "text.empty", "/q", "an empty one"),
    ("q=%20%3F!", "text.empty", "/q", "nothing in it is a word"),
    ("q=a&q=b", "request.bad_parameter", "/q", "two questions"),
    ("q=" + quote("xe " * 2000), "text.too_long", "/q", "longer than a question"),
    ("q=a&tenant=other", "request.bad_parameter", "/tenant", "nobody asks for a tenant"),
    ("q=a&tenant_id=other", "request.bad_parameter", "/tenant_id", "an unknown filter"),
    ("q=a&limit=0", "request.bad_parameter", "/limit", "no hits"),
    ("q=a&limit=101", "request.bad_parameter", "/limit", "too many hits"),
    ("q=a&limit=1e1", "request.bad_parameter", "/limit", "no whole number"),
    ("q=a&limit=" + "9" * 5000, "request.bad_parameter", "/limit", "an endless number"),
    ("q=a&mode=best", "request.bad_parameter", "/mode", "no such mode"),
    ("q=a&min_confidence=nan", "request.bad_parameter", "/min_confidence", "no number"),
    ("q=a&speaker=", "request.bad_parameter", "/speakers", "an empty value"),
    ("q=%ff%fe", "text.not_utf8", None, "bytes that are no text"),
    ("q=a&" + "x=1&" * 300, "request.bad_parameter", None, "hundreds of parameters"),
]


@pytest.mark.parametrize(("query_string", "code", "pointer", "why"), BAD, ids=[why for *_, why in BAD])
def test_a_bad_question_is_refused_with_its_code(client, query_string, code, pointer, why):
    answer = client.get(f"/v1/search?{query_string}")
    body = answer.json()
    assert (body["code"], answer.status_code) == (code, ANSWERS[code].status), body
    assert [error["pointer"] for error in body["errors"]] == ([pointer] if pointer else [])
    assert len(answer.content) < 3000


def test_a_hundred_kilobytes_of_question_are_refused(client):
    with socket.create_connection((client.base_url.host, client.base_url.port), timeout=10) as line:
        line.sendall(b"GET /v1/search?q=" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")
        answer = b""
        while block := line.recv(65536):
            answer += block
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 413"), head
    assert b"request.too_large" in body
    assert client.get("/v1/search?q=xe").status_code == 200


names = st.one_of(st.sampled_from(sorted(PARAMETERS | {"q", "limit", "mode", "tenant"})), st.text(max_size=8))
queries = st.lists(st.tuples(names, st.text(st.characters(exclude_categories=["Cs"]), max_size=12)), max_size=6)


@settings(max_examples=200, deadline=None)
@given(queries)
def test_no_question_changes_the_tenant(pairs):
    query_string = "&".join(f"{quote(name)}={quote(value)}" for name, value in pairs).encode()
    try:
        question = read_question(query_string, "public", QuerySettings())
    except TiengNoiError as error:
        assert ANSWERS[error.code].status < 500
    else:
        assert question.where.tenant == "public"


def test_the_door_describes_every_parameter_that_it_takes(client):
    described = {one["name"] for one in SEARCH_PARAMETERS}
    assert described == PARAMETERS | {"q", "limit", "mode"}
    listed = client.get("/openapi.json").json()["paths"]["/v1/search"]["get"]["parameters"]
    assert {one["name"] for one in listed} == described


def test_the_index_has_one_owner(client, environment):
    done = command(environment, "status")
    assert done.returncode == 1
    assert "world.busy" in done.stderr


def test_a_fusion_of_another_space_is_refused_before_anything_is_answered(environment, tmp_path):
    other = Space(name="other", model="other", version="1", dim=8)
    write_fusion(tmp_path / "fusion.json", other, Fusion(dense=0.5))
    own = environment | {"TIENGNOI_ARTIFACTS": str(tmp_path), "TIENGNOI_SEARCH_FUSION": str(tmp_path / "fusion.json")}
    done = command(own, "ask", "xe")
    assert (done.returncode, done.stderr.startswith("space.foreign: ")) == (2, True), done.stderr
    assert other.fingerprint in done.stderr


def test_a_release_with_another_embedder_is_served_by_the_old_space_until_the_new_one_is_proved(package, tmp_path, monkeypatch):
    """The whole way through the commands' own functions: index, release another package, move, go back."""
    monkeypatch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path))
    other = tmp_path / "other"
    queries = tiny_queries(tmp_path / "queries")
    export(tiny_checkpoint(queries, tmp_path / "model", width=24), queries, other)
    (tmp_path / "transcripts.jsonl").write_text("".join(json.dumps(transcript(name)) + "\n" for name in LINES), "utf-8")
    (tmp_path / "golden.jsonl").write_text(json.dumps({"id": "q", "text": "xe đạp"}), "utf-8")
    (tmp_path / "golden.tsv").write_text("q\tt1\t1\n", "utf-8")
    environment = {
        "TIENGNOI_ARTIFACTS": str(tmp_path),
        "TIENGNOI_SEARCH_PACKAGE": str(package),
        "TIENGNOI_SEARCH_GOLDEN__QUERIES": str(tmp_path / "golden.jsonl"),
        "TIENGNOI_SEARCH_GOLDEN__QRELS": str(tmp_path / "golden.tsv"),
        "PYTHONPATH": str(ROOT),
        "PATH": "/usr/bin:/bin",
    }
    assert command(environment, "index", str(tmp_path / "transcripts.jsonl")).returncode == 0
    golden = {"queries": tmp_path / "golden.jsonl", "qrels": tmp_path / "golden.tsv"}
    with search_client(other, golden=golden) as client:
        before = client.get("/v1/search?q=xe").json()
        deadline_s, after = time.monotonic() + 30, before
        while after["x_space"] == before["x_space"] and time.monotonic() < deadline_s:
            after = client.get("/v1/search?q=xe").json()
            assert [hit["transcript_id"] for hit in after["hits"]] == [hit["transcript_id"] for hit in before["hits"]]
        assert after["x_space"] != before["x_space"]
    done = command(environment, "status")
    assert json.loads(done.stdout)["previous"] is not None, done.stderr
    assert json.loads(command(environment, "back").stdout)["serving"] == json.loads(done.stdout)["previous"]
    moved = command(environment, "reindex", "--package", str(other))
    assert json.loads(moved.stdout)["report"]["overlap"] == 1.0, moved.stderr
    assert json.loads(command(environment, "finish").stdout)["previous"] is None

    async def space():
        async with open_search(SearchSettings(package=package)) as opened:
            return opened.spaces.state.serving.fingerprint

    assert asyncio.run(space()) == after["x_space"]
