"""The synthetic corpus: the same settings give the same bytes, and what is held out was never heard."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from data.audio import decode
from data.config import read_config
from data.corpus.config import DatasetConfig
from data.corpus.espeak import VOICE_OF_DIALECT, Espeak, Speech, voice_variants
from data.corpus.synthetic import synthesize
from data.corpus.synthetic_plan import Clip, plan_clips
from data.errors import ConfigError, Unavailable
from data.manifest import read_manifest
from data.schema import RATE_HZ, Utterance

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "configs/data/synthetic_commands.yaml"
SMALL = ("synthesis.splits.train.clips=120", "synthesis.splits.dev.clips=12", "synthesis.splits.test.clips=12")
#: Fewer sentences hold each syllable less often.
RARE = "synthesis.text.least_in_train=1"


def _config(*overrides: str) -> DatasetConfig:
    return read_config(CONFIG, DatasetConfig, [*SMALL, RARE, *overrides])


def _planned(config: DatasetConfig) -> tuple[Clip, ...]:
    assert config.synthesis
    return plan_clips(config.synthesis).clips


def _digest(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("synthetic")
    synthesize(_config(), folder, progress=False)
    return folder


@pytest.fixture(scope="module")
def utterances(corpus: Path) -> list[Utterance]:
    return list(read_manifest(corpus / "manifest.jsonl"))


def test_the_same_settings_give_the_same_bytes_with_any_number_of_workers(corpus: Path, tmp_path: Path) -> None:
    synthesize(_config(), tmp_path, workers=5, progress=False)
    assert _digest(tmp_path) == _digest(corpus)


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(corpus: Path, tmp_path: Path) -> None:
    program = "import sys; from data.__main__ import main; main(sys.argv[1:])"
    settings = [word for override in (*SMALL, RARE) for word in ("--set", override)]
    command = [sys.executable, "-c", program, "synthesize", "--config", CONFIG, "--out", tmp_path, *settings]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    clips = tmp_path / "import" / "clips"
    deadline_s = time.monotonic() + 60
    while len(list(clips.glob("*.flac"))) < 20:
        assert process.poll() is None and time.monotonic() < deadline_s
        time.sleep(0.005)
    speakers = _children(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()
    done = {path.name: path.stat().st_mtime_ns for path in clips.glob("*.flac")}
    assert speakers and 20 <= len(done) < 144 and not (tmp_path / "import/manifest.jsonl").exists()
    synthesize(_config(), tmp_path / "import", progress=False)
    assert _digest(tmp_path / "import") == _digest(corpus)
    assert {name: (clips / name).stat().st_mtime_ns for name in done} == done, "what was made is not made again"
    assert not any(_is_running(pid) for pid in speakers), "the speaking processes end with their master"


def _children(pid: int) -> list[int]:
    found = [task.read_text().split() for task in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(child) for children in found for child in children]


def _is_running(pid: int) -> bool:
    try:
        return "espeak_process" in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False


def test_a_damaged_clip_is_made_again_and_a_stranger_is_removed(corpus: Path, tmp_path: Path) -> None:
    manifest = synthesize(_config(), tmp_path, progress=False)
    first = tmp_path / next(read_manifest(manifest)).audio
    first.write_bytes(first.read_bytes()[:1000])
    (tmp_path / "clips" / "syn-0000000000000000.flac").write_bytes(b"of another configuration")
    synthesize(_config(), tmp_path, progress=False)
    assert _digest(tmp_path) == _digest(corpus)


def test_another_seed_is_another_corpus() -> None:
    ids = [{clip.id for clip in _planned(_config(f"synthesis.seed={seed}"))} for seed in (1, 2)]
    assert not ids[0] & ids[1]


def test_what_is_held_out_was_never_heard_and_is_made_of_known_syllables() -> None:
    clips = _planned(read_config(CONFIG, DatasetConfig))
    split = {name: [clip for clip in clips if clip.split == name] for name in ("train", "dev", "test")}
    known = Counter(syllable for clip in split["train"] for syllable in set(clip.speech.text.split()))
    for name in ("dev", "test"):
        others = [clip for clip in clips if clip.split != name]
        assert not {c.speech.text for c in split[name]} & {c.speech.text for c in others}
        assert not {c.speaker.split("-")[1] for c in split[name]} & {c.speaker.split("-")[1] for c in others}
        assert {clip.slices["dialect"] for clip in split[name]} == {"north", "central", "south"}
        assert {clip.slices["gender"] for clip in split[name]} == {"female", "male"}
        assert min(known[syllable] for clip in split[name] for syllable in clip.speech.text.split()) >= 8
    assert 80 <= len(known) <= 250
    assert len({clip.id for clip in clips}) == len(clips)


def test_every_clip_is_whole_speech_at_a_level(corpus: Path, utterances: list[Utterance]) -> None:
    for utterance in utterances:
        samples_T = decode(corpus / utterance.audio)
        assert len(samples_T) == round(utterance.duration_s * RATE_HZ)
        assert 0.1 < np.abs(samples_T).max() < 0.99, "neither silent nor clipped"
        syllables_s = len(utterance.text.split()) / utterance.duration_s
        assert 1 < syllables_s < 7, f"{utterance.text}: {syllables_s:.1f} syllables a second"


def test_a_manifest_line_says_all_that_measuring_tells_apart(utterances: list[Utterance]) -> None:
    for utterance in utterances:
        assert utterance.licence and utterance.sha256 and utterance.corpus == "synthetic_commands"
        assert utterance.slices.keys() >= {"split", "dialect", "gender", "snr_db", "channel"}
        assert (utterance.speaker or "").startswith(utterance.slices["dialect"])
    assert Counter(u.slices["split"] for u in utterances) == {"train": 120, "dev": 12, "test": 12}


def _say(espeak: Espeak, text: str, voice: str = "vi", **changed) -> np.ndarray:
    speech = Speech(text=text, voice=voice, rate_wpm=160, pitch=50, seed=1)
    samples_T, rate_hz = espeak.say(dataclasses.replace(speech, **changed))
    assert rate_hz == 22_050
    return samples_T


def test_a_clip_depends_on_its_own_request_alone() -> None:
    """espeak-ng itself carries phases and noise over from whatever it said before."""
    with Espeak() as one, Espeak() as other:
        alone_T = _say(one, "bật đèn phòng khách", "vi+f2")
        for voice in ("vi-vn-x-south+m3", "vi+linda", "vi-vn-x-central+f5"):
            _say(other, "gọi cho mẹ", voice, rate_wpm=190, pitch=80)
        assert np.array_equal(_say(other, "bật đèn phòng khách", "vi+f2"), alone_T)


def test_dialects_variants_rates_and_pitches_sound_different() -> None:
    with Espeak() as espeak:
        heard = [_say(espeak, "đặt nhiệt độ hai mươi lăm độ", voice) for voice in VOICE_OF_DIALECT.values()]
        heard += [_say(espeak, "đặt nhiệt độ hai mươi lăm độ", f"vi+{variant}") for variant in ("f1", "f3", "m3", "m6")]
        heard += [_say(espeak, "đặt nhiệt độ hai mươi lăm độ", pitch=80)]
        assert len({samples_T.tobytes() for samples_T in heard}) == len(heard)
        slow_T, fast_T = (_say(espeak, "đặt nhiệt độ hai mươi lăm độ", rate_wpm=rate) for rate in (140, 190))
        assert 1.2 < len(slow_T) / len(fast_T) < 1.6


def test_a_sentence_is_spoken_to_its_end_and_each_syllable_takes_time() -> None:
    with Espeak() as espeak:
        lengths = []
        for text in ("một", "một hai ba", "một hai ba bốn năm", "một hai ba bốn năm sáu bảy tám"):
            samples_T = _say(espeak, text)
            loud = np.flatnonzero(np.abs(samples_T) > 0.001 * np.abs(samples_T).max())
            assert len(samples_T) - loud[-1] > 0.1 * 22_050, "it ends in silence, so nothing is cut"
            lengths.append((loud[-1] - loud[0]) / 22_050)
        assert all(0.3 < longer - shorter < 1.5 for shorter, longer in pairwise(lengths)), "two or three syllables more"


def test_both_ways_to_place_a_tone_sound_alike() -> None:
    with Espeak() as espeak:
        for old, new in (("hoá", "hóa"), ("thuỷ", "thủy"), ("khoẻ", "khỏe")):
            assert np.array_equal(_say(espeak, old), _say(espeak, new))


@pytest.mark.parametrize(
    "override",
    [
        "synthesis.splits.test.variants=[f9]",
        "synthesis.splits.test.variants=[f1]",
        "synthesis.splits.dev.pitches=[100]",
        "synthesis.dialects=[west]",
        "synthesis.rate_wpm=[190, 150]",
        "synthesis=null",
    ],
)
def test_a_voice_that_cannot_be_is_a_config_error(override: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        synthesize(_config(override), tmp_path, progress=False)
    assert not any(tmp_path.iterdir())


def test_a_voice_that_espeak_does_not_know_is_refused_and_the_next_sentence_spoken() -> None:
    with Espeak() as espeak:
        with pytest.raises(ConfigError):
            _say(espeak, "một", "xx-nowhere")
        assert len(_say(espeak, "một"))


def test_a_speaking_process_that_dies_says_so() -> None:
    with Espeak() as espeak:
        _say(espeak, "một")
        os.kill(_children(os.getpid())[-1], signal.SIGKILL)
        with pytest.raises(Unavailable):
            _say(espeak, "hai")


def test_genders_of_variants_are_read_from_espeaks_own_files() -> None:
    genders = voice_variants()
    assert (genders["f3"], genders["m3"], genders["Andy"], genders["boris"]) == ("female", "male", "male", None)
