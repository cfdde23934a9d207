"""From a checkpoint to answers: export, open, transcribe, evaluate, infer; on random weights and real files."""

from __future__ import annotations

import io
import json
import pickle
import shutil
import subprocess
import sys
import tarfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
import yaml

from data.audio import decode
from data.errors import BrokenPackage, ConfigError, GoldenMismatch, ParityError
from models.asr.evaluate import evaluate
from models.asr.export import export
from models.asr.fastconformer import Shape, load_model
from models.asr.graph import write_graph
from models.asr.infer import Engine, Recognizer
from models.asr.nemo_file import read_nemo
from models.asr.parity import compare
from models.metrics import score
from models.tables import read_groups, read_slices, read_texts
from tests.random_nemo import CACHE_AWARE, FULL_CONTEXT, nemo_config, write_random_nemo

TEXTS = ("một hai ba", "bốn năm", "sáu bảy tám chín", "mười")


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A packaged dataset in the layout that data.shards documents: dev and test, two speakers, one slice."""
    folder = tmp_path_factory.mktemp("dataset")
    shards = folder / "shards"
    for split in ("dev", "test"):
        _write_split(shards, split)
    (shards / "dataset.json").write_text(json.dumps({"name": "noises", "digest": "d1", "licence": "CC0-1.0", "usage": "any"}))
    return folder


def _write_split(shards: Path, split: str) -> None:
    (shards / split).mkdir(parents=True)
    random = np.random.default_rng(5)
    lines = []
    for index, text in enumerate(TEXTS):
        path = shards / split / f"{index}.flac"
        duration_s = 1.0 + index
        soundfile.write(path, random.standard_normal(int(duration_s * 16_000)) * 0.1, 16_000)
        lines.append({
            "id": f"{split}-{index}", "audio_filepath": path.name, "text": text, "duration": duration_s,
            "speaker": f"s{index % 2}", "slices": {"channel": "telephone"} if index else {},
        })  # fmt: skip
    shard = f"{split}/{split}-00000.tar"
    with tarfile.open(shards / shard, "w") as tar:
        for line in lines:
            tar.add(shards / split / line["audio_filepath"], line["audio_filepath"])
    with tarfile.open(shards / shard) as tar:
        for line in lines:
            member = tar.getmember(line["audio_filepath"])
            line |= {"shard": shard, "offset": member.offset_data, "bytes": member.size}
    (shards / f"{split}.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")


@pytest.fixture(scope="module")
def package(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("export")
    checkpoint = write_random_nemo(folder / "model.nemo")
    (folder / "run.json").write_text(json.dumps({"mlflow_run_id": "r1"}))
    export(checkpoint, dataset, folder / "package")
    return folder / "package"


@pytest.fixture(scope="module")
def recognizer(package: Path) -> Recognizer:
    return Recognizer.open(package, threads=1)


def _noise(*durations_s: float) -> list[np.ndarray]:
    random = np.random.default_rng(11)
    return [(random.standard_normal(int(seconds * 16_000)) * 0.1).astype(np.float32) for seconds in durations_s]


def test_a_package_says_where_it_comes_from(package, dataset):
    manifest = json.loads((package / "package.json").read_text("utf-8"))
    assert manifest["metrics"]["parity"]["clips"] == len(TEXTS)
    assert manifest["metrics"]["parity"]["max_difference"] <= 1e-3
    assert manifest["lineage"]["run_id"] == "r1"
    assert manifest["lineage"]["dataset"] == "noises"
    assert manifest["lineage"]["licence"] == "CC0-1.0"
    assert manifest["settings"]["model"]["attention_context"] == [70, 13]
    assert "noises" in (package / "card.md").read_text("utf-8")


def test_the_same_checkpoint_gives_the_same_package(package, dataset, tmp_path):
    digest = export(package.parent / "model.nemo", dataset, tmp_path / "again")
    assert digest == Recognizer.open(package).package.digest


def test_nothing_but_the_package_is_left_behind(package):
    assert {path.name for path in package.parent.iterdir()} == {"model.nemo", "run.json", "package"}


def test_a_clip_in_a_padded_batch_is_the_clip_alone(recognizer):
    clips = _noise(0.3, 7.0, 1.1, 3.3)
    together = recognizer.log_probs(clips)
    for clip, found in zip(clips, together, strict=True):
        (alone,) = recognizer.log_probs([clip])
        assert found.shape == alone.shape
        np.testing.assert_allclose(found, alone, atol=1e-4)


def test_transcripts_come_in_the_order_of_the_clips(recognizer):
    clips = _noise(5.0, 0.5, 11.0, 2.0, 0.5, 3.0)
    transcripts = recognizer.transcribe(clips)
    assert [round(t.duration_s, 1) for t in transcripts] == [5.0, 0.5, 11.0, 2.0, 0.5, 3.0]
    assert [t.text for t in transcripts] == [recognizer.transcribe_batch([clip])[0].text for clip in clips]
    assert any(t.text for t in transcripts)


def test_no_clips_are_no_transcripts(recognizer):
    assert recognizer.transcribe([]) == []


@pytest.mark.parametrize("samples", [0, 1, 159])
def test_less_than_a_frame_is_an_empty_transcript(recognizer, samples):
    long, short = recognizer.transcribe_batch([*_noise(2.0), np.ones(samples, np.float32)])
    assert (short.text, short.words) == ("", ())
    assert long.text == recognizer.transcribe_batch(_noise(2.0))[0].text
    assert recognizer.transcribe([np.ones(samples, np.float32)])[0].text == ""


def test_the_graph_takes_any_length(recognizer):
    """Two minutes go through in one piece, and what is far behind a frame does not change it."""
    (clip,) = _noise(120.0)
    (whole,) = recognizer.log_probs([clip])
    (start,) = recognizer.log_probs([clip[: 60 * 16_000]])
    assert len(whole) == 1_501
    # The last chunk of the shorter clip sees less to its right.
    np.testing.assert_allclose(whole[: len(start) - 28], start[:-28], atol=1e-4)


def test_long_audio_is_heard_to_its_end(recognizer):
    (clip,) = _noise(150.0)
    (transcript,) = recognizer.transcribe([clip])
    assert transcript.duration_s == 150.0
    assert transcript.words[0].start_s < 5 and transcript.words[-1].end_s > 145
    assert all(word.end_s <= after.start_s for word, after in pairwise(transcript.words))


def test_golden_clips_are_answered_as_when_packaged(recognizer):
    recognizer.verify_golden()


def test_other_weights_do_not_answer_the_golden_clips(package, dataset, tmp_path):
    other = export(write_random_nemo(tmp_path / "other.nemo", seed=1), dataset, tmp_path / "other")
    assert other
    forged = Recognizer.open(tmp_path / "other")
    forged.package = Recognizer.open(package).package
    with pytest.raises(GoldenMismatch):
        forged.verify_golden()


def test_a_flipped_byte_in_the_graph_is_not_loaded(package, tmp_path):
    shutil.copytree(package, tmp_path / "package")
    path = tmp_path / "package" / "model.onnx"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    with pytest.raises(BrokenPackage):
        Recognizer.open(tmp_path / "package")


def test_every_look_ahead_of_the_checkpoint_can_be_exported(package, dataset, tmp_path):
    export(package.parent / "model.nemo", dataset, tmp_path / "near", right_context=0)
    near, far = Recognizer.open(tmp_path / "near"), Recognizer.open(package)
    assert near.package.settings["model"]["attention_context"] == [70, 0]
    (clip,) = _noise(3.0)
    assert np.abs(near.log_probs([clip])[0] - far.log_probs([clip])[0]).max() > 1e-2
    # Without look-ahead the past does not change with the future: 80 ms frames, 8 features each, one of them ahead.
    head, whole = near.log_probs([clip[:16_000]])[0], near.log_probs([clip])[0]
    np.testing.assert_allclose(head[:11], whole[:11], atol=1e-4)


def test_a_look_ahead_that_was_not_trained_is_refused(package, dataset, tmp_path):
    with pytest.raises(ConfigError):
        export(package.parent / "model.nemo", dataset, tmp_path / "package", right_context=3)
    assert list(tmp_path.iterdir()) == []


def test_a_full_context_model_is_served_too(dataset, tmp_path):
    export(write_random_nemo(tmp_path / "model.nemo", encoder=FULL_CONTEXT), dataset, tmp_path / "package")
    recognizer, clips = Recognizer.open(tmp_path / "package"), _noise(0.7, 4.0)
    for clip, found in zip(clips, recognizer.log_probs(clips), strict=True):
        np.testing.assert_allclose(found, recognizer.log_probs([clip])[0], atol=1e-4)


def test_a_model_too_large_for_one_file_is_the_same_model(package, recognizer, tmp_path):
    graph = write_graph(load_model(read_nemo(package.parent / "model.nemo")), tmp_path / "graph", inline_bytes=10_000)
    assert {path.name for path in graph.parent.iterdir()} == {"model.onnx", "model.onnx.data"}
    assert list(tmp_path.iterdir()) == [graph.parent]
    split = Engine(graph, front_end=recognizer.front_end, tokens=recognizer.tokens, frame_s=recognizer.frame_s)
    (clip,) = _noise(2.0)
    np.testing.assert_array_equal(split.log_probs([clip])[0], recognizer.log_probs([clip])[0])


def test_int8_is_taken_where_it_is_asked_for(package, dataset, tmp_path):
    export(package.parent / "model.nemo", dataset, tmp_path / "package", precision="int8")
    small = Recognizer.open(tmp_path / "package")
    small.verify_golden()
    assert small.package.settings["model"]["precision"] == "int8"
    assert small.package.path("model.onnx").stat().st_size < (package / "model.onnx").stat().st_size


def test_int8_is_not_taken_where_it_costs_too_much(package, dataset, tmp_path):
    export(package.parent / "model.nemo", dataset, tmp_path / "package", precision="auto", int8_max_wer_increase=-2.0)
    found = Recognizer.open(tmp_path / "package").package
    assert found.settings["model"]["precision"] == "fp32"
    assert "wer_int8" in found.manifest["metrics"]


def test_a_graph_of_other_weights_is_no_export(package, recognizer, tmp_path):
    other = load_model(read_nemo(write_random_nemo(tmp_path / "other.nemo", seed=1)))
    with pytest.raises(ParityError):
        compare(other, recognizer, _noise(1.0))


@pytest.mark.parametrize("content", [b"", b"no tar", b"PK\x03\x04" + bytes(100)])
def test_a_file_that_is_no_checkpoint_is_refused(dataset, tmp_path, content):
    (tmp_path / "model.nemo").write_bytes(content)
    with pytest.raises(ConfigError):
        export(tmp_path / "model.nemo", dataset, tmp_path / "package")


def test_a_checkpoint_with_a_pickle_runs_nothing(dataset, tmp_path):
    class Harm:
        def __reduce__(self):
            return Path.touch, (tmp_path / "harm",)

    config = yaml.safe_dump(nemo_config("tiny", CACHE_AWARE), allow_unicode=True).encode()
    with tarfile.open(tmp_path / "bad.nemo", "w") as bad:
        for name, content in {"model_config.yaml": config, "model_weights.ckpt": pickle.dumps(Harm(), protocol=2)}.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            bad.addfile(member, io.BytesIO(content))
    with pytest.raises(ConfigError):
        export(tmp_path / "bad.nemo", dataset, tmp_path / "package")
    assert not (tmp_path / "harm").exists()


def test_an_unknown_encoder_is_refused(dataset, tmp_path):
    with pytest.raises(ConfigError) as caught:
        Shape.from_nemo(nemo_config("tiny", {**CACHE_AWARE, "self_attention_model": "rel_pos_local_attn"}))
    assert caught.value.pointer == "/encoder/self_attention_model"


def test_an_evaluation_can_be_scored_again_from_its_files(package, dataset, tmp_path):
    figures = evaluate(package, dataset, "test", tmp_path)
    refs, hyps = read_texts(tmp_path / "ref.tsv"), read_texts(tmp_path / "hyp.tsv")
    groups, slices = read_groups(tmp_path / "group.tsv"), read_slices(tmp_path / "slices.tsv")
    again = score(refs, hyps, groups=groups, slices=slices).to_json()
    for name in ("wer", "cer", "errors", "words", "silent", "slices", "wer_interval"):
        assert again[name] == figures[name]
    assert {refs[id_] for id_ in refs} == {*TEXTS, ""}
    assert set(groups.values()) == {"s0", "s1", "silence"}
    assert slices["test-1"] == ["channel=telephone"]
    assert figures == json.loads((tmp_path / "metrics.json").read_text("utf-8"))
    assert figures["audio_s"] == 10.0
    assert 0 < figures["rtf"] < 1
    assert figures["invented_on_silence"] == sum(len(hyps[id_].split()) for id_ in refs if id_.startswith("silence-"))


def _infer(package: Path, *files: Path) -> tuple[int, list[dict]]:
    command = [sys.executable, "-m", "models", "asr", "infer", "--package", str(package), *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_infer_prints_a_line_a_file_and_goes_on_after_a_bad_one(package, tmp_path):
    (clip,) = _noise(2.0)
    good, bad = tmp_path / "good.wav", tmp_path / "bad.wav"
    soundfile.write(good, clip, 16_000, subtype="FLOAT")
    bad.write_text("this is no audio")
    status, lines = _infer(package, good, bad, tmp_path / "missing.wav", good)
    assert status == 1
    assert [Path(line["audio"]).name for line in lines] == ["good.wav", "bad.wav", "missing.wav", "good.wav"]
    assert lines[0]["text"] == Recognizer.open(package).transcribe([decode(good)])[0].text
    assert lines[0]["words"][0].keys() == {"text", "start_s", "end_s", "confidence"}
    assert lines[1]["error"]["code"] == "audio.unsupported"
    assert lines[2]["error"]["code"].startswith(("audio.", "manifest."))
    assert lines[3]["text"] == lines[0]["text"]


def test_infer_ends_well_on_good_files(package, tmp_path):
    soundfile.write(tmp_path / "good.wav", _noise(1.0)[0], 16_000)
    status, lines = _infer(package, tmp_path / "good.wav")
    assert (status, len(lines)) == (0, 1)


def test_inference_loads_nothing_heavy(package, tmp_path):
    soundfile.write(tmp_path / "clip.wav", _noise(1.0)[0], 16_000)
    heavy = {"torch", "nemo", "lightning", "mlflow", "lhotse", "librosa", "scipy", "sentencepiece", "onnx"}
    code = (
        "import sys; from models.asr.infer import Recognizer; from data.audio import decode;"
        f"Recognizer.open({str(package)!r}).transcribe([decode({str(tmp_path / 'clip.wav')!r})]);"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"
