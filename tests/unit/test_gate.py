"""What the gate looks at, one thing at a time, and what it writes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from data.config import from_mapping, read_config
from data.errors import ConfigError, ScoreError
from models.__main__ import main
from models.gate.comparison import holm
from models.gate.decide import decide
from models.gate.policy import GatePolicy, SlicePolicy
from models.gate.report import to_json, write_report

ROOT = Path(__file__).resolve().parents[2]
REF = "tôi mua hai con gà về nhà"


def quick(**changes: Any) -> GatePolicy:
    """The house's policy with fewer draws."""
    return GatePolicy(draws=500, **changes)


def utterances(text, count=40):
    return {f"u{number:02d}": text for number in range(count)}


def judge(champion, candidate, ref=REF, policy=None, **more):
    """The gate on 40 utterances of 20 speakers that all say and answer the same, half of them answered by the champion's."""
    refs, old, new = utterances(ref), utterances(champion), utterances(candidate)
    return decide(refs, old, new, groups={u: f"speaker {int(u[1:]) // 2}" for u in refs}, policy=policy or quick(), **more)


WORSE_AT = [
    ("tôi mua hai con ga về nhá", "tôi mua hai con gá về nhà", "number_errors", False, "better at all, numbers alike"),
    ("tôi bua hai con nhà về", "tôi bua hái con gà về nhà", "number_errors", True, "WER better, a number lost"),
    ("tôi bua hai con khách về xe", "tồi mùa hai con gà về nhà", "tone_only", True, "WER better, new wrong tones"),
]


@pytest.mark.parametrize(("champion", "candidate", "check", "worse", "why"), WORSE_AT, ids=[row[-1] for row in WORSE_AT])
def test_a_better_wer_does_not_pay_for_tones_or_numbers(champion, candidate, check, worse, why):
    report = judge(champion, candidate)
    found = {finding.check: finding.outcome for finding in report.findings}
    assert found["wer"] == "pass"
    assert found[check] == ("refuse" if worse else "pass")
    assert report.promote is not worse


def test_a_champion_that_hears_nothing_does_not_know_its_tones_better():
    report = judge("tôi tôi", "tôi mùa hai con gà về nhá")
    assert report.promote, report.sentence
    (tones,) = (finding for finding in report.findings if finding.check == "tone_only")
    assert tones.text == "tone-only errors: 0.00 % against 0.00 % of 40 words that both heard"


def test_empty_outputs_refuse_although_the_wer_fell():
    refs = utterances(REF)
    old = utterances("tôi mua hài con gá vê nhá")
    new = {u: "" if int(u[1:]) % 4 == 0 else REF for u in refs}
    report = decide(refs, old, new, policy=quick())
    assert report.wer is not None and report.wer.verdict == "better"
    assert any("empty outputs" in reason for reason in report.texts("refuse"))


def test_words_invented_on_silence_refuse_and_are_resampled_as_utterances():
    refs = {**utterances(REF), **{f"silence{n}": "" for n in range(12)}}
    old = {u: text.replace("gà", "gá") for u, text in refs.items()}
    new = {u: text or "ừ" for u, text in refs.items()}
    groups = dict.fromkeys(refs, "lan") | {u: f"speaker {u}" for u in utterances(REF)}
    report = decide(refs, old, new, groups=groups, policy=quick())
    invented = next(one for one in report.checks if one.name == "invented")
    assert (invented.units, invented.verdict, report.promote) == (12, "worse", False)


def test_what_a_test_set_cannot_show_is_noted_not_passed():
    report = judge("tôi mua con gá", "tôi mua con gà", ref="tôi mua con gà")
    found = {finding.check: finding.outcome for finding in report.findings}
    assert found["number_errors"] == found["invented"] == found["rtf"] == "note"
    assert report.promote


