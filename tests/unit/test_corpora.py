"""Each corpus is read in the layout in which its owners publish it."""

import os

import pytest

from data.corpus.config import DatasetConfig, HubSettings
from data.corpus.registry import reader_of
from data.corpus.rejection import Rejection
from data.errors import BadCorpus, ConfigError
from data.schema import Utterance
from tests.toy_corpus import manifest_corpus, toy_config, write_clip, write_lines


def read(config: DatasetConfig, folder) -> tuple[list[Utterance], list[Rejection]]:
    folder.mkdir(exist_ok=True)
    found = list(reader_of(config).read(config, folder))
    return [u for u in found if isinstance(u, Utterance)], [r for r in found if isinstance(r, Rejection)]


@pytest.fixture
def vivos(tmp_path):
    root = tmp_path / "vivos"
    for split, speaker, gender in (("train", "VIVOSSPK01", "m"), ("test", "VIVOSDEV02", "f")):
        write_clip(root / split / "waves" / speaker / f"{speaker}_R001.wav", 1)
        (root / split / "prompts.txt").write_text(f"{speaker}_R001 MỘT HAI BA\nnonsense\n", "utf-8")
        (root / split / "genders.txt").write_text(f"{speaker} {gender}\n", "utf-8")
    return root


def test_vivos_official_layout(vivos, tmp_path):
    utterances, rejected = read(toy_config(vivos, corpus="vivos", slices={"channel": "wideband"}), tmp_path / "import")
    assert [(u.id, u.audio, u.text, u.speaker) for u in utterances] == [
        ("VIVOSSPK01_R001", "train/waves/VIVOSSPK01/VIVOSSPK01_R001.wav", "MỘT HAI BA", "VIVOSSPK01"),
        ("VIVOSDEV02_R001", "test/waves/VIVOSDEV02/VIVOSDEV02_R001.wav", "MỘT HAI BA", "VIVOSDEV02"),
    ]
    assert utterances[0].slices == {"channel": "wideband", "split": "train", "gender": "male"}
    assert [(r.code, r.pointer) for r in rejected] == [("manifest.bad_line", "prompts.txt:2")] * 2


def test_common_voice_official_layout(tmp_path):
    root = tmp_path / "vi"
    for number in range(3):
        write_clip(root / "clips" / f"cv_{number}.mp3", number)
    head = "client_id\tpath\tsentence\tup_votes\tage\tgender\taccents\tvariant\n"
    row = '{}\tcv_{}.mp3\tAnh "nói" gì?\t2\t\tfemale_feminine\t\tMiền Nam\n'.format
    (root / "train.tsv").write_text(head + row("a", 0) + "torn line\n", "utf-8")
    (root / "test.tsv").write_text(head + row("b", 1), "utf-8")
    (root / "validated.tsv").write_text(head + row("a", 0) + row("b", 1) + row("c", 2), "utf-8")
    config = toy_config(root, corpus="common_voice", tables=("train", "test", "validated"))
    utterances, rejected = read(config, tmp_path / "import")
    assert [(u.id, u.speaker, u.slices.get("split")) for u in utterances] == [
        ("cv_0", "a", "train"), ("cv_1", "b", "test"), ("cv_2", "c", None)
    ]  # fmt: skip
    assert utterances[0].text == 'Anh "nói" gì?'
    assert utterances[0].slices == {"split": "train", "gender": "female", "dialect": "Miền Nam"}
    assert [(r.code, r.pointer) for r in rejected] == [("manifest.bad_line", "train.tsv:3")]


def test_fleurs_official_folder(tmp_path):
    root = tmp_path / "fleurs"
    write_clip(root / "vi_vn/audio/dev/17.wav", 1)
    (root / "vi_vn/dev.tsv").write_text("12\t17.wav\tMột, hai.\tmột hai\tm ộ t\t16000\tFEMALE\n", "utf-8")
    (utterance,), rejected = read(toy_config(root, corpus="fleurs"), tmp_path / "import")
    assert (utterance.id, utterance.audio, utterance.text) == ("17", "vi_vn/audio/dev/17.wav", "một hai")
    assert utterance.slices == {"split": "dev", "gender": "female"} and not rejected


@pytest.fixture
def saved_set(tmp_path):
    """A set as `datasets` saves it, with the bytes in its tables, as a hub's sets have them."""
    datasets = pytest.importorskip("datasets")
    columns = {
        "audio": [{"bytes": write_clip(tmp_path / f"{n}.flac", n).read_bytes(), "path": f"{n}.flac"} for n in range(4)],
        "sentence": ["một hai", "ba bốn", "năm", None],
        "who": ["a", "b", "", "a"],
        "gender": [0, 1, 1, 0],
    }
    rows = datasets.Dataset.from_dict(columns).cast_column("audio", datasets.Audio(decode=False))
    datasets.DatasetDict({"train": rows, "validation": rows.select([0])}).save_to_disk(tmp_path / "saved")
    rows.to_parquet(tmp_path / "parquet/train-00000.parquet")
    return tmp_path


HUB = HubSettings(text="sentence", speaker="who", slices={"gender": "gender"})


