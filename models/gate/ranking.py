"""May this candidate that ranks replace that champion? The gate of `decide`, over nDCG instead of words.

What is missing to a perfect nDCG@10 is the error of a query; its mean is resampled by groups of queries, both models on the
same queries in each draw. Bounds, slices and sentences are the same as for models that write.
"""

# N queries, B bootstrap draws.

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from data.errors import ScoreError
from models.gate.comparison import Comparison, compare, in_one_family
from models.gate.decide import Unit
from models.gate.findings import Finding, Outcome, judge_rate, judge_recipe, judge_slices, verdict
from models.gate.policy import RankingPolicy
from models.gate.report import SIGNS, Page, Table, plain, row_of, write_page
from models.metrics import Slices, resampling_units, rows_by_name
from models.tables import read_texts

CALLED = "loss of nDCG@10"


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingReport:
    """The gate's answer with everything it stands on; the parts after `candidate_ndcg` need a champion."""

    findings: tuple[Finding, ...]
    policy: RankingPolicy
    resampled: str
    units: int
    queries: int
    candidate_ndcg: float
    candidate_ndcg_low: float | None = None
    """Without a champion: the lower bound of the candidate's own nDCG."""
    champion_ndcg: float | None = None
    main: Comparison | None = None
    limit: float | None = None
    """What the upper bound of the difference has to stay below."""
    slices: tuple[Comparison, ...] = ()
    champion_ms: float | None = None
    candidate_ms: float | None = None
    draws_B: np.ndarray | None = None
    """Differences of the bootstrap, ascending."""

    @property
    def called(self) -> str:
        """What the pictures call the rate."""
        return CALLED

    @property
    def speakers(self) -> tuple[Unit, ...]:
        """Nobody speaks."""
        return ()

    @property
    def promote(self) -> bool:
        """Whether nothing refuses."""
        return verdict(self.findings)[0]

    @property
    def sentence(self) -> str:
        """The answer with its reasons."""
        return verdict(self.findings, first=self.champion_ndcg is None)[1]

    def texts(self, outcome: Outcome) -> list[str]:
        """The sentences of all findings of one outcome."""
        return [finding.text for finding in self.findings if finding.outcome == outcome]


def decide(
    champion: Mapping[str, float] | None,
    candidate: Mapping[str, float],
    *,
    groups: Mapping[str, str] | None = None,
    slices: Slices | None = None,
    champion_ms: float | None = None,
    candidate_ms: float | None = None,
    one_recipe: bool = False,
    policy: RankingPolicy | None = None,
) -> RankingReport:
    """Compare a candidate with the champion on one set of queries, or with the floors where there is no champion.

    Args:
        champion, candidate: nDCG of each query; both name the same queries.
        groups: what each query is resampled with.
        slices: what else each query belongs to.
        champion_ms, candidate_ms: processor time for a passage.
        one_recipe: candidate and champion are known to differ by the seed alone.
    Raises:
        ScoreError: there are no queries, or both do not name the same ones.
    """
    policy = policy or RankingPolicy()
    ids = list(candidate)
    if not ids:
        raise ScoreError("there are no queries")
    new_N, ones_N = np.array([1 - candidate[id_] for id_ in ids]), np.ones(len(ids))
    units_N, resampled = resampling_units(ids, groups)
    resampled = resampled.replace("speakers", "groups of queries").replace("utterances", "queries")
    run = partial(compare, confidence=policy.confidence, draws=policy.draws, seed=policy.seed)
    about: dict[str, Any] = {"policy": policy, "resampled": resampled, "queries": len(ids), "candidate_ndcg": 1 - new_N.mean()}
    if champion is None:
        alone, _ = run("ndcg", np.zeros(len(ids)), new_N, ones_N, units_N, min_units=2)
        low = 1 - (new_N.mean() if alone.high is None else alone.high)
        findings = tuple(_floors(low, candidate_ms, alone.units, policy))
        return RankingReport(findings=findings, units=alone.units, candidate_ndcg_low=low, candidate_ms=candidate_ms, **about)
    if champion.keys() != candidate.keys():
        raise ScoreError(f"{len(champion.keys() ^ candidate.keys())} queries are answered by one of the models alone")
    old_N = np.array([1 - champion[id_] for id_ in ids])
    main, sure = run("ndcg", old_N, new_N, ones_N, units_N, min_units=policy.min_units)
    found = []
    for name, rows in rows_by_name(ids, slices).items():
        sides, least = (old_N[rows], new_N[rows], ones_N[rows], units_N[rows]), policy.slices.min_units
        found.append(run(name, *sides, min_units=least, max_increase=policy.slices.max_increase)[0])
    of_slices = in_one_family(found, policy.confidence)
    limit = (main.champion or 0.0) * (-policy.seed_noise if policy.rule == "better" else policy.margin)
    findings = (
        judge_rate(main, limit, resampled, policy, called=CALLED, over="queries"),
        *(judge_recipe(policy) if one_recipe else ()),
        *judge_slices(of_slices, policy, called=CALLED),
        _judge_cpu(champion_ms, candidate_ms, policy),
    )
    return RankingReport(
        findings=findings, units=main.units, champion_ndcg=1 - old_N.mean(), main=main, limit=limit, slices=tuple(of_slices),
        champion_ms=champion_ms, candidate_ms=candidate_ms, draws_B=sure.draws_B if sure else None, **about,
    )  # fmt: skip


