"""The fourth step: clips in tars that are the same bytes on every machine (read by data/shards.py).

A shard whose key stands already, in what a killed run left or in the dataset that is being replaced, is taken over and
not made again: so a killed run goes on, and one changed clip costs one shard.
"""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from data.audio import decode
from data.corpus.config import DatasetConfig
from data.corpus.registry import root_of
from data.digest import sha256_of
from data.errors import ChangedAudio
from data.manifest import fields_of, read_manifest, write_lines
from data.pack.augment import AugmentSettings, apply_treatment, draw_treatment, seeded
from data.pack.clip import duration_band
from data.pack.encode import Packed, pack_samples, packed_at, read_source
from data.pack.layout import Layout, read_json, replaced, write_json
from data.pack.parallel import in_order
from data.pack.scratch import Scratch, encoding, read_index
from data.pack.split import SPLITS, check_usage
from data.pack.tar import ClipTar
from data.schema import RATE_HZ, Utterance
from data.text.normalform import LETTERS, NORMALFORM_VERSION

#: What FLAC makes of speech at 16 kHz, to foresee how many shards a split fills.
_BYTES_A_SECOND = 18_000
#: A shard, and what says that it is whole: its key, digest, size and part of the manifest.
_SUFFIXES = (".tar", ".json")


@dataclasses.dataclass(frozen=True, slots=True)
class Clip:
    """One member of a shard to be: an utterance as it is (copy 0) or a treated copy of it."""

    source: Utterance
    copy: int

    @property
    def id(self) -> str:
        return f"{self.source.id}~{self.copy}" if self.copy else self.source.id


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """A shard to be; `key` is a digest of all that its bytes depend on."""

    split: str
    path: Path
    key: str
    clips: list[Clip]

    @property
    def name(self) -> str:
        """Its path below shards/."""
        return f"{self.split}/{self.path.name}"


def shard(config: DatasetConfig, layout: Layout, *, workers: int | None = None) -> dict:
    """Write shards/ (see data/shards.py for its form); its dataset.json is returned too.

    Killed at any moment it leaves the old dataset as it was, and run again it goes on with the next shard.

    Raises:
        ChangedAudio: an audio file is not the one that was imported.
    """
    check_usage(config)
    read_json(layout.split / "report.json")
    with replaced(layout.shards, keep_partial=True) as folder:
        plans = [plan for name in SPLITS for plan in _planned(name, config, layout, folder)]
        old = _shards_by_key(layout.shards)
        todo = [plan for plan in plans if not _take_over(plan, old)]
        packed = _packed([clip for plan in todo for clip in plan.clips], config, layout, workers)
        with Scratch(layout.scratch) as scratch:
            for plan in todo:
                _write_shard(plan, packed, scratch)
        description = _described(config, plans, folder)
        _sweep(folder, plans)
        write_json(folder / "dataset.json", description)
    shutil.rmtree(layout.scratch, ignore_errors=True)
    return description


def _described(config: DatasetConfig, plans: list[Plan], folder: Path) -> dict[str, Any]:
    """What dataset.json says; its digest is of all the rest, and so of every byte of the dataset."""
    description = {
        "schema": 1,
        "name": config.name,
        "corpus": config.corpus,
        "licence": config.licence,
        "usage": config.usage,
        "alphabet": LETTERS,
        "normalform_version": NORMALFORM_VERSION,
        "rate_hz": RATE_HZ,
        "splits": {
            name: _finished(folder / f"{name}.jsonl", [plan for plan in plans if plan.split == name])
            for name in SPLITS
            if any(plan.split == name for plan in plans)
        },
    }
    text = json.dumps(description, sort_keys=True, ensure_ascii=False)
    return description | {"digest": hashlib.sha256(text.encode()).hexdigest()}


def _finished(manifest: Path, plans: list[Plan]) -> dict[str, Any]:
    """Write the manifest of a split whose shards stand, and say what is in it."""
    sidecars = {plan.name: read_json(plan.path.with_suffix(".json")) for plan in plans}
    lines = sorted((line for sidecar in sidecars.values() for line in sidecar["lines"]), key=lambda line: line["id"])
    write_lines(manifest, lines)
    return {
        "utterances": len(lines),
        "hours": round(sum(line["duration"] for line in lines) / 3600, 4),
        "speakers": len({line["speaker"] for line in lines if "speaker" in line}),
        "manifest_sha256": sha256_of(manifest),
        "shards": {name: sidecar["sha256"] for name, sidecar in sidecars.items()},
    }


def _planned(split: str, config: DatasetConfig, layout: Layout, folder: Path) -> list[Plan]:
    source = layout.split / f"{split}.jsonl"
    if not source.is_file():
        return []
    (folder / split).mkdir(exist_ok=True)
    copies = config.shards.augmented_copies if split == "train" else 0
    clips = [Clip(utterance, copy) for utterance in read_manifest(source) for copy in range(copies + 1)]
    dealt = _deal(clips, config)
    paths = [folder / split / f"{split}-{number:05}.tar" for number in range(len(dealt))]
    return [Plan(split, path, _key(members, config), members) for path, members in zip(paths, dealt, strict=True)]


