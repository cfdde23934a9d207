"""Synthetic speech: sentences of a grammar or a file in espeak-ng's Vietnamese voices, with noise, rooms and lines.

- folder/manifest.jsonl: written last and whole: where it stands, the corpus is complete
- folder/clips/syn-….flac: 16 kHz mono; the name is a digest of all that decides the samples
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import soxr
from tqdm import tqdm

from data.audio import decode, encode_flac
from data.corpus.config import DatasetConfig
from data.corpus.espeak import Espeak, Speech
from data.corpus.rejection import Rejection
from data.corpus.synthetic_plan import Clip, Plan, plan_clips
from data.digest import sha256_of
from data.errors import AudioError, ConfigError
from data.manifest import read_manifest, write_manifest
from data.pack.augment import apply_treatment, seeded
from data.pack.parallel import cores
from data.schema import RATE_HZ, Utterance

# espeak-ng is GPL-3, which covers the program and not what it says; the sentences are ours.
LICENCE = "CC0-1.0 (speech made by espeak-ng; the program itself is GPL-3.0 and not part of the corpus)"

#: Samples this far below the peak at either end are not speech: a final t is released 48 dB below, and espeak-ng
#: ends a sentence with a third of a second of silence.
_SILENCE_DB = 60.0
_MARGIN_S = 0.02


def writes_audio(config: DatasetConfig) -> bool:
    """There is nothing to point at: every clip is made."""
    return True


def read(config: DatasetConfig, folder: Path) -> Iterator[Utterance | Rejection]:
    """Make the corpus, or what is missing of it, and yield it."""
    yield from read_manifest(synthesize(config, folder))


def synthesize(config: DatasetConfig, out_dir: Path, *, workers: int | None = None, progress: bool = True) -> Path:
    """Make the corpus of `config.synthesis` in `out_dir` and return its manifest; a run that was cut short goes on.

    The same configuration gives the same bytes, with any number of workers. Files of an earlier configuration in
    `out_dir/clips` are removed. The split stands in the manifest as the slice `split`.

    Raises:
        ConfigError: there is no `synthesis`, an unknown voice, a broken grammar, or espeakng-loader is not installed.
        EmptySplit: there are too few sentences to hold some out.
    """
    if config.synthesis is None:
        raise ConfigError(f"{config.name} has no part `synthesis`", pointer="/synthesis")
    plan = plan_clips(config.synthesis)
    clips_dir = out_dir / "clips"
    clips_dir.mkdir(parents=True, exist_ok=True)
    manifest = out_dir / "manifest.jsonl"
    workers = workers or cores()
    # Threads are enough: espeak-ng works in its own processes, and numpy, soxr and FLAC let go of the interpreter.
    with ExitStack() as stack:
        speakers: SimpleQueue[Espeak] = SimpleQueue()
        for _ in range(workers):
            speakers.put(stack.enter_context(Espeak()))
        babble_T = _make_babble(plan, speakers)
        pool = stack.enter_context(ThreadPoolExecutor(workers))

        def make(clip: Clip) -> Utterance:
            return _make_clip(clip, clips_dir, speakers, babble_T, config)

        made = pool.map(make, plan.clips)
        label = f"synthesize {config.name}"
        utterances = list(tqdm(made, label, len(plan.clips), unit="clip", mininterval=0.5, disable=not progress))
    write_manifest(manifest, utterances)
    _remove_others(clips_dir, {Path(utterance.audio).name for utterance in utterances})
    return manifest


def _make_clip(
    clip: Clip, clips_dir: Path, speakers: SimpleQueue[Espeak], babble_T: np.ndarray, config: DatasetConfig
) -> Utterance:
    path = clips_dir / f"{clip.id}.flac"
    samples = _samples_in(path)
    if samples is None:
        clip_T = _treat(_say(clip.speech, speakers), clip, babble_T)
        samples = len(clip_T)
        # Written beside and moved: a file with a clip's name is whole.
        partial = path.with_suffix(".partial")
        partial.write_bytes(encode_flac(clip_T))
        partial.replace(path)
    return Utterance(
        id=clip.id,
        audio=f"clips/{path.name}",
        text=clip.speech.text,
        duration_s=samples / RATE_HZ,
        speaker=clip.speaker,
        sha256=sha256_of(path),
        corpus=config.name,
        licence=config.licence,
        slices=clip.slices,
    )


def _samples_in(path: Path) -> int | None:
    if not path.exists():
        return None
    try:
        return len(decode(path))
    except AudioError:
        return None  # Cut short by a power failure, or damaged since: made again.


def _say(speech: Speech, speakers: SimpleQueue[Espeak]) -> np.ndarray:
    espeak = speakers.get()
    try:
        spoken_T, rate_hz = espeak.say(speech)
    finally:
        speakers.put(espeak)
    return _trim(soxr.resample(spoken_T, rate_hz, RATE_HZ))


def _trim(samples_T: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(samples_T) > np.abs(samples_T).max(initial=0) * 10 ** (-_SILENCE_DB / 20))
    if not len(loud):
        return samples_T
    margin = int(_MARGIN_S * RATE_HZ)
    return samples_T[max(0, loud[0] - margin) : loud[-1] + margin]


def _treat(spoken_T: np.ndarray, clip: Clip, babble_T: np.ndarray) -> np.ndarray:
    before, after = (int(pause_s * RATE_HZ) for pause_s in clip.pauses_s)
    return apply_treatment(np.pad(spoken_T, (before, after)), clip.treatment, seeded(clip.id), babble_T)


def _make_babble(plan: Plan, speakers: SimpleQueue[Espeak]) -> np.ndarray:
    if all(clip.treatment.noise != "babble" for clip in plan.clips):
        return np.zeros(0, np.float32)
    voices = [np.concatenate([_say(speech, speakers) for speech in voice]) for voice in plan.babble]
    return np.sum([voice_T[: min(map(len, voices))] for voice_T in voices], axis=0)


def _remove_others(clips_dir: Path, names: set[str]) -> None:
    for path in clips_dir.glob("syn-*"):
        if path.name not in names:
            path.unlink()
