"""Clips come out of the tar files as they went in, in order, at random, from threads and from copies of the reader."""

import io
import json
import pickle
import tarfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from data.audio import decode, encode_flac
from data.errors import BadCorpus, BadManifest, EmptySplit, MissingAudio, PathOutside, UnreadableAudio
from data.manifest import fields_of, write_lines
from data.schema import Utterance
from data.shards import ShardReader, iter_clips, read_dataset, read_split, shards_folder

CLIPS = 7


def samples(index: int) -> np.ndarray:
    return decode(encode_flac(np.random.default_rng(index).uniform(-0.5, 0.5, 2_000 + 100 * index).astype(np.float32)))


@pytest.fixture
def dataset(tmp_path):
    folder = tmp_path / "toy" / "shards"
    (folder / "train").mkdir(parents=True)
    lines = []
    for shard in range(2):
        name = f"train/train-{shard:05d}.tar"
        with tarfile.open(folder / name, "w") as tar:
            for index in range(shard, CLIPS, 2):
                data = encode_flac(samples(index))
                member = tarfile.TarInfo(f"clip{index}.flac")
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        with tarfile.open(folder / name) as tar:
            for member in tar:
                index = int(member.name[4:-5])
                utterance = Utterance(id=f"u{index}", audio=member.name, text="một", duration_s=len(samples(index)) / 16_000)
                lines.append(fields_of(utterance) | {"shard": name, "offset": member.offset_data, "bytes": member.size})
    lines.sort(key=lambda line: line["id"])
    write_lines(folder / "train.jsonl", lines)
    write_lines(folder / "empty.jsonl", [])
    (folder / "dataset.json").write_text(json.dumps({"name": "toy", "splits": {"train": {"utterances": CLIPS}}}))
    return tmp_path / "toy"


def change_first_line(dataset, **changes) -> None:
    path = dataset / "shards" / "train.jsonl"
    first, *rest = map(json.loads, path.read_text("utf-8").splitlines())
    write_lines(path, [first | changes, *rest])


def test_clips_come_in_the_order_of_the_manifest(dataset):
    clips = list(iter_clips(dataset, "train"))
    assert [utterance.id for utterance, _ in clips] == [f"u{index}" for index in range(CLIPS)]
    assert [utterance for utterance, _ in clips] == read_split(dataset, "train")
    for index, (_, clip_T) in enumerate(clips):
        np.testing.assert_array_equal(clip_T, samples(index))


def test_any_clip_can_be_read_at_any_time_from_any_thread(dataset):
    with ShardReader(dataset, "train") as reader, ThreadPoolExecutor(8) as threads:
        order = list(np.random.default_rng(0).integers(0, CLIPS, 200))
        for index, clip_T in zip(order, threads.map(reader.__getitem__, order), strict=True):
            np.testing.assert_array_equal(clip_T, samples(index))
        assert len(reader) == CLIPS


def test_reader_goes_through_pickle_and_reads_on_after_closing(dataset):
    reader = ShardReader(dataset, "train")
    np.testing.assert_array_equal(reader[3], samples(3))
    copy = pickle.loads(pickle.dumps(reader))
    reader.close()
    for one in (reader, copy):
        np.testing.assert_array_equal(one[4], samples(4))
        one.close()


def test_the_folder_of_the_shards_is_taken_too(dataset):
    assert shards_folder(dataset) == shards_folder(dataset / "shards") == dataset / "shards"
    assert read_dataset(dataset)["name"] == "toy"


def test_what_is_no_dataset_is_refused(tmp_path, dataset):
    with pytest.raises(BadCorpus):
        read_split(tmp_path, "train")
    for text in ("{", "[]"):
        (dataset / "shards" / "dataset.json").write_text(text)
        with pytest.raises(BadCorpus):
            read_dataset(dataset)


@pytest.mark.parametrize("split", ["dev", "empty"])
def test_split_that_is_not_there_or_empty_is_refused(dataset, split):
    with pytest.raises(EmptySplit):
        read_split(dataset, split)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"shard": None}, BadManifest),
        ({"offset": "512"}, BadManifest),
        ({"offset": -1}, BadManifest),
        ({"bytes": -1}, BadManifest),
        ({"shard": "../secret.tar"}, PathOutside),
        ({"shard": "/etc/hostname"}, PathOutside),
        ({"shard": "train/none.tar"}, MissingAudio),
        ({"offset": 10**9}, UnreadableAudio),
    ],
)
def test_manifest_that_lies_about_a_place_is_refused(dataset, changes, error):
    change_first_line(dataset, **changes)
    with pytest.raises(error):
        ShardReader(dataset, "train").read(0)
