"""May this candidate replace that champion? Never `new < old`: a paired bootstrap over speakers answers.

The WER difference Σedits/Σwords is resampled by speaker, both models on the same speakers in each draw; its upper bound
must lie below zero, by more than two seeds of one recipe differ. Then no slice and no other rate may have got worse.
`models/bootstrap.py` says how the bound is made and why it holds with few speakers; `models/gate/calibration.py` shows it.
"""

# U utterances, F fields of models.metrics, B bootstrap draws.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from models.gate.comparison import Comparison, compare, in_one_family
from models.gate.findings import (
    CHECKS,
    Finding,
    Outcome,
    judge_checks,
    judge_floors,
    judge_recipe,
    judge_rtf,
    judge_slices,
    judge_wer,
    verdict,
)
from models.gate.policy import GatePolicy
from models.metrics import (
    FIELDS,
    Counts,
    Slices,
    count_errors,
    counts_of,
    errors_of,
    resampling_units,
    rows_by_name,
    sum_by,
    wrong_tones_where_both_heard,
)

#: Utterances shown that the candidate lost most in, and as many that it won.
EXAMPLES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One speaker: the errors of both models on the same words."""

    name: str
    words: int
    champion_errors: int
    candidate_errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """An utterance that the candidate lost or won."""

    id: str
    ref: str
    champion: str
    candidate: str
    champion_errors: int
    candidate_errors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """The gate's answer with everything it stands on; the parts after `candidate` need a champion."""

    findings: tuple[Finding, ...]
    policy: GatePolicy
    resampled: str
    """What the draws are made of: speakers, utterances, or both."""
    units: int
    candidate: Counts
    candidate_wer_high: float | None = None
    """Without a champion: the upper bound of the candidate's own WER."""
    champion: Counts | None = None
    wer: Comparison | None = None
    limit: float | None = None
    """What the upper bound of the WER difference has to stay below."""
    slices: tuple[Comparison, ...] = ()
    checks: tuple[Comparison, ...] = ()
    champion_rtf: float | None = None
    candidate_rtf: float | None = None
    speakers: tuple[Unit, ...] = ()
    """Where they are named."""
    examples: tuple[Example, ...] = ()
    draws_B: np.ndarray | None = None
    """WER differences of the bootstrap, ascending."""

    @property
    def main(self) -> Comparison | None:
        """The rate that decides, for the pictures."""
        return self.wer

    @property
    def called(self) -> str:
        """What they call it."""
        return "WER"

    @property
    def promote(self) -> bool:
        """Whether nothing refuses."""
        return verdict(self.findings)[0]

    @property
    def sentence(self) -> str:
        """The answer with its reasons."""
        return verdict(self.findings, first=self.champion is None)[1]

    def texts(self, outcome: Outcome) -> list[str]:
        """The sentences of all findings of one outcome."""
        return [finding.text for finding in self.findings if finding.outcome == outcome]


def decide(
    refs: Mapping[str, str],
    champion: Mapping[str, str] | None,
    candidate: Mapping[str, str],
    *,
    groups: Mapping[str, str] | None = None,
    slices: Slices | None = None,
    champion_rtf: float | None = None,
    candidate_rtf: float | None = None,
    one_recipe: bool = False,
    policy: GatePolicy | None = None,
) -> GateReport:
    """Compare a candidate with the champion on one test set, or with the floors where there is no champion.

    Args:
        refs, champion, candidate: text of each utterance id; all name the same utterances.
        groups: the speaker of each utterance.
        slices: what else each utterance belongs to.
        one_recipe: candidate and champion are known to differ by the seed alone.
    Raises:
        ScoreError: the files do not pair, or hold no words at all.
    """
    policy = policy or GatePolicy()
    ids, new_UF = count_errors(refs, candidate, policy.compare)
    units_U, resampled = resampling_units(ids, groups)
    if champion is None:
        return _by_floors(new_UF, units_U, resampled, candidate_rtf, policy)

    _, old_UF = count_errors(refs, champion, policy.compare)
    wer, sure = _compare(policy, policy.min_units)(
        "wer", errors_of(old_UF), errors_of(new_UF), column(new_UF, "words"), units_U
    )
    of_slices = _compare_slices(old_UF, new_UF, units_U, rows_by_name(ids, slices), policy)
    tones_U3 = wrong_tones_where_both_heard(refs, champion, candidate, policy.compare)
    checks = _compare_checks(old_UF, new_UF, tones_U3, units_U, policy)
    limit = (wer.champion or 0.0) * (-policy.seed_noise if policy.rule == "better" else policy.margin)
    findings = (
        judge_wer(wer, limit, resampled, policy),
        *(judge_recipe(policy) if one_recipe else ()),
        *judge_slices(of_slices, policy),
        *judge_checks(checks, policy),
        judge_rtf(champion_rtf, candidate_rtf, policy),
    )
    return GateReport(
        findings=findings,
        policy=policy,
        resampled=resampled,
        units=wer.units,
        candidate=counts_of(new_UF),
        champion=counts_of(old_UF),
        wer=wer,
        limit=limit,
        slices=tuple(of_slices),
        checks=tuple(checks),
        champion_rtf=champion_rtf,
        candidate_rtf=candidate_rtf,
        speakers=_speakers(ids, groups or {}, units_U, old_UF, new_UF),
        examples=_examples(ids, (refs, champion, candidate), errors_of(old_UF), errors_of(new_UF)),
        draws_B=sure.draws_B if sure else None,
    )