def read_values(path: Path | str) -> dict[str, float]:
    """A file of `query<TAB>nDCG` lines.

    Raises:
        ScoreError: it cannot be read, or a value is no number from 0 to 1.
    """
    values = {}
    for id_, text in read_texts(path).items():
        try:
            values[id_] = float(text)
        except ValueError as error:
            raise ScoreError(f"{path}: {id_!r} has no number") from error
        if not 0 <= values[id_] <= 1:
            raise ScoreError(f"{path}: {id_!r} has {text}, which is no nDCG")
    return values


def to_json(report: RankingReport) -> dict[str, Any]:
    """The whole report but for the draws, as plain values."""
    document: dict[str, Any] = {
        "promote": report.promote,
        "sentence": report.sentence,
        "reasons": report.texts("refuse"),
        "warnings": report.texts("warn"),
    }
    for one in dataclasses.fields(report):
        if one.name != "draws_B":
            value = getattr(report, one.name)
            document[one.name] = plain(float(value) if isinstance(value, np.floating) else value)
    return document


def write_report(report: RankingReport, folder: Path | str) -> Path:
    """Write gate.json, gate.md, gate.html (everything inside) and the plots as PNG; returns the folder."""
    from models.gate.plots import draw_plots  # matplotlib takes a second that the verdict alone does not need.

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    policy = report.policy
    about = (
        f"Resampled: {report.units} {report.resampled}; {policy.draws:,} draws, seed {policy.seed}; one-sided "
        f"{100 * policy.confidence:g} %. Rule: {policy.rule}."
    )
    page = Page(
        promote=report.promote,
        sentence=report.sentence,
        about=about,
        tables=list(_tables(report)),
        examples=lambda mark: iter(()),
    )
    write_page(page, to_json(report), draw_plots(report, folder), folder)
    return folder


def _tables(report: RankingReport) -> Iterator[Table]:
    yield "What was asked", ("check", "outcome", "why"), [(f.check, SIGNS[f.outcome], f.text) for f in report.findings]
    sides = (
        ("nDCG@10", report.champion_ndcg, report.candidate_ndcg),
        ("CPU ms a passage", report.champion_ms, report.candidate_ms),
    )
    rows = [(said, *("–" if value is None else f"{value:.4g}" for value in values)) for said, *values in sides]
    yield "The two models" if report.main else "The model", ("figure", "champion", "candidate"), rows
    if report.main:
        bounds = f"{100 * report.policy.confidence:g} % bounds, points"
        head = ("", "champion", "candidate", "difference, points", bounds, "p worse", "units", "verdict")
        rows = [row_of(dataclasses.replace(report.main, name="all")), *map(row_of, report.slices)]
        yield f"By slice ({CALLED})", head, rows


def _judge_cpu(champion: float | None, candidate: float | None, policy: RankingPolicy) -> Finding:
    if not champion or candidate is None:
        return Finding(check="cpu", outcome="note", text="speed was not measured on both")
    ratio, most = candidate / champion, policy.cpu.max_ratio
    text = f"{candidate:.3g} ms of processor a passage against {champion:.3g}, ratio {ratio:.2f} of at most {most:g}"
    return Finding(check="cpu", outcome="pass" if ratio <= most else policy.cpu.on_worse, text=text)


def _floors(low: float, cpu_ms: float | None, units: int, policy: RankingPolicy) -> Iterator[Finding]:
    floors = policy.floors
    good = math.isfinite(low) and low >= floors.min_ndcg
    text = f"the lower bound of its nDCG@10 is {low:.4f} of at least {floors.min_ndcg:g}"
    yield Finding(check="ndcg", outcome="pass" if good else "refuse", text=text)
    if cpu_ms is None:
        yield Finding(check="cpu", outcome="note", text="its speed could not be measured")
    else:
        text = f"it takes {cpu_ms:.3g} ms of processor a passage of at most {floors.max_cpu_ms:g}"
        yield Finding(check="cpu", outcome="pass" if cpu_ms <= floors.max_cpu_ms else "refuse", text=text)
    if units < policy.min_units:
        yield Finding(check="units", outcome="warn", text=f"{units} groups of queries are few to measure with")