def check_rows(utterances, rejected, folder, names):
    assert [(u.text, u.speaker, u.slices["gender"]) for u in utterances if u.slices["split"] == "train"] == [
        ("một hai", "a", "male"), ("ba bốn", "b", "female"), ("năm", None, "female")
    ]  # fmt: skip
    assert {u.slices["split"] for u in utterances} == names
    assert all((folder / u.audio).read_bytes()[:4] == b"fLaC" for u in utterances)
    assert len({u.id for u in utterances}) == len(utterances)
    assert [r.code for r in rejected] == ["manifest.bad_line"]


def test_hugging_face_set_saved_on_disk(saved_set, tmp_path):
    config = toy_config(saved_set / "saved", corpus="huggingface", hub=HUB)
    check_rows(*read(config, tmp_path / "import"), tmp_path / "import", {"train", "dev"})


def test_hugging_face_set_is_streamed_by_its_id(saved_set, tmp_path):
    hub = HubSettings(id=str(saved_set / "parquet"), text="sentence", speaker="who", slices={"gender": "gender"})
    config = toy_config(None, corpus="huggingface", hub=hub)
    check_rows(*read(config, tmp_path / "import"), tmp_path / "import", {"train"})


def test_fleurs_from_a_saved_set_uses_its_own_columns(saved_set, tmp_path):
    hub = HubSettings(id="saved", text="sentence")
    utterances, _ = read(toy_config(saved_set / "saved", corpus="fleurs", hub=hub), tmp_path / "import")
    assert utterances[0].slices["gender"] == "male"


def test_no_more_clips_are_read_than_asked_for(saved_set, tmp_path):
    hub = HubSettings(text="sentence", max_clips=1)
    utterances, _ = read(toy_config(saved_set / "saved", corpus="huggingface", hub=hub), tmp_path / "import")
    assert len(utterances) == 2  # One of each split.


def test_a_column_that_is_not_there_is_named(saved_set, tmp_path):
    with pytest.raises(BadCorpus, match="no column 'text'"):
        read(toy_config(saved_set / "saved", corpus="huggingface"), tmp_path / "import")


def test_a_set_without_id_and_root_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"hub\.id or root"):
        read(toy_config(None, corpus="huggingface"), tmp_path / "import")


def test_nemo_manifest_keeps_what_else_it_knows(tmp_path):
    root = manifest_corpus(tmp_path / "corpus", clips=1)
    fields = {"text": "một hai", "dialect": "north", "gender": "nữ", "lang": 3, "split": "valid", "slices": {"channel": "car"}}
    write_lines(
        root, [{"audio_filepath": "audio/0000.wav", **fields}, {"audio_filepath": str(root / "audio/0000.wav"), **fields}]
    )
    (first, second), rejected = read(toy_config(root), tmp_path / "import")
    assert first.slices == {"dialect": "north", "gender": "female", "split": "dev", "channel": "car"}
    assert first.audio == second.audio == "audio/0000.wav", "an absolute path below the root is the same file"
    assert not rejected


def test_folder_names_speakers_and_splits(tmp_path):
    for path, text in (("lan/1.wav", "một"), ("test/minh/2.flac", "\ufeffhai"), ("3.ogg", "ba")):
        write_clip(tmp_path / "corpus" / path, 1).with_suffix(".txt").write_text(text + "\n", "utf-8")
    write_clip(tmp_path / "corpus/lan/no text.wav", 2)
    write_clip(tmp_path / "corpus/lan/latin.wav", 3).with_suffix(".txt").write_bytes(b"kh\xf4ng")
    utterances, rejected = read(toy_config(tmp_path / "corpus", corpus="folder"), tmp_path / "import")
    assert {u.id: (u.text, u.speaker, u.slices.get("split")) for u in utterances} == {
        "lan_1": ("một", "lan", None), "test_minh_2": ("hai", "minh", "test"), "3": ("ba", None, None)
    }  # fmt: skip
    assert {r.id: r.code for r in rejected} == {"lan_no_text": "text.empty", "lan_latin": "text.not_utf8"}


@pytest.mark.parametrize("kind", ["vivos", "common_voice", "nemo_manifest", "folder"])
def test_a_folder_of_another_kind_is_refused(kind, tmp_path):
    (tmp_path / "corpus").mkdir()
    with pytest.raises(BadCorpus):
        read(toy_config(tmp_path / "corpus", corpus=kind), tmp_path / "import")
    with pytest.raises(BadCorpus):
        read(toy_config(tmp_path / "nowhere", corpus=kind), tmp_path / "import")


def test_every_configuration_of_the_house_is_read(monkeypatch):
    from pathlib import Path

    from data.config import read_config
    from data.pack.split import check_usage
    from data.pack.stages import NAMES_FILE, dataset_names

    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("TIENGNOI_DATA", os.environ.get("TIENGNOI_DATA", "/nowhere"))
    paths = [path for path in (root / "configs/data").glob("*.yaml") if path.name != NAMES_FILE.name]
    for path in paths:
        config = read_config(path, DatasetConfig)
        check_usage(config)
        assert config.name == path.stem and reader_of(config).LICENCE
    assert set(dataset_names(root)) <= {path.stem for path in paths}
