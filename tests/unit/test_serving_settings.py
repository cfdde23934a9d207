"""Settings: each is documented, an unknown one is refused, the environment stands over the file."""

import importlib
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from data.errors import ConfigError
from serving.services import SERVICES, families, services_of
from serving.settings import HOME, ServiceSettings, config_file, env_prefix, read_settings


def kind_of(service: str) -> type[ServiceSettings]:
    module, _, name = SERVICES[service].settings.partition(":")
    return getattr(importlib.import_module(module), name)


def groups(kind: type[BaseModel]) -> list[type[BaseModel]]:
    inner = [field.annotation for field in kind.model_fields.values()]
    return [kind, *(g for one in inner if isinstance(one, type) and issubclass(one, BaseModel) for g in groups(one))]


def defaults(service: str) -> ServiceSettings:
    """Settings that say nothing of their own; a service gives the fields without a default."""
    return KINDS[service](**{})


KINDS = {service: kind_of(service) for service in SERVICES}
every_service = pytest.mark.parametrize("service", KINDS)


@pytest.mark.parametrize("kind", [g for kind in KINDS.values() for g in groups(kind)], ids=lambda kind: kind.__name__)
def test_every_setting_is_documented_and_none_can_be_misspelt(kind):
    undocumented = [name for name, field in kind.model_fields.items() if not (field.description or "").strip()]
    assert not undocumented
    assert kind.model_config["extra"] == "forbid"


@every_service
def test_the_table_the_class_and_the_file_are_of_one_service(service):
    assert KINDS[service].service == service
    assert KINDS[service].model_config.get("env_prefix") == env_prefix(service)
    assert defaults(service).model_name == SERVICES[service].model


@every_service
def test_the_file_that_ships_says_what_the_defaults_say(service):
    shipped = HOME / config_file(service)
    assert read_settings(KINDS[service], shipped, environ={}) == defaults(service)
    assert all(line.startswith("#") or "#" in line or ":" in line for line in shipped.read_text("utf-8").splitlines() if line)


@pytest.mark.parametrize(
    ("service", "text", "pointer"),
    [
        ("asr", "pakage: x", "/pakage"),
        ("asr", "batch: {max_wait: 5}", "/batch/max_wait"),
        ("asr", "batch: {max_clips: many}", "/batch/max_clips"),
        ("asr", "upload: {max_bytes: 0}", "/upload/max_bytes"),
        ("asr", "segment: {speech_threshold: 1.5}", "/segment/speech_threshold"),
    ],
)
def test_what_is_no_setting_is_refused_with_its_place(service, text, pointer, tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refusal:
        read_settings(KINDS[service], path, environ={})
    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("text", ["- a\n- b", "just text", "a: [", "{"])
def test_a_file_without_settings_is_refused(text, tmp_path):
    path = tmp_path / "asr.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        read_settings(KINDS["asr"], path, environ={})
    with pytest.raises(ConfigError):
        read_settings(KINDS["asr"], tmp_path / "missing.yaml", environ={})


@every_service
def test_the_environment_stands_over_the_file(service, tmp_path, monkeypatch):
    path = tmp_path / "settings.yaml"
    group, wait = ("query", "max_wait_s") if service == "search" else ("batch", "max_wait_ms")
    path.write_text(yaml.safe_dump({group: {"timeout_s": 4, wait: 1}, "model_name": "mine"}), "utf-8")
    prefix = env_prefix(service)
    monkeypatch.setenv(f"{prefix}{group.upper()}__TIMEOUT_S", "9")
    monkeypatch.setenv(f"{prefix}PACKAGE", str(tmp_path))
    monkeypatch.setenv(f"{prefix}CONFIG", str(path))
    read = read_settings(KINDS[service])
    values = read.model_dump()
    assert (values[group]["timeout_s"], values[group][wait]) == (9, 1)
    assert (read.model_name, read.package_dir) == ("mine", Path(tmp_path))


@every_service
def test_a_misspelt_variable_does_not_stay_without_effect(service):
    prefix = env_prefix(service)
    for name in (f"{prefix}PAKAGE", f"{prefix}BATCH_TIMEOUT_S"):
        with pytest.raises(ConfigError, match=name):
            read_settings(KINDS[service], environ={name: "1"})


@every_service
def test_no_package_is_said_before_anything_is_loaded(service):
    with pytest.raises(ConfigError, match=f"{env_prefix(service)}PACKAGE"):
        _ = defaults(service).package_dir


def test_each_family_has_a_service_of_its_name_which_stands_first():
    for family in families():
        assert services_of(family)[0] == family
        assert all(SERVICES[name].family == family for name in services_of(family))
    with pytest.raises(ConfigError):
        services_of("singer")
