"""The embedder that the project brings along: small, as good as its card says, and the same for every way of typing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from data.text.normalform import fold
from models.embedder.infer import SHIPPED, Embedder
from models.embedder.judging import judge, rank, read_squad
from models.package import open_package

DATA = os.environ.get("TIENGNOI_DATA")


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return Embedder.open(check_golden=True)


def test_it_takes_no_more_than_thirty_megabytes_and_says_what_it_is():
    package = open_package(SHIPPED)
    assert sum(file.stat().st_size for file in SHIPPED.rglob("*") if file.is_file()) <= 30_000_000
    assert package.manifest["family"] == "embedder"
    assert "CC BY-SA" in package.lineage["licence"] and package.lineage["run_id"]
    assert "CC BY-SA" in (SHIPPED / "README.md").read_text("utf-8")


def test_its_name_version_digest_and_length_make_a_fingerprint(embedder):
    package = open_package(SHIPPED)
    assert (embedder.name, embedder.version, embedder.digest) == ("embedder-vi", package.digest[:12], package.digest)
    assert embedder.dim == embedder.dims[0] == embedder.embed(["Hà Nội"], "query").shape[1]


PASSAGES = {
    "capital": "Hà Nội là thủ đô của Việt Nam, nằm bên sông Hồng.",
    "football": "Đội tuyển bóng đá quốc gia thắng ba bàn trong trận chung kết tối qua.",
    "medicine": "Bác sĩ khuyên bệnh nhân uống thuốc đúng giờ và nghỉ ngơi.",
    "price": "Giá xăng tăng lên 24.000 đồng một lít từ ngày 1 tháng 8.",
    "rain": "Mưa lớn gây ngập nhiều tuyến đường ở Thành phố Hồ Chí Minh.",
}
QUERIES = [
    ("thủ đô của Việt Nam là thành phố nào", "capital", "as one types it"),
    ("thu do cua viet nam la thanh pho nao", "capital", "without diacritics"),
    ("THỦ ĐÔ VIỆT NAM", "capital", "in capitals"),
    ("thu\u0309 \u0111o\u0302 Vie\u0323\u0302t Nam", "capital", "in NFD"),
    ("trận bóng đá chung kết", "football", "other order"),
    ("bệnh nhân nên uống thuốc thế nào", "medicine", "a question"),
    ("giá xăng hai mươi tư nghìn đồng", "price", "a number as it is said"),
    ("duong ngap vi mua lon", "rain", "other order, no diacritics"),
]


@pytest.mark.parametrize(("query", "wanted", "why"), QUERIES, ids=[why for *_, why in QUERIES])
def test_a_query_finds_its_passage_however_it_is_typed(embedder, query, wanted, why):
    passages_PD = embedder.embed(list(PASSAGES.values()), "passage")
    scores_P = embedder.embed([query], "query")[0] @ passages_PD.T
    assert list(PASSAGES)[int(np.argmax(scores_P))] == wanted, why


@pytest.mark.skipif(not DATA, reason="TIENGNOI_DATA names no folder")
def test_it_ranks_questions_of_another_source_as_well_as_its_card_says(embedder):
    judged = read_squad(Path(DATA or "") / "retrieval" / "xquad.vi.json")
    passages_PD = embedder.embed(judged.passages, "passage")
    told = json.loads((SHIPPED / "package.json").read_text("utf-8"))["metrics"]["evaluation"]["xquad.vi"]
    found = {
        name: judge(rank(embedder.embed(queries, "query"), passages_PD, judged.answers))["ndcg@10"]
        for name, queries in {"typed": judged.queries, "bare": [fold(query) for query in judged.queries]}.items()
    }
    print(f"nDCG@10 {found['typed']:.4f}, without diacritics {found['bare']:.4f}")
    assert found["typed"] == pytest.approx(told["ndcg@10"], abs=2e-3)
    assert found["typed"] >= 0.84
    assert found["bare"] >= 0.9 * found["typed"]
