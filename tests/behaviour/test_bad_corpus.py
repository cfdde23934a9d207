"""Whatever is wrong with a corpus: the line gets its code and its reason, the rest is packaged, nothing stops."""

import json
import os
import shutil
import unicodedata
import zipfile

import numpy as np
import pytest
import soundfile

from data.corpus.config import ValidateSettings
from data.corpus.rejection import read_rejected
from data.errors import DataError
from data.manifest import read_manifest
from data.pack.intake import import_corpus
from data.pack.layout import Layout
from data.pack.parallel import in_order
from data.pack.split import split
from data.pack.validate import validate
from tests.fragile import lost, square
from tests.toy_corpus import manifest_corpus, toy_config, voice, write_clip, write_lines

GOOD = {"audio_filepath": "audio/0000.wav", "text": "một hai ba", "duration": 1.0, "speaker": "s0"}


def checked(root, tmp_path, **changes):
    """(kept by id, rejections, report) of a corpus."""
    layout = Layout(tmp_path / "out")
    layout.out.mkdir(exist_ok=True)
    config = toy_config(root, **changes)
    import_corpus(config, layout)
    report = validate(config, layout, workers=2)
    kept = {u.id: u for u in read_manifest(layout.valid / "manifest.jsonl")}
    return kept, list(read_rejected(layout.valid / "rejected.jsonl")), report


def sound(path, samples, rate_hz=16_000):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, rate_hz)


def clipped(seconds=1.0):
    return np.clip(voice(5, duration_s=seconds) * 20, -1, 1)


#: What a clip is, and the code that it must get.
BAD_AUDIO = {
    "empty file": (lambda p: p.write_bytes(b""), {"audio.unsupported", "audio.empty", "audio.unreadable"}),
    "no samples": (lambda p: sound(p, np.zeros(0)), {"audio.empty"}),
    "text named .wav": (lambda p: p.write_text("xin chào"), {"audio.unsupported"}),
    "playlist": (lambda p: p.write_text("#EXTM3U\nhttp://127.0.0.1/a.mp3\n"), {"audio.unsupported"}),
    "zip": (lambda p: zipfile.ZipFile(p, "w").close(), {"audio.unsupported"}),
    "truncated": (lambda p: (write_clip(p, 9), os.truncate(p, 9_000)), {"audio.unreadable"}),
    "too short": (lambda p: write_clip(p, 9, duration_s=0.1), {"audio.too_short"}),
    "too long": (lambda p: write_clip(p, 9, duration_s=31), {"audio.too_long"}),
    "silence": (lambda p: sound(p, np.full(16_000, 1e-4)), {"audio.silent"}),
    "clipping": (lambda p: sound(p, clipped()), {"audio.clipped"}),
    "1 Hz": (lambda p: sound(p, voice(9), 1), {"audio.bad_rate"}),
    "not finite": (lambda p: soundfile.write(p, np.full(16_000, np.nan), 16_000, subtype="FLOAT"), {"audio.not_finite"}),
    "a folder": (lambda p: p.mkdir(), {"manifest.audio_missing"}),
    "a pipe": (os.mkfifo, {"manifest.audio_missing"}),
    "not there": (lambda p: None, {"manifest.audio_missing"}),
}


@pytest.fixture(scope="module")
def bad_audio(tmp_path_factory):
    """One corpus with every bad clip, for they must not harm each other either."""
    folder = tmp_path_factory.mktemp("bad")
    root = manifest_corpus(folder / "corpus", clips=3)
    lines = [json.loads(line) for line in (root / "manifest.jsonl").read_text("utf-8").splitlines()]
    for number, (make, _) in enumerate(BAD_AUDIO.values()):
        path = root / f"bad/{number}.wav"
        path.parent.mkdir(exist_ok=True)
        make(path)
        lines.append(GOOD | {"audio_filepath": f"bad/{number}.wav"})
    write_lines(root, lines)
    return checked(root, folder)


