"""Points for the tests of vector indexes: a few tenants' passages with real terms and vectors of few dimensions."""

from __future__ import annotations

import numpy as np

from data.schema import Word
from serving.search.points import Payload, Point, VectorQuery
from serving.search.space import GraphSettings, Space
from serving.search.sparse import Bm25

SPACE = Space(name="passages", model="tiny", version="1", dim=8, graph=GraphSettings(full_scan_kb=1))
BM25 = Bm25()
TEXTS = (
    "Hoà bình là mong ước của mọi người",
    "Cuộc họp bắt đầu lúc bảy giờ rưỡi sáng",
    "Doanh thu quý hai tăng mười lăm phần trăm",
    "Trường học đóng cửa vì bão lớn",
    "Ngày 24/7 chúng tôi khai trương cửa hàng mới",
    "Xin chào các bạn, hôm nay trời đẹp",
)


def unit(seed: int, dim: int = SPACE.dim) -> np.ndarray:
    """A vector of length one."""
    vector = np.random.default_rng(seed).standard_normal(dim).astype(np.float32)
    return vector / np.linalg.norm(vector)


def point(
    tenant: str = "a",
    transcript: str = "x",
    passage: int = 0,
    *,
    text: str | None = None,
    seed: int | None = None,
    space: Space = SPACE,
    **fields,
) -> Point:
    """A passage; its text and its vector follow from its place unless they are given."""
    text = TEXTS[passage % len(TEXTS)] if text is None else text
    accented, folded = BM25.passage(text)
    payload = Payload(
        tenant=tenant,
        recording_id=f"r-{transcript}",
        transcript_id=transcript,
        transcript_version=fields.pop("version", 1),
        passage=passage,
        start_s=2.0 * passage,
        end_s=2.0 * passage + 1.5,
        confidence=fields.pop("confidence", 0.9),
        text=text,
        fingerprint=space.fingerprint,
        words=(Word(text="xin", start_s=0.5, end_s=0.75, confidence=0.25),),
        lineage={"model": "asr", "version": fields.pop("lineage_text", "3")},
        **fields,
    )
    return Point(dense=unit(passage if seed is None else seed, space.dim), accented=accented, folded=folded, payload=payload)


def queries(text: str, seed: int = 0) -> list[VectorQuery]:
    """One query for each of the three vectors."""
    accented, folded = BM25.query(text)
    return [VectorQuery("dense", unit(seed)), VectorQuery("accented", accented), VectorQuery("folded", folded)]


def same(one: Point, other: Point) -> bool:
    """Whether two points hold the same payload and vectors."""
    vectors = [(one.dense, other.dense)]
    for mine, yours in ((one.accented, other.accented), (one.folded, other.folded)):
        mine_order, your_order = np.argsort(mine.ids), np.argsort(yours.ids)
        vectors += [(mine.ids[mine_order], yours.ids[your_order]), (mine.weights[mine_order], yours.weights[your_order])]
    return one.payload == other.payload and all(np.array_equal(a, b) for a, b in vectors)