@pytest.mark.parametrize(("candidate_rtf", "promoted"), [(0.1, True), (0.12, True), (0.2, False)])
def test_a_much_slower_model_is_refused(candidate_rtf, promoted):
    assert judge("tôi mua hai con", REF, champion_rtf=0.1, candidate_rtf=candidate_rtf).promote is promoted


def test_the_same_answers_are_no_progress():
    report = judge("tôi mua hai con gá", "tôi mua hai con gá")
    assert not report.promote
    assert report.wer is not None and (report.wer.delta, report.wer.low, report.wer.high) == (0, 0, 0)


def test_a_perfect_champion_stays():
    assert not judge(REF, REF).promote


@pytest.mark.parametrize(("action", "promoted"), [("refuse", False), ("warn", True)])
def test_few_speakers_are_a_policy_decision(action, promoted):
    refs = utterances(REF, 8)
    policy = quick(on_little_evidence=action)
    groups = {u: f"speaker {int(u[1:]) % 2}" for u in refs}
    report = decide(refs, utterances("tôi mua", 8), refs, groups=groups, policy=policy)
    assert report.promote is promoted
    assert "2 speakers are too few" in " ".join(report.texts(action))


def test_little_evidence_never_promotes_what_looks_worse():
    refs = utterances(REF, 3)
    policy = quick(on_little_evidence="warn")
    assert not decide(refs, refs, utterances("tôi mua", 3), policy=policy).promote


@pytest.mark.parametrize(("action", "promoted"), [("refuse", False), ("warn", True)])
def test_a_slice_with_few_speakers_is_a_policy_decision(action, promoted):
    slices = {"u00": {"dialect": "nam"}, "u01": {"dialect": "nam"}}
    policy = quick(slices=SlicePolicy(on_little_evidence=action))
    report = judge("tôi mua hai con", REF, policy=policy, slices=slices)
    assert report.promote is promoted
    assert report.texts(action) == ["not enough evidence, fewer than 5 units, in dialect=nam (1)"]


def test_a_cheaper_model_may_lose_its_margin_and_no_more():
    old, new = "tôi mua hai con ga về nha", "tôi mua hai con ga về nha"
    assert not judge(old, new).promote
    assert judge(old, new, policy=quick(rule="not_worse", margin=0.1)).promote
    report = judge("tôi mua hai con gà về nha", new, policy=quick(rule="not_worse", margin=0.1))
    assert not report.promote


def test_utterances_are_resampled_where_no_speaker_is_named_and_the_report_says_so():
    refs = utterances(REF)
    report = decide(refs, utterances("tôi mua"), refs, policy=quick())
    assert report.resampled == "utterances"
    assert "40 utterances" in report.sentence
    assert report.speakers == ()


FLOORS = [
    (REF, True, "perfect"),
    ("tôi mua hai con gà về nha", True, "one word in seven"),
    ("tôi mua hai con", False, "three words in seven"),
    ("tôi mua hài con gà về nhà", False, "its tones are wrong, one in seven"),
    ("", False, "empty"),
]


@pytest.mark.parametrize(("candidate", "promoted", "why"), FLOORS, ids=[row[-1] for row in FLOORS])
def test_the_first_model_must_reach_the_floors(candidate, promoted, why):
    policy = quick() if why != "one word in seven" else from_mapping({"floors": {"max_tone_only_rate": 0.2}}, GatePolicy)
    report = decide(utterances(REF), None, utterances(candidate), policy=policy)
    assert report.promote is promoted
    assert report.champion is None and "the first model" in report.sentence


def test_sides_that_do_not_pair_are_refused():
    with pytest.raises(ScoreError):
        decide(utterances(REF), utterances(REF, 39), utterances(REF))


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.5]) == [1.0, 1.0]
    assert holm([]) == []


def test_the_houses_policy_is_the_documented_one():
    assert read_config(ROOT / "configs" / "gate.yaml", GatePolicy) == GatePolicy()


