"""A dataset is the same bytes wherever it is packed, and one changed clip changes one shard."""

import dataclasses
import hashlib
import io
import json
import shutil
import tarfile

import numpy as np
import pytest

from data.audio import decode
from data.corpus.config import ShardSettings, SplitSettings
from data.digest import sha256_of
from data.errors import Busy, ChangedAudio, LicenceForbids
from data.pack.augment import AugmentSettings
from data.pack.card import card
from data.pack.intake import import_corpus
from data.pack.layout import Layout, locked
from data.pack.shards import shard
from data.pack.split import split
from data.pack.tar import ClipTar
from data.pack.validate import validate
from data.shards import ShardReader, iter_clips, read_split
from tests.toy_corpus import manifest_corpus, toy_config, write_clip

MANY = ShardSettings(min_shards=8)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return manifest_corpus(tmp_path_factory.mktemp("corpus"), clips=24)


def package(config, out, *, workers=2):
    layout = Layout(out)
    out.mkdir(parents=True, exist_ok=True)
    import_corpus(config, layout)
    validate(config, layout, workers=workers)
    split(config, layout)
    return layout, shard(config, layout, workers=workers)


def files_of(folder):
    return {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def test_packed_twice_it_has_one_digest(corpus, tmp_path):
    elsewhere = shutil.copytree(corpus, tmp_path / "a corpus elsewhere")
    one, first = package(toy_config(corpus), tmp_path / "one", workers=1)
    two, second = package(toy_config(elsewhere), tmp_path / "two", workers=2)
    assert first["digest"] == second["digest"]
    assert files_of(one.shards) == files_of(two.shards)
    card(toy_config(corpus), one)
    card(toy_config(elsewhere), two)
    assert files_of(one.card) == files_of(two.card)


def test_one_changed_clip_changes_one_shard(corpus, tmp_path):
    changed = shutil.copytree(corpus, tmp_path / "changed")
    config = toy_config(changed, shards=MANY)
    layout, before = package(config, tmp_path / "out")
    untouched = {path.name: path.stat().st_ino for path in layout.shards.rglob("*.tar")}
    write_clip(changed / "audio/0007.wav", 777)
    _, after = package(config, tmp_path / "out")
    shards = before["splits"]["train"]["shards"], after["splits"]["train"]["shards"]
    differing = [name for name in shards[0] if shards[0][name] != shards[1][name]]
    assert len(shards[0]) == 8 and len(differing) == 1 and before["digest"] != after["digest"]
    made_again = [path.name for path in layout.shards.rglob("*.tar") if path.stat().st_ino != untouched[path.name]]
    assert [f"train/{name}" for name in made_again] == differing, "the other shards were taken over as they stood"


def test_a_clip_more_moves_no_other_one(corpus, tmp_path):
    grown = manifest_corpus(shutil.copytree(corpus, tmp_path / "grown"), clips=25)
    _, before = package(toy_config(corpus, shards=MANY), tmp_path / "before")
    _, after = package(toy_config(grown, shards=MANY), tmp_path / "after")
    shards = before["splits"]["train"]["shards"], after["splits"]["train"]["shards"]
    assert sum(shards[0][name] != shards[1][name] for name in shards[0]) == 1


def test_clips_decode_to_what_was_recorded(tmp_path):
    corpus = manifest_corpus(tmp_path / "corpus", clips=5, rate_hz=8000)
    layout, described = package(toy_config(corpus), tmp_path / "out")
    for utterance, samples in iter_clips(layout.out, "train"):
        source = decode(corpus / "audio" / f"{int(utterance.id.removeprefix('audio_')):04}.wav")
        assert len(samples) == len(source) == 16_000 * utterance.duration_s
        assert np.abs(samples - source).max() <= 2**-15, "16 bits, and nothing else, were lost"
    with ShardReader(layout.out, "train") as reader:
        assert all(hashlib.sha256(reader.read(n)).hexdigest() == u.sha256 for n, u in enumerate(reader.utterances))
    assert described["splits"]["train"]["utterances"] == 5


def test_without_the_scratch_the_bytes_are_the_same(corpus, tmp_path):
    layout, first = package(toy_config(corpus), tmp_path / "out")
    assert not layout.scratch.exists()
    shutil.rmtree(layout.shards)
    assert shard(toy_config(corpus), layout)["digest"] == first["digest"]


def test_copies_are_treated_and_only_in_train(corpus, tmp_path):
    config = toy_config(
        corpus,
        split=SplitSettings(train=0.5, dev=0.25, test=0.25),
        shards=ShardSettings(augmented_copies=2),
        augment=AugmentSettings(noise_share=1, snr_db=(5, 5), noises=("white",)),
    )
    layout, described = package(config, tmp_path / "one")
    train = {u.id: (u, clip) for u, clip in iter_clips(layout.out, "train")}
    originals = [name for name in train if "~" not in name]
    assert len(train) == 3 * len(originals)
    for name in originals:
        copies = [train[name], train[f"{name}~1"], train[f"{name}~2"]]
        assert len({u.sha256 for u, _ in copies}) == 3 and len({u.text for u, _ in copies}) == 1
        assert copies[1][0].slices["snr_db"] == "<10"
    assert not [u.id for split_ in ("dev", "test") for u in read_split(layout.out, split_) if "~" in u.id]
    assert package(config, tmp_path / "two")[1]["digest"] == described["digest"]


def test_other_settings_leave_no_old_file(corpus, tmp_path):
    layout, _ = package(toy_config(corpus, shards=MANY), tmp_path / "out")
    package(toy_config(corpus), tmp_path / "out")
    assert sorted(files_of(layout.shards)) == [
        "dataset.json", "train.jsonl", "train/train-00000.json", "train/train-00000.tar"
    ]  # fmt: skip


def test_audio_that_changed_since_the_import_is_refused(corpus, tmp_path):
    changing = shutil.copytree(corpus, tmp_path / "changing")
    layout, _ = package(toy_config(changing), tmp_path / "out")
    shutil.rmtree(layout.shards)
    write_clip(changing / "audio/0003.wav", 99)
    with pytest.raises(ChangedAudio, match="0003"):
        shard(toy_config(changing), layout)
    assert not layout.shards.exists(), "no half dataset"
    assert validate(toy_config(changing), layout)["rejected"] == {"corpus.audio_changed": 1}


def test_training_data_of_an_evaluation_corpus_is_never_written(corpus, tmp_path):
    layout, _ = package(toy_config(corpus), tmp_path / "out")
    with pytest.raises(LicenceForbids):
        shard(toy_config(corpus, usage="evaluation"), layout)


def test_an_evaluation_dataset_gives_no_train(corpus, tmp_path):
    config = toy_config(corpus, usage="evaluation", split=SplitSettings(train=0, dev=0, test=1))
    layout, described = package(config, tmp_path / "out")
    assert described["usage"] == "evaluation" and len(read_split(layout.out, "test")) == 24
    with pytest.raises(LicenceForbids):
        read_split(layout.out, "train")


def test_one_packaging_of_a_dataset_at_a_time(tmp_path):
    with locked(tmp_path / "out"), pytest.raises(Busy), locked(tmp_path / "out"):
        pass


def test_tars_are_read_by_everybody_and_say_where_clips_lie(tmp_path):
    names = ["a.flac", "cà phê.flac", f"{'dài' * 60}.flac", "b.flac"]
    clips = {name: bytes([number]) * (500 * number + 1) for number, name in enumerate(names)}
    with ClipTar(tmp_path / "clips.tar") as tar:
        places = {name: tar.add(name, data) for name, data in clips.items()}
    assert tar.sha256 == sha256_of(tmp_path / "clips.tar")
    raw = (tmp_path / "clips.tar").read_bytes()
    assert all(raw[places[name] :].startswith(data) for name, data in clips.items())
    with tarfile.open(tmp_path / "clips.tar") as tar:
        assert {m.name: tar.extractfile(m).read() for m in tar} == clips  # type: ignore[union-attr]
        assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in tar.getmembers()} == {(0, 0, 0, "", "")}


