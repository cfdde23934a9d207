"""The second step: every clip is decoded and every text read; what may not enter is kept with its code and reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial

from data.corpus.config import DatasetConfig
from data.corpus.registry import root_of
from data.corpus.rejection import Rejection, read_rejected, write_rejected
from data.errors import DuplicateAudio, DuplicateId, SpeakerConflict
from data.manifest import read_manifest, write_manifest
from data.pack.clip import Checked, check_clip, crashed_clip
from data.pack.layout import Layout, read_json, replaced, write_json
from data.pack.parallel import in_order
from data.pack.scratch import Place, clear, write_index
from data.schema import Utterance

#: Of two clips with the same bytes the one in test stays: what is tested with must not be trained on.
_RANK = {"test": 0, "dev": 1}


def validate(config: DatasetConfig, layout: Layout, *, workers: int | None = None) -> dict:
    """Write valid/manifest.jsonl, rejected.jsonl and report.json; the report is returned too.

    No single clip stops it, whatever is wrong with it.
    """
    read_json(layout.imported / "report.json")
    utterances = list(read_manifest(layout.imported / "manifest.jsonl"))
    rejected = list(read_rejected(layout.imported / "rejected.jsonl"))
    check = partial(check_clip, root=root_of(config, layout.imported), scratch=layout.scratch, settings=config.validate)
    clear(layout.scratch)
    places: dict[str, Place] = {}
    kept: list[Utterance] = []
    repairs: Counter[str] = Counter()
    checked = in_order(check, utterances, crashed=crashed_clip, workers=workers, label=f"validate {config.name}")
    for result in checked:
        if isinstance(result, Checked):
            kept.append(result.utterance)
            repairs.update(result.repairs)
            places[result.utterance.sha256 or ""] = result.place
        else:
            rejected.append(result)
    write_index(layout.scratch, places)
    for rule in (drop_duplicates, partial(drop_conflicts, attributes=config.validate.speaker_attributes)):
        kept, refused = rule(kept)
        rejected += refused
    kept.sort(key=lambda utterance: utterance.id)
    report = {
        "read": {"utterances": len(utterances), "hours": _hours(u.duration_s for u in utterances)},
        "kept": {"utterances": len(kept), "hours": _hours(u.duration_s for u in kept)},
        "rejected": dict(sorted(Counter(rejection.code for rejection in rejected).items())),
        "repaired": dict(sorted(repairs.items())),
    }
    with replaced(layout.valid) as folder:
        write_manifest(folder / "manifest.jsonl", kept)
        write_rejected(folder / "rejected.jsonl", rejected)
        write_json(folder / "report.json", report)
    return report


def drop_duplicates(utterances: Iterable[Utterance]) -> tuple[list[Utterance], list[Rejection]]:
    """One utterance an id, one a digest: the first by name stays, and test's before dev's before train's."""
    kept, rejected = [], []
    ids: set[str] = set()
    owners: dict[str, Utterance] = {}
    for utterance in sorted(utterances, key=lambda u: (_RANK.get(u.slices.get("split", ""), 2), u.id, u.audio)):
        owner = owners.get(utterance.sha256 or "")
        if owner:
            differs = "" if owner.text == utterance.text else f", where it says {owner.text!r}"
            error = DuplicateAudio(f"the same bytes as {owner.id}{differs}")
        elif utterance.id in ids:
            error = DuplicateId(f"another audio is called {utterance.id} too")
        else:
            ids.add(utterance.id)
            owners[utterance.sha256 or utterance.id] = utterance
            kept.append(utterance)
            continue
        rejected.append(Rejection.of(error, id=utterance.id, audio=utterance.audio, text=utterance.text))
    return kept, rejected


def drop_conflicts(utterances: list[Utterance], *, attributes: tuple[str, ...]) -> tuple[list[Utterance], list[Rejection]]:
    """One person a speaker name: where an attribute has two values, the rarer one's utterances go."""
    counts: dict[tuple[str, str], Counter[str]] = {}
    for utterance in utterances:
        for attribute in attributes:
            if utterance.speaker and attribute in utterance.slices:
                values = counts.setdefault((utterance.speaker, attribute), Counter())
                values[utterance.slices[attribute]] += 1
    # On a tie the first by name stays, so that the order of the corpus does not matter.
    usual = {key: min(values, key=lambda value: (-values[value], value)) for key, values in counts.items()}
    kept, rejected = [], []
    for utterance in utterances:
        conflict = next((a for a in attributes if _differs(utterance, a, usual)), None)
        if conflict is None:
            kept.append(utterance)
            continue
        most = usual[utterance.speaker or "", conflict]
        reason = f"{utterance.speaker} is {utterance.slices[conflict]} here and {most} elsewhere: two people, one name"
        error = SpeakerConflict(reason, pointer=f"/slices/{conflict}")
        rejected.append(Rejection.of(error, id=utterance.id, audio=utterance.audio, text=utterance.text))
    return kept, rejected


def _differs(utterance: Utterance, attribute: str, usual: dict[tuple[str, str], str]) -> bool:
    value = utterance.slices.get(attribute)
    return bool(utterance.speaker) and value is not None and usual[utterance.speaker or "", attribute] != value


def _hours(durations_s: Iterable[float]) -> float:
    return round(sum(durations_s) / 3600, 4)
