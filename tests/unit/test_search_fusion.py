"""Two rankings into one, and how the weight between them is chosen."""

import random
from dataclasses import replace

import pytest

from data.errors import BadParameter, ForeignSpace
from models.ranking import rank_metrics
from serving.search.fusion import WORDS_ONLY, Candidates, Fusion, fit
from serving.search.points import Scored
from serving.search.space import Space
from serving.search.state import read_fusion, write_fusion


def scored(**scores):
    return [Scored(id_, score) for id_, score in sorted(scores.items(), key=lambda item: -item[1])]


FOUND = Candidates(lexical=scored(a=8.0, b=4.0), dense=scored(b=0.9, c=0.7, a=0.5), depth=3)


def ids(hits):
    return [hit.id for hit in hits]


def measure(judged, run):
    return rank_metrics(judged, run).ndcg


@pytest.mark.parametrize(
    ("fusion", "expected", "why"),
    [
        (Fusion(dense=0.0), {"a": 1.0, "b": 0.5}, "words alone: what only vectors found is no hit"),
        (Fusion(dense=1.0), {"b": 1.0, "c": 0.5, "a": 0.0}, "vectors alone keep their order"),
        (Fusion(dense=0.5), {"b": 0.75, "a": 0.5, "c": 0.25}, "half of both, each brought to [0, 1]"),
        (Fusion(dense=0.5, floor=0.8), {"b": 0.75, "a": 0.5}, "far away and without a shared word is no hit"),
        (Fusion(kind="rrf", dense=0.5, k=0), {"b": 0.75, "a": 0.5 + 1 / 6, "c": 0.25}, "ranks: a 1 and 3, b 2 and 1, c 2"),
    ],
)
def test_a_fusion_adds_what_its_weights_say(fusion, expected, why):
    assert {hit.id: hit.score for hit in fusion.fuse(FOUND, 10)} == pytest.approx(expected), why


def test_hits_stand_in_the_order_of_their_scores_and_end_at_the_limit():
    assert ids(Fusion(dense=0.5).fuse(FOUND, 2)) == ["b", "a"]
    tied = Candidates(lexical=scored(z=1.0, m=1.0, a=1.0), dense=[], depth=3)
    assert ids(WORDS_ONLY.fuse(tied, 3)) == ["a", "m", "z"]


def test_nothing_found_is_no_hit():
    assert Fusion(dense=0.5).fuse(Candidates(lexical=[], dense=[], depth=3), 10) == []


def test_the_scale_of_either_side_changes_nothing():
    larger = Candidates(
        lexical=[Scored(one.id, 100 * one.score) for one in FOUND.lexical],
        dense=[Scored(one.id, 0.1 * one.score + 0.3) for one in FOUND.dense],
        depth=3,
    )
    fusion = Fusion(dense=0.3)
    assert [h.score for h in fusion.fuse(larger, 9)] == pytest.approx([h.score for h in fusion.fuse(FOUND, 9)])


@pytest.mark.parametrize(
    "wrong", [{"dense": 1.1}, {"dense": float("nan")}, {"k": -1}, {"floor": 2}, {"bare": -0.1}, {"kind": "sum"}, {"depth": 0}]
)
def test_an_impossible_fusion_is_refused(wrong):
    with pytest.raises(BadParameter):
        Fusion(**wrong)


def golden(right_words, right_dense, queries=200):
    """Queries whose passage each side puts first so often, among ten."""
    chance = random.Random(0)
    found, judged = {}, {}
    for query in range(queries):
        lists = []
        for right in (right_words, right_dense):
            others = [f"x{n}" for n in range(9)]
            chance.shuffle(others)
            others.insert(0 if chance.random() < right else chance.randrange(1, 10), f"p{query}")
            lists.append([Scored(id_, 1 - 0.08 * place) for place, id_ in enumerate(others)])
        found[f"q{query}"] = Candidates(lexical=lists[0], dense=lists[1], depth=10)
        judged[f"q{query}"] = {f"p{query}": 1.0}
    return found, judged


def test_a_weak_embedder_gets_no_weight():
    fitted = fit(*golden(0.9, 0.0), measure)
    assert fitted.fusion == WORDS_ONLY
    assert fitted.fitted == fitted.words == pytest.approx(fitted.held_out)


def test_two_sides_that_err_apart_are_better_together_on_queries_that_were_not_used():
    fitted = fit(*golden(0.7, 0.7, 600), measure)
    assert fitted.fusion.dense > 0
    assert fitted.held_out > fitted.words + 0.01


def test_a_strong_embedder_leads():
    assert fit(*golden(0.2, 0.95), measure).fusion.dense > 0.5


def test_where_words_only_mislead_they_get_no_weight():
    """A hybrid search is no worse than its better side, whichever that is."""
    found, judged = golden(0.2, 0.9)
    found = {
        name: replace(one, lexical=[hit for hit in one.lexical if hit.id not in judged[name]]) for name, one in found.items()
    }
    fitted = fit(found, judged, measure)
    alone = measure(judged, {name: [hit.id for hit in one.dense] for name, one in found.items()})
    assert fitted.fusion.dense == 1.0
    assert fitted.fitted == pytest.approx(sum(alone.values()) / len(alone))


def test_queries_without_diacritics_get_a_weight_of_their_own():
    """An embedder that leads where it can read, and hardly reads without them: there words decide alone."""
    found, judged = golden(0.7, 0.95)
    bare = {name: replace(one, bare=True) for name, one in golden(0.9, 0.1)[0].items()}
    fusion = fit(found, judged, measure, bare=bare).fusion
    assert fusion.weight(bare=False) > 0.5 and fusion.weight(bare=True) == 0
    assert fusion.fuse(bare["q0"], 10) == WORDS_ONLY.fuse(bare["q0"], 10)
    assert fusion.fuse(found["q0"], 10) != WORDS_ONLY.fuse(found["q0"], 10)


def test_chance_is_not_fitted():
    """A dense side that is right once and never wrong elsewhere: better on average, and no reason to ask it."""
    found = {f"q{n}": Candidates(lexical=scored(**{f"p{n}": 2.0, "x": 1.0}), dense=[], depth=9) for n in range(50)}
    found["q0"] = Candidates(lexical=scored(x=2.0, p0=1.9), dense=scored(p0=0.9, x=0.1), depth=9)
    assert fit(found, {f"q{n}": {f"p{n}": 1.0} for n in range(50)}, measure).fusion == WORDS_ONLY


def test_golden_queries_without_judgements_are_refused():
    with pytest.raises(BadParameter):
        fit({"q": FOUND}, {"other": {"a": 1.0}}, measure)


def test_a_fusion_is_kept_for_the_space_that_it_was_fitted_for(tmp_path):
    space = Space(name="a", model="m", version="1", dim=8)
    fusion = Fusion(dense=0.3, bare=0.1, floor=0.25)
    write_fusion(tmp_path / "f.json", space, fusion)
    assert read_fusion(tmp_path / "f.json", Space(name="b", model="m", version="1", dim=8)) == fusion
    with pytest.raises(ForeignSpace):
        read_fusion(tmp_path / "f.json", Space(name="a", model="m", version="2", dim=8))
    (tmp_path / "f.json").write_text("{}")
    with pytest.raises(BadParameter):
        read_fusion(tmp_path / "f.json", space)
