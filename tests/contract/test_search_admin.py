"""What `/v1/search/admin` takes and answers: nobody without the token, a package whole or not at all, one move at a time."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import tarfile
import time

import pytest
from pydantic import SecretStr

from data.errors import BadParameter, BadToken, GateRefused, StepFailed, Unavailable, UnknownSpace
from data.schema import Word
from models.embedder.infer import Embedder
from models.package import open_package
from serving.contracts.errors import ANSWERS
from serving.contracts.search_admin import SearchStateShape
from serving.search.atoms import Heard
from serving.search.bootstrap import open_search, search_app
from serving.search.fusion import Fusion
from serving.search.index_transcripts import TranscriptIndexer
from serving.search.moving import Order
from serving.search.reindex import Golden
from serving.search.remote import RemoteSearch
from serving.search.settings import AdminSettings, SearchSettings
from serving.search.spaces import space_of
from serving.search.state import write_fusion
from tests.in_process import client_of, search_client
from tests.tiny_embedder import tiny_packages

ADMIN = "/v1/search/admin"
BEARER = {"authorization": "Bearer secret"}
TAR = BEARER | {"content-type": "application/x-tar"}
GOLDEN = Golden(tenant="public", queries={"q": "xe"}, qrels={"q": {"t1": 1.0}})


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return tiny_packages(tmp_path_factory.mktemp("embedder"), 32, 24)


@pytest.fixture(scope="module")
def client(packages, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path_factory.mktemp("search")))
        with search_client(packages[0], admin={"token": "secret", "max_bytes": 4 << 20, "max_order_bytes": 1 << 20}) as client:
            yield client


def remote(client) -> RemoteSearch:
    return RemoteSearch(str(client.base_url), "secret", patience_s=0)


def archive(files: dict[str, bytes], change=lambda member: member) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(change(member), io.BytesIO(data))
    return held.getvalue()


def files_of(package) -> dict[str, bytes]:
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in package.rglob("*") if path.is_file()}


def code(answer) -> str:
    body = answer.json()
    assert answer.status_code == ANSWERS[body["code"]].status, body
    return body["code"]


def test_nobody_enters_without_the_token(client, packages, tmp_path, monkeypatch):
    doors = [("GET", ADMIN), ("PUT", f"{ADMIN}/models/a"), ("POST", f"{ADMIN}/move"), ("DELETE", f"{ADMIN}/move")]
    doors += [("POST", f"{ADMIN}/back"), ("POST", f"{ADMIN}/finish"), ("GET", f"{ADMIN}/models/a")]
    for method, path in doors:
        for sent in ({}, {"authorization": "Bearer other"}, {"authorization": "Basic secret"}, {"authorization": "secret"}):
            answer = client.request(method, path, headers=sent)
            assert code(answer) == "auth.invalid_token"
            assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    listed = client.get("/openapi.json").json()["paths"]
    assert {(method.upper(), path) for path in listed if path.startswith(ADMIN) for method in listed[path]} == {
        (method, path.removesuffix("/a") + "/{digest}" * path.endswith("/a")) for method, path in doors
    }
    monkeypatch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path))
    with search_client(packages[0]) as closed:
        for method, path in doors:
            assert code(closed.request(method, path, headers=BEARER)) == "auth.forbidden"


def linked(member):
    member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0
    return member


BROKEN = [
    ("no archive at all", lambda files: b"not a tar", "request.bad_package"),
    ("nothing", lambda files: b"", "request.bad_package"),
    ("half of it", lambda files: archive(files)[:5000], "request.bad_package"),
    ("one file too few", lambda files: archive({n: d for n, d in files.items() if n != "scale.npy"}), "request.bad_package"),
    ("one file too many", lambda files: archive(files | {"more": b"x"}), "request.bad_package"),
    ("one byte changed", lambda files: archive(files | {"scale.npy": b"x" + files["scale.npy"][1:]}), "request.bad_package"),
    ("a file outside", lambda files: archive(files | {"../outside": b"x"}), "request.bad_package"),
    ("an absolute file", lambda files: archive(files | {"/tmp/outside": b"x"}), "request.bad_package"),
    ("a link", lambda files: archive({"package.json": b""}, linked), "request.bad_package"),
    ("too much", lambda files: bytes(5 << 20), "request.too_large"),
]


@pytest.mark.parametrize(("why", "change", "expected"), BROKEN, ids=[why for why, *_ in BROKEN])
def test_a_package_that_is_not_whole_leaves_nothing(client, packages, why, change, expected):
    digest, files = open_package(packages[1]).digest, files_of(packages[1])
    assert code(client.put(f"{ADMIN}/models/{digest}", content=change(files), headers=TAR)) == expected
    assert code(client.get(f"{ADMIN}/models/{digest}", headers=BEARER)) == "request.unknown_model"


def test_a_package_is_taken_in_once_and_under_its_own_digest_alone(client, packages):
    package, files = open_package(packages[1]), archive(files_of(packages[1]))
    assert code(client.put(f"{ADMIN}/models/{'0' * 64}", content=files, headers=TAR)) == "request.bad_package"
    assert code(client.put(f"{ADMIN}/models/{package.digest}", content=files, headers=BEARER)) == "request.unsupported_body"
    for status in (201, 200):
        answer = client.put(f"{ADMIN}/models/{package.digest}", content=files, headers=TAR)
        assert (answer.status_code, answer.json()) == (status, {"model": package.digest})
    with remote(client) as search:
        assert search.send(packages[1]) == package.digest


ORDERS = [
    (b"{", "request.bad_parameter", None, "no JSON"),
    (b"[]", "request.bad_parameter", None, "no object"),
    (b"\xff", "text.not_utf8", None, "no text"),
    (b"{}", "request.bad_parameter", "/model", "no model"),
    (b'{"model": 7}', "request.bad_parameter", "/model", "no name"),
    (b'{"model": "a", "force": true}', "request.bad_parameter", "/force", "an unknown field"),
    (b'{"model": "a", "max_loss": 2}', "request.bad_parameter", "/max_loss", "an impossible loss"),
    (b'{"model": "' + b"0" * (1 << 20) + b'"}', "request.too_large", None, "a megabyte"),
    (b'{"model": "../../etc"}', "request.unknown_model", "/model", "a path"),
    (b'{"model": "' + b"0" * 64 + b'"}', "request.unknown_model", "/model", "not here"),
]


@pytest.mark.parametrize(("body", "expected", "pointer", "why"), ORDERS, ids=[why for *_, why in ORDERS])
def test_a_bad_order_is_refused_with_its_code(client, body, expected, pointer, why):
    answer = client.post(f"{ADMIN}/move", content=body, headers=BEARER | {"content-type": "application/json"})
    assert code(answer) == expected
    assert [error["pointer"] for error in answer.json()["errors"]] == ([pointer] if pointer else [])
    assert client.get(ADMIN, headers=BEARER).json()["move"]["running"] is False


def test_golden_queries_come_with_the_order_or_from_the_settings(client, packages):
    with remote(client) as search:
        digest = search.send(packages[1])
        answer = client.post(f"{ADMIN}/move", json={"model": digest}, headers=BEARER)
        assert (code(answer), answer.json()["errors"][0]["pointer"]) == ("config.invalid", "/golden")
        strange = Golden(tenant="public", queries={"q": "xe"}, qrels={"other": {"t1": 1.0}})
        with pytest.raises(BadParameter, match="other"):
            search.move(Order(model=digest, golden=strange))
        assert search.status()["serving"]["package_digest"] == open_package(packages[0]).digest


def test_a_search_is_moved_watched_and_brought_back(client, packages):
    told = []
    with remote(client) as search:
        with pytest.raises(UnknownSpace):
            search.back()
        old = SearchStateShape.model_validate(search.status()).serving
        moved = search.move(Order(model=search.send(packages[1]), golden=GOLDEN), told.append)
        assert moved["previous"]["fingerprint"] == old.fingerprint
        assert (moved["move"]["stage"], moved["move"]["report"]["space"]) == ("served", moved["serving"]["fingerprint"])
        assert search.back()["serving"]["fingerprint"] == old.fingerprint
        assert search.finish()["previous"] is None
        with pytest.raises(UnknownSpace):
            search.back()
    with RemoteSearch(str(client.base_url), "other") as stranger, pytest.raises(BadToken):
        stranger.status()
    with RemoteSearch("http://127.0.0.1:9", "secret") as nowhere, pytest.raises(Unavailable):
        nowhere.status()


def test_what_somebody_chose_stands_over_the_release_until_the_next_one(packages, tmp_path, monkeypatch):
    """A service that moves to each new release by itself goes on with another model when it is only started again."""
    monkeypatch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path))
    (tmp_path / "golden.jsonl").write_text(json.dumps({"id": "q", "text": "xe"}), "utf-8")
    (tmp_path / "golden.tsv").write_text("q\tt1\t1\n", "utf-8")
    settings = {
        "admin": {"token": "secret"},
        "golden": {"queries": tmp_path / "golden.jsonl", "qrels": tmp_path / "golden.tsv"},
    }

    def served(package, wait=lambda search: None):
        with search_client(package, **settings) as client, remote(client) as search:
            while search.status()["move"]["running"]:
                time.sleep(0.02)
            wait(search)
            return search.status()["serving"]["package_digest"]

    first, second = (open_package(package).digest for package in packages)
    assert served(packages[0], lambda search: search.move(Order(model=search.send(packages[1])))) == second
    assert served(packages[0]) == second
    assert served(packages[0], lambda search: search.back()) == first
    assert served(packages[1]) == second, "a new release moves the search"
    assert served(packages[1], lambda search: search.back()) == first
    assert served(packages[1]) == first, "who went back is not moved again by the same release"
    assert served(packages[0]) == first


def test_a_move_that_ends_badly_says_so_and_the_old_space_goes_on(packages, tmp_path, monkeypatch):
    monkeypatch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path))
    spoilt = tmp_path / "spoilt"
    shutil.copytree(packages[1], spoilt)
    manifest = json.loads((spoilt / "package.json").read_text("utf-8"))
    manifest["settings"]["model"]["kind"] = "nothing that is known"
    (spoilt / "package.json").write_text(json.dumps(manifest), "utf-8")
    with search_client(packages[0], admin={"token": "secret"}) as client, remote(client) as search:
        before = search.status()["serving"]
        with pytest.raises(StepFailed, match=r"package\.broken"):
            search.move(Order(model=search.send(spoilt), golden=GOLDEN))
        found = search.status()
        assert (found["serving"], found["building"], found["move"]["code"]) == (before, None, "package.broken")
        assert client.get("/v1/search?q=xe").status_code == 200


def test_a_model_that_finds_less_is_refused_and_leaves_nothing(packages, tmp_path, monkeypatch):
    """What the old space's vectors alone find is no longer found: the new one has other vectors, and no word helps."""
    monkeypatch.setenv("TIENGNOI_ARTIFACTS", str(tmp_path))
    settings = SearchSettings(
        package=packages[0], fusion=tmp_path / "fusion.json", admin=AdminSettings(token=SecretStr("secret"))
    )
    write_fusion(tmp_path / "fusion.json", space_of(Embedder.open(packages[0])), Fusion(dense=1.0))

    async def fill() -> None:
        async with open_search(settings) as opened:
            indexer = TranscriptIndexer(opened.spaces)
            for number in range(40):
                said = f"chuyện thứ {number} của ngày hôm nay".split()
                words = tuple(Word(text=w, start_s=at, end_s=at + 0.5, confidence=0.9) for at, w in enumerate(said))
                heard = Heard(
                    tenant="public", recording_id="r", transcript_id=f"t{number}", version=1, words=words
                )  # fmt: skip
                await indexer.index(heard)

    asyncio.run(fill())
    with client_of(search_app(settings)) as client, remote(client) as search:
        first = client.get("/v1/search?q=con+hổ&mode=dense&limit=1").json()["hits"][0]["transcript_id"]
        golden = Golden(tenant="public", queries={"q": "con hổ"}, qrels={"q": {first: 1.0}})
        before = search.status()["serving"]
        with pytest.raises(GateRefused, match=r"ndcg@10 0\.0000 after 1\.0000"):
            search.move(Order(model=search.send(packages[1]), golden=golden))
        found = search.status()
        assert (found["serving"], found["building"], found["previous"]) == (before, None, None)
        assert (found["move"]["stage"], found["move"]["code"]) == ("refused", "gate.refused")