def column(counts_UF: np.ndarray, name: str) -> np.ndarray:
    """One field of `count_errors`."""
    return counts_UF[:, FIELDS.index(name)]


def _compare(policy: GatePolicy, min_units: int):
    # One seed for all, so that a comparison is the same whatever others stand beside it.
    return partial(compare, confidence=policy.confidence, draws=policy.draws, seed=policy.seed, min_units=min_units)


def _compare_slices(
    old_UF: np.ndarray, new_UF: np.ndarray, units_U: np.ndarray, rows: Mapping[str, np.ndarray], policy: GatePolicy
) -> list[Comparison]:
    run = _compare(policy, policy.slices.min_units)
    found = []
    for name, rows_S in rows.items():
        old_SF, new_SF = old_UF[rows_S], new_UF[rows_S]
        sides = errors_of(old_SF), errors_of(new_SF), column(new_SF, "words"), units_U[rows_S]
        found.append(run(name, *sides, max_increase=policy.slices.max_increase)[0])
    return in_one_family(found, policy.confidence)


def _compare_checks(
    old_UF: np.ndarray, new_UF: np.ndarray, tones_U3: np.ndarray, units_U: np.ndarray, policy: GatePolicy
) -> list[Comparison]:
    run = _compare(policy, policy.min_units)
    alone_U = np.arange(len(units_U))  # Silence has no speaker: who happened to hold the microphone does not matter.
    found = []
    for name, errors, over, _ in CHECKS:
        sides = column(old_UF, errors), column(new_UF, errors), column(new_UF, over)
        if name == "tone_only":
            both_U, old_U, new_U = tones_U3.T
            sides = old_U, new_U, both_U
        max_increase = getattr(policy, name).max_increase
        found.append(run(name, *sides, alone_U if name == "invented" else units_U, max_increase=max_increase)[0])
    return in_one_family(found, policy.confidence)


def _by_floors(new_UF: np.ndarray, units_U: np.ndarray, resampled: str, rtf: float | None, policy: GatePolicy) -> GateReport:
    # Against a champion without errors the difference is the candidate's own WER.
    errors_U, words_U = errors_of(new_UF), column(new_UF, "words")
    alone, _ = _compare(policy, 2)("wer", np.zeros_like(errors_U), errors_U, words_U, units_U)
    counts = counts_of(new_UF)
    high = counts.wer if alone.high is None else alone.high
    findings = tuple(judge_floors(counts, high, rtf, policy))
    if alone.units < policy.min_units:
        few = f"{alone.units} {resampled} are few to measure with"
        findings += (Finding(check="units", outcome="warn", text=few),)
    return GateReport(
        findings=findings,
        policy=policy,
        resampled=resampled,
        units=alone.units,
        candidate=counts,
        candidate_wer_high=high,
        candidate_rtf=rtf,
    )


def _speakers(
    ids: Sequence[str], groups: Mapping[str, str], units_U: np.ndarray, old_UF: np.ndarray, new_UF: np.ndarray
) -> tuple[Unit, ...]:
    """Each named speaker; utterances that stand for themselves are too many to list, and each is too short to say much."""
    names = {int(unit): groups[id_] for id_, unit in zip(ids, units_U, strict=True) if groups.get(id_)}
    words_G, old_G, new_G = (
        sum_by(units_U, values_U).astype(int).tolist()
        for values_U in (column(new_UF, "words"), errors_of(old_UF), errors_of(new_UF))
    )
    return tuple(
        Unit(name=name, words=words_G[unit], champion_errors=old_G[unit], candidate_errors=new_G[unit])
        for unit, name in sorted(names.items())
    )


def _examples(
    ids: list[str], texts: tuple[Mapping[str, str], ...], old_U: np.ndarray, new_U: np.ndarray
) -> tuple[Example, ...]:
    """The greatest losses, then the greatest wins."""
    change_U = new_U - old_U
    order = np.argsort(-change_U, kind="stable").tolist()
    chosen = [u for u in order[:EXAMPLES] if change_U[u] > 0] + [u for u in order[::-1][:EXAMPLES] if change_U[u] < 0]
    return tuple(
        Example(
            id=ids[u],
            ref=texts[0][ids[u]],
            champion=texts[1][ids[u]],
            candidate=texts[2][ids[u]],
            champion_errors=int(old_U[u]),
            candidate_errors=int(new_U[u]),
        )
        for u in chosen
    )
