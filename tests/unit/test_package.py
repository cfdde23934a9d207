"""A package is its bytes: one changed anywhere, and it is no package."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest

from data.errors import BrokenPackage
from models.package import MANIFEST, open_package, write_package


def _write(folder: Path, name: str = "one", weights: bytes = b"weights") -> str:
    source = folder.with_name(f".{folder.name}-draft")
    (source / "golden").mkdir(parents=True)
    (source / "model.onnx").write_bytes(weights)
    (source / "golden" / "00.flac").write_bytes(b"clip")
    return write_package(
        source, folder, family="asr", name=name, settings={"decoder": {"frame_s": 0.08}}, lineage={}, metrics={"wer": 0.1}
    )


def test_what_was_written_is_opened(tmp_path):
    digest = _write(tmp_path / "package")
    package = open_package(tmp_path / "package")
    assert package.digest == digest
    assert package.path("golden/00.flac").read_bytes() == b"clip"
    assert package.settings["decoder"]["frame_s"] == 0.08


def test_same_content_has_one_digest(tmp_path):
    assert _write(tmp_path / "a") == _write(tmp_path / "b")


def test_other_weights_have_another_digest(tmp_path):
    assert _write(tmp_path / "a") != _write(tmp_path / "b", weights=b"Weights")


def test_a_new_package_takes_the_place_of_the_old(tmp_path):
    _write(tmp_path / "package", name="old")
    _write(tmp_path / "package", name="new")
    assert open_package(tmp_path / "package").manifest["name"] == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["package"]


@pytest.mark.parametrize("name", ["model.onnx", "golden/00.flac"])
def test_any_flipped_byte_breaks_it(tmp_path, name):
    _write(tmp_path / "package")
    path = tmp_path / "package" / name
    for place in range(path.stat().st_size):
        content = bytearray(path.read_bytes())
        content[place] ^= 1
        path.write_bytes(content)
        with pytest.raises(BrokenPackage) as caught:
            open_package(tmp_path / "package")
        assert caught.value.pointer == f"/files/{name}"
        content[place] ^= 1
        path.write_bytes(content)
    open_package(tmp_path / "package")


def test_any_flipped_byte_of_the_manifest_is_seen(tmp_path):
    digest = _write(tmp_path / "package")
    path = tmp_path / "package" / MANIFEST
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with suppress(BrokenPackage):  # The better answer.
            assert open_package(tmp_path / "package").digest != digest


def test_a_missing_file_breaks_it(tmp_path):
    _write(tmp_path / "package")
    (tmp_path / "package" / "model.onnx").unlink()
    with pytest.raises(BrokenPackage, match=r"model\.onnx is missing"):
        open_package(tmp_path / "package")


def test_a_superfluous_file_breaks_it(tmp_path):
    _write(tmp_path / "package")
    (tmp_path / "package" / "golden" / "more.py").write_text("import os")
    with pytest.raises(BrokenPackage, match=r"golden/more\.py is not in the manifest"):
        open_package(tmp_path / "package")


@pytest.mark.parametrize("name", ["../secret", "/etc/hostname", "golden/../../secret", "..\\secret"])
def test_a_manifest_names_no_file_outside(tmp_path, name):
    _write(tmp_path / "package")
    (tmp_path / "secret").write_bytes(b"weights")
    path = tmp_path / "package" / MANIFEST
    manifest = json.loads(path.read_text())
    manifest["files"][name] = manifest["files"]["model.onnx"]
    path.write_text(json.dumps(manifest))
    with pytest.raises(BrokenPackage):
        open_package(tmp_path / "package")


def test_a_link_to_the_right_bytes_is_no_file_of_it(tmp_path):
    _write(tmp_path / "package")
    (tmp_path / "secret").write_bytes(b"weights")
    (tmp_path / "package" / "model.onnx").unlink()
    (tmp_path / "package" / "model.onnx").symlink_to(tmp_path / "secret")
    with pytest.raises(BrokenPackage):
        open_package(tmp_path / "package")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"files": []}', "no json", '{"schema": "tiengnoi.package/1", "files": {}}'])
def test_a_manifest_that_is_none_breaks_it(tmp_path, text):
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(BrokenPackage):
        open_package(tmp_path)


def test_a_folder_without_a_manifest_is_no_package(tmp_path):
    with pytest.raises(BrokenPackage):
        open_package(tmp_path / "nothing")


def test_a_file_that_the_manifest_does_not_name_is_not_given(tmp_path):
    _write(tmp_path / "package")
    with pytest.raises(BrokenPackage):
        open_package(tmp_path / "package").path("other.onnx")


def test_a_link_is_not_packaged(tmp_path):
    source = tmp_path / "draft"
    source.mkdir()
    (source / "link").symlink_to("/etc/hostname")
    with pytest.raises(BrokenPackage):
        write_package(source, tmp_path / "package", family="asr", name="x", settings={}, lineage={}, metrics={})
    assert not (tmp_path / "package").exists()
