"""The third step: who goes to train, dev and test, decided by a digest of the speaker and by nothing else.

The place of a speaker is a number in [0, 1) made of the seed and the name: test takes the lowest part, dev the next,
train the rest. So no speaker stands in two splits, and whatever is added later, nobody moves from test to train.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable

from data.corpus.config import DatasetConfig, SplitSettings
from data.errors import ConfigError, EmptySplit, LicenceForbids
from data.manifest import read_manifest, write_manifest
from data.pack.layout import Layout, read_json, replaced, write_json
from data.schema import Utterance

SPLITS = ("train", "dev", "test")
#: Where official splits share a speaker, the split that is measured with keeps them.
_STRONGEST = ("test", "dev", "train")


def split(config: DatasetConfig, layout: Layout) -> dict:
    """Write split/{train,dev,test}.jsonl, left_out.jsonl and report.json; the report is returned too.

    Raises:
        EmptySplit: a split that the settings ask for got nobody.
        LicenceForbids: the settings ask for training data of a corpus that is for evaluation.
    """
    read_json(layout.valid / "report.json")
    check_usage(config)
    utterances = list(read_manifest(layout.valid / "manifest.jsonl"))
    key_of, rule = _grouping(config.split, utterances)
    dealt, left_out = deal(utterances, config.split, key_of)
    _check_filled(dealt, config.split, utterances, key_of)
    report = {
        "rule": rule,
        "seed": config.split.seed,
        "splits": {name: _described(dealt[name], key_of) for name in SPLITS if dealt[name]},
        "left_out": len(left_out),
        "speakers_shared": _shared(dealt, lambda u: u.speaker),
        "groups_shared": _shared(dealt, key_of),
    }
    with replaced(layout.split) as folder:
        for name in SPLITS:
            if dealt[name]:
                write_manifest(folder / f"{name}.jsonl", map(_without_official, dealt[name]))
        write_manifest(folder / "left_out.jsonl", left_out)
        write_json(folder / "report.json", report)
    return report


def check_usage(config: DatasetConfig) -> None:
    """Refuse to make training data of what is for evaluation only (LicenceForbids)."""
    asked = [name for name in ("train", "dev") if getattr(config.split, name) > 0]
    if config.usage == "evaluation" and (asked or config.split.keep_official):
        raise LicenceForbids(
            f"{config.name} ({config.licence}) is for evaluation: set split to {{train: 0, dev: 0, test: 1}}", pointer="/split"
        )
    total = config.split.train + config.split.dev + config.split.test
    if min(config.split.train, config.split.dev, config.split.test) < 0 or abs(total - 1) > 1e-6:
        raise ConfigError(f"the shares of train, dev and test add up to {total:g}, not to 1", pointer="/split")


def deal(
    utterances: list[Utterance], settings: SplitSettings, key_of: Callable[[Utterance], str]
) -> tuple[dict[str, list[Utterance]], list[Utterance]]:
    """The utterances of each split, and those left out because their speaker is in an official split of more weight."""
    dealt: dict[str, list[Utterance]] = {name: [] for name in SPLITS}
    left_out: list[Utterance] = []
    official = {u.id: u.slices.get("split") for u in utterances} if settings.keep_official else {}
    there = {name for name in official.values() if name}
    owner: dict[str, str] = {}
    for utterance in utterances:
        name = official.get(utterance.id)
        key = key_of(utterance)
        if name and _STRONGEST.index(name) < _STRONGEST.index(owner.get(key, "train")):
            owner[key] = name
    for utterance in utterances:
        key, name = key_of(utterance), official.get(utterance.id)
        # Where the corpus has a test of its own, only what it lacks is drawn from the rest.
        drawn = draw(key, settings, without=there - {"train"})
        name = drawn if name in (None, "train") else name
        if name != owner.get(key, name):
            left_out.append(utterance)
        else:
            dealt[name].append(utterance)
    return dealt, left_out


def draw(key: str, settings: SplitSettings, *, without: set[str] = frozenset()) -> str:  # type: ignore[assignment]
    """The split of a speaker: the same for the same name, seed and shares, on every machine."""
    shares = {name: 0.0 if name in without else getattr(settings, name) for name in _STRONGEST}
    place = int.from_bytes(hashlib.sha256(f"{settings.seed}:{key}".encode()).digest()[:8], "big") / 2**64
    place *= sum(shares.values()) or 1.0
    for name, share in shares.items():
        if place < share:
            return name
        place -= share
    return "train"


def _grouping(settings: SplitSettings, utterances: list[Utterance]) -> tuple[Callable[[Utterance], str], str]:
    """What must not stand in two splits, as a function and in words."""
    if settings.by == "text":
        return (lambda u: u.text), "by text: no text stands in two splits (speakers may)"
    if settings.group_pattern is not None:
        pattern = re.compile(settings.group_pattern)

        def group(utterance: Utterance) -> str:
            match = pattern.search(utterance.id)
            return utterance.speaker or ("/".join(filter(None, match.groups() or match.group())) if match else utterance.id)

        return group, f"by groups read from the ids with {settings.group_pattern}: an inference, not known speakers"
    nameless = sum(u.speaker is None for u in utterances)
    rule = "by speaker: no speaker stands in two splits"
    if nameless == len(utterances):
        rule = "by utterance: the corpus names no speakers, so one voice may stand in two splits"
    elif nameless:
        rule += f"; {nameless} utterances name no speaker and were split one by one"
    return (lambda u: u.speaker or u.id), rule


def _check_filled(
    dealt: dict[str, list[Utterance]], settings: SplitSettings, utterances: list[Utterance], key_of: Callable[[Utterance], str]
) -> None:
    empty = [name for name in SPLITS if getattr(settings, name) > 0 and not dealt[name]]
    if not empty:
        return
    groups = {key_of(u) for u in utterances}
    seed = next((s for s in range(1000) if _fills(groups, dataclasses.replace(settings, seed=s))), None)
    advice = f"split.seed: {seed} would fill all" if seed is not None else "there are too few to fill all: ask for fewer splits"
    raise EmptySplit(f"{' and '.join(empty)} got none of {len(groups)} speakers or groups; {advice}", pointer="/split")


def _fills(groups: set[str], settings: SplitSettings) -> bool:
    return {draw(group, settings) for group in groups} >= {name for name in SPLITS if getattr(settings, name) > 0}


def _described(utterances: list[Utterance], key_of: Callable[[Utterance], str]) -> dict:
    return {
        "utterances": len(utterances),
        "hours": round(sum(u.duration_s for u in utterances) / 3600, 4),
        "speakers": len({u.speaker for u in utterances if u.speaker}),
        "groups": len({key_of(u) for u in utterances}),
    }


def _shared(dealt: dict[str, list[Utterance]], key_of: Callable[[Utterance], str | None]) -> int:
    """How many keys stand in more than one split."""
    places: defaultdict[str, set[str]] = defaultdict(set)
    for name, utterances in dealt.items():
        for utterance in utterances:
            if key := key_of(utterance):
                places[key].add(name)
    return Counter(len(names) > 1 for names in places.values())[True]


def _without_official(utterance: Utterance) -> Utterance:
    slices = {name: value for name, value in utterance.slices.items() if name != "split"}
    return dataclasses.replace(utterance, slices=slices)