def _deal(clips: list[Clip], config: DatasetConfig) -> list[list[Clip]]:
    """Clips by shard: a digest of the id says which, so that a new clip moves no other one."""
    seconds = sum(clip.source.duration_s for clip in clips)
    wanted = max(config.shards.min_shards, seconds * _BYTES_A_SECOND / (config.shards.target_mb * 1e6))
    # Powers of two: a corpus that grows keeps its number for long, and then each shard only falls into two.
    count = 1 << max(0, int(wanted - 1e-9)).bit_length()
    dealt: list[list[Clip]] = [[] for _ in range(count)]
    for clip in sorted(clips, key=lambda clip: clip.id):
        place = int.from_bytes(hashlib.sha256(clip.id.encode()).digest()[:8], "big")
        dealt[place % count].append(clip)
    return dealt


def _packed(clips: list[Clip], config: DatasetConfig, layout: Layout, workers: int | None) -> Iterator[Packed]:
    """The clips in order: from the scratch where `validate` left them, else decoded on all cores."""
    known = read_index(layout.scratch)
    layout.scratch.mkdir(exist_ok=True)
    places = [None if clip.copy else known.get(clip.source.sha256 or "") for clip in clips]
    work = partial(pack_clip, root=root_of(config, layout.imported), scratch=layout.scratch, augment=config.augment)
    missing = [clip for clip, place in zip(clips, places, strict=True) if place is None]
    made = in_order(work, missing, crashed=_crashed, workers=workers)
    with tqdm(total=len(clips), desc=f"shard {config.name}", unit="clip", mininterval=0.5) as bar:
        for clip, place in zip(clips, places, strict=True):
            bar.update()
            yield packed_at(clip.source, place, clip.source.duration_s) if place else next(made)


def pack_clip(clip: Clip, *, root: Path, scratch: Path, augment: AugmentSettings) -> Packed:
    """One clip decoded, treated where it is a copy, and encoded.

    Raises:
        ChangedAudio: its bytes are not those of the import.
    """
    samples_T = decode(read_source(clip.source, root))
    if not clip.copy:
        return pack_samples(clip.source, samples_T, scratch)
    rng = seeded("augment", clip.id)
    treatment = draw_treatment(augment, rng)
    samples_T = apply_treatment(samples_T, treatment, rng)
    slices = clip.source.slices | treatment.slices() | {"duration_s": duration_band(len(samples_T) / RATE_HZ)}
    return pack_samples(dataclasses.replace(clip.source, id=clip.id, slices=slices), samples_T, scratch)


def _crashed(clip: Clip) -> Packed:
    raise ChangedAudio(f"{clip.source.audio} brought its decoder down, which it did not when it was validated")


def _key(clips: list[Clip], config: DatasetConfig) -> str:
    parts: list[Any] = [*encoding(), repr(config.augment)]
    parts += [[clip.id, fields_of(clip.source)] for clip in clips]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _write_shard(plan: Plan, packed: Iterator[Packed], scratch: Scratch) -> None:
    """Members, lines and digest of one shard; the sidecar comes last and says that the tar is whole."""
    partial_tar, sidecar = plan.path.with_suffix(".partial"), plan.path.with_suffix(".json")
    lines = []
    with ClipTar(partial_tar) as tar:
        for clip in itertools.islice(packed, len(plan.clips)):
            offset = tar.add(clip.utterance.audio, scratch.get(clip.place))
            lines.append(fields_of(clip.utterance) | {"shard": plan.name, "offset": offset, "bytes": clip.place.bytes})
    partial_tar.rename(plan.path)
    whole = {"key": plan.key, "sha256": tar.sha256, "bytes": plan.path.stat().st_size, "lines": lines}
    partial_tar.write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
    partial_tar.rename(sidecar)


def _take_over(plan: Plan, old: dict[str, Path]) -> bool:
    """Use a whole shard with this key if one stands here or in the dataset that is replaced."""
    if _shard_key(plan.path) == plan.key:
        return True
    for suffix in _SUFFIXES:
        plan.path.with_suffix(suffix).unlink(missing_ok=True)
    found = old.get(plan.key)
    if found is None or found.name != plan.path.name:
        return False
    for suffix in _SUFFIXES:
        # A link costs no space; nobody writes into a shard that stands.
        plan.path.with_suffix(suffix).hardlink_to(found.with_suffix(suffix))
    return True


def _shards_by_key(folder: Path) -> dict[str, Path]:
    found = {_shard_key(path): path for path in sorted(folder.glob("*/*.tar"))}
    return {key: path for key, path in found.items() if key}


def _shard_key(path: Path) -> str | None:
    """The key of a shard if it is whole, by size; its digest is what DVC and the package verify."""
    try:
        sidecar = json.loads(path.with_suffix(".json").read_text("utf-8"))
        return sidecar["key"] if sidecar["bytes"] == path.stat().st_size else None
    except (OSError, ValueError, KeyError):
        return None


def _sweep(folder: Path, plans: list[Plan]) -> None:
    """Remove what a run with other settings left."""
    keep = {plan.path.with_suffix(suffix) for plan in plans for suffix in _SUFFIXES}
    keep |= {folder / f"{plan.split}.jsonl" for plan in plans}
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path not in keep:
            path.unlink()
