"""The embedder as a Bento that is really served: what it answers, what it holds, how small it stays."""

from __future__ import annotations

import httpx
import numpy as np
import pytest
import yaml

from data.errors import ConfigError
from models.embedder.infer import SHIPPED, Embedder
from models.package import open_package
from serving.bundle import build_bento
from tests.served import serve

PATH = "/v1/embeddings"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("bentoml")


@pytest.fixture(scope="module")
def bento(home):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BENTOML_HOME", str(home))
        return build_bento(SHIPPED, version="7")


@pytest.fixture(scope="module")
def service(bento, home, tmp_path_factory):
    with serve(bento, bentoml_home=home, folder=tmp_path_factory.mktemp("served")) as served:
        yield served


def test_it_embeds_as_the_package_does_offline_and_stays_small(service):
    texts = ["Hà Nội là thủ đô của Việt Nam", "thu do cua viet nam"]
    answer = httpx.post(f"{service.url}{PATH}", json={"input": texts, "model": "embedder-vi@champion"}, timeout=60)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    found_ND = np.array([one["embedding"] for one in body["data"]], np.float32)
    assert np.allclose(found_ND, Embedder.open().embed(texts, "passage"), atol=1e-5)
    assert (body["x_lineage"]["package_digest"], answer.headers["x-model-version"]) == (open_package(SHIPPED).digest, "7")
    print(
        f"{service.rss_bytes() / 1e6:.0f} MB in {len(service.processes())} processes, {service.ready_cpu_s:.1f} s CPU to start"
    )
    assert service.rss_bytes() < 450_000_000


def test_the_bento_holds_what_embeds_and_nothing_else(bento, home, service):
    source = home / "bentos" / bento.replace(":", "/") / "src"
    modules = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    assert {"serving/embeddings/service.py", "models/embedder/infer.py", "models/embedder/static_table.py"} <= modules
    strangers = ("models/asr", "models/normalizer", "serving/asr", "serving/nlp_post", "serving/search", "models/training")
    assert not [name for name in modules if name.startswith(strangers)]
    assert open_package(source / "package").digest == open_package(SHIPPED).digest
    assert yaml.safe_load((source / "configs/serving/embedder.yaml").read_text("utf-8"))["model_version"] == "7"


def test_a_package_of_another_family_is_not_served_by_it(monkeypatch, home):
    monkeypatch.setenv("BENTOML_HOME", str(home))
    with pytest.raises(ConfigError, match="embedder"):
        build_bento(SHIPPED, service="normalizer")
