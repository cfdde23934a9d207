"""What the gate says of each figure: a sentence, and whether it passes, warns or refuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from models.gate.comparison import Comparison
from models.gate.policy import ComparisonPolicy, GatePolicy
from models.metrics import Counts

Outcome = Literal["pass", "note", "warn", "refuse"]

#: Rates besides the WER: name, errors, what they are counted over, and how a sentence calls them. Of two models only
#: words count as to tones that both got right but for the tone (`metrics.wrong_tones_where_both_heard`).
CHECKS = (
    ("tone_only", "tone_only", "words", "tone-only errors"),
    ("number_errors", "number_edits", "number_words", "errors in numbers"),
    ("empty", "empty", "spoken", "empty outputs"),
    ("invented", "invented", "silent", "words invented on silence"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing the gate looked at, what follows from it, and why, in words that finish "because …"."""

    check: str
    outcome: Outcome
    text: str


def judge_wer(wer: Comparison, limit: float, resampled: str, policy: GatePolicy) -> Finding:
    if wer.delta is None:
        return Finding(check="wer", outcome="refuse", text="the references hold no words, so there is nothing to compare")
    return judge_rate(wer, limit, resampled, policy, called="WER", over="words")


def judge_rate(rate: Comparison, limit: float, resampled: str, policy: ComparisonPolicy, *, called: str, over: str) -> Finding:
    """Judge the rate that decides.

    Args:
        called, over: how a sentence calls the rate and what it is counted over.
    """
    if rate.delta is None:
        return Finding(check=rate.name, outcome="refuse", text=f"there are no {over}, so there is nothing to compare")
    said = f"its {called} is {percent(rate.candidate)} against {percent(rate.champion)}"
    on = f"({rate.units} {resampled}, {rate.weight:,} {over})"
    if rate.high is None or rate.low is None:
        text = f"{said}, but {rate.units} {resampled} are too few to tell ({policy.min_units} are needed)"
        # Even where little evidence is let through, what there is must not speak against the candidate.
        return Finding(check=rate.name, outcome=policy.on_little_evidence if rate.delta < limit else "refuse", text=text)
    sure = f"{100 * policy.confidence:g} % confidence"
    if rate.high < limit:
        at_least = f"better by at least {points(-rate.high)}" if rate.high < 0 else f"worse by at most {points(rate.high)}"
        return Finding(check=rate.name, outcome="pass", text=f"{said}, with {sure} {at_least} {on}")
    if policy.rule == "not_worse":
        text = f"{said}, and with {sure} it may be worse by {points(rate.high)}; {points(limit)} are allowed {on}"
    elif rate.high < 0:
        text = f"{said}, better, but not surely by more than two seeds of one recipe differ ({points(-limit)}) {on}"
    elif rate.low > 0:
        text = f"{said}, with {sure} worse by at least {points(rate.low)} {on}"
    elif rate.delta < 0:
        text = f"{said}, which may be luck: with {sure} it could still be worse by {points(rate.high)} {on}"
    else:
        text = f"{said}, no better {on}"
    return Finding(check=rate.name, outcome="refuse", text=text)


def judge_recipe(policy: ComparisonPolicy) -> Iterator[Finding]:
    """Judge a candidate that is known to be another seed of the champion's recipe on the champion's data."""
    if policy.rule == "better":
        text = "it is the champion's recipe on the champion's data with another seed, so that what lies between them is luck"
        yield Finding(check="recipe", outcome=policy.one_recipe, text=text)


def judge_slices(of_slices: Sequence[Comparison], policy: ComparisonPolicy, *, called: str = "WER") -> Iterator[Finding]:
    for one in of_slices:
        if one.verdict == "worse":
            rates = f"{called} {percent(one.candidate)} against {percent(one.champion)}"
            text = f"slice {one.name} got worse: {rates} (p {one.p_worse:.2g})"
            yield Finding(check=f"slice {one.name}", outcome=policy.slices.on_worse, text=text)
    few = [f"{one.name} ({one.units})" for one in of_slices if one.verdict == "little evidence"]
    if few:
        text = f"not enough evidence, fewer than {policy.slices.min_units} units, in {', '.join(few)}"
        yield Finding(check="slices", outcome=policy.slices.on_little_evidence, text=text)
    judged = sum(one.p_worse is not None for one in of_slices)
    if judged and not any(one.verdict == "worse" for one in of_slices):
        yield Finding(check="slices", outcome="pass", text=f"none of {judged} slices got worse")
    if not of_slices:
        yield Finding(check="slices", outcome="note", text="no slices were given")


