"""The Bento: the same bytes are the same Bento, and it holds what serves and nothing else."""

import shutil

import httpx
import pytest
import yaml

from data.errors import BrokenPackage, ConfigError
from models.package import open_package
from serving.bundle import build_bento


@pytest.fixture
def source(asr_bento):
    return asr_bento.home / "bentos" / asr_bento.tag.replace(":", "/") / "src"


def test_the_same_package_is_the_same_bento_and_another_version_another(asr_bento, asr_package, monkeypatch, tmp_path):
    monkeypatch.setenv("BENTOML_HOME", str(asr_bento.home))
    assert build_bento(asr_package, version="7") == asr_bento.tag
    monkeypatch.setenv("BENTOML_HOME", str(tmp_path))
    assert build_bento(asr_package, version="8") != asr_bento.tag


def test_it_holds_the_package_and_the_modules_that_serve(source, asr_package):
    assert open_package(source / "package").digest == open_package(asr_package).digest
    modules = {path.relative_to(source).as_posix() for path in source.rglob("*.py")}
    assert {"serving/asr/service.py", "models/asr/infer.py", "data/sandbox_child.py", "data/errors.py"} <= modules
    strangers = ("data/pack", "data/corpus", "flows", "models/registry", "models/asr/train", "models/asr/fastconformer")
    assert not [module for module in modules if module.startswith(strangers)]
    settings = yaml.safe_load((source / "configs/serving/asr.yaml").read_text("utf-8"))
    assert (settings["package"], settings["model_version"], settings["model_alias"]) == ("package", "7", "champion")


def test_it_names_what_it_was_made_of(source, asr_package):
    bento = yaml.safe_load((source.parent / "bento.yaml").read_text("utf-8"))
    assert bento["labels"]["package_digest"] == open_package(asr_package).digest
    assert bento["labels"]["model_version"] == "7"
    requirements = bento["image"]["python_requirements"].split()
    assert all("==" in line for line in requirements)
    assert not {line.partition("==")[0] for line in requirements} & {"torch", "mlflow", "nemo-toolkit", "prefect", "lightning"}


def test_what_is_broken_is_not_bundled(asr_package, tmp_path):
    broken = tmp_path / "package"
    shutil.copytree(asr_package, broken)
    (broken / "tokens.json").write_text("[]", "utf-8")
    with pytest.raises(BrokenPackage):
        build_bento(broken)
    (tmp_path / "asr.yaml").write_text("batch: {max_clip: 3}", "utf-8")
    with pytest.raises(ConfigError):
        build_bento(asr_package, config=tmp_path / "asr.yaml")


def test_its_interface_is_described(asr_service):
    paths = httpx.get(f"{asr_service.url}/openapi.json").json()["paths"]
    assert {"/v1/audio/transcriptions", "/v1/models", "/v1/models/{model}"} <= paths.keys()
    body = paths["/v1/audio/transcriptions"]["post"]["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert body["properties"]["response_format"]["enum"] == ["json", "text", "srt", "verbose_json", "vtt"]
