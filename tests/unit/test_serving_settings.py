"""Settings: each is documented, an unknown one is refused, the environment stands over the file."""

import importlib
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from data.errors import ConfigError
from serving.families import FAMILIES
from serving.settings import HOME, ServiceSettings, config_file, env_prefix, read_settings


def kind_of(family: str) -> type[ServiceSettings]:
    module, _, name = FAMILIES[family].settings.partition(":")
    return getattr(importlib.import_module(module), name)


def groups(kind: type[BaseModel]) -> list[type[BaseModel]]:
    inner = [field.annotation for field in kind.model_fields.values()]
    return [kind, *(g for one in inner if isinstance(one, type) and issubclass(one, BaseModel) for g in groups(one))]


def defaults(family: str) -> ServiceSettings:
    """Settings that say nothing of their own; a family gives the fields without a default."""
    return KINDS[family](**{})


KINDS = {family: kind_of(family) for family in FAMILIES}
every_family = pytest.mark.parametrize("family", KINDS)


@pytest.mark.parametrize("kind", [g for kind in KINDS.values() for g in groups(kind)], ids=lambda kind: kind.__name__)
def test_every_setting_is_documented_and_none_can_be_misspelt(kind):
    undocumented = [name for name, field in kind.model_fields.items() if not (field.description or "").strip()]
    assert not undocumented
    assert kind.model_config["extra"] == "forbid"


@every_family
def test_the_table_the_class_and_the_file_are_of_one_family(family):
    assert KINDS[family].family == family
    assert KINDS[family].model_config.get("env_prefix") == env_prefix(family)
    assert defaults(family).model_name == FAMILIES[family].model


@every_family
def test_the_file_that_ships_says_what_the_defaults_say(family):
    shipped = HOME / config_file(family)
    assert read_settings(KINDS[family], shipped, environ={}) == defaults(family)
    assert all(line.startswith("#") or "#" in line or ":" in line for line in shipped.read_text("utf-8").splitlines() if line)


@pytest.mark.parametrize(
    ("family", "text", "pointer"),
    [
        ("asr", "pakage: x", "/pakage"),
        ("asr", "batch: {max_wait: 5}", "/batch/max_wait"),
        ("asr", "batch: {max_clips: many}", "/batch/max_clips"),
        ("asr", "upload: {max_bytes: 0}", "/upload/max_bytes"),
        ("asr", "segment: {speech_threshold: 1.5}", "/segment/speech_threshold"),
    ],
)
def test_what_is_no_setting_is_refused_with_its_place(family, text, pointer, tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refusal:
        read_settings(KINDS[family], path, environ={})
    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("text", ["- a\n- b", "just text", "a: [", "{"])
def test_a_file_without_settings_is_refused(text, tmp_path):
    path = tmp_path / "asr.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        read_settings(KINDS["asr"], path, environ={})
    with pytest.raises(ConfigError):
        read_settings(KINDS["asr"], tmp_path / "missing.yaml", environ={})


@every_family
def test_the_environment_stands_over_the_file(family, tmp_path, monkeypatch):
    path = tmp_path / "settings.yaml"
    path.write_text(yaml.safe_dump({"batch": {"timeout_s": 4, "max_wait_ms": 1}, "model_name": "mine"}), "utf-8")
    prefix = env_prefix(family)
    monkeypatch.setenv(f"{prefix}BATCH__TIMEOUT_S", "9")
    monkeypatch.setenv(f"{prefix}PACKAGE", str(tmp_path))
    monkeypatch.setenv(f"{prefix}CONFIG", str(path))
    read = read_settings(KINDS[family])
    values = read.model_dump()
    assert (values["batch"]["timeout_s"], values["batch"]["max_wait_ms"]) == (9, 1)
    assert (read.model_name, read.package_dir) == ("mine", Path(tmp_path))


@every_family
def test_a_misspelt_variable_does_not_stay_without_effect(family):
    prefix = env_prefix(family)
    for name in (f"{prefix}PAKAGE", f"{prefix}BATCH_TIMEOUT_S"):
        with pytest.raises(ConfigError, match=name):
            read_settings(KINDS[family], environ={name: "1"})


@every_family
def test_no_package_is_said_before_anything_is_loaded(family):
    with pytest.raises(ConfigError, match=f"{env_prefix(family)}PACKAGE"):
        _ = defaults(family).package_dir
