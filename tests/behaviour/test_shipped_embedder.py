"""The embedders that the project brings along: small, as good as its card says, and the same for every way of typing."""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data.paraphrases.handwritten import rewordings
from data.text.normalform import fold
from models.embedder.infer import SHIPPED, SHIPPED_TABLE, Embedder
from models.embedder.judging import judge, rank, read_squad
from models.package import open_package
from models.ranking import rank_metrics
from serving.adapters.memory_index import MemoryIndex
from serving.search import collection as collections
from serving.search.evaluate import Trial, plain_bm25
from serving.search.evaluate import rank as rank_collection
from serving.search.fusion import WORDS_ONLY
from serving.search.spaces import told_by

DATA = os.environ.get("TIENGNOI_DATA")
BOTH = {"transformer": SHIPPED, "table": SHIPPED_TABLE}


@pytest.fixture(scope="module", params=BOTH.values(), ids=list(BOTH))
def package_dir(request) -> Path:
    return request.param


@pytest.fixture(scope="module")
def embedder(package_dir) -> Embedder:
    return Embedder.open(package_dir, check_golden=True)


def test_it_takes_no_more_than_thirty_megabytes_and_says_what_it_is(package_dir):
    package = open_package(package_dir)
    assert sum(file.stat().st_size for file in package_dir.rglob("*") if file.is_file()) <= 30_000_000
    assert package.manifest["family"] == "embedder"
    card = (package_dir / "README.md").read_text("utf-8")
    assert "CC BY-SA" in package.lineage["licence"] and "CC BY-SA" in card
    if package_dir == SHIPPED_TABLE:
        assert package.lineage["run_id"]
    else:  # Nothing was learnt here: the checkpoint's licence counts.
        assert "| Licence of the checkpoint | MIT" in card


def test_its_name_version_digest_and_length_make_a_fingerprint(package_dir, embedder):
    package = open_package(package_dir)
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


#: The transformer hardly reads what has no diacritics; a search leaves such queries to words, nearly (`Fusion.bare`).
ASKED = [
    pytest.param(BOTH[kind], *query, id=f"{kind}: {query[2]}")
    for kind in BOTH
    for query in QUERIES
    if kind == "table" or fold(query[0]) != query[0]
]


@pytest.mark.parametrize(("package_dir", "query", "wanted", "why"), ASKED, indirect=["package_dir"])
def test_a_query_finds_its_passage_however_it_is_typed(embedder, query, wanted, why):
    passages_PD = embedder.embed(list(PASSAGES.values()), "passage")
    scores_P = embedder.embed([query], "query")[0] @ passages_PD.T
    assert list(PASSAGES)[int(np.argmax(scores_P))] == wanted, why


def test_what_is_asked_in_none_of_its_words_is_found_by_its_meaning():
    """Words find none of them by construction (tests/unit/test_paraphrases.py)."""
    pairs, found = rewordings(), {}
    for name, package in BOTH.items():
        embedder = Embedder.open(package)
        passages_PD = embedder.embed([pair.passage for pair in pairs], "passage")
        questions_QD = embedder.embed([pair.question for pair in pairs], "query")
        found[name] = judge(rank(questions_QD, passages_PD, list(range(len(pairs)))))["ndcg@10"]
    print(f"nDCG@10 {found}")
    assert found["transformer"] >= 0.8
    assert found["transformer"] > found["table"] + 0.3, "the stronger embedder raises it, and nothing else was changed"


@pytest.mark.skipif(not DATA, reason="TIENGNOI_DATA names no folder")
def test_the_table_ranks_questions_of_another_source_as_well_as_its_card_says():
    embedder = Embedder.open(SHIPPED_TABLE)
    judged = read_squad(Path(DATA or "") / "retrieval" / "xquad.vi.json")
    passages_PD = embedder.embed(judged.passages, "passage")
    told = json.loads((SHIPPED_TABLE / "package.json").read_text("utf-8"))["metrics"]["evaluation"]["xquad.vi"]
    found = {
        name: judge(rank(embedder.embed(queries, "query"), passages_PD, judged.answers))["ndcg@10"]
        for name, queries in {"typed": judged.queries, "bare": [fold(query) for query in judged.queries]}.items()
    }
    print(f"nDCG@10 {found['typed']:.4f}, without diacritics {found['bare']:.4f}")
    assert found["typed"] == pytest.approx(told["ndcg@10"], abs=2e-3)
    assert found["typed"] >= 0.84
    assert found["bare"] >= 0.9 * found["typed"]


@pytest.mark.skipif(not DATA, reason="TIENGNOI_DATA names no folder")
def test_the_transformer_finds_a_point_more_beside_words_than_plain_bm25_does():
    """On every fourth question, with the weights that its package brings; typed without diacritics it harms nobody."""
    whole = collections.read_squad(Path(DATA or "") / "retrieval" / "xquad.vi.json")
    asked = dict(list(whole.queries.items())[::4])
    collection = replace(whole, queries=asked, qrels={name: whole.qrels[name] for name in asked})
    embedder = Embedder.open(SHIPPED)

    async def figures() -> dict[tuple[str, str], float]:
        trial = Trial(collection, MemoryIndex(), embedder)
        await trial.fill()
        found = {}
        for name, change in (("typed", None), ("bare", collections.unaccented)):
            typed = collection.asking(change) if change else collection
            candidates = await trial.candidates(typed.queries)
            for side, fusion in (("words", WORDS_ONLY), ("hybrid", told_by(embedder))):
                found[name, side] = rank_collection(typed, candidates, fusion).to_json()["ndcg@10"]
        return found

    found, plain = asyncio.run(figures()), rank_metrics(collection.qrels, plain_bm25(collection), k=10).to_json()["ndcg@10"]
    print(f"nDCG@10 plain BM25 {plain:.4f}, {found}")
    assert found["typed", "hybrid"] >= plain + 0.01
    assert all(found[name, "hybrid"] >= found[name, "words"] for name in ("typed", "bare"))