@pytest.mark.parametrize("name", ["a.flac", f"{'a' * 95}.flac", f"{'a' * 96}.flac", "đ.flac", "a/b.flac"])
@pytest.mark.parametrize("size", [0, 1, 511, 512, 123_456])
def test_members_are_the_bytes_that_tarfile_writes(name, size, tmp_path):
    with ClipTar(tmp_path / "ours.tar") as tar:
        tar.add(name, bytes(size))
    with tarfile.open(tmp_path / "theirs.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        info = tarfile.TarInfo(name)
        info.size = size
        tar.addfile(info, io.BytesIO(bytes(size)))
    assert (tmp_path / "ours.tar").read_bytes() == (tmp_path / "theirs.tar").read_bytes()


def test_the_card_says_what_a_person_should_know(tmp_path):
    corpus = manifest_corpus(tmp_path / "corpus", clips=24)
    (corpus / "audio/0001.wav").write_bytes(b"no audio")
    config = toy_config(corpus, split=SplitSettings(train=0.5, dev=0.25, test=0.25), note="Toys that buzz.")
    layout, described = package(config, tmp_path / "out")
    facts = card(config, layout)
    text = (layout.card / "README.md").read_text("utf-8")
    for said in ("Toys that buzz.", "CC0", described["digest"], "by speaker", "audio.unsupported", "24 utterances were read"):
        assert said in text
    assert facts == json.loads((layout.card / "card.json").read_text("utf-8"))
    pictures = {path.name for path in layout.card.glob("*.png")}
    assert pictures and all(f"({name})" in text for name in pictures)
    assert sum(s["utterances"] for s in facts["splits"].values()) == 23 and set(facts["shards"]) == {"train", "dev", "test"}


def test_other_slices_are_another_dataset(corpus, tmp_path):
    _, plain = package(toy_config(corpus), tmp_path / "plain")
    _, sliced = package(dataclasses.replace(toy_config(corpus), slices={"channel": "car"}), tmp_path / "sliced")
    assert plain["digest"] != sliced["digest"]