@pytest.mark.parametrize("number", range(len(BAD_AUDIO)), ids=list(BAD_AUDIO))
def test_bad_audio_is_rejected_with_its_code(bad_audio, number):
    kept, rejected, _ = bad_audio
    (rejection,) = [r for r in rejected if r.audio == f"bad/{number}.wav"]
    assert rejection.code in list(BAD_AUDIO.values())[number][1] and rejection.reason
    assert f"bad_{number}" not in kept


def test_good_clips_among_bad_ones_are_kept(bad_audio):
    kept, rejected, report = bad_audio
    assert sorted(kept) == ["audio_0000", "audio_0001", "audio_0002"]
    assert sum(report["rejected"].values()) == len(rejected) == len(BAD_AUDIO)


#: A manifest's line, its code, and why it is wrong.
BAD_LINES = [
    ("{", "manifest.bad_line", "not JSON"),
    ("[1, 2]", "manifest.bad_line", "no object"),
    ("[" * 100_000, "manifest.bad_line", "nested without end"),
    ({"text": "một"}, "manifest.bad_line", "no audio"),
    ({"audio_filepath": "audio/0000.wav"}, "manifest.bad_line", "no text"),
    (GOOD | {"text": 5}, "manifest.bad_line", "text of another type"),
    (GOOD | {"duration": "long"}, "manifest.bad_line", "duration of another type"),
    (GOOD | {"duration": -1}, "manifest.bad_line", "negative duration"),
    (GOOD | {"offset": 3.5}, "manifest.bad_line", "a part of a file, which we do not cut"),
    (GOOD | {"audio_filepath": "a\0b.wav"}, "manifest.bad_line", "a zero byte"),
    (GOOD | {"slices": [1]}, "manifest.bad_line", "slices of another type"),
    (GOOD | {"audio_filepath": "../outside.wav"}, "manifest.path_outside", "a way out"),
    (GOOD | {"audio_filepath": "/etc/hostname"}, "manifest.path_outside", "absolute"),
    (GOOD | {"audio_filepath": "link.wav"}, "manifest.path_outside", "a link out"),
    (GOOD | {"audio_filepath": "x" * 5000}, "manifest.audio_missing", "a name no file system takes"),
    (GOOD | {"text": ""}, "text.empty", "no text"),
    (GOOD | {"text": "?! …"}, "text.empty", "punctuation only"),
    (GOOD | {"text": "phòng 101"}, "text.alphabet", "digits are not how it was said"),
    (GOOD | {"text": "привет"}, "text.alphabet", "another script"),
    (GOOD | {"text": "một \ud800"}, "text.not_utf8", "half a surrogate pair"),
    (GOOD | {"text": "một hai " * 40}, "corpus.speaking_rate", "80 syllables in a second"),
]


@pytest.mark.parametrize(("line", "code", "why"), BAD_LINES, ids=[why for *_, why in BAD_LINES])
def test_bad_line_is_rejected_with_its_code(line, code, why, tmp_path):
    root = manifest_corpus(tmp_path / "corpus", clips=1)
    write_clip(tmp_path / "outside.wav", 1)
    (root / "link.wav").symlink_to(tmp_path / "outside.wav")
    text = line if isinstance(line, str) else json.dumps(line)
    (root / "manifest.jsonl").write_text(f"{text}\n{json.dumps(GOOD | {'id': 'good'})}\n", "utf-8")
    kept, rejected, _ = checked(root, tmp_path)
    assert [r.code for r in rejected] == [code] and rejected[0].reason
    assert list(kept) == ["good"]


def test_line_in_another_encoding_is_rejected_alone(tmp_path):
    root = manifest_corpus(tmp_path / "corpus", clips=1)
    good = (root / "manifest.jsonl").read_bytes()
    (root / "manifest.jsonl").write_bytes(good.replace(b"0000.wav", b"\xe9.wav") + good)
    kept, rejected, _ = checked(root, tmp_path)
    assert [(r.code, r.pointer) for r in rejected] == [("text.not_utf8", "manifest.jsonl:1")] and list(kept) == ["audio_0000"]


