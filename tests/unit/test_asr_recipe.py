"""Recipes say only what they mean, and the folder of a training guards itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.config import from_mapping, read_config
from data.errors import Busy, ConfigError, EmptySplit
from models.asr.config import Recipe
from models.asr.tokenizer import train_tokenizer
from models.training.run_folder import RunFolder, fingerprint, recipe_digest, replacing

RECIPES = sorted((Path(__file__).parents[2] / "configs" / "asr").glob("*.yaml"))
DATASET = {"name": "one", "digest": "d1"}


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_of_the_house_is_valid(path):
    assert read_config(path, Recipe).name == path.stem


@pytest.mark.parametrize(
    "raw, pointer",
    [
        ({"model": {"d_model": 96, "heads": 5}}, "/model/heads"),
        ({"model": {"left_context": 70, "look_aheads": [3]}}, "/model/look_aheads"),
        ({"model": {"look_aheads": []}}, "/model/look_aheads"),
        ({"tokenizer": {"keep": True}}, "/tokenizer/keep"),
        ({"trainer": {"max_steps": 100, "validations": 7}}, "/trainer/validations"),
        ({"trainer": {"max_steps": 120}, "optimizer": {"warmup_steps": 120}}, "/optimizer/warmup_steps"),
        ({"augment": {"speed": [1.2, 0.9]}}, "/augment/speed"),
        ({"augment": {"speed": [0.5, 1.0]}, "batch": {"max_duration_s": 20, "padded_s": 30}}, "/batch/padded_s"),
        ({"augment": {"voice_snr_db": [10]}}, "/augment/voice_snr_db"),
        ({"augment": {"filter_db": -1}}, "/augment/filter_db"),
        ({"augment": {"filter_points": 1}}, "/augment/filter_points"),
        ({"trainer": {"learning_rat": 1}}, "/trainer/learning_rat"),
    ],
)
def test_an_impossible_recipe_names_its_place(raw, pointer):
    base = {"name": "x", "trainer": {"max_steps": 1000, "validations": 5}}
    with pytest.raises(ConfigError) as refused:
        from_mapping({**base, **raw}, Recipe)
    assert refused.value.pointer == pointer


def test_a_folder_takes_one_training_at_a_time(tmp_path):
    with RunFolder(tmp_path).locked(), pytest.raises(Busy), RunFolder(tmp_path).locked():
        pass
    with RunFolder(tmp_path).locked():
        pass


def test_another_recipe_or_dataset_is_refused_unless_fresh(tmp_path):
    recipe = read_config(RECIPES[0], Recipe)
    folder, mark = RunFolder(tmp_path), fingerprint(recipe, DATASET)
    folder.begin(mark, fresh=False)
    folder.update(mlflow_run_id="r1")
    assert folder.begin(mark, fresh=False).mlflow_run_id == "r1"
    seeded = fingerprint(replace(recipe, trainer=replace(recipe.trainer, seed=99)), DATASET)
    for other in (seeded, fingerprint(recipe, {**DATASET, "digest": "d2"})):
        with pytest.raises(ConfigError):
            folder.begin(other, fresh=False)
    folder.checkpoints.mkdir()
    folder.last.write_bytes(b"old")
    assert folder.begin(seeded, fresh=True).mlflow_run_id == ""
    assert not folder.last.exists()


def test_what_only_changes_the_speed_does_not_forbid_going_on():
    recipe = read_config(RECIPES[0], Recipe)
    slower = replace(recipe, trainer=replace(recipe.trainer, threads=1, max_minutes=5.0))
    assert fingerprint(slower, DATASET) == fingerprint(recipe, DATASET)


def test_seeds_of_one_recipe_share_its_digest_and_nothing_else_does():
    recipe = read_config(RECIPES[0], Recipe)
    other_seed = replace(recipe, trainer=replace(recipe.trainer, seed=99))
    assert recipe_digest(other_seed) == recipe_digest(recipe)
    longer = replace(recipe, trainer=replace(recipe.trainer, max_steps=2 * recipe.trainer.max_steps))
    assert len({recipe_digest(one) for one in (recipe, longer, replace(recipe, name="other"))}) == 3


def test_a_broken_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "kept"
    path.write_text("old")
    with pytest.raises(KeyError), replacing(path) as temporary:
        temporary.write_text("half")
        raise KeyError
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]
    assert path.read_text() == "old"


def test_a_small_corpus_gets_whole_syllables(tmp_path):
    import sentencepiece

    texts = ["cà phê", "khách sạn", "trạm ay têm", "đúng", "trở lại"]
    train_tokenizer(texts, tmp_path / "a", pieces=500)
    processor = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "a" / "tokenizer.model"))
    for text in texts:
        assert processor.encode(text, out_type=str) == [f"▁{syllable}" for syllable in text.split()]
        assert processor.decode(processor.encode(text)) == text


def test_the_same_texts_give_the_same_tokenizer(tmp_path):
    texts = ["một hai ba bốn", "năm sáu bảy tám", "hai mươi mốt"] * 5
    for name in ("a", "b"):
        train_tokenizer(texts, tmp_path / name, pieces=30)
    assert (tmp_path / "a" / "tokenizer.model").read_bytes() == (tmp_path / "b" / "tokenizer.model").read_bytes()


def test_fewer_pieces_than_letters_still_spell_every_word(tmp_path):
    import sentencepiece

    train_tokenizer(["một hai ba"], tmp_path, pieces=2)
    processor = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "tokenizer.model"))
    assert processor.unk_id() not in processor.encode("ba một")


def test_no_text_trains_no_tokenizer(tmp_path):
    with pytest.raises(EmptySplit):
        train_tokenizer(["", " "], tmp_path, pieces=30)
