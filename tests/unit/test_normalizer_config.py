"""A normalizer's recipes say only what they mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.config import from_mapping, read_config
from data.errors import ConfigError
from models.normalizer.config import Recipe
from models.training.run_folder import fingerprint

ROOT = Path(__file__).parents[2]
RECIPES = sorted((ROOT / "configs" / "normalizer").glob("*.yaml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_of_the_house_is_valid_and_its_pairs_exist(path):
    recipe = read_config(path, Recipe)
    assert recipe.name == path.stem
    assert (ROOT / "configs" / "data" / "pairs" / f"{recipe.dataset}.yaml").is_file()


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        ({"model": {"heads": 0}}, "/model/heads"),
        ({"model": {"position_buckets": 30}}, "/model/position_buckets"),
        ({"model": {"position_buckets": 32, "max_distance": 16}}, "/model/max_distance"),
        ({"model": {"dropout": 1.0}}, "/model/dropout"),
        ({"batch": {"padded_bytes": 384, "max_bytes": 384}}, "/batch/padded_bytes"),
        ({"batch": {"short_bytes": 500}}, "/batch/short_bytes"),
        ({"batch": {"short_steps": 1001}}, "/batch/short_steps"),
        ({"loss": {"edit_weight": 0.0}}, "/loss/edit_weight"),
        ({"loss": {"label_smoothing": 1.0}}, "/loss/label_smoothing"),
        ({"trainer": {"max_steps": 1000, "validations": 7}}, "/trainer/validations"),
        ({"optimizer": {"kind": "sgd"}}, "/optimizer/kind"),
        ({"modell": {}}, "/modell"),
    ],
)
def test_an_impossible_recipe_names_its_place(raw, pointer):
    with pytest.raises(ConfigError) as refused:
        from_mapping({"name": "x", "trainer": {"max_steps": 1000, "validations": 5}, **raw}, Recipe)
    assert refused.value.pointer == pointer


def test_only_what_changes_the_speed_may_change_between_two_starts():
    recipe, pairs = read_config(RECIPES[0], Recipe), {"name": "one", "digest": "d1"}
    faster = replace(recipe, batch=replace(recipe.batch, workers=7), trainer=replace(recipe.trainer, threads=1))
    assert fingerprint(faster, pairs) == fingerprint(recipe, pairs)
    for section, changed in (("batch", {"padded_bytes": 9999}), ("model", {"d_model": 7}), ("loss", {"edit_weight": 2.0})):
        other = replace(recipe, **{section: replace(getattr(recipe, section), **changed)})
        assert fingerprint(other, pairs) != fingerprint(recipe, pairs), section
