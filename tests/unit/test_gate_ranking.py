"""The gate of models that rank: better passes, equal and worse do not, no slice pays, and the report can be read."""

from __future__ import annotations

import json

import numpy as np
import pytest

from data.config import read_config
from data.errors import ScoreError
from models.commands import DEFAULT_POLICY, gate_ranking_main
from models.gate.policy import RankingPolicy
from models.gate.ranking import decide, read_values, to_json, write_report

POLICY = RankingPolicy(draws=1_000)
QUERIES, GROUPS = 600, 120


def ndcg(seed: int, gain: float = 0.0, harm: str = "") -> dict[str, float]:
    """nDCG of each query; of one group alike, and of both models alike."""
    rng = np.random.default_rng(0)
    base_G = rng.beta(4, 2, GROUPS)
    noise_N = np.random.default_rng(seed + 1).normal(0, 0.05, QUERIES)
    found = {}
    for n in range(QUERIES):
        value = base_G[n % GROUPS] + noise_N[n] + (gain if kind(n) != harm else -0.2)
        found[f"q{n}"] = float(np.clip(value, 0, 1))
    return found


def kind(n: int) -> str:
    return "kind=question" if n // GROUPS == 0 else "kind=crop"


GROUP = {f"q{n}": f"g{n % GROUPS}" for n in range(QUERIES)}
SLICES = {f"q{n}": [kind(n)] for n in range(QUERIES)}


def judged(champion, candidate, **more):
    return decide(champion, candidate, groups=GROUP, slices=SLICES, policy=POLICY, **more)


def test_a_better_model_is_promoted_and_the_same_one_is_not():
    better = judged(ndcg(0), ndcg(1, gain=0.08))
    assert better.promote, better.sentence
    assert better.main is not None and better.main.high is not None and better.main.high < 0
    assert not judged(ndcg(0), ndcg(0)).promote
    assert not judged(ndcg(0), ndcg(1, gain=-0.08)).promote


def test_equal_models_are_refused_nearly_always():
    assert sum(judged(ndcg(seed), ndcg(seed + 100)).promote for seed in range(30)) <= 3


def test_a_kind_of_queries_that_pays_for_the_whole_refuses():
    report = judged(ndcg(0), ndcg(1, gain=0.2, harm="kind=question"))
    assert report.main is not None and report.main.delta is not None and report.main.delta < 0
    assert not report.promote
    assert any("kind=question got worse" in reason for reason in report.texts("refuse"))


def test_another_seed_of_one_recipe_and_a_much_slower_model_are_refused():
    assert not judged(ndcg(0), ndcg(1, gain=0.08), one_recipe=True).promote
    assert judged(ndcg(0), ndcg(1, gain=0.08), champion_ms=1.0, candidate_ms=1.2).promote
    slow = judged(ndcg(0), ndcg(1, gain=0.08), champion_ms=1.0, candidate_ms=9.0)
    assert not slow.promote and "ratio 9.00" in slow.sentence


def test_a_first_model_is_held_against_the_floors_by_its_lower_bound():
    report = decide(None, ndcg(0), groups=GROUP, policy=POLICY)
    assert report.promote and "first model" in report.sentence
    assert report.candidate_ndcg_low is not None and report.candidate_ndcg_low < report.candidate_ndcg
    assert not decide(None, dict.fromkeys(GROUP, 0.1), groups=GROUP, policy=POLICY).promote


def test_groups_are_drawn_together():
    alone = decide(ndcg(0), ndcg(1, gain=0.02), policy=POLICY)
    together = judged(ndcg(0), ndcg(1, gain=0.02))
    assert (alone.resampled, together.resampled) == ("queries", "groups of queries")
    assert (alone.units, together.units) == (QUERIES, GROUPS)


def test_what_does_not_pair_is_refused(tmp_path):
    with pytest.raises(ScoreError):
        decide(ndcg(0), {"q1": 0.5}, policy=POLICY)
    with pytest.raises(ScoreError):
        decide(None, {}, policy=POLICY)
    for wrong in ("q1\tgood", "q1\t1.5", "q1\tnan"):
        (tmp_path / "ndcg.tsv").write_text(wrong, "utf-8")
        with pytest.raises(ScoreError):
            read_values(tmp_path / "ndcg.tsv")


def test_the_verb_writes_a_report_that_people_and_programs_read(tmp_path, capsys):
    for name, values in (("old", ndcg(0)), ("new", ndcg(1, gain=0.08))):
        (tmp_path / f"{name}.tsv").write_text("".join(f"{id_}\t{value}\n" for id_, value in values.items()), "utf-8")
    (tmp_path / "group.tsv").write_text("".join(f"{id_}\t{name}\n" for id_, name in GROUP.items()), "utf-8")
    (tmp_path / "slices.tsv").write_text("".join(f"{id_}\t{names[0]}\n" for id_, names in SLICES.items()), "utf-8")
    sides = ["--champion", str(tmp_path / "old.tsv"), "--candidate", str(tmp_path / "new.tsv")]
    more = ["--group", str(tmp_path / "group.tsv"), "--slice", str(tmp_path / "slices.tsv"), "--set", "draws=500"]
    assert gate_ranking_main([*sides, *more, "--out", str(tmp_path / "gate")]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == json.loads((tmp_path / "gate" / "gate.json").read_text("utf-8"))
    assert told["promote"] and told["main"]["delta"] < 0
    assert "Promoted" in (tmp_path / "gate" / "gate.md").read_text("utf-8")
    page = (tmp_path / "gate" / "gate.html").read_text("utf-8")
    assert page.count("data:image/png;base64") == 2 and "kind=question" in page
    assert gate_ranking_main([*sides[:2], "--candidate", str(tmp_path / "old.tsv"), "--set", "draws=500"]) == 3


def test_the_policy_that_ships_can_be_read_and_a_report_without_champion_be_written(tmp_path):
    policy = read_config(DEFAULT_POLICY.with_name("gate_embedder.yaml"), RankingPolicy)
    report = decide(None, ndcg(0), groups=GROUP, candidate_ms=0.4, policy=policy)
    write_report(report, tmp_path)
    assert to_json(report)["promote"] and (tmp_path / "gate.md").is_file()