def judge_checks(checks: Sequence[Comparison], policy: GatePolicy) -> Iterator[Finding]:
    for one, (name, _, over, said) in zip(checks, CHECKS, strict=True):
        over = "words that both heard" if name == "tone_only" else over.replace("_", " ")
        if one.verdict == "not measured":
            yield Finding(check=name, outcome="note", text=f"{said} could not be measured: the test set has none to get wrong")
            continue
        text = f"{said}: {percent(one.candidate)} against {percent(one.champion)} of {one.weight:,} {over}"
        if one.verdict == "little evidence":
            yield Finding(check=name, outcome="note", text=f"{text}, too few to judge")
        elif one.verdict == "worse":
            yield Finding(check=name, outcome=getattr(policy, name).on_worse, text=f"more {text} (p {one.p_worse:.2g})")
        else:
            yield Finding(check=name, outcome="pass", text=text)


def judge_rtf(champion: float | None, candidate: float | None, policy: GatePolicy) -> Finding:
    if not champion or candidate is None:
        return Finding(check="rtf", outcome="note", text="speed was not measured on both")
    ratio = candidate / champion
    text = f"real-time factor {candidate:.3g} against {champion:.3g}, ratio {ratio:.2f} of at most {policy.rtf.max_ratio:g}"
    return Finding(check="rtf", outcome="pass" if ratio <= policy.rtf.max_ratio else policy.rtf.on_worse, text=text)


def judge_floors(counts: Counts, wer_high: float | None, rtf: float | None, policy: GatePolicy) -> Iterator[Finding]:
    """Hold a first model against what every model must reach."""
    floors = policy.floors
    for check, value, bound, said, show in (
        ("wer", wer_high, floors.max_wer, "the upper bound of its WER", percent),
        ("tone_only", counts.tone_only_rate, floors.max_tone_only_rate, "its tone-only error rate", percent),
        (
            "number_errors",
            _rest(counts.number_accuracy),
            _rest(floors.min_number_accuracy),
            "its error rate in numbers",
            percent,
        ),
        ("empty", counts.empty_rate, floors.max_empty_rate, "its share of empty outputs", percent),
        ("invented", counts.invented_per_silence, floors.max_invented_per_silence, "its words for each silence", _plain),
        ("rtf", rtf, floors.max_rtf, "its real-time factor", _plain),
    ):
        if value is None or bound is None:
            yield Finding(check=check, outcome="refuse" if check == "wer" else "note", text=f"{said} could not be measured")
        else:
            text = f"{said} is {show(value)} of at most {show(bound)}"
            yield Finding(check=check, outcome="pass" if value <= bound else "refuse", text=text)


def verdict(findings: Sequence[Finding], *, first: bool = False) -> tuple[bool, str]:
    """Promote where nothing refuses; one sentence with every reason to refuse, or the first finding's to promote."""
    refusing = [finding.text for finding in findings if finding.outcome == "refuse"]
    who = "the first model, " if first else ""
    if refusing:
        return False, f"Refused, {who}because {'; and '.join(refusing)}."
    reason = findings[0].text
    warned = sum(finding.outcome == "warn" for finding in findings)
    noted = f"; {warned} warning{'s' * (warned > 1)}" if warned else ""
    return True, f"Promoted, {who}because {reason}{noted}."


def percent(rate: float | None) -> str:
    """0.0412 → 4.12 %."""
    return "–" if rate is None else f"{100 * rate:.2f} %"


def points(difference: float) -> str:
    """0.0012 → 0.12 points."""
    return f"{100 * difference:.2f} points"


def _plain(value: float) -> str:
    return f"{value:.3g}"


def _rest(rate: float | None) -> float | None:
    return None if rate is None else 1 - rate
