"""Nobody stands in two splits, and nobody moves."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.corpus.config import SplitSettings
from data.errors import ConfigError, EmptySplit, LicenceForbids
from data.manifest import read_manifest, write_manifest
from data.pack.layout import Layout, write_json
from data.pack.split import check_usage, deal, draw, split
from data.schema import Utterance
from tests.toy_corpus import toy_config

SETTINGS = SplitSettings(train=0.8, dev=0.1, test=0.1)


def utterance(number: int, speaker: str | None = None, **slices: str) -> Utterance:
    return Utterance(
        id=f"u{number:04}", audio=f"{number}.wav", text=f"câu {number % 5}", duration_s=1, speaker=speaker, slices=slices
    )


def by_speaker(u: Utterance) -> str:
    return u.speaker or u.id


def run(tmp_path, utterances, settings=SETTINGS, **changes):
    layout = Layout(tmp_path / "out")
    layout.valid.mkdir(parents=True)
    write_manifest(layout.valid / "manifest.jsonl", utterances)
    write_json(layout.valid / "report.json", {})
    report = split(toy_config(None, split=settings, **changes), layout)
    return report, {path.stem: list(read_manifest(path)) for path in layout.split.glob("*.jsonl")}


@given(st.lists(st.tuples(st.integers(0, 40), st.sampled_from([None, "train", "dev", "test"])), max_size=80), st.booleans())
def test_no_speaker_stands_in_two_splits(people, keep_official):
    utterances = [utterance(n, f"s{who}", **({"split": name} if name else {})) for n, (who, name) in enumerate(people)]
    dealt, left_out = deal(utterances, dataclasses.replace(SETTINGS, keep_official=keep_official), by_speaker)
    places = {name: {u.speaker for u in found} for name, found in dealt.items()}
    assert not places["train"] & places["dev"] and not places["train"] & places["test"] and not places["dev"] & places["test"]
    everybody = [u for found in (*dealt.values(), left_out) for u in found]
    assert sorted(u.id for u in everybody) == [u.id for u in utterances], "nobody is lost"


@given(st.text(min_size=1), st.integers(0, 99))
def test_a_speaker_is_drawn_by_name_and_seed_alone(name, seed):
    settings = dataclasses.replace(SETTINGS, seed=seed)
    assert draw(name, settings) == draw(name, settings) in ("train", "dev", "test")


def test_who_is_added_later_moves_nobody(tmp_path):
    few = [utterance(n, f"s{n % 60}") for n in range(120)]
    many = [*few, *(utterance(n, f"t{n}") for n in range(200, 600))]
    before = deal(few, SETTINGS, by_speaker)[0]
    after = deal(many, SETTINGS, by_speaker)[0]
    assert all({u.id for u in before[name]} <= {u.id for u in after[name]} for name in before)


def test_shares_come_out_near_what_was_asked_for():
    dealt, _ = deal([utterance(n) for n in range(5000)], SETTINGS, by_speaker)
    assert [round(len(dealt[name]) / 5000, 1) for name in ("train", "dev", "test")] == [0.8, 0.1, 0.1]


def test_draws_never_change():
    # The places of these names are part of every dataset that was ever made: another answer moves people into test.
    assert [draw(f"s{n}", SETTINGS) for n in range(12)] == [
        "dev", "train", "train", "train", "train", "train", "train", "train", "train", "train", "train", "test",
    ]  # fmt: skip


def test_official_test_stays_and_dev_is_taken_out_of_train():
    utterances = [utterance(n, f"s{n // 4}", split="test" if n // 4 >= 40 else "train") for n in range(200)]
    dealt, left_out = deal(utterances, dataclasses.replace(SETTINGS, keep_official=True), by_speaker)
    assert {u.id for u in dealt["test"]} == {u.id for u in utterances if u.slices["split"] == "test"}
    assert dealt["dev"] and not left_out


def test_who_is_in_the_official_test_is_left_out_of_train():
    utterances = [
        utterance(0, "a", split="test"),
        utterance(1, "a", split="train"),
        utterance(2, "a"),
        utterance(3, "b", split="train"),
    ]
    dealt, left_out = deal(utterances, SplitSettings(train=1, dev=0, test=0, keep_official=True), by_speaker)
    assert [u.id for u in dealt["test"]] == ["u0000"] and [u.id for u in dealt["train"]] == ["u0003"]
    assert [u.id for u in left_out] == ["u0001", "u0002"]


def test_without_speakers_the_report_says_so(tmp_path):
    report, _ = run(tmp_path, [utterance(n) for n in range(200)])
    assert "names no speakers" in report["rule"] and report["groups_shared"] == 0


def test_text_never_stands_in_two_splits(tmp_path):
    utterances = [utterance(n, "one") for n in range(200)]
    settings = SplitSettings(train=0.4, dev=0.3, test=0.3, by="text", seed=1)
    report, found = run(tmp_path, utterances, settings)
    texts = [{u.text for u in found[name]} for name in ("train", "dev", "test")]
    assert sum(map(len, texts)) == len(set.union(*texts)) == 5 and report["groups_shared"] == 0


def test_groups_are_read_from_ids(tmp_path):
    utterances = [utterance(n) for n in range(400)]
    report, found = run(tmp_path, utterances, dataclasses.replace(SETTINGS, group_pattern=r"(\d+)\d$"))
    places = {u.id[:-1]: name for name in ("train", "dev", "test") for u in found[name]}
    assert all(places[u.id[:-1]] == name for name in ("train", "dev", "test") for u in found[name])
    assert "inference" in report["rule"] and report["splits"]["train"]["speakers"] == 0


def test_an_empty_split_is_refused_with_a_seed_that_fills_it(tmp_path):
    utterances = [utterance(n, f"s{n % 3}") for n in range(30)]
    with pytest.raises(EmptySplit, match=r"split\.seed: (\d+) would fill all") as caught:
        run(tmp_path / "a", utterances)
    seed = int(str(caught.value).split("split.seed: ")[1].split()[0])
    report, _ = run(tmp_path / "b", utterances, dataclasses.replace(SETTINGS, seed=seed))
    assert set(report["splits"]) == {"train", "dev", "test"}


def test_two_speakers_cannot_fill_three_splits(tmp_path):
    with pytest.raises(EmptySplit, match="too few"):
        run(tmp_path, [utterance(n, f"s{n % 2}") for n in range(30)])


def test_evaluation_data_cannot_be_trained_on(tmp_path):
    with pytest.raises(LicenceForbids):
        run(tmp_path / "a", [utterance(1)], usage="evaluation")
    report, found = run(tmp_path / "b", [utterance(1)], SplitSettings(train=0, dev=0, test=1), usage="evaluation")
    assert set(report["splits"]) == {"test"} and len(found["test"]) == 1


def test_shares_must_add_up():
    with pytest.raises(ConfigError, match="add up to"):
        check_usage(toy_config(None, split=SplitSettings(train=0.5, dev=0.1, test=0.1)))


def test_the_official_split_is_no_slice_of_the_dataset(tmp_path):
    _, found = run(tmp_path, [utterance(1, split="train")], SplitSettings(train=1, dev=0, test=0))
    assert found["train"][0].slices == {}