@pytest.mark.parametrize(
    "bad", [{"confidence": 1.0}, {"draws": 1}, {"min_units": 1}, {"slices": {"min_units": 1}}, {"max_wer": 1}]
)
def test_an_impossible_policy_is_refused(bad):
    with pytest.raises(ConfigError):
        from_mapping(bad, GatePolicy)


@pytest.fixture
def files(tmp_path):
    """Reference, champion, a better candidate, speakers and slices, as files."""

    def write(name, rows):
        (tmp_path / name).write_text("".join(f"{id_}\t{text}\n" for id_, text in rows), "utf-8")
        return str(tmp_path / name)

    refs = utterances(REF)
    return {
        "--ref": write("ref", refs.items()),
        "--champion": write("champion", [(u, "tôi mua <b>hai</b> con gá" if int(u[1:]) % 3 else REF) for u in refs]),
        "--candidate": write("candidate", [(u, REF if int(u[1:]) % 7 else "tôi hai") for u in refs]),
        "--group": write("group", [(u, f"người {int(u[1:]) // 2}") for u in refs]),
        "--slice": write("slice", [(u, f"half={half}") for u in refs for half in (u[1], "all")]),
    }


def run(options, capsys):
    code = main(["gate", *(part for option in options.items() for part in option)])
    return code, capsys.readouterr()


def test_the_command_promotes_with_0_refuses_with_3_and_2_is_bad_input(files, capsys, tmp_path):
    code, said = run(files, capsys)
    assert (code, json.loads(said.out)["promote"]) == (0, True)
    code, said = run(files | {"--champion": files["--candidate"], "--candidate": files["--champion"]}, capsys)
    assert (code, json.loads(said.out)["promote"]) == (3, False)
    assert json.loads(said.out)["wer"]["delta"] > 0
    code, said = run(files | {"--champion": str(tmp_path / "nowhere")}, capsys)
    assert (code, json.loads(said.err)["code"]) == (2, "score.mismatch")
    code, said = run(files | {"--champion": "none"}, capsys)
    assert (code, json.loads(said.out)["champion"]) == (0, None)


def test_each_side_is_read_from_its_own_file(files, capsys):
    """A gate that reads one file twice, or scores references against themselves, would not show these three figures."""
    _, said = run(files, capsys)
    got = json.loads(said.out)
    assert (got["champion"]["errors"], got["candidate"]["errors"], got["candidate"]["words"]) == (26 * 5, 6 * 5, 40 * 7)


def test_the_report_is_whole_in_one_page(files, capsys, tmp_path):
    code, said = run(files | {"--out": str(tmp_path / "out")}, capsys)
    assert code == 0
    assert json.loads((tmp_path / "out" / "gate.json").read_text("utf-8")) == json.loads(said.out)
    page = (tmp_path / "out" / "gate.html").read_text("utf-8")
    sentence = json.loads(said.out)["sentence"]
    assert sentence in page and sentence in (tmp_path / "out" / "gate.md").read_text("utf-8")
    assert page.count("data:image/png;base64,") == 3 == len(list((tmp_path / "out").glob("*.png")))
    assert not re.search(r"<(script|link)|src=\"(?!data:)", page), "nothing from outside"
    assert "half=all" in page and "<b>" not in page


def test_a_report_without_champion_or_bounds_is_written_too(tmp_path):
    refs = utterances(REF, 2)
    for name, champion in (("floors", None), ("few", utterances("tôi", 2))):
        folder = write_report(decide(refs, champion, refs, policy=quick()), tmp_path / name)
        assert json.loads((folder / "gate.json").read_text("utf-8"))["sentence"] in (folder / "gate.html").read_text("utf-8")


def test_no_figure_of_the_report_is_infinite():
    refs = {"a": "một", "b": ""}
    report = decide(refs, {"a": "", "b": ""}, {"a": "một", "b": "hai"}, policy=quick(min_units=2))
    json.dumps(to_json(report), allow_nan=False)
