"""What the lexical search finds on real questions; `pytest -s tests/golden/test_search_terms_rank.py` prints the figures."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from data.text.normalform import fold
from models.ranking import rank_metrics
from serving.adapters.memory_index import MemoryIndex
from serving.search.filters import Filter
from serving.search.points import VectorQuery
from serving.search.sparse import Bm25
from tests.search_points import SPACE, point

LETTERS = "abcdefghijklmnopqrstuvwxyzăâđêôơưáàảãạ"


def corrupt(question: str, rng: random.Random, share: float = 0.1) -> str:
    """The question with one letter of a share of its syllables replaced."""
    words = question.split()
    for at, word in enumerate(words):
        if rng.random() < share:
            place = rng.randrange(len(word))
            words[at] = word[:place] + rng.choice(LETTERS) + word[place + 1 :]
    return " ".join(words)


@pytest.fixture(scope="module")
def ndcg() -> Callable[..., float]:
    """nDCG@10 of all questions, changed by a function, on a kind of vector."""
    if "TIENGNOI_DATA" not in os.environ:
        pytest.skip("TIENGNOI_DATA names no folder of real data")
    file = Path(os.environ["TIENGNOI_DATA"]) / "retrieval" / "xquad.vi.json"
    articles = json.loads(file.read_text("utf-8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    held = [point("a", "x", number, text=paragraph["context"]) for number, paragraph in enumerate(paragraphs)]
    questions = [qa["question"] for paragraph in paragraphs for qa in paragraph["qas"]]
    owners = [held[number].id for number, paragraph in enumerate(paragraphs) for _ in paragraph["qas"]]
    index, where = MemoryIndex(), Filter(tenant="a")

    def measure(name: str, change: Callable[[str], str] = str, bm25: Bm25 | None = None) -> float:
        async def ask() -> dict[str, dict[str, float]]:
            space = replace(SPACE, name=f"pairs-{(bm25 or Bm25()).pair_weight}".replace(".", "-"))
            if space not in await index.spaces():
                await index.create(space)
                vectors = [(bm25 or Bm25()).passage(one.payload.text) for one in held]
                points = [replace(one, accented=a, folded=f) for one, (a, f) in zip(held, vectors, strict=True)]
                await index.upsert(space, points)
            run = {}
            for number, question in enumerate(questions):
                vector = (bm25 or Bm25()).query(change(question))[name == "folded"]
                (found,) = await index.search(space, [VectorQuery(name, vector)], where, 20)  # type: ignore[arg-type]
                run[str(number)] = {scored.id: scored.score for scored in found}
            return run

        qrels = {str(number): {owner: 1.0} for number, owner in enumerate(owners)}
        return rank_metrics(qrels, asyncio.run(ask())).to_json()["ndcg@10"]

    return measure


def test_questions_find_their_passages_however_they_are_typed(ndcg):
    rng = random.Random(2026)
    plain = ndcg("accented", bm25=Bm25(pair_weight=0.0, average_syllables=175.0))
    accented = ndcg("accented")
    folded, unaccented = ndcg("folded"), ndcg("folded", fold)
    wrong = [ndcg(name, lambda q: corrupt(q, rng)) for name in ("accented", "folded")]
    print(
        f"\nnDCG@10 plain syllables {plain:.4f}, with pairs and numbers {accented:.4f}; folded {folded:.4f}, unaccented"
        f" {unaccented:.4f} ({unaccented / accented:.1%}); a tenth of the syllables wrong {wrong[0]:.4f}"
        f" ({wrong[0] / accented:.1%}), folded {wrong[1]:.4f}"
    )
    assert plain >= 0.9595
    assert accented >= 0.963 and accented > plain
    assert unaccented >= 0.95 * accented
    assert wrong[0] >= 0.93 * accented