def test_decomposed_and_look_alike_texts_are_mended_and_counted(tmp_path):
    root = manifest_corpus(tmp_path / "corpus", clips=3)
    texts = [unicodedata.normalize("NFD", "Hoà bình, nước Việt"), "hаi bа", "một hai"]  # The second has Cyrillic а.
    write_lines(root, [GOOD | {"audio_filepath": f"audio/000{n}.wav", "text": text} for n, text in enumerate(texts)])
    kept, rejected, report = checked(root, tmp_path)
    assert [kept[f"audio_000{n}"].text for n in range(3)] == ["hòa bình nước việt", "hai ba", "một hai"]
    assert report["repaired"] == {"text.look_alike": 1, "text.nfd": 1} and not rejected


def test_same_audio_twice_enters_once_and_stays_in_test(tmp_path):
    root = manifest_corpus(tmp_path / "corpus", clips=1)
    shutil.copy(root / "audio/0000.wav", root / "audio/again.wav")
    shutil.copy(root / "audio/0000.wav", root / "audio/tested.wav")
    names = {"0000": "train", "again": "train", "tested": "test"}
    write_lines(
        root, [GOOD | {"audio_filepath": f"audio/{n}.wav", "split": s, "text": n and "hai ba"} for n, s in names.items()]
    )
    kept, rejected, report = checked(root, tmp_path)
    assert list(kept) == ["audio_tested"] and report["rejected"] == {"corpus.duplicate_audio": 2}
    assert "audio_tested" in rejected[0].reason


def test_same_name_twice_enters_once(tmp_path):
    root = manifest_corpus(tmp_path / "corpus", clips=2)
    write_lines(root, [GOOD | {"id": "a", "audio_filepath": f"audio/000{n}.wav"} for n in range(2)])
    kept, _, report = checked(root, tmp_path)
    assert list(kept) == ["a"] and report["rejected"] == {"corpus.duplicate_id": 1}


def test_two_speakers_with_one_name_are_told_apart(tmp_path):
    root = manifest_corpus(tmp_path / "corpus", clips=5)
    genders = ["female", "female", "male", "female", None]
    lines = [GOOD | {"audio_filepath": f"audio/000{n}.wav", "speaker": "lan"} for n in range(5)]
    write_lines(root, [line | ({"gender": g} if g else {}) for line, g in zip(lines, genders, strict=True)])
    kept, rejected, _ = checked(root, tmp_path)
    assert [(r.id, r.code, r.pointer) for r in rejected] == [("audio_0002", "corpus.speaker_conflict", "/slices/gender")]
    assert len(kept) == 4
    settings = ValidateSettings(speaker_attributes=())
    assert len(checked(root, tmp_path, validate=settings)[0]) == 5


def test_a_file_too_large_is_not_read(tmp_path):
    root = manifest_corpus(tmp_path / "corpus", clips=2)
    _, rejected, _ = checked(root, tmp_path, validate=ValidateSettings(max_bytes=1000))
    assert {r.code for r in rejected} == {"audio.too_large"}


def test_nothing_left_is_an_empty_split_and_no_dataset(tmp_path):
    root = manifest_corpus(tmp_path / "corpus", clips=1)
    write_lines(root, [GOOD | {"text": ""}])
    checked(root, tmp_path)
    with pytest.raises(DataError) as caught:
        split(toy_config(root), Layout(tmp_path / "out"))
    assert caught.value.code == "split.empty"


def test_steps_out_of_order_say_which_comes_first(tmp_path):
    with pytest.raises(DataError, match="'import' first"):
        validate(toy_config(tmp_path), Layout(tmp_path / "out"))


def test_a_crash_of_the_decoder_costs_one_clip():
    found = list(in_order(square, range(100), crashed=lost, workers=2))
    assert found == [-n if n == 37 else n * n for n in range(100)]
