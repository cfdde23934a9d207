"""What `/v1/embeddings` takes and answers: OpenAI's shapes, its SDK, and a coded error for everything else."""

from __future__ import annotations

import base64
import json

import numpy as np
import pytest
from openai import BadRequestError, OpenAI, UnprocessableEntityError

from data.errors import TiengNoiError
from models.embedder.export import export
from models.embedder.infer import Embedder
from serving.contracts.api import ModelLineage
from serving.contracts.embeddings import EmbeddingsShape, EncodingFormat, SpaceShape
from serving.embeddings.fields import read_request
from serving.embeddings.formats import render
from serving.embeddings.settings import RequestSettings
from tests.in_process import embeddings_client
from tests.tiny_embedder import tiny_checkpoint, tiny_queries

LINEAGE = ModelLineage(model_name="embedder-vi", model_version="7", package_digest="p", dataset_digest="d", run_id="r")
SPACE = SpaceShape(dim=4, dims=[4, 2], normalform_version=1)
LIMITS = RequestSettings(max_text_bytes=100, max_texts=3)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    home = tmp_path_factory.mktemp("embeddings")
    queries = tiny_queries(home / "queries")
    export(tiny_checkpoint(queries, home / "model"), queries, home / "package")
    return home / "package"


@pytest.fixture(scope="module")
def client(package):
    with embeddings_client(package, model_alias="champion") as client:
        yield client


@pytest.fixture(scope="module")
def sdk(client):
    return OpenAI(base_url=f"{client.base_url}/v1", api_key="none", max_retries=0)


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_what_is_written_is_what_the_shapes_write(encoding: EncodingFormat):
    vectors_ND = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32)
    body = render(vectors_ND, encoding=encoding, model="embedder-vi", tokens=5, space=SPACE, lineage=LINEAGE)
    read = EmbeddingsShape.model_validate_json(body)
    assert json.loads(read.model_dump_json()) == json.loads(body)
    assert [one.index for one in read.data] == [0, 1, 2]
    found = [
        np.frombuffer(base64.b64decode(one.embedding), "<f4") if isinstance(one.embedding, str) else one.embedding
        for one in read.data
    ]
    assert (np.array(found, np.float32) == vectors_ND).all(), "a number did not come back as it was"


BAD = [
    (b"", "request.bad_parameter", None, "no body"),
    (b"[]", "request.bad_parameter", None, "no object"),
    (b"[" * 50_000, "request.bad_parameter", None, "nested too deeply"),
    (b"{}", "request.missing_field", "/input", "nothing to embed"),
    (b'{"input": null}', "request.missing_field", "/input", "null"),
    (b'{"input": 5}', "request.bad_parameter", "/input", "a number"),
    (b'{"input": [1, 2]}', "request.bad_parameter", "/input/0", "token ids"),
    (b'{"input": [["a"]]}', "request.bad_parameter", "/input/0", "lists in a list"),
    (b'{"input": "a", "extra": 1}', "request.bad_parameter", "/extra", "no field"),
    (b'{"input": "a", "encoding_format": "int8"}', "request.bad_parameter", "/encoding_format", "no encoding"),
    (b'{"input": "a", "dimensions": 0}', "request.bad_parameter", "/dimensions", "no number at all"),
    (b'{"input": "a", "dimensions": 1.5}', "request.bad_parameter", "/dimensions", "half a number"),
    (b'{"input": "a", "dimensions": "8"}', "request.bad_parameter", "/dimensions", "a text"),
    (b'{"input": "a", "input_type": "song"}', "request.bad_parameter", "/input_type", "no kind"),
    (b'{"input": ["a", "b", "c", "d"]}', "request.bad_parameter", "/input", "too many"),
    (b'{"input": []}', "text.empty", "/input", "none"),
    (b'{"input": ""}', "text.empty", "/input", "empty"),
    (b'{"input": ["a", " \\u200b"]}', "text.empty", "/input/1", "nothing to see"),
    (b'{"input": "' + b"a" * 101 + b'"}', "text.too_long", "/input", "too long"),
    (b'{"input": "\\ud800"}', "text.not_utf8", "/input", "half a pair"),
    (b'{"input": "\xff"}', "text.not_utf8", None, "no UTF-8"),
]


@pytest.mark.parametrize(("body", "code", "pointer", "why"), BAD, ids=[why for *_, why in BAD])
def test_what_is_no_request_has_a_code_and_a_place(body, code, pointer, why):
    with pytest.raises(TiengNoiError) as refusal:
        read_request(body, LIMITS)
    assert (refusal.value.code, refusal.value.pointer) == (code, pointer)


def test_the_sdk_reads_the_answer_whatever_the_encoding(sdk, package):
    texts = ["Hà Nội là thủ đô", "con gà", "cây cầu 120 m"]
    wanted_ND = Embedder.open(package).embed(texts, "passage")
    plain = sdk.embeddings.create(model="embedder-vi", input=texts, encoding_format="float")
    packed = sdk.embeddings.create(model="embedder-vi@champion", input=texts)  # The SDK asks for base64 by itself.
    for answer in (plain, packed):
        assert np.allclose([one.embedding for one in answer.data], wanted_ND, atol=1e-6)
        assert answer.usage.prompt_tokens == answer.usage.total_tokens > 6
    assert plain.model_extra["x_lineage"]["package_digest"] == Embedder.open(package).digest
    short = sdk.embeddings.create(model="embedder-vi", input=texts[0], dimensions=8, extra_body={"input_type": "query"})
    assert np.allclose(short.data[0].embedding, Embedder.open(package).embed(texts[:1], "query", dim=8)[0], atol=1e-6)
    assert short.model_extra["x_space"]["dim"] == 8


def test_the_sdk_gives_the_message_and_the_place_of_an_error(sdk):
    with pytest.raises(UnprocessableEntityError) as refusal:
        sdk.embeddings.create(model="embedder-vi", input=["con gà", "…"])
    assert refusal.value.code == "text.empty"
    assert refusal.value.param == "input/1"
    with pytest.raises(BadRequestError) as refusal:
        sdk.embeddings.create(model="embedder-vi", input="con gà", dimensions=4096)
    assert refusal.value.code == "request.bad_parameter"


def test_many_texts_come_back_in_their_order_and_as_they_would_alone(client, package):
    texts = [f"con gà số {number} ở làng tôi" for number in range(150)]
    answer = client.post("/v1/embeddings", json={"input": texts}).json()
    found_ND = np.array([one["embedding"] for one in answer["data"]], np.float32)
    assert np.allclose(found_ND, Embedder.open(package).embed(texts, "passage"), atol=1e-5)
    bad = client.post("/v1/embeddings", json={"input": [*texts, "..."]})
    assert (bad.status_code, bad.json()["errors"][0]["pointer"]) == (422, "/input/150")


def test_another_model_and_another_body_are_refused_and_use_is_counted(client):
    assert client.post("/v1/embeddings", json={"input": "a", "model": "gpt"}).status_code == 404
    assert client.post("/v1/embeddings", content=b"input=a").status_code == 415
    assert client.get("/v1/models").json()["data"][0]["id"] == "embedder-vi"
    assert client.get("/readyz").status_code == 200
    told = client.get("/metrics").text
    assert 'embedder_requests_total{kind="passage"}' in told
    assert "model_info{" in told
