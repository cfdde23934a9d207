"""One registered version: what it is, what it must hold to be champion, and how it is found in MLflow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from data.errors import ConfigError, Unavailable, UnknownModel
from models.tracking import connect

if TYPE_CHECKING:
    from mlflow import MlflowClient

#: The registered model of each family.
MODEL_NAMES = {"asr": "asr-vi", "normalizer": "normalizer-vi", "embedder": "embedder-vi"}
#: Without these a version cannot be registered: nobody could find the bytes that made it.
LINEAGE_TAGS = ("dataset.digest", "dvc.rev", "git.sha", "prefect.flow_run_id", "package.sha256", "license")
#: Without these it cannot be champion; gate.status must also be `passed`.
REQUIRED_TAGS = (*LINEAGE_TAGS, "gate.status", "gate.report")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One registered version as it was when it was read."""

    model: str
    version: str
    run_id: str
    tags: Mapping[str, str]

    @property
    def uri(self) -> str:
        """Its name for MLflow, whatever the aliases do."""
        return f"models:/{self.model}/{self.version}"

    @property
    def digest(self) -> str:
        """The sha256 of its serving package; empty where none was registered."""
        return self.tags.get("package.sha256", "")

    @property
    def refusal(self) -> str:
        """Why it may not be champion, in words; empty where it may."""
        missing = [tag for tag in REQUIRED_TAGS if not self.tags.get(tag)]
        reasons = [f"these tags are missing: {', '.join(missing)}"] if missing else []
        status = self.tags.get("gate.status")
        if status and status != "passed":
            reasons.append(f"gate.status is {status}")
        return "; ".join(reasons)


def model_name(family: str) -> str:
    """The registered model of a family.

    Raises:
        ConfigError: there is no such family.
    """
    if family not in MODEL_NAMES:
        raise ConfigError(f"{family!r} is no family of models; known are {', '.join(MODEL_NAMES)}")
    return MODEL_NAMES[family]


def parse_uri(uri: str) -> tuple[str, str | None, str | None]:
    """Split `models:/NAME@ALIAS` or `models:/NAME/VERSION` into the family, the alias and the version.

    Raises:
        ConfigError: it is neither, or no family has a model of that name.
    """
    match = re.fullmatch(r"models:/([^/@]+)(?:@([\w-]+)|/(\d+))", uri)
    families = {name: family for family, name in MODEL_NAMES.items()}
    if match is None or match[1] not in families:
        known = ", ".join(families)
        raise ConfigError(f"{uri!r} is neither models:/NAME@ALIAS nor models:/NAME/VERSION with NAME one of {known}")
    return families[match[1]], match[2], match[3]


@contextmanager
def mlflow_client(about: str) -> Iterator[MlflowClient]:
    """A client whose failures come out as our errors; `about` is what the message starts with.

    Raises:
        UnknownModel: MLflow knows no such run, model or version.
        ConfigError: it was asked for something impossible.
        Unavailable: it does not answer, or is in trouble of its own.
    """
    client = connect()
    from mlflow.exceptions import MlflowException  # After `connect`, which decides how MLflow is imported.

    try:
        yield client
    except MlflowException as error:
        kinds = {"RESOURCE_DOES_NOT_EXIST": UnknownModel, "INVALID_PARAMETER_VALUE": ConfigError}
        raise kinds.get(error.error_code, Unavailable)(f"{about}: {error.message}") from error


def find_version(client: MlflowClient, model: str, version: str) -> Version:
    """The version as MLflow holds it now."""
    return _from_mlflow(client.get_model_version(model, version))


def all_versions(client: MlflowClient, model: str) -> dict[str, Version]:
    """Every version of the model by its number."""
    found = client.search_model_versions(f"name = '{model}'", max_results=10_000)
    return {version.version: version for version in map(_from_mlflow, found)}


def _from_mlflow(found) -> Version:
    return Version(model=found.name, version=str(found.version), run_id=found.run_id or "", tags=dict(found.tags))
