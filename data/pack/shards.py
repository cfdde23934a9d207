"""The fourth step: clips as 16 kHz mono FLAC in tars that are the same bytes on every machine (read by data/shards.py).

FLAC and not WAV: 2,015 telephone clips take 36 MB instead of 136, and decoding costs 0.2 ms more a second of audio.

A shard has a key: a digest of all that its bytes depend on. A shard whose key stands already, in what a killed run left
or in the dataset that is being replaced, is taken over and not made again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import soundfile

from data.audio import decode, encode_flac, sha256_of
from data.corpus.config import DatasetConfig
from data.corpus.registry import root_of
from data.errors import ChangedAudio
from data.manifest import fields_of, read_manifest, resolve_audio, write_lines
from data.pack.augment import AugmentSettings, apply_treatment, draw_treatment, seeded
from data.pack.clip import duration_band
from data.pack.layout import Layout, read_json, replaced, write_json
from data.pack.parallel import in_order
from data.pack.split import SPLITS, check_usage
from data.pack.tar import ClipTar
from data.schema import RATE_HZ, Utterance
from data.text.normalform import LETTERS, NORMALFORM_VERSION

#: Changed whenever the same clips would give other bytes. libsndfile's version is in the key because its FLAC is.
_FORMAT = 1
#: What FLAC makes of speech at 16 kHz, to foresee how many shards a split fills.
_BYTES_A_SECOND = 18_000


@dataclasses.dataclass(frozen=True, slots=True)
class Clip:
    """One member of a shard to be: an utterance as it is (copy 0) or a treated copy of it."""

    source: Utterance
    copy: int

    @property
    def id(self) -> str:
        return f"{self.source.id}~{self.copy}" if self.copy else self.source.id


@dataclasses.dataclass(frozen=True, slots=True)
class Packed:
    """A clip as it goes into the tar."""

    utterance: Utterance
    flac: bytes


def shard(config: DatasetConfig, layout: Layout, *, workers: int | None = None) -> dict:
    """Write shards/ (see data/shards.py for its form); its dataset.json is returned too.

    Killed at any moment it leaves the old dataset as it was, and run again it goes on with the next shard.

    Raises:
        ChangedAudio: an audio file is not the one that was imported.
    """
    check_usage(config)
    read_json(layout.split / "report.json")
    old = _shards_by_key(layout.shards)
    with replaced(layout.shards, keep_partial=True) as folder:
        splits = {}
        for name in SPLITS:
            source = layout.split / f"{name}.jsonl"
            if source.is_file():
                splits[name] = _pack_split(name, list(read_manifest(source)), config, layout, folder, old, workers)
        description = {
            "schema": 1,
            "name": config.name,
            "corpus": config.corpus,
            "licence": config.licence,
            "usage": config.usage,
            "alphabet": LETTERS,
            "normalform_version": NORMALFORM_VERSION,
            "rate_hz": RATE_HZ,
            "splits": splits,
        }
        description["digest"] = hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()
        _sweep(folder, splits)
        write_json(folder / "dataset.json", description)
    return description


def _pack_split(
    name: str,
    utterances: list[Utterance],
    config: DatasetConfig,
    layout: Layout,
    folder: Path,
    old: dict[str, Path],
    workers: int | None,
) -> dict[str, Any]:
    copies = config.shards.augmented_copies if name == "train" else 0
    clips = [Clip(utterance, copy) for utterance in utterances for copy in range(copies + 1)]
    dealt = _deal(clips, config)
    (folder / name).mkdir(exist_ok=True)
    paths = [folder / name / f"{name}-{number:05}.tar" for number in range(len(dealt))]
    keys = [_key(shard_clips, config) for shard_clips in dealt]
    todo = [i for i, path in enumerate(paths) if not _take_over(path, keys[i], old)]
    work = partial(pack_clip, root=root_of(config, layout.imported), augment=config.augment)
    packed = in_order(
        work, [clip for i in todo for clip in dealt[i]], crashed=_crashed, workers=workers, label=f"shard {config.name} {name}"
    )
    for i in todo:
        _write_shard(paths[i], keys[i], len(dealt[i]), packed)
    lines = sorted((line for path in paths for line in _lines_of(path)), key=lambda line: line["id"])
    write_lines(folder / f"{name}.jsonl", lines)
    return {
        "utterances": len(lines),
        "hours": round(sum(line["duration"] for line in lines) / 3600, 4),
        "speakers": len({line["speaker"] for line in lines if "speaker" in line}),
        "manifest_sha256": sha256_of(folder / f"{name}.jsonl"),
        "shards": {f"{name}/{path.name}": read_json(_sidecar(path))["sha256"] for path in paths},
    }


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


def pack_clip(clip: Clip, *, root: Path, augment: AugmentSettings) -> Packed:
    """One clip decoded, treated where it is a copy, and encoded.

    Raises:
        ChangedAudio: its bytes are not those of the import.
    """
    source = clip.source
    data = resolve_audio(source, root).read_bytes()
    if sha256_of(data) != source.sha256:
        raise ChangedAudio(f"{source.audio} is not what was imported: run the import again")
    samples_T = decode(data)
    slices = source.slices
    if clip.copy:
        rng = seeded("augment", clip.id)
        treatment = draw_treatment(augment, rng)
        samples_T = apply_treatment(samples_T, treatment, rng)
        slices = slices | treatment.slices() | {"duration_s": duration_band(len(samples_T) / RATE_HZ)}
    flac = encode_flac(samples_T)
    utterance = dataclasses.replace(
        source,
        id=clip.id,
        audio=f"{clip.id}.flac",
        duration_s=len(samples_T) / RATE_HZ,
        sha256=sha256_of(flac),
        slices=slices,
    )
    return Packed(utterance, flac)


def _crashed(clip: Clip) -> Packed:
    raise ChangedAudio(f"{clip.source.audio} brought its decoder down, which it did not when it was validated")


def _key(clips: list[Clip], config: DatasetConfig) -> str:
    parts = [_FORMAT, soundfile.__libsndfile_version__, repr(config.augment)]
    parts += [[clip.id, fields_of(clip.source)] for clip in clips]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def _write_shard(path: Path, key: str, count: int, packed: Iterator[Packed]) -> None:
    """Members, lines and digest of one shard; the sidecar comes last and says that the tar is whole."""
    partial_path = path.with_suffix(".partial")
    lines = []
    with ClipTar(partial_path) as tar:
        for _ in range(count):
            clip = next(packed)
            offset = tar.add(clip.utterance.audio, clip.flac)
            place = {"shard": f"{path.parent.name}/{path.name}", "offset": offset, "bytes": len(clip.flac)}
            lines.append(fields_of(clip.utterance) | place)
    partial_path.rename(path)
    write_lines(path.with_suffix(".jsonl"), lines)
    sidecar = _sidecar(path).with_suffix(".partial")
    write_json(sidecar, {"key": key, "sha256": tar.sha256, "bytes": path.stat().st_size})
    sidecar.rename(_sidecar(path))


def _take_over(path: Path, key: str, old: dict[str, Path]) -> bool:
    """Use a whole shard with this key if one stands here or in the dataset that is replaced."""
    if _shard_key(path) == key:
        return True
    _sidecar(path).unlink(missing_ok=True)
    found = old.get(key)
    if found is None or found.name != path.name:
        return False
    for suffix in (".tar", ".jsonl", ".json"):
        path.with_suffix(suffix).unlink(missing_ok=True)
        # A link costs no space; nobody writes into a shard that stands.
        os.link(found.with_suffix(suffix), path.with_suffix(suffix))
    return True


def _shards_by_key(folder: Path) -> dict[str, Path]:
    found = {_shard_key(path): path for path in sorted(folder.glob("*/*.tar"))}
    return {key: path for key, path in found.items() if key}


def _shard_key(path: Path) -> str | None:
    """The key of a shard if it is whole, by size; its digest is what DVC and the package verify."""
    try:
        sidecar = json.loads(_sidecar(path).read_text("utf-8"))
        return sidecar["key"] if sidecar["bytes"] == path.stat().st_size and path.with_suffix(".jsonl").is_file() else None
    except (OSError, ValueError, KeyError):
        return None


def _sidecar(path: Path) -> Path:
    return path.with_suffix(".json")


def _lines_of(path: Path) -> Iterator[dict[str, Any]]:
    with path.with_suffix(".jsonl").open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _sweep(folder: Path, splits: dict[str, Any]) -> None:
    """Remove what a run with other settings left."""
    keep = {folder / f"{name}.jsonl" for name in splits}
    for split in splits.values():
        for shard_name in split["shards"]:
            keep |= {(folder / shard_name).with_suffix(suffix) for suffix in (".tar", ".jsonl", ".json")}
    for path in folder.rglob("*"):
        if path.is_file() and path not in keep:
            path.unlink()
    for path in folder.iterdir():
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
