"""The first step, `import`: a corpus in its own layout becomes a manifest with every audio's digest; nothing is copied."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from data.corpus.config import DatasetConfig
from data.corpus.registry import reader_of, root_of
from data.corpus.rejection import Rejection, write_rejected
from data.digest import sha256_of
from data.errors import DataError, NotUtf8, UnreadableAudio
from data.manifest import resolve_audio, write_manifest
from data.pack.layout import Layout, read_json, replaced, write_json
from data.pack.parallel import cores
from data.schema import Utterance

#: Utterances that one thread looks at in a row; as many threads as there are cores take the digests.
_BATCH = 64


def import_corpus(config: DatasetConfig, layout: Layout, *, workers: int | None = None) -> dict[str, int]:
    """Write import/manifest.jsonl and import/rejected.jsonl; say how many lines each has.

    A corpus that has to be fetched or synthesised is not made again while its settings and its reader are the same.

    Raises:
        BadCorpus: the folder does not look as its corpus should.
    """
    reader = reader_of(config)
    fingerprint = _fingerprint(config)
    makes_audio = reader.writes_audio(config)
    if makes_audio and _is_made(layout, fingerprint):
        return read_json(layout.imported / "report.json")["counts"]
    memory = _Digests(layout.digests)
    rejected: list[Rejection] = []
    # Half-made speech is gone on with; half-read folders are read again.
    with replaced(layout.imported, keep_partial=makes_audio) as folder:
        root = root_of(config, folder)

        def accepted() -> Iterator[Utterance]:
            for found in _looked_at(reader.read(config, folder), config, root, memory, workers or cores()):
                if isinstance(found, Rejection):
                    rejected.append(found)
                else:
                    yield found

        utterances = write_manifest(folder / "manifest.jsonl", accepted())
        write_rejected(folder / "rejected.jsonl", rejected)
        counts = {"utterances": utterances, "rejected": len(rejected)}
        # Where audio is only pointed at, nothing machine-bound may stand here: the same corpus, the same digest.
        write_json(folder / "report.json", {"counts": counts, "fingerprint": fingerprint if makes_audio else None})
    memory.save()
    return counts


def _looked_at(
    found: Iterator[Utterance | Rejection], config: DatasetConfig, root: Path, memory: _Digests, threads: int
) -> Iterator[Utterance | Rejection]:
    def look(batch: list[Utterance | Rejection]) -> list[Utterance | Rejection]:
        return [_with_digest(item, config, root, memory) for item in batch]

    batches = iter(lambda: list(itertools.islice(found, _BATCH)), [])
    with ThreadPoolExecutor(threads) as pool, tqdm(desc=f"import {config.name}", unit="clip", mininterval=0.5) as bar:
        while together := list(itertools.islice(batches, threads)):
            for looked in pool.map(look, together):
                yield from looked
                bar.update(len(looked))


def _with_digest(item: Utterance | Rejection, config: DatasetConfig, root: Path, memory: _Digests) -> Utterance | Rejection:
    if isinstance(item, Rejection):
        return item
    try:
        _check_encodable(item)
        digest = memory.of(resolve_audio(item, root))
    except (DataError, NotUtf8) as error:
        return Rejection.of(error, id=item.id, audio=item.audio, text=item.text)
    except OSError as error:
        reason = UnreadableAudio(f"{item.audio} cannot be read: {error.strerror}")
        return Rejection.of(reason, id=item.id, audio=item.audio, text=item.text)
    return dataclasses.replace(item, sha256=digest, corpus=config.name, licence=config.licence)


def _check_encodable(item: Utterance) -> None:
    """A file name in another encoding, or half a surrogate pair in JSON, cannot be written as UTF-8."""
    try:
        "".join((item.id, item.audio, item.text, item.speaker or "", *item.slices, *item.slices.values())).encode()
    except UnicodeEncodeError as error:
        raise NotUtf8(f"a name or the text is not UTF-8: {error.reason}") from error


class _Digests:
    """Digests of files by path, size, time and inode, as git's index keeps them: an unchanged file is not read again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._known: dict[str, list] = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            self._known = {}
        self._now: dict[str, list] = {}

    def of(self, path: Path) -> str:
        status = path.stat()
        stamp = [status.st_size, status.st_mtime_ns, status.st_ino]
        known = self._known.get(str(path))
        digest = known[3] if known and known[:3] == stamp else sha256_of(path)
        self._now[str(path)] = [*stamp, digest]
        return digest

    def save(self) -> None:
        partial = self._path.with_suffix(".partial")
        partial.write_text(json.dumps(self._now), "utf-8")
        partial.rename(self._path)


def _fingerprint(config: DatasetConfig) -> str:
    """Of the settings and of the readers' code: what the audio of a made corpus depends on."""
    digest = hashlib.sha256(repr(config).encode())
    rooms = Path(__file__).parent.parent
    for path in [*sorted(rooms.glob("corpus/*.py")), rooms / "pack" / "augment.py"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _is_made(layout: Layout, fingerprint: str) -> bool:
    try:
        return read_json(layout.imported / "report.json")["fingerprint"] == fingerprint
    except (DataError, KeyError):
        return False
