"""A manifest is read lazily, each bad line has its error and place, and writing is whole or nothing."""

import dataclasses
import json

import pytest

from data.errors import BadManifest, MissingAudio, PathOutside
from data.manifest import MAX_LINE_BYTES, read_lines, read_manifest, resolve_audio, write_manifest
from data.schema import Utterance

GOOD = {"audio_filepath": "a.flac", "text": "xin chào", "duration": 1.5}
FULL = Utterance(
    id="a1",
    audio="clips/a1.flac",
    text="khỏe không",
    duration_s=1.25,
    speaker="s1",
    sha256="ab" * 32,
    corpus="vivos",
    licence="CC BY-NC-SA 4.0",
    slices={"dialect": "north", "gender": "f"},
)
BARE = Utterance(id="a2", audio="a2.flac", text="", duration_s=0.5)


def line(**changes) -> bytes:
    fields = {name: value for name, value in (GOOD | changes).items() if value != "drop"}
    return json.dumps(fields, ensure_ascii=False).encode() + b"\n"


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "manifest.jsonl"
    assert write_manifest(path, [FULL, BARE]) == 2
    assert list(read_manifest(path)) == [FULL, BARE]
    second = json.loads(path.read_text("utf-8").splitlines()[1])
    assert second == {"id": "a2", "audio_filepath": "a2.flac", "text": "", "duration": 0.5}, "None and empty are left out"
    assert "khỏe" in path.read_text("utf-8"), "people read manifests too"


def test_writing_twice_gives_the_same_bytes(tmp_path):
    turned = dataclasses.replace(FULL, slices={"gender": "f", "dialect": "north"})
    write_manifest(tmp_path / "a", [FULL])
    write_manifest(tmp_path / "b", [turned])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_nemo_manifest_without_our_fields_is_read(tmp_path):
    path = tmp_path / "nemo.json"
    path.write_bytes(b"\xef\xbb\xbf" + line(split="test", offset=0.0) + b"\n  \r\n" + line(audio_filepath="b.flac", duration=2))
    first, second = read_manifest(path)
    assert (first.id, first.duration_s, first.speaker, first.slices) == ("a.flac", 1.5, None, {})
    assert (second.audio, second.duration_s) == ("b.flac", 2.0)
    assert [fields.get("split") for _, fields in read_lines(path)] == ["test", None]


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        (b"not json\n", "/2"),
        (b'{"audio_filepath": "a.flac"\n', "/2"),
        (b"[1, 2]\n", "/2"),
        (b'"text"\n', "/2"),
        (b"null\n", "/2"),
        ("xin chào".encode("utf-16") + b"\n", "/2"),
        (b'{"text": "\xff"}\n', "/2"),
        (b"[" * 100_000 + b"\n", "/2"),
        (line(audio_filepath="drop"), "/2/audio_filepath"),
        (line(audio_filepath=""), "/2/audio_filepath"),
        (line(audio_filepath=7), "/2/audio_filepath"),
        (line(text="drop"), "/2/text"),
        (line(text=["xin"]), "/2/text"),
        (line(duration="drop"), "/2/duration"),
        (line(duration="1.5"), "/2/duration"),
        (line(duration=True), "/2/duration"),
        (line(duration=-1), "/2/duration"),
        (line(duration=float("nan")), "/2/duration"),
        (line(duration=float("inf")), "/2/duration"),
        (line(speaker=5), "/2/speaker"),
        (line(slices=["north"]), "/2/slices"),
        (line(slices={"snr": 5}), "/2/slices"),
        (b"x" * (MAX_LINE_BYTES + 1) + b"\n", "/2"),
        (b"x" * (3 * MAX_LINE_BYTES) + b"\n", "/2"),
    ],
)
def test_bad_line_is_named_and_the_others_are_read(tmp_path, bad, pointer):
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(line() + bad + line(audio_filepath="b.flac"))
    rejected: list[BadManifest] = []
    kept = list(read_manifest(path, on_bad=rejected.append))
    assert [utterance.audio for utterance in kept] == ["a.flac", "b.flac"]
    assert [error.pointer for error in rejected][:1] == [pointer]
    with pytest.raises(BadManifest) as stop:
        list(read_manifest(path))
    assert stop.value.pointer == pointer
    assert len(stop.value.detail) < 400, "an error does not carry the file"


def test_reading_is_lazy(tmp_path):
    path = tmp_path / "manifest.jsonl"
    path.write_bytes(line() + b"not json\n")
    assert next(read_manifest(path)).audio == "a.flac"


def test_missing_manifest_is_a_bad_manifest(tmp_path):
    for path in (tmp_path / "none.jsonl", tmp_path):
        with pytest.raises(BadManifest):
            list(read_manifest(path))


def test_interrupted_writing_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "manifest.jsonl"
    write_manifest(path, [FULL])
    before = path.read_bytes()

    def breaks():
        yield BARE
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_manifest(path, breaks())
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_audio_is_found_below_its_root(tmp_path):
    (tmp_path / "clips").mkdir()
    (tmp_path / "clips" / "a1.flac").touch()
    assert resolve_audio(FULL, tmp_path) == (tmp_path / "clips" / "a1.flac").resolve()
    absolute = Utterance(id="a", audio=str(tmp_path / "clips" / "a1.flac"), text="", duration_s=1)
    assert resolve_audio(absolute, tmp_path).is_file()


@pytest.mark.parametrize(
    ("audio", "error"),
    [
        ("../secret.flac", PathOutside),
        ("clips/../../secret.flac", PathOutside),
        ("/etc/hostname", PathOutside),
        ("link.flac", PathOutside),
        ("none.flac", MissingAudio),
        (".", MissingAudio),
        ("a\0b.flac", MissingAudio),
        ("x" * 5_000, MissingAudio),
        ("loop.flac", MissingAudio),
    ],
)
def test_audio_outside_or_missing_is_refused(tmp_path, audio, error):
    root = tmp_path / "corpus"
    root.mkdir()
    (tmp_path / "secret.flac").touch()
    (root / "link.flac").symlink_to(tmp_path / "secret.flac")
    (root / "loop.flac").symlink_to(root / "loop.flac")
    with pytest.raises(error):
        resolve_audio(Utterance(id="a", audio=audio, text="", duration_s=1), root)
