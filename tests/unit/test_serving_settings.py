"""Settings: each is documented, an unknown one is refused, the environment stands over the file."""

import pytest
import yaml
from pydantic import BaseModel

from data.errors import ConfigError
from serving import settings as module
from serving.settings import HOME, AsrSettings, read_asr_settings

GROUPS = [
    kind for kind in vars(module).values() if isinstance(kind, type) and issubclass(kind, BaseModel) and kind.model_fields
]


@pytest.mark.parametrize("kind", GROUPS, ids=lambda kind: kind.__name__)
def test_every_setting_is_documented_and_none_can_be_misspelt(kind):
    undocumented = [name for name, field in kind.model_fields.items() if not (field.description or "").strip()]
    assert not undocumented
    assert kind.model_config["extra"] == "forbid"


def test_the_file_that_ships_says_what_the_defaults_say():
    shipped = HOME / "configs/serving/asr.yaml"
    assert read_asr_settings(shipped, environ={}) == AsrSettings()
    assert all(line.startswith("#") or "#" in line or ":" in line for line in shipped.read_text("utf-8").splitlines() if line)


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("pakage: x", "/pakage"),
        ("batch: {max_wait: 5}", "/batch/max_wait"),
        ("batch: {max_clips: many}", "/batch/max_clips"),
        ("upload: {max_bytes: 0}", "/upload/max_bytes"),
        ("segment: {speech_threshold: 1.5}", "/segment/speech_threshold"),
    ],
)
def test_what_is_no_setting_is_refused_with_its_place(text, pointer, tmp_path):
    path = tmp_path / "asr.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refusal:
        read_asr_settings(path, environ={})
    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("text", ["- a\n- b", "just text", "a: [", "{"])
def test_a_file_without_settings_is_refused(text, tmp_path):
    path = tmp_path / "asr.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError):
        read_asr_settings(path, environ={})
    with pytest.raises(ConfigError):
        read_asr_settings(tmp_path / "missing.yaml", environ={})


def test_the_environment_stands_over_the_file(tmp_path, monkeypatch):
    path = tmp_path / "asr.yaml"
    path.write_text(yaml.safe_dump({"batch": {"max_clips": 4, "max_wait_ms": 1}, "model_name": "mine"}), "utf-8")
    monkeypatch.setenv("TIENGNOI_ASR_BATCH__MAX_CLIPS", "9")
    monkeypatch.setenv("TIENGNOI_ASR_PACKAGE", str(tmp_path))
    monkeypatch.setenv("TIENGNOI_ASR_CONFIG", str(path))
    read = read_asr_settings()
    assert (read.batch.max_clips, read.batch.max_wait_ms, read.model_name, read.package_dir) == (9, 1, "mine", tmp_path)


def test_a_misspelt_variable_does_not_stay_without_effect():
    for name in ("TIENGNOI_ASR_PAKAGE", "TIENGNOI_ASR_BATCH_MAX_CLIPS"):
        with pytest.raises(ConfigError, match=name):
            read_asr_settings(environ={name: "1"})


def test_no_package_is_said_before_anything_is_loaded():
    with pytest.raises(ConfigError, match="TIENGNOI_ASR_PACKAGE"):
        _ = AsrSettings().package_dir
