"""Only the gate makes a champion: through a real MLflow on SQLite, by our functions and by the hands of its users."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from data.errors import BrokenPackage, ConfigError, GateRefused, UnknownModel
from data.schema import Lineage
from models.__main__ import main
from models.package import open_package, write_package
from models.registry import lifecycle
from models.registry.versions import Version
from models.tracking import ensure_experiment, log_dataset

_LINEAGE = {
    "dataset.digest": "d" * 32,
    "dvc.rev": "a" * 40,
    "git.sha": "a" * 40,
    "prefect.flow_run_id": "flow-1",
    "license": "CC0-1.0",
}
_PASSED = {"gate.status": "passed", "gate.report": "runs:/r/gate"}
_NAME = "asr-vi"


@pytest.fixture
def client(mlflow_client):
    return mlflow_client


@pytest.fixture
def run_id(client) -> str:
    run = client.create_run(ensure_experiment("asr")).info.run_id
    client.set_terminated(run)
    return run


@pytest.fixture
def registered(tmp_path, run_id):
    """Registers a small package of its own for each call; returns its version."""

    def register(**tags: str) -> str:
        count = len(list(tmp_path.glob("package-*/")))
        folder = _package(tmp_path / f"package-{count}", f"model {count}")
        return lifecycle.register(folder, family="asr", run_id=run_id, tags={**_LINEAGE, **tags})

    return register


def _package(folder: Path, content: str, lineage: dict[str, str] | None = None) -> Path:
    source = folder.with_name(f"{folder.name}-source")
    source.mkdir()
    (source / "model.onnx").write_text(content)
    write_package(source, folder, family="asr", name="tiny", settings={}, lineage=lineage or {}, metrics={})
    return folder


def _set_in_the_ui(client, version: str) -> None:
    client.set_registered_model_alias(_NAME, "champion", version)


def _aliases(client) -> dict[str, str]:
    return {alias: str(version) for alias, version in client.get_registered_model(_NAME).aliases.items()}


def _tags(client, version: str) -> dict[str, str]:
    return client.get_model_version(_NAME, version).tags


def test_a_registered_version_contains_every_byte_of_its_package(client, run_id, tmp_path):
    folder = _package(tmp_path / "package", "bytes")
    digest = open_package(folder).digest
    version = lifecycle.register(folder, family="asr", run_id=run_id, tags=_LINEAGE)
    shutil.rmtree(folder)
    fetched = lifecycle.download(f"models:/asr-vi/{version}", tmp_path / "fetched")
    assert open_package(fetched).digest == digest == _tags(client, version)["package.sha256"]
    assert (fetched / "model.onnx").read_text() == "bytes"


def test_registering_leaves_the_finished_training_as_it_was(client, run_id, registered):
    before = client.get_run(run_id).info
    registered()
    after = client.get_run(run_id)
    assert (after.info.status, after.info.end_time) == (before.status, before.end_time)
    assert len(after.outputs.model_outputs) == 1


def test_missing_lineage_is_refused_and_every_missing_tag_named(run_id, tmp_path):
    folder = _package(tmp_path / "package", "x")
    with pytest.raises(ConfigError) as refused:
        lifecycle.register(folder, family="asr", run_id=run_id, tags={"dvc.rev": "a", "git.sha": ""})
    missing = {"dataset.digest", "git.sha", "prefect.flow_run_id", "license"}
    assert {tag for tag in lifecycle.LINEAGE_TAGS if tag in refused.value.detail} == missing


def test_what_the_package_says_of_its_lineage_stands_above_what_the_caller_says(client, run_id, tmp_path):
    folder = _package(tmp_path / "package", "x", {"dataset_digest": "e" * 32, "git_sha": "", "run_id": "r"})
    version = lifecycle.register(folder, family="asr", run_id=run_id, tags=_LINEAGE)
    assert (_tags(client, version)["dataset.digest"], _tags(client, version)["git.sha"]) == ("e" * 32, "a" * 40)


def test_the_same_package_twice_is_one_version_with_the_later_tags(client, run_id, tmp_path):
    folder = _package(tmp_path / "package", "x")
    first = lifecycle.register(folder, family="asr", run_id=run_id, tags=_LINEAGE)
    second = lifecycle.register(folder, family="asr", run_id=run_id, tags={**_LINEAGE, **_PASSED})
    assert first == second
    assert _tags(client, first)["gate.status"] == "passed"


def test_registering_the_champion_again_leaves_it_champion(client, run_id, tmp_path):
    folder = _package(tmp_path / "package", "x")
    version = lifecycle.register(folder, family="asr", run_id=run_id, tags={**_LINEAGE, **_PASSED})
    lifecycle.promote("asr", version)
    assert lifecycle.register(folder, family="asr", run_id=run_id, tags=_LINEAGE) == version
    assert lifecycle.audit_champion("asr").verdict == "unchanged"
    assert _aliases(client) == {"champion": version}


def test_a_new_version_is_challenger_and_not_champion(client, registered):
    version = registered()
    assert _aliases(client) == {"challenger": version}
    assert _tags(client, version)["gate.status"] == "pending"


def test_a_version_that_the_gate_refused_is_no_challenger(client, registered):
    registered(**{"gate.status": "failed"})
    assert _aliases(client) == {}


def test_an_unknown_run_family_or_version_is_the_callers_fault(registered, tmp_path, client):
    folder = _package(tmp_path / "lonely", "x")
    with pytest.raises(UnknownModel):
        lifecycle.register(folder, family="asr", run_id="0" * 32, tags=_LINEAGE)
    with pytest.raises(ConfigError):
        lifecycle.register(folder, family="tts", run_id="0" * 32, tags=_LINEAGE)
    with pytest.raises(UnknownModel):
        lifecycle.promote("asr", "77")
    with pytest.raises(UnknownModel):
        lifecycle.download("models:/asr-vi@champion", tmp_path / "none")


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({}, "gate.report"),
        ({"gate.report": "runs:/r/gate"}, "gate.status is pending"),
        ({"gate.status": "failed", "gate.report": "runs:/r/gate"}, "gate.status is failed"),
        ({"gate.status": "passed"}, "gate.report"),
    ],
)
def test_without_a_passed_gate_nothing_is_promoted(client, registered, tags, why):
    version = registered(**tags)
    with pytest.raises(GateRefused, match=why):
        lifecycle.promote("asr", version)
    assert "champion" not in _aliases(client)


def test_promotion_moves_champion_and_keeps_the_old_one_as_previous(client, registered):
    first, second = registered(**_PASSED), registered()
    lifecycle.promote("asr", first)
    lifecycle.record_gate("asr", second, passed=True, report="runs:/r/gate")
    lifecycle.promote("asr", second)
    assert _aliases(client) == {"champion": second, "previous": first}
    history = json.loads(client.get_registered_model(_NAME).tags["champion.history"])
    assert [(entry["version"], entry["how"]) for entry in history] == [(first, "promoted"), (second, "promoted")]


def test_promoting_the_champion_again_changes_nothing(client, registered):
    first, second = registered(**_PASSED), registered(**_PASSED)
    for version in (first, second, second):
        lifecycle.promote("asr", version)
    assert _aliases(client)["previous"] == first


def test_a_champion_set_by_hand_without_a_gate_is_blocked_and_the_old_one_keeps_serving(client, registered, tmp_path):
    gated, ungated = registered(**_PASSED), registered()
    lifecycle.promote("asr", gated)
    _set_in_the_ui(client, ungated)
    audit = lifecycle.audit_champion("asr")
    assert (audit.verdict, audit.version, audit.champion) == ("refused", ungated, gated)
    assert _tags(client, ungated)["gate.status"] == "blocked"
    assert "gate.report" in _tags(client, ungated)["gate.reason"] == audit.reason
    assert _aliases(client)["champion"] == gated
    assert lifecycle.audit_champion("asr").verdict == "unchanged"


def test_who_downloads_the_champion_never_gets_one_that_the_gate_has_not_passed(client, registered, tmp_path):
    gated, ungated = registered(**_PASSED), registered()
    lifecycle.promote("asr", gated)
    _set_in_the_ui(client, ungated)
    fetched = lifecycle.download("models:/asr-vi@champion", tmp_path / "fetched")
    assert open_package(fetched).digest == _tags(client, gated)["package.sha256"]


def test_where_nothing_was_ever_gated_a_hand_set_champion_leaves_nobody(client, registered):
    ungated = registered()
    _set_in_the_ui(client, ungated)
    audit = lifecycle.audit_champion("asr")
    assert (audit.verdict, audit.champion) == ("refused", None)
    assert "champion" not in _aliases(client)
    assert lifecycle.champion("asr") is None


def test_a_blocked_version_may_be_champion_once_the_gate_passes_it(client, registered):
    version = registered()
    _set_in_the_ui(client, version)
    lifecycle.audit_champion("asr")
    lifecycle.record_gate("asr", version, passed=True, report="runs:/r/gate")
    _set_in_the_ui(client, version)
    assert lifecycle.audit_champion("asr").verdict == "accepted"


def test_a_gated_version_set_champion_by_hand_is_a_promotion(client, registered):
    first, second = registered(**_PASSED), registered(**_PASSED)
    lifecycle.promote("asr", first)
    _set_in_the_ui(client, second)
    audit = lifecycle.audit_champion("asr")
    assert (audit.verdict, audit.champion) == ("accepted", second)
    assert _aliases(client) == {"champion": second, "previous": first}


def test_a_missing_licence_alone_is_enough_to_refuse(client, registered):
    version = registered(**_PASSED)
    client.delete_model_version_tag(_NAME, version, "license")
    _set_in_the_ui(client, version)
    assert "license" in lifecycle.audit_champion("asr").reason


def test_a_deleted_champion_is_no_refuge_the_one_before_it_is(client, registered):
    first, second, ungated = registered(**_PASSED), registered(**_PASSED), registered()
    lifecycle.promote("asr", first)
    lifecycle.promote("asr", second)
    _set_in_the_ui(client, ungated)
    client.delete_model_version(_NAME, second)
    assert lifecycle.audit_champion("asr").champion == first


def test_rolling_back_is_one_command_and_twice_is_as_before(client, registered):
    first, second = registered(**_PASSED), registered(**_PASSED)
    lifecycle.promote("asr", first)
    with pytest.raises(UnknownModel):
        lifecycle.rollback("asr")
    lifecycle.promote("asr", second)
    assert lifecycle.rollback("asr").version == first
    assert _aliases(client) == {"champion": first, "previous": second}
    assert lifecycle.rollback("asr").version == second
    assert _aliases(client) == {"champion": second, "previous": first}


def test_the_command_line_says_who_is_champion_and_rolls_back(client, registered, capsys):
    first, second = registered(**_PASSED), registered(**_PASSED)
    for command in (["promote", "asr", first], ["promote", "asr", second]):
        assert main(["registry", *command]) == 0
    capsys.readouterr()
    assert main(["registry", "rollback", "asr"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["champion"]["version"], told["previous"]["version"]) == (first, second)
    assert main(["registry", "promote", "asr", registered()]) == 2
    assert json.loads(capsys.readouterr().err.splitlines()[-1])["code"] == "gate.refused"


def test_versions_of_one_recipe_on_one_dataset_are_known(client, tmp_path):
    experiment = ensure_experiment("asr")

    def version(recipe: str, dataset: str) -> Version:
        run = client.create_run(experiment, tags={"recipe.digest": recipe} if recipe else {}).info.run_id
        folder = _package(tmp_path / run, run)
        number = lifecycle.register(folder, family="asr", run_id=run, tags={**_LINEAGE, "dataset.digest": dataset})
        return lifecycle.find("asr", number)

    seed_0, seed_1, other_recipe, other_data = (version(*made) for made in ("rd", "rd", "sd", "re"))
    assert lifecycle.same_recipe(seed_0, seed_1)
    assert not lifecycle.same_recipe(seed_0, other_recipe)
    assert not lifecycle.same_recipe(seed_0, other_data)
    assert not lifecycle.same_recipe(version("", "d"), version("", "d")), "a run that does not say is no proof"


def test_many_audits_and_promotions_at_once_end_in_one_gated_champion(client, registered):
    first, second, ungated = registered(**_PASSED), registered(**_PASSED), registered()
    lifecycle.promote("asr", first)
    _set_in_the_ui(client, ungated)
    with ThreadPoolExecutor(8) as pool:
        audits = [pool.submit(lifecycle.audit_champion, "asr") for _ in range(6)]
        pool.submit(lifecycle.promote, "asr", second).result()
        verdicts = sorted(audit.result().verdict for audit in audits)
    assert (_aliases(client)["champion"], _aliases(client)["previous"]) == (second, first)
    assert verdicts.count("refused") <= 1
    assert _tags(client, ungated)["gate.status"] == "blocked"


def test_changed_bytes_are_refused_and_nothing_is_left_behind(client, registered, tmp_path):
    version = registered(**_PASSED)
    stored = next((tmp_path / "artifacts" / "mlflow" / "artifacts").rglob("model.onnx"))
    stored.write_text("model X")
    with pytest.raises(BrokenPackage):
        lifecycle.download(f"models:/asr-vi/{version}", tmp_path / "out" / "fetched")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_package_whose_stored_bytes_are_gone_is_broken(registered, tmp_path):
    version = registered(**_PASSED)
    shutil.rmtree(tmp_path / "artifacts" / "mlflow" / "artifacts")
    with pytest.raises(BrokenPackage):
        lifecycle.download(f"models:/asr-vi/{version}", tmp_path / "out" / "fetched")
    assert list((tmp_path / "out").iterdir()) == []


def test_another_whole_package_in_its_place_is_refused(client, registered, tmp_path):
    version, other = registered(**_PASSED), registered(**_PASSED)
    client.set_model_version_tag(_NAME, version, "package.sha256", _tags(client, other)["package.sha256"])
    with pytest.raises(BrokenPackage, match="registered was"):
        lifecycle.download(f"models:/asr-vi/{version}", tmp_path / "fetched")


def test_downloading_twice_is_once_and_foreign_files_are_never_overwritten(registered, tmp_path):
    first, second = registered(**_PASSED), registered(**_PASSED)
    dest = lifecycle.download(f"models:/asr-vi/{first}", tmp_path / "fetched")
    stamp = (dest / "model.onnx").stat().st_mtime_ns
    lifecycle.download(f"models:/asr-vi/{first}", dest)
    assert (dest / "model.onnx").stat().st_mtime_ns == stamp
    with pytest.raises(ConfigError, match="in the way"):
        lifecycle.download(f"models:/asr-vi/{second}", dest)


@pytest.mark.parametrize(
    "uri",
    ["asr-vi", "models:/asr-vi", "models:/asr-vi/champion", "models:/asr-vi/@champion", "models:/other/1", "runs:/x/y", ""],
)
def test_a_uri_that_means_no_version_of_ours_is_refused(client, uri, tmp_path):
    with pytest.raises(ConfigError):
        lifecycle.download(uri, tmp_path / "fetched")


def test_a_report_is_an_artifact_of_the_run_that_can_be_read_back(client, run_id, tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "gate.json").write_text('{"promote": true}')
    uri = lifecycle.log_report(run_id, tmp_path / "report", under="gate/v1")
    from mlflow.artifacts import load_dict

    assert load_dict(f"{uri}/gate.json") == {"promote": True}


def test_the_dataset_is_an_input_of_its_run(client, run_id, tmp_path):
    shards = tmp_path / "tiny" / "shards"
    shards.mkdir(parents=True)
    (shards / "dataset.json").write_text('{"name": "tiny", "splits": {"train": {"hours": 1.5}}}')
    log_dataset(run_id, tmp_path / "tiny", Lineage(dataset="tiny", dataset_digest="d" * 32, dvc_rev="abc"))
    run = client.get_run(run_id)
    logged = run.inputs.dataset_inputs[0]
    assert (logged.dataset.name, logged.dataset.digest) == ("tiny", "d" * 32)
    assert {tag.key: tag.value for tag in logged.tags} == {"mlflow.data.context": "training", "dvc.rev": "abc"}
    assert run.data.tags["dataset.digest"] == "d" * 32


def test_new_experiments_keep_their_files_beside_the_database(client, tmp_path):
    experiment = client.get_experiment(ensure_experiment("somewhere"))
    assert experiment.artifact_location.startswith((tmp_path / "artifacts" / "mlflow").as_uri())
    assert ensure_experiment("somewhere") == experiment.experiment_id
