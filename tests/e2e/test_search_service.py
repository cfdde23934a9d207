"""The search as a Bento that is really served over an index that was filled before: what it answers and what it holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import httpx
import pytest

from models.embedder.infer import SHIPPED
from models.package import open_package
from serving.bundle import build_bento
from tests.checkout import ROOT
from tests.served import serve

WORDS = ["cuộc", "họp", "bàn", "về", "ngân", "sách", "năm", "nay"]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("bentoml")


@pytest.fixture(scope="module")
def bento(home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(home))
        return build_bento(SHIPPED, service="search", version="7")


@pytest.fixture(scope="module")
def service(bento, home, tmp_path_factory):
    artifacts = tmp_path_factory.mktemp("artifacts")
    words = [{"text": word, "start_s": at, "end_s": at + 0.5, "confidence": 0.9} for at, word in enumerate(WORDS)]
    line = {"recording_id": "r1", "transcript_id": "t1", "version": 1, "words": words}
    (artifacts / "lines.jsonl").write_text(json.dumps(line), "utf-8")
    environment = {"TIENGNOI_ARTIFACTS": str(artifacts), "TIENGNOI_SEARCH_PACKAGE": str(SHIPPED)}
    subprocess.run(
        [sys.executable, "-m", "serving.search", "index", str(artifacts / "lines.jsonl")],
        cwd=ROOT,
        env=os.environ | environment,
        check=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIENGNOI_ARTIFACTS", str(artifacts))
        with serve(bento, bentoml_home=home, folder=tmp_path_factory.mktemp("served")) as served:
            yield served


def test_it_finds_what_was_indexed_before_it_started_and_stays_small(service):
    answer = httpx.get(f"{service.url}/v1/search", params={"q": "ngan sach"}, timeout=60)
    assert answer.status_code == 200, answer.text
    (hit,) = answer.json()["hits"]
    assert (hit["recording_id"], hit["highlights"]) == ("r1", [{"start": 16, "end": 25, "start_s": 4.0, "end_s": 5.5}])
    assert (answer.json()["x_lineage"]["package_digest"], answer.headers["x-model-version"]) == (
        open_package(SHIPPED).digest,
        "7",
    )
    refused = httpx.get(f"{service.url}/v1/search", params={"q": "a", "tenant": "other"}, timeout=60)
    assert (refused.status_code, refused.json()["code"]) == (400, "request.bad_parameter")
    print(f"{service.rss_bytes() / 1e6:.0f} MB in {len(service.processes())} processes")
    assert service.rss_bytes() < 600_000_000


def test_the_bento_holds_what_searches_and_nothing_else(bento, home):
    source = home / "bentos" / bento.replace(":", "/") / "src"
    modules = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    assert {"serving/search/service.py", "serving/adapters/qdrant_edge_index.py", "models/embedder/infer.py"} <= modules
    assert not [
        name for name in modules if name.startswith(("models/asr", "models/normalizer", "serving/asr", "serving/embeddings"))
    ]
