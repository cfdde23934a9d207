"""A search that is really served is moved to another embedder from outside, while it is asked, and killed on the way."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import httpx
import pytest

from data.errors import MoveRunning
from flows import reindex_search as module
from serving.bundle import build_bento
from serving.search.moving import Order
from serving.search.reindex import Golden
from serving.search.remote import RemoteSearch
from tests.checkout import ROOT
from tests.served import serve
from tests.tiny_embedder import tiny_packages

TRANSCRIPTS = 500
GOLDEN = Golden(tenant="public", queries={"q": "mã7 số7"}, qrels={"q": {"t7": 1.0}})
WAYS = ("mã{0} số{0}", "MÃ{0}", "số{0}")


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return tiny_packages(tmp_path_factory.mktemp("embedder"), 32, 24)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("bentoml")


@pytest.fixture(scope="module")
def bento(packages, home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(home))
        return build_bento(packages[0], service="search")


@pytest.fixture
def artifacts(packages, tmp_path, monkeypatch):
    """An index that was filled by the command."""
    lines = []
    for number in range(TRANSCRIPTS):
        said = f"mã{number} số{number} là chuyện của ngày hôm nay ở đây".split()
        words = [{"text": word, "start_s": at, "end_s": at + 0.5, "confidence": 0.9} for at, word in enumerate(said)]
        lines.append({"recording_id": f"r{number}", "transcript_id": f"t{number}", "version": 1, "words": words})
    (tmp_path / "lines.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), "utf-8")
    (tmp_path / "golden.jsonl").write_text(json.dumps({"id": "q", "text": GOLDEN.queries["q"]}), "utf-8")
    (tmp_path / "golden.tsv").write_text("q\tt7\t1\n", "utf-8")
    monkeypatch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path))
    monkeypatch.setenv("TIENGNOI_SEARCH_PACKAGE", str(packages[0]))
    command = [sys.executable, "-m", "serving.search", "index", str(tmp_path / "lines.jsonl")]
    subprocess.run(command, cwd=ROOT, env=os.environ, check=True)
    # What only the flow knows: the service gets none of it.
    monkeypatch.setenv("TIENGNOI_SEARCH_ADMIN__TOKEN", "secret")
    monkeypatch.setenv("TIENGNOI_SEARCH_GOLDEN__QUERIES", str(tmp_path / "golden.jsonl"))
    monkeypatch.setenv("TIENGNOI_SEARCH_GOLDEN__QRELS", str(tmp_path / "golden.tsv"))
    monkeypatch.setattr(module, "show_table", lambda key, rows, description: None)
    monkeypatch.setattr(module, "get_run_logger", lambda: logging.getLogger("flow"))
    return tmp_path


@contextmanager
def asked(url):
    """Questions all the while: what was answered wrongly, and the spaces that answered, in their order."""
    wrong, spaces, over = [], [], threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            count = 0
            while not over.is_set():
                number = count * 7 % TRANSCRIPTS
                answer = client.get("/v1/search", params={"q": WAYS[count % 3].format(number), "limit": 3})
                count += 1
                if answer.status_code != 200 or [hit["transcript_id"] for hit in answer.json()["hits"]][:1] != [f"t{number}"]:
                    wrong.append(answer.text[:500])
                elif spaces[-1:] != [answer.json()["x_space"]]:
                    spaces.append(answer.json()["x_space"])
        counts.append(count)

    counts: list[int] = []
    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield wrong, spaces, counts
    finally:
        over.set()
        thread.join()


def test_the_flow_moves_a_running_service_and_brings_it_back(bento, home, packages, artifacts):
    flow = module.reindex_search.fn
    with serve(bento, bentoml_home=home, folder=artifacts / "served", admin__token="secret") as service:
        with asked(service.url) as (wrong, spaces, counts), RemoteSearch(service.url, "secret") as search:
            first = search.status()["serving"]["fingerprint"]
            moved = flow(url=service.url, package=str(packages[1]))
            assert moved["report"]["new"]["ndcg@10"] == moved["report"]["overlap"] == 1.0
            assert (moved["report"]["points"], moved["previous"]) == (TRANSCRIPTS, first)
            assert flow(url=service.url, package=str(packages[1]))["report"] is None, "it is served already"
            returned = flow(url=service.url, step="back")
            assert (returned["serving"], returned["previous"]) == (first, moved["serving"])
            assert flow(url=service.url, step="finish")["previous"] is None

            # One at a time; one that is stopped leaves nothing.
            digest = search.send(packages[1])
            search._ask("POST", "/move", json=Order(model=digest, golden=GOLDEN).to_json())
            for refused in (search.back, search.finish, lambda: search._ask("POST", "/move", json={"model": digest})):
                with pytest.raises(MoveRunning):
                    refused()
            flow(url=service.url, step="stop")
            while search.status()["move"]["running"]:
                time.sleep(0.05)
            found = search.status()
            assert (found["move"]["stage"], found["building"], found["serving"]["fingerprint"]) == ("stopped", None, first)
        assert not wrong, wrong[:3]
        assert spaces[:3] == [first, moved["serving"], first] and len(spaces) == 3
        assert counts[0] > 50


def test_a_move_of_a_killed_service_goes_on_when_it_is_started_again(bento, home, packages, artifacts):
    flow = module.reindex_search.fn
    with serve(bento, bentoml_home=home, folder=artifacts / "killed", admin__token="secret") as service:
        with RemoteSearch(service.url, "secret") as search:
            order = Order(model=search.send(packages[1]), golden=GOLDEN)
            search._ask("POST", "/move", json=order.to_json())
            while search.status()["move"]["stage"] in ("loading", "begun"):
                time.sleep(0.01)
            before = search.status()
        for process in service.processes():
            process.kill()
    assert before["move"]["running"] and before["building"] is not None
    with serve(bento, bentoml_home=home, folder=artifacts / "again", admin__token="secret") as service:
        with asked(service.url) as (wrong, spaces, _):
            moved = flow(url=service.url, package=str(packages[1]))
            assert moved["previous"] == before["serving"]["fingerprint"]
            time.sleep(0.5)
        assert not wrong, wrong[:3]
        assert spaces[-1] == moved["serving"] == before["building"]["fingerprint"]
        with RemoteSearch(service.url, "secret") as search:
            assert not search.status()["move"]["running"]
    with serve(bento, bentoml_home=home, folder=artifacts / "third", admin__token="secret") as service:
        answer = httpx.get(f"{service.url}/v1/search", params={"q": "mã7"}, timeout=60)
        assert answer.json()["x_space"] == moved["serving"], "the package that was brought is served after a start too"
    done = subprocess.run(
        [sys.executable, "-m", "serving.search", "status"],
        cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout)["building"] is None
