"""The last step: what a person should know of a dataset before using it, as README.md, card.json and plots."""

from __future__ import annotations

from collections import Counter
from typing import Any

from data.corpus.config import DatasetConfig
from data.corpus.registry import reader_of
from data.pack.layout import Layout, read_json, replaced, write_json
from data.pack.split import SPLITS
from data.schema import Utterance
from data.shards import read_dataset, read_split

#: Slices that are bands of a measure and not groups of people or lines.
_BANDS = ("duration_s", "snr_db")
#: Syllables that a person would like to see first.
_SHOWN_SYLLABLES = 20


def card(config: DatasetConfig, layout: Layout) -> dict:
    """Write card/README.md, card.json and the plots; card.json is returned too."""
    from data.pack.plots import draw_plots

    description = read_dataset(layout.out)
    splits = {name: read_split(layout.out, name) for name in SPLITS if name in description["splits"]}
    facts = _facts(config, layout, description, splits)
    with replaced(layout.card) as folder:
        plots = draw_plots(splits, folder)
        write_json(folder / "card.json", facts)
        (folder / "README.md").write_text(_readme(facts, plots), "utf-8")
    return facts


def _facts(
    config: DatasetConfig, layout: Layout, description: dict[str, Any], splits: dict[str, list[Utterance]]
) -> dict[str, Any]:
    everything = [utterance for utterances in splits.values() for utterance in utterances]
    syllables = Counter(syllable for utterance in everything for syllable in utterance.text.split())
    known = {name: {s for u in utterances for s in u.text.split()} for name, utterances in splits.items()}
    validated, dealt = read_json(layout.valid / "report.json"), read_json(layout.split / "report.json")
    return {
        "name": config.name,
        "digest": description["digest"],
        "corpus": {"kind": config.corpus, "licence_of_the_original": reader_of(config).LICENCE},
        "licence": config.licence,
        "usage": config.usage,
        "note": config.note,
        "splits": {
            name: {key: description["splits"][name][key] for key in ("utterances", "hours", "speakers", "manifest_sha256")}
            for name in splits
        },
        "split_rule": dealt["rule"],
        "speakers_shared": dealt["speakers_shared"],
        "left_out": dealt["left_out"],
        "slices": {name: _hours_by_slice(utterances) for name, utterances in splits.items()},
        "texts": {
            "different_texts": len({utterance.text for utterance in everything}),
            "different_syllables": len(syllables),
            "most_frequent": dict(syllables.most_common(_SHOWN_SYLLABLES)),
            "unseen_in_train": {
                name: sorted(found - known["train"])[:50]
                for name, found in known.items()
                if "train" in known and name != "train"
            },
        },
        "read": validated["read"],
        "rejected": validated["rejected"],
        "repaired": validated["repaired"],
        "shards": {name: len(split["shards"]) for name, split in description["splits"].items()},
    }


def _hours_by_slice(utterances: list[Utterance]) -> dict[str, dict[str, float]]:
    seconds: dict[str, Counter[str]] = {}
    for utterance in utterances:
        for name, value in utterance.slices.items():
            seconds.setdefault(name, Counter())[value] += utterance.duration_s  # type: ignore[assignment]
    return {
        name: {value: round(total / 3600, 4) for value, total in sorted(values.items())}
        for name, values in sorted(seconds.items())
    }


def _readme(facts: dict[str, Any], plots: dict[str, str]) -> str:
    parts = [f"# {facts['name']}", facts["note"]]
    if facts["usage"] == "evaluation":
        parts.append("**For evaluation only: nothing of it may be trained on.**")
    parts.append(
        _table(
            ("", ""),
            [
                ("licence", facts["licence"]),
                ("corpus", f"{facts['corpus']['kind']}: {facts['corpus']['licence_of_the_original']}"),
                ("digest", f"`{facts['digest']}`"),
                ("split", facts["split_rule"]),
                ("texts", f"{facts['texts']['different_texts']:,} of {facts['texts']['different_syllables']:,} syllables"),
            ],
        )
    )
    parts.append("## Splits")
    rows = [(n, f"{s['utterances']:,}", f"{s['hours']:.2f}", s["speakers"] or "unknown") for n, s in facts["splits"].items()]
    parts.append(_table(("split", "utterances", "hours", "speakers"), rows))
    for title, path in plots.items():
        parts.append(f"![{title}]({path})")
    parts.append("## Slices, in hours")
    names = list(facts["splits"])
    groups = sorted({(slice_, value) for split in facts["slices"].values() for slice_ in split for value in split[slice_]})
    groups.sort(key=lambda group: (group[0] in _BANDS, group))
    rows = [(s, v, *(f"{facts['slices'][n].get(s, {}).get(v, 0):.2f}" for n in names)) for s, v in groups]
    parts.append(_table(("slice", "value", *names), rows))
    parts.append("## What was refused, and what was mended")
    read, refused = facts["read"], sum(facts["rejected"].values())
    parts.append(f"{read['utterances']:,} utterances were read; {refused:,} lines were refused (see valid/rejected.jsonl).")
    rows = [*facts["rejected"].items(), *((f"{code} (mended)", count) for code, count in facts["repaired"].items())]
    if facts["left_out"]:
        rows.append(("left out: their speaker is in another official split", facts["left_out"]))
    if rows:
        parts.append(_table(("code", "utterances"), rows))
    unseen = {name: found for name, found in facts["texts"]["unseen_in_train"].items() if found}
    for name, found in unseen.items():
        parts.append(f"Syllables of {name} that train never says ({len(found)} shown): {' '.join(found)}.")
    return "\n\n".join(filter(None, parts)) + "\n"


def _table(head: tuple[str, ...], rows: list[tuple]) -> str:
    def line(cells: tuple) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(head), line(("---",) * len(head)), *map(line, rows)])
