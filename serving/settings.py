"""The settings of the services: a commented YAML file in configs/serving, and the environment over it.

Each service has its own file and its own names: `TIENGNOI_ASR_PACKAGE=…` sets a field of the asr service,
`TIENGNOI_ASR_BATCH__MAX_WAIT_MS=…` a field of a group; `TIENGNOI_ASR_CONFIG` names another file. Whatever is not a
setting is refused, so that a misspelt name does not stay without effect.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from data.errors import ConfigError
from serving.served_model import ModelChoice

#: The folder that holds serving/ and configs/: a checkout, or the source folder of a Bento.
HOME = Path(__file__).resolve().parents[1]

Positive = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(gt=0)]
S = TypeVar("S", bound="ServiceSettings")


class Group(BaseModel):
    """Settings that belong together."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class IntakeSettings(Group):
    """What requests may bring."""

    max_bytes: Count
    """Largest body; a larger one is refused while it arrives."""
    max_wait_s: Positive = 300.0
    """Longest time in which a body must have arrived."""
    max_open: Count = 256
    """Requests that may be read and answered at once; more are answered 503."""


class ServiceSettings(BaseSettings):
    """What every service with a model has; a service's own class adds to it, with its `service` and its `env_prefix`."""

    model_config = SettingsConfigDict(env_nested_delimiter="__", extra="forbid", frozen=True, use_attribute_docstrings=True)
    service: ClassVar[str]
    """Its name in the table of services."""

    package: Path | None = None
    """Folder of the serving package; a relative one lies under the folder that holds `serving/`."""
    model_name: str
    """The name under which the model is asked for."""
    model_version: str = ""
    """Its version in the registry; the start of the package's digest when empty."""
    model_alias: str = ""
    """An alias that the version held when it was released: `champion` makes `NAME@champion` a name too."""
    threads: Annotated[int, Field(ge=0)] = 0
    """Threads of the model; 0 takes all cores."""
    check_golden: bool = True
    """Whether the golden set must be answered as when it was packaged before requests are taken."""
    log_level: str = "INFO"
    """Least severe lines that are logged."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment stands over the file, whose values come as arguments."""
        return env_settings, init_settings

    @property
    def package_dir(self) -> Path:
        """The package's folder.

        Raises:
            ConfigError: none is named.
        """
        if self.package is None:
            name = f"{env_prefix(self.service)}PACKAGE"
            raise ConfigError(f"no serving package is named: set {name} or `package`", pointer="/package")
        return HOME / self.package

    @property
    def model_choice(self) -> ModelChoice:
        """The model to hold; raises as `package_dir`."""
        return ModelChoice(
            package_dir=self.package_dir,
            name=self.model_name,
            version=self.model_version,
            alias=self.model_alias,
            threads=self.threads,
            check_golden=self.check_golden,
        )


def env_prefix(service: str) -> str:
    """What the names of a service's variables begin with."""
    return f"TIENGNOI_{service.upper()}_"


def config_file(service: str) -> str:
    """The service's settings file, relative to the house."""
    return f"configs/serving/{service}.yaml"


def read_settings(kind: type[S], path: Path | None = None, environ: Mapping[str, str] = os.environ) -> S:
    """Read the file and the environment.

    Args:
        path: the YAML file; by default what TIENGNOI_SERVICE_CONFIG names, or the service's file.
    Raises:
        ConfigError: an unknown name or an impossible value; `pointer` names the place.
    """
    prefix = env_prefix(kind.service)
    path = path or Path(environ.get(f"{prefix}CONFIG") or HOME / config_file(kind.service))
    known = {f"{prefix}CONFIG"} | _names(prefix, kind)
    for name in environ:
        if name.startswith(prefix) and name not in known:
            raise ConfigError(f"{name} is no setting; known are {', '.join(sorted(known))}", pointer=f"/{name}")
    try:
        values = yaml.safe_load(path.read_text("utf-8")) or {}
        return kind(**values)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, TypeError) as error:
        raise ConfigError(f"{path} holds no mapping of settings: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        pointer = "/" + "/".join(map(str, first["loc"]))
        raise ConfigError(f"{path}{pointer}: {first['msg']}", pointer=pointer) from error


def _names(prefix: str, kind: type[BaseModel]) -> set[str]:
    names = set()
    for name, field in kind.model_fields.items():
        full = f"{prefix}{name.upper()}"
        names.add(full)
        # A group may be left out: Group | None.
        for group in (field.annotation, *get_args(field.annotation)):
            if isinstance(group, type) and issubclass(group, BaseModel):
                names |= _names(f"{full}__", group)
    return names
