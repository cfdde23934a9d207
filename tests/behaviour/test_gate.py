"""How the gate behaves over many test sets: what it promises, with few and many speakers."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from models.gate.calibration import POPULATIONS, promotions
from models.gate.comparison import compare, in_one_family
from models.gate.decide import decide
from models.gate.policy import GatePolicy
from tests.behaviour.speakers import make_test_set

QUICK = GatePolicy(draws=1_000)


@pytest.mark.parametrize("people", POPULATIONS, ids=lambda people: people.name)
def test_equal_models_are_promoted_in_at_most_6_of_100_cases(people):
    found = promotions(people, 40, seed_noise=QUICK.seed_noise, trials=400, draws=1_000)
    assert found["gate"] <= 0.06


@pytest.mark.parametrize("speakers", [6, 10, 20])
def test_the_bound_keeps_its_promise_with_few_speakers_where_the_plain_percentile_does_not(speakers):
    found = [promotions(people, speakers, trials=400, draws=500, seed=1) for people in POPULATIONS]
    assert np.mean([rates["gate"] for rates in found]) <= 0.055
    assert np.mean([rates["percentile"] for rates in found]) > 0.065, "were this false, the simpler bound would do"


def test_a_clearly_better_model_is_promoted():
    assert promotions(POPULATIONS[0], 40, gain=0.2, seed_noise=0.02, trials=200, draws=500)["gate"] >= 0.95


def test_texts_of_equal_models_are_refused_and_of_a_clearly_better_one_promoted():
    equal = [decide(**make_test_set(seed), policy=QUICK).promote for seed in range(30)]
    better = [decide(**make_test_set(seed, gain=0.5), policy=QUICK).promote for seed in range(15)]
    assert sum(equal) <= 3, "one in fifty is expected, with slices and checks on top"
    assert sum(better) >= 14


def test_a_true_gain_as_small_as_the_luck_of_a_seed_is_refused_however_sure():
    refs = {str(u): "một hai ba bốn năm sáu bảy tám chín mười" for u in range(3_000)}
    champion = {u: text.replace("ba", "bà") if int(u) % 2 else text for u, text in refs.items()}
    candidate = {u: refs[u] if int(u) % 200 == 1 else champion[u] for u in refs}
    report = decide(refs, champion, candidate, policy=QUICK)
    assert report.wer is not None and report.wer.high is not None
    assert report.wer.high < 0, "better, surely"
    assert not report.promote
    assert "two seeds" in report.sentence


def test_another_seed_of_the_champions_recipe_is_refused_however_good_it_is():
    better = make_test_set(0, gain=0.5)
    assert decide(**better, policy=QUICK).promote
    report = decide(**better, policy=QUICK, one_recipe=True)
    assert not report.promote
    assert "luck" in report.sentence
    assert decide(**better, policy=replace(QUICK, one_recipe="warn"), one_recipe=True).promote


def test_slices_of_equal_models_cry_wolf_in_at_most_7_of_100_cases_all_together():
    rng, alarms = np.random.default_rng(3), 0
    for _ in range(200):
        words_U = np.full(40 * 12, 20)
        old_U, new_U = rng.binomial(words_U, 0.1), rng.binomial(words_U, 0.1)
        speakers_U, slices_U = np.arange(480) // 12, np.arange(480) % 12
        judge = partial(compare, confidence=0.95, draws=300, seed=0, min_units=5)
        found = [judge(str(s), *(side[slices_U == s] for side in (old_U, new_U, words_U, speakers_U)))[0] for s in range(12)]
        alarms += any(one.verdict == "worse" for one in in_one_family(found, 0.95))
    assert alarms <= 0.07 * 200


def test_a_slice_that_pays_for_the_whole_refuses():
    report = decide(**make_test_set(0, gain=0.8, harm=("trung",), utterances=20), policy=QUICK)
    assert report.wer is not None and report.wer.delta is not None and report.wer.delta < 0
    assert not report.promote
    assert any("dialect=trung got worse" in reason for reason in report.texts("refuse"))


def test_one_question_has_one_answer():
    first, again = (decide(**make_test_set(5, gain=0.2), policy=QUICK) for _ in range(2))
    assert (first.sentence, first.wer) == (again.sentence, again.wer)
